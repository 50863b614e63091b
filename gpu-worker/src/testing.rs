//! Runs single operators on the device that the tests share.

mod network;

use std::sync::{Arc, OnceLock};

pub use self::network::{Network, Ready};
use crate::gpu::{AdapterChoice, Engine};
use crate::kernels::Target;
use crate::model::{Attribute, Attributes, Dim, Graph, Input, Limits, Model, Node, OperatorName, Output, Structure};
use crate::plan::PlanOptions;
use crate::session::Session;
use crate::tensor::{DataType, Element, Shape, Tensor};

/// The device of all tests: the one that INKTENSOR_ADAPTER names, else the best there is.
pub fn engine() -> Arc<Engine> {
    static ENGINE: OnceLock<Arc<Engine>> = OnceLock::new();
    let open = || {
        let choice = AdapterChoice::from(std::env::var("INKTENSOR_ADAPTER").ok());
        Arc::new(Engine::new(&choice).expect("tests need an adapter; mesa-vulkan-drivers brings one"))
    };
    Arc::clone(ENGINE.get_or_init(open))
}

/// A tensor of the given dimensions.
pub fn tensor<T: Element>(dims: &[usize], elements: impl Into<Vec<T>>) -> Tensor {
    Tensor::new(Shape::new(dims).expect("small"), elements.into()).expect("as many as the shape holds")
}

/// A tensor whose elements count up from -1 in steps that are not round.
pub fn ramp(dims: &[usize]) -> Tensor {
    let shape = Shape::new(dims).expect("small");
    let elements = (0..shape.elements())
        .map(|i| (i % 23) as f32 * 0.21 - 1.3 + (i % 7) as f32 * 0.05)
        .collect();
    Tensor::new(shape, elements).expect("as many as the shape holds")
}

/// The targets whose kernels the device of the tests can run.
pub fn targets() -> Vec<Target> {
    let mut targets = vec![Target::Any, Target::PLAIN_GPU, Target::Gpu(engine().abilities())];
    targets.dedup();
    if !targets.contains(&engine().target()) {
        targets.push(engine().target());
    }
    targets
}

/// One operator and its inputs.
pub struct Case {
    graph: Graph,
    node: Node,
    inputs: Vec<Tensor>,
    limits: Limits,
    target: Option<Target>,
    most_bytes: Option<u64>,
    engine: Option<Arc<Engine>>,
}

impl Case {
    /// An operator of ONNX's own set, version 18.
    pub fn new(kind: &str) -> Self {
        Self::of("", kind, 18)
    }

    /// An operator of any set and version.
    pub fn of(domain: &str, kind: &str, opset: i64) -> Self {
        let node = Node {
            name: String::new(),
            operator: OperatorName {
                domain: domain.into(),
                kind: kind.into(),
            },
            opset,
            inputs: Vec::new(),
            outputs: Vec::new(),
            attributes: Attributes::default(),
            captures: Vec::new(),
        };
        Self {
            graph: Graph::default(),
            node,
            inputs: Vec::new(),
            limits: Limits::default(),
            target: None,
            most_bytes: None,
            engine: None,
        }
    }

    /// With kernels chosen for a target other than the device's own.
    pub fn on(mut self, target: Target) -> Self {
        self.target = Some(target);
        self
    }

    /// As if kernels could not be given a tensor of more bytes.
    pub fn binding(mut self, most_bytes: u64) -> Self {
        self.most_bytes = Some(most_bytes);
        self
    }

    /// On a device other than the one that the tests share.
    pub fn by(mut self, engine: Arc<Engine>) -> Self {
        self.engine = Some(engine);
        self
    }

    /// Within other limits than the default ones.
    pub fn within(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// With an attribute.
    pub fn with(mut self, name: &str, attribute: Attribute) -> Self {
        self.node.attributes = self.node.attributes.with(name, attribute);
        self
    }

    /// With an integer attribute.
    pub fn int(self, name: &str, value: i64) -> Self {
        self.with(name, Attribute::Int(value))
    }

    /// With an attribute of integers.
    pub fn ints(self, name: &str, values: &[i64]) -> Self {
        self.with(name, Attribute::Ints(values.to_vec()))
    }

    /// With an attribute of one number.
    pub fn float(self, name: &str, value: f32) -> Self {
        self.with(name, Attribute::Float(value))
    }

    /// With an attribute of text.
    pub fn text(self, name: &str, value: &str) -> Self {
        self.with(name, Attribute::Text(value.into()))
    }

    /// With one more input, given at run time.
    pub fn input(mut self, tensor: Tensor) -> Self {
        let id = self.graph.add_value(format!("input {}", self.node.inputs.len()));
        let dims = Some(vec![Dim::Unknown; tensor.shape().rank()]);
        self.graph.inputs.push(Input {
            id,
            data_type: tensor.data_type(),
            dims,
            structure: Structure::Tensor,
        });
        self.node.inputs.push(Some(id));
        self.inputs.push(tensor);
        self
    }

    /// With one more input, a constant of the model.
    pub fn known(mut self, tensor: Tensor) -> Self {
        let id = self
            .graph
            .add_constant(format!("constant {}", self.node.inputs.len()), tensor);
        self.node.inputs.push(Some(id));
        self
    }

    /// With one more input left out.
    pub fn absent(mut self) -> Self {
        self.node.inputs.push(None);
        self
    }

    /// Runs it for its first `count` outputs.
    pub fn outputs(mut self, count: usize) -> Result<Vec<Tensor>, String> {
        for index in 0..count {
            let id = self.graph.add_value(format!("output {index}"));
            self.node.outputs.push(Some(id));
            self.graph.outputs.push(Output {
                id,
                name: format!("output {index}"),
                classes: None,
                structure: Structure::Tensor,
            });
        }
        self.graph.nodes.push(self.node);
        let model = Model::from_graph(self.graph, &self.limits).map_err(|error| error.to_string())?;
        let options = PlanOptions {
            target: self.target,
            most_bytes: self.most_bytes,
            ..PlanOptions::default()
        };
        let run = Session::with_options(self.engine.unwrap_or_else(engine), Arc::new(model), options)
            .run(&self.inputs)
            .map_err(|error| error.to_string())?;
        Ok(run.into_iter().map(|output| output.tensor).collect())
    }

    /// Runs it for its only output.
    pub fn run(self) -> Tensor {
        self.outputs(1).expect("the operator runs").remove(0)
    }

    /// Runs it and gives the message of its failure.
    pub fn refusal(self) -> String {
        self.outputs(1).expect_err("the operator is refused")
    }

    /// Runs it twice, with its inputs from the caller and as constants of the model, and compares both with what is expected.
    pub fn gives(self, expected: &Tensor) {
        let mut folded = Self {
            graph: Graph::default(),
            node: self.node.clone(),
            inputs: Vec::new(),
            limits: Limits::default(),
            target: self.target,
            most_bytes: self.most_bytes,
            engine: self.engine.clone(),
        };
        folded.node.inputs.clear();
        let mut given = self.graph.inputs.iter().zip(&self.inputs);
        for id in &self.node.inputs {
            folded = match id {
                None => folded.absent(),
                Some(id) => match self.graph.constants.get(id) {
                    Some(constant) => folded.known(constant.as_ref().clone()),
                    None => folded.known(given.next().expect("an input for each").1.clone()),
                },
            };
        }
        assert_close(&self.run(), expected, 1e-5);
        assert_close(&folded.run(), expected, 1e-5);
    }
}

/// Asserts that two tensors are of one type and shape, and their numbers close: `tolerance` apart, and as much again in relation.
pub fn assert_close(found: &Tensor, expected: &Tensor, tolerance: f32) {
    assert_eq!(
        found.tensor_type(),
        expected.tensor_type(),
        "found {found:?}, expected {expected:?}"
    );
    if !matches!(
        found.data_type(),
        DataType::Float32 | DataType::Float16 | DataType::Bfloat16
    ) {
        assert_eq!(found, expected);
        return;
    }
    let [found, expected] = [found, expected].map(|tensor| Tensor::widened(&Arc::new(tensor.clone())));
    let [numbers, wanted] = [&found, &expected].map(|tensor| tensor.as_slice::<f32>().expect("widened"));
    for (at, (found, expected)) in numbers.iter().zip(wanted).enumerate() {
        let is_same = found == expected || (found.is_nan() && expected.is_nan());
        let is_close = (found - expected).abs() <= tolerance * (1.0 + expected.abs());
        assert!(is_same || is_close, "element {at} is {found}, expected {expected}");
    }
}
