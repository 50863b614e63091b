//! Models written field by field, for what no exporter would write.

use gpu_worker::model::proto::{
    AttributeKind, AttributeProto, DimensionProto, DimensionValue, GraphProto, ModelProto, NodeProto,
    OperatorSetIdProto, TensorProto, TensorShapeProto, TensorTypeProto, TypeProto, ValueInfoProto,
};
use prost::Message;

const FLOAT32: i32 = 1;
const INT64: i32 = 7;

/// A float32 input or output; 0 stands for a dimension that varies.
pub fn value(name: &str, dims: &[i64]) -> ValueInfoProto {
    let dim = |&length: &i64| DimensionProto {
        value: Some(match length {
            0 => DimensionValue::Named("batch".into()),
            length => DimensionValue::Fixed(length),
        }),
    };
    let tensor = TensorTypeProto {
        elem_type: FLOAT32,
        shape: Some(TensorShapeProto {
            dim: dims.iter().map(dim).collect(),
        }),
    };
    ValueInfoProto {
        name: name.into(),
        r#type: Some(TypeProto {
            tensor_type: Some(tensor),
            ..TypeProto::default()
        }),
    }
}

/// A node; an empty name is an input left out.
pub fn node(kind: &str, inputs: &[&str], outputs: &[&str], attributes: &[AttributeProto]) -> NodeProto {
    let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    NodeProto {
        op_type: kind.into(),
        input: names(inputs),
        output: names(outputs),
        attribute: attributes.to_vec(),
        ..NodeProto::default()
    }
}

/// An attribute that is a graph.
pub fn graph_attribute(name: &str, graph: GraphProto) -> AttributeProto {
    AttributeProto {
        name: name.into(),
        kind: AttributeKind::Graph.into(),
        g: Some(graph),
        ..AttributeProto::default()
    }
}

/// Constant integers.
pub fn integers(name: &str, dims: &[i64], elements: &[i64]) -> TensorProto {
    TensorProto {
        name: name.into(),
        dims: dims.to_vec(),
        data_type: INT64,
        int64_data: elements.to_vec(),
        ..TensorProto::default()
    }
}

/// A graph of these nodes.
pub fn graph(
    nodes: Vec<NodeProto>,
    initializer: Vec<TensorProto>,
    inputs: &[ValueInfoProto],
    outputs: &[ValueInfoProto],
) -> GraphProto {
    GraphProto {
        node: nodes,
        initializer,
        input: inputs.to_vec(),
        output: outputs.to_vec(),
        ..GraphProto::default()
    }
}

/// The file of a graph whose operators are ONNX's own of version 18.
pub fn file(graph: GraphProto) -> Vec<u8> {
    let opset = OperatorSetIdProto {
        domain: String::new(),
        version: 18,
    };
    let model = ModelProto {
        ir_version: 8,
        opset_import: vec![opset],
        graph: Some(graph),
        ..ModelProto::default()
    };
    model.encode_to_vec()
}

/// The digits of the subnet as input `x`, and `y`, 64 scores for each, as output of these nodes.
pub fn on_digits(nodes: Vec<NodeProto>, initializer: Vec<TensorProto>) -> Vec<u8> {
    file(graph(
        nodes,
        initializer,
        &[value("x", &[0, 1, 8, 8])],
        &[value("y", &[0, 64])],
    ))
}

/// An attribute that is an integer.
pub fn int_attribute(name: &str, value: i64) -> AttributeProto {
    AttributeProto {
        name: name.into(),
        kind: AttributeKind::Int.into(),
        i: value,
        ..AttributeProto::default()
    }
}

/// The body of a loop that never ends by itself, one node around what it hands on.
pub fn long_loop_body(kind: &str) -> GraphProto {
    body_of(node(kind, &["state"], &["state_out"], &[]))
}

fn body_of(node_of_state: NodeProto) -> GraphProto {
    graph(
        vec![node("Identity", &["goes_on"], &["goes_on_out"], &[]), node_of_state],
        Vec::new(),
        &[value("round", &[]), value("goes_on", &[]), value("state", &[])],
        &[value("goes_on_out", &[]), value("state_out", &[])],
    )
}

/// The body of a loop around a loop with that body.
pub fn loop_around(body: GraphProto) -> GraphProto {
    body_of(loop_node(body, "state", "state_out"))
}

/// A loop of as many rounds as the value `rounds` says.
pub fn loop_node(body: GraphProto, input: &str, output: &str) -> NodeProto {
    node(
        "Loop",
        &["rounds", "", input],
        &[output],
        &[graph_attribute("body", body)],
    )
}

/// A loop of `rounds` rounds around a Relu of the digits.
pub fn long_loop(rounds: i64) -> Vec<u8> {
    on_digits(
        vec![
            loop_node(long_loop_body("Relu"), "x", "looped"),
            node("Flatten", &["looped"], &["y"], &[]),
        ],
        vec![integers("rounds", &[], &[rounds])],
    )
}
