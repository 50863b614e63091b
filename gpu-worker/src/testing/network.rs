//! Small graphs that tests write, run with and without joining steps.

use std::sync::Arc;

use super::{assert_close, engine};
use crate::kernels::Target;
use crate::model::{
    Attribute, Attributes, Graph, Input, Limits, Model, Node, OperatorName, Output, Structure, ValueId,
};
use crate::plan::{Plan, PlanOptions, plan_with};
use crate::session::Session;
use crate::tensor::{Tensor, TensorType};

/// A graph in the making, and its inputs.
#[derive(Default)]
pub struct Network {
    graph: Graph,
    inputs: Vec<Tensor>,
}

impl Network {
    /// A value that is given at run time.
    pub fn input(&mut self, tensor: Tensor) -> ValueId {
        let id = self.graph.add_value(format!("input {}", self.inputs.len()));
        self.graph.inputs.push(Input {
            id,
            data_type: tensor.data_type(),
            dims: None,
            structure: Structure::Tensor,
        });
        self.inputs.push(tensor);
        id
    }

    /// A value that never changes.
    pub fn constant(&mut self, tensor: Tensor) -> ValueId {
        self.graph.add_constant("constant", tensor)
    }

    /// A constant of one number.
    pub fn number(&mut self, number: f32) -> ValueId {
        self.constant(Tensor::scalar(number))
    }

    /// The result of an operator of version 18.
    pub fn node(&mut self, kind: &str, inputs: &[ValueId]) -> ValueId {
        self.node_with(kind, inputs, Attributes::default())
    }

    /// The result of an operator with attributes.
    pub fn node_with(&mut self, kind: &str, inputs: &[ValueId], attributes: Attributes) -> ValueId {
        self.nodes(kind, inputs, attributes, 1)[0]
    }

    /// The results of an operator that has several.
    pub fn nodes(&mut self, kind: &str, inputs: &[ValueId], attributes: Attributes, count: usize) -> Vec<ValueId> {
        let name = format!("{kind} {}", self.graph.nodes.len());
        let outputs: Vec<ValueId> = (0..count)
            .map(|number| self.graph.add_value(format!("{name}.{number}")))
            .collect();
        self.graph.nodes.push(Node {
            name: String::new(),
            operator: OperatorName::onnx(kind),
            opset: 18,
            inputs: inputs.iter().copied().map(Some).collect(),
            outputs: outputs.iter().copied().map(Some).collect(),
            attributes,
            captures: Vec::new(),
        });
        outputs
    }

    /// `x` with its dimensions in another order.
    pub fn transpose(&mut self, x: ValueId, order: &[i64]) -> ValueId {
        let attributes = Attributes::default().with("perm", Attribute::Ints(order.to_vec()));
        self.node_with("Transpose", &[x], attributes)
    }

    /// `x` in another shape.
    pub fn reshape(&mut self, x: ValueId, dims: &[i64]) -> ValueId {
        let shape = self.constant(Tensor::vector(dims.to_vec()).expect("few"));
        self.node("Reshape", &[x, shape])
    }

    /// A summary along the last dimension, which stays as one of one element.
    pub fn reduce(&mut self, kind: &str, x: ValueId) -> ValueId {
        let axes = self.constant(Tensor::vector(vec![-1_i64]).expect("one"));
        self.node(kind, &[x, axes])
    }

    /// Makes a value an output.
    pub fn output(&mut self, id: ValueId) {
        self.graph.outputs.push(Output {
            id,
            name: format!("output {}", self.graph.outputs.len()),
            classes: None,
            structure: Structure::Tensor,
        });
    }

    /// The graph, ready to run.
    pub fn finish(self) -> Ready {
        let model = Model::from_graph(self.graph, &Limits::default()).expect("the graph is one that runs");
        Ready {
            model: Arc::new(model),
            inputs: self.inputs,
        }
    }
}

/// A model and its inputs.
pub struct Ready {
    model: Arc<Model>,
    inputs: Vec<Tensor>,
}

impl Ready {
    /// The model.
    pub fn model(&self) -> Arc<Model> {
        Arc::clone(&self.model)
    }

    /// The types of its inputs.
    pub fn types(&self) -> Vec<TensorType> {
        self.inputs.iter().map(Tensor::tensor_type).collect()
    }

    /// Its plan, with or without joining steps.
    pub fn plan(&self, optimise: bool) -> Plan {
        let types = self.types();
        plan_with(
            &self.model,
            &types,
            PlanOptions {
                optimise,
                ..PlanOptions::default()
            },
        )
        .expect("the graph is one that can be planned")
    }

    /// The kernels of its plan, in their order.
    pub fn kernels(&self, optimise: bool) -> Vec<&'static str> {
        self.plan(optimise)
            .launches()
            .map(|launch| launch.kernel.name)
            .collect()
    }

    /// The kernels of its plan for a target, with steps joined, in their order.
    pub fn kernels_on(&self, target: Target) -> Vec<&'static str> {
        let types = self.types();
        let options = PlanOptions {
            target: Some(target),
            ..PlanOptions::default()
        };
        let plan = plan_with(&self.model, &types, options).expect("the graph is one that can be planned");
        plan.launches().map(|launch| launch.kernel_on(target).0.name).collect()
    }

    /// Its outputs.
    pub fn run(&self, optimise: bool) -> Vec<Tensor> {
        self.run_with(PlanOptions {
            optimise,
            ..PlanOptions::default()
        })
    }

    /// Asserts that joining steps for a target changes no output by more than `tolerance`, and that outputs are the same bytes in every run.
    pub fn agrees_on(&self, target: Target, tolerance: f32) {
        let run = |optimise| {
            self.run_with(PlanOptions {
                optimise,
                target: Some(target),
                ..PlanOptions::default()
            })
        };
        let (joined, apart) = (run(true), run(false));
        for (joined, apart) in joined.iter().zip(&apart) {
            assert_close(joined, apart, tolerance);
        }
        assert_eq!(bits(&joined), bits(&run(true)));
    }

    /// Its outputs by the kernels of a target.
    pub fn run_on(&self, target: Target) -> Vec<Tensor> {
        self.run_with(PlanOptions {
            target: Some(target),
            ..PlanOptions::default()
        })
    }

    fn run_with(&self, options: PlanOptions) -> Vec<Tensor> {
        let mut session = Session::with_options(engine(), Arc::clone(&self.model), options);
        let outputs = session.run(&self.inputs).expect("the graph runs");
        outputs.into_iter().map(|output| output.tensor).collect()
    }

    /// Asserts that joining steps changes no output by more than `tolerance`, by the kernels for the engine's target and by
    /// those for any, and that outputs are the same bytes in every run.
    pub fn agrees(&self, tolerance: f32) {
        let (joined, apart) = (self.run(true), self.run(false));
        for other in [&joined, &self.run_on(Target::Any)] {
            for (joined, apart) in other.iter().zip(&apart) {
                assert_close(joined, apart, tolerance);
            }
        }
        assert_eq!(bits(&joined), bits(&self.run(true)));
    }
}

/// The words of tensors, which tell numbers that are none apart, too.
fn bits(tensors: &[Tensor]) -> Vec<Vec<u32>> {
    let bits = |tensor: &Tensor| crate::gpu::to_words(tensor).expect("on the device");
    tensors.iter().map(bits).collect()
}
