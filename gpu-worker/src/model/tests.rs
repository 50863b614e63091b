//! Malformed and hostile models, written field by field.

use prost::Message;

use super::proto::{
    AttributeKind, AttributeProto, DimensionProto, DimensionValue, EXTERNAL, FunctionProto, GraphProto, ModelProto,
    NodeProto, OperatorSetIdProto, SparseTensorProto, TensorProto, TensorShapeProto, TensorTypeProto, TypeProto,
    ValueInfoProto,
};
use super::{Limits, LoadError, Model};

fn value(name: &str, dims: &[i64]) -> ValueInfoProto {
    let dim = |&length: &i64| DimensionProto {
        value: Some(DimensionValue::Fixed(length)),
    };
    let shape = TensorShapeProto {
        dim: dims.iter().map(dim).collect(),
    };
    let tensor = TensorTypeProto {
        elem_type: 1,
        shape: Some(shape),
    };
    ValueInfoProto {
        name: name.into(),
        r#type: Some(TypeProto {
            tensor_type: Some(tensor),
            ..TypeProto::default()
        }),
    }
}

pub(super) fn node(kind: &str, inputs: &[&str], outputs: &[&str]) -> NodeProto {
    let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    NodeProto {
        op_type: kind.into(),
        input: names(inputs),
        output: names(outputs),
        ..NodeProto::default()
    }
}

fn weights(name: &str) -> TensorProto {
    TensorProto {
        name: name.into(),
        dims: vec![2],
        data_type: 1,
        float_data: vec![1.0, 2.0],
        ..TensorProto::default()
    }
}

/// y = x + w, for what a test changes of it.
pub(super) fn model() -> ModelProto {
    let graph = GraphProto {
        node: vec![node("Add", &["x", "w"], &["y"])],
        initializer: vec![weights("w")],
        input: vec![value("x", &[2])],
        output: vec![value("y", &[2])],
        ..GraphProto::default()
    };
    let opset = OperatorSetIdProto {
        domain: String::new(),
        version: 17,
    };
    ModelProto {
        ir_version: 8,
        opset_import: vec![opset],
        graph: Some(graph),
        ..ModelProto::default()
    }
}

fn load(change: impl FnOnce(&mut ModelProto, &mut GraphProto), limits: &Limits) -> Result<Model, LoadError> {
    let mut model = model();
    let mut graph = model.graph.take().expect("a graph");
    change(&mut model, &mut graph);
    model.graph = Some(graph);
    Model::load(&model.encode_to_vec(), limits)
}

fn refusal(change: impl FnOnce(&mut ModelProto, &mut GraphProto)) -> String {
    load(change, &Limits::default())
        .expect_err("the model is refused")
        .to_string()
}

#[test]
fn the_unchanged_model_loads() {
    let model = load(|_, _| {}, &Limits::default()).expect("a valid model");
    assert_eq!((model.graph().inputs.len(), model.parameters()), (1, 2));
}

#[test]
fn graphs_that_cannot_run_are_refused() {
    assert_eq!(
        refusal(|_, graph| graph.initializer.clear()),
        "Add reads 'w', which is no input, no initializer and no node's output"
    );
    assert_eq!(
        refusal(|_, graph| {
            graph.node = vec![
                node("Add", &["x", "b"], &["a"]),
                node("Relu", &["a"], &["b"]),
                node("Neg", &["a"], &["y"]),
            ];
        }),
        "the graph has a cycle through: Add, Relu, Neg"
    );
    assert_eq!(
        refusal(|_, graph| graph.node = vec![node("Neg", &["y"], &["y"])]),
        "the graph has a cycle through: Neg"
    );
    assert_eq!(
        refusal(|_, graph| graph.node.push(node("Neg", &["x"], &["y"]))),
        "the value 'y' is defined twice"
    );
    assert_eq!(
        refusal(|_, graph| graph.output[0].name = "other".into()),
        "output 'other' is made by no node"
    );
    assert_eq!(
        refusal(|_, graph| {
            graph.node.push(node("Neg", &["x"], &["w"]));
            graph.output.push(value("w", &[2]));
        }),
        "the value 'w' is defined twice"
    );
    assert_eq!(
        refusal(|_, graph| graph.input.push(value("x", &[3]))),
        "the value 'x' is defined twice"
    );
    assert_eq!(
        refusal(|_, graph| graph.initializer.push(weights("w"))),
        "the value 'w' is defined twice"
    );
    assert_eq!(refusal(|_, graph| graph.output.clear()), "the graph has no output");
}

#[test]
fn nodes_may_come_in_any_order() {
    let swapped = load(
        |_, graph| graph.node = vec![node("Relu", &["a"], &["y"]), node("Add", &["x", "w"], &["a"])],
        &Limits::default(),
    );
    let kinds: Vec<String> = swapped
        .expect("no cycle")
        .graph()
        .nodes
        .iter()
        .map(|node| node.operator.to_string())
        .collect();
    assert_eq!(kinds, ["Add", "Relu"]);
}

#[test]
fn tensors_that_are_not_what_they_say_are_refused() {
    let initializer = |change: fn(&mut TensorProto)| refusal(|_, graph| change(&mut graph.initializer[0]));
    assert_eq!(
        initializer(|tensor| tensor.data_location = EXTERNAL),
        "initializer 'w': its elements are external, but no file is named"
    );
    assert_eq!(
        initializer(|tensor| tensor.data_type = 14),
        "initializer 'w': its element type, complex64, is not supported"
    );
    assert_eq!(
        initializer(|tensor| tensor.dims = vec![3]),
        "initializer 'w': the shape [3] needs 3 elements, but 2 were given"
    );
    assert_eq!(
        initializer(|tensor| tensor.dims = vec![-2]),
        "initializer 'w': its dimension -2 is negative"
    );
    assert!(initializer(|tensor| tensor.dims = vec![i64::MAX; 4]).contains("more than"));
    assert!(
        initializer(|tensor| tensor.raw_data = Some(vec![0; 7].into())).contains("takes 8 bytes, but 7 are stored")
    );
    assert_eq!(
        refusal(|_, graph| graph.sparse_initializer.push(SparseTensorProto {})),
        "sparse initializers are not supported; store the weights as dense tensors"
    );
}

#[test]
fn interfaces_that_are_not_tensors_are_refused() {
    assert_eq!(
        refusal(|_, graph| graph.input[0].r#type = Some(TypeProto::default())),
        "input 'x' is not a tensor; only tensors are supported"
    );
    assert_eq!(
        refusal(|_, graph| graph.input[0] = value("x", &[-5])),
        "input 'x' has the negative dimension -5"
    );
    assert_eq!(
        refusal(|_, graph| {
            let tensor = TensorTypeProto {
                elem_type: 14,
                shape: None,
            };
            graph.input[0].r#type = Some(TypeProto {
                tensor_type: Some(tensor),
                ..TypeProto::default()
            });
        }),
        "input 'x': its element type, complex64, is not supported"
    );
}

#[test]
fn versions_and_domains_that_are_not_known_are_refused() {
    assert!(refusal(|model, _| model.ir_version = 1).contains("IR version 1"));
    assert_eq!(
        refusal(|model, _| model.opset_import[0].version = 99),
        "the model uses version 99 of the operator set ai.onnx; versions 1 to 27 are supported"
    );
    assert_eq!(
        refusal(|_, graph| graph.node[0].domain = "com.example".into()),
        "Add belongs to the operator set 'com.example', which the model does not import"
    );
    let foreign = refusal(|model, graph| {
        graph.node[0].domain = "com.example".into();
        model.opset_import.push(OperatorSetIdProto {
            domain: "com.example".into(),
            version: 1,
        });
    });
    assert_eq!(
        foreign,
        "the model needs operators that are not supported: com.example.Add (opset 1): not implemented"
    );
}

/// A function of two inputs: whatever `nodes` make of `a` and `b` is its output `c`.
fn function(name: &str, nodes: Vec<NodeProto>) -> FunctionProto {
    let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    FunctionProto {
        name: name.into(),
        domain: "own".into(),
        input: names(&["a", "b"]),
        output: names(&["c"]),
        node: nodes,
        opset_import: ["", "own"].map(imported).to_vec(),
        ..FunctionProto::default()
    }
}

fn imported(domain: &str) -> OperatorSetIdProto {
    OperatorSetIdProto {
        domain: domain.into(),
        version: if domain.is_empty() { 17 } else { 1 },
    }
}

fn call(name: &str, inputs: &[&str], output: &str) -> NodeProto {
    NodeProto {
        domain: "own".into(),
        ..node(name, inputs, &[output])
    }
}

#[test]
fn functions_are_written_out_with_names_of_their_own() {
    let model = load(
        |model, graph| {
            let inner = function(
                "Inner",
                vec![node("Mul", &["a", "b"], &["t"]), node("Neg", &["t"], &["c"])],
            );
            let outer = function(
                "Outer",
                vec![call("Inner", &["a", "b"], "t"), call("Inner", &["t", "a"], "c")],
            );
            model.functions = vec![inner, outer];
            model.opset_import.push(imported("own"));
            graph.node = vec![call("Outer", &["x", "w"], "y")];
        },
        &Limits::default(),
    );
    let kinds: Vec<String> = model
        .expect("a valid model")
        .graph()
        .nodes
        .iter()
        .map(|node| node.operator.to_string())
        .collect();
    assert_eq!(kinds, ["Mul", "Neg", "Mul", "Neg"]);
}

#[test]
fn functions_cannot_call_themselves_nor_multiply_without_bound() {
    let own = refusal(|model, graph| {
        model.functions = vec![function("Own", vec![call("Own", &["a", "b"], "c")])];
        model.opset_import.push(imported("own"));
        graph.node = vec![call("Own", &["x", "w"], "y")];
    });
    assert!(
        own.starts_with("own.Own is a function defined inside the model that calls itself"),
        "{own}"
    );
    let bomb = refusal(|model, graph| {
        let twice = |name: &str| vec![call(name, &["a", "b"], "t"), call(name, &["t", "b"], "c")];
        model.functions = (1..25)
            .map(|at| function(&format!("F{at}"), twice(&format!("F{}", at - 1))))
            .collect();
        model
            .functions
            .push(function("F0", vec![node("Add", &["a", "b"], &["c"])]));
        model.opset_import.push(imported("own"));
        graph.node = vec![call("F24", &["x", "w"], "y")];
    });
    assert!(bomb.contains("over the limit"), "{bomb}");
}

#[test]
fn all_operators_that_are_missing_are_told_at_once() {
    let refused = load(
        |_, graph| {
            let nodes = [("None", "a"), ("Nothing", "b"), ("None", "c"), ("Relu", "y")];
            graph.node = nodes.map(|(kind, output)| node(kind, &["x"], &[output])).to_vec();
        },
        &Limits::default(),
    );
    let Err(LoadError::Unsupported(list)) = refused else {
        panic!("{refused:?}")
    };
    let found: Vec<(&str, usize)> = list.iter().map(|row| (row.operator.kind.as_str(), row.nodes)).collect();
    assert_eq!(found, [("None", 2), ("Nothing", 1)]);
}

#[test]
fn attributes_must_be_of_their_kind() {
    let attribute = |kind: AttributeKind| AttributeProto {
        name: "axis".into(),
        kind: kind.into(),
        ..AttributeProto::default()
    };
    let flatten = |attributes: Vec<AttributeProto>| {
        refusal(|_, graph| {
            graph.node = vec![node("Flatten", &["x"], &["y"])];
            graph.node[0].attribute = attributes;
        })
    };
    assert_eq!(
        flatten(vec![attribute(AttributeKind::Float)]),
        "Flatten: attribute 'axis' should be an integer, but is a number"
    );
    assert_eq!(
        flatten(vec![attribute(AttributeKind::Graph)]),
        "Flatten: attribute 'axis' should be an integer, but is a sub-graph"
    );
    assert_eq!(
        flatten(vec![attribute(AttributeKind::Int); 2]),
        "Flatten: attribute 'axis' is given twice"
    );
}

#[test]
fn limits_hold_before_anything_is_made() {
    let broken = |limits: Limits| load(|_, _| {}, &limits).expect_err("over a limit").to_string();
    let limits = Limits::default;
    assert!(broken(Limits { bytes: 10, ..limits() }).contains("--limit-bytes"));
    assert!(broken(Limits { nodes: 0, ..limits() }).contains("--limit-nodes"));
    assert!(broken(Limits { rank: 0, ..limits() }).contains("--limit-rank"));
    assert!(broken(Limits { dim: 1, ..limits() }).contains("--limit-dim"));
    assert!(
        broken(Limits {
            initializer_bytes: 7,
            ..limits()
        })
        .contains("--limit-initializer-bytes")
    );
}

#[test]
fn a_name_without_end_is_cut() {
    let refused = refusal(|_, graph| graph.node[0].op_type = "A".repeat(1 << 20));
    assert!(
        refused.len() < 1000 && refused.contains("A…"),
        "{} bytes",
        refused.len()
    );
}
