//! What exporters write out step by step.

use crate::model::{Attribute, Attributes, ValueId};
use crate::testing::{Network, Ready, ramp};

/// The only output of `build` over one input of 6 rows.
fn of_rows(build: impl FnOnce(&mut Network, ValueId) -> ValueId) -> Ready {
    let mut network = Network::default();
    let x = network.input(ramp(&[2, 3, 16]));
    let y = build(&mut network, x);
    network.output(y);
    network.finish()
}

fn normalised(network: &mut Network, x: ValueId) -> ValueId {
    let mean = network.reduce("ReduceMean", x);
    let centred = network.node("Sub", &[x, mean]);
    let two = network.number(2.0);
    let squares = network.node("Pow", &[centred, two]);
    let variance = network.reduce("ReduceMean", squares);
    let epsilon = network.number(1e-5);
    let above = network.node("Add", &[variance, epsilon]);
    let deviation = network.node("Sqrt", &[above]);
    network.node("Div", &[centred, deviation])
}

#[test]
fn a_layer_normalisation_that_is_written_out_is_one_kernel() {
    let ready = of_rows(|network, x| {
        let y = normalised(network, x);
        let (scale, bias) = (network.constant(ramp(&[16])), network.constant(ramp(&[16])));
        let y = network.node("Mul", &[y, scale]);
        network.node("Add", &[y, bias])
    });
    assert_eq!(ready.kernels(false).len(), 9);
    assert_eq!(ready.kernels(true), ["layer_norm"]);
    ready.agrees(1e-5);
}

#[test]
fn a_normalisation_by_the_root_mean_square_is_one_kernel() {
    let ready = of_rows(|network, x| {
        let squares = network.node("Mul", &[x, x]);
        let mean = network.reduce("ReduceMean", squares);
        let epsilon = network.number(1e-6);
        let above = network.node("Add", &[epsilon, mean]);
        let root = network.node("Sqrt", &[above]);
        let inverse = network.node("Reciprocal", &[root]);
        let y = network.node("Mul", &[x, inverse]);
        let scale = network.constant(ramp(&[16]));
        network.node("Mul", &[scale, y])
    });
    assert_eq!(ready.kernels(true), ["layer_norm"]);
    ready.agrees(1e-5);
}

#[test]
fn what_only_looks_like_a_normalisation_is_left_as_it_is() {
    let ready = of_rows(|network, x| {
        let mean = network.reduce("ReduceMean", x);
        let centred = network.node("Sub", &[x, mean]);
        // The cube is no variance.
        let three = network.number(3.0);
        let cubes = network.node("Pow", &[centred, three]);
        let skew = network.reduce("ReduceMean", cubes);
        let one = network.number(1.0);
        let above = network.node("Add", &[skew, one]);
        let root = network.node("Sqrt", &[above]);
        network.node("Div", &[centred, root])
    });
    assert!(!ready.kernels(true).contains(&"layer_norm"));
    ready.agrees(1e-5);
}

#[test]
fn a_softmax_that_is_written_out_is_one_kernel() {
    let ready = of_rows(|network, x| {
        let greatest = network.reduce("ReduceMax", x);
        let shifted = network.node("Sub", &[x, greatest]);
        let powers = network.node("Exp", &[shifted]);
        let sum = network.reduce("ReduceSum", powers);
        network.node("Div", &[powers, sum])
    });
    assert_eq!(ready.kernels(true), ["softmax"]);
    ready.agrees(1e-6);
}

#[test]
fn both_forms_of_gelu_and_a_swish_are_one_kernel_each() {
    let by_error_function = of_rows(|network, x| {
        let (root, one, half) = (
            network.number(std::f32::consts::SQRT_2),
            network.number(1.0),
            network.number(0.5),
        );
        let y = network.node("Div", &[x, root]);
        let y = network.node("Erf", &[y]);
        let y = network.node("Add", &[y, one]);
        let y = network.node("Mul", &[x, y]);
        network.node("Mul", &[y, half])
    });
    let by_tangent = of_rows(|network, x| {
        let (three, small) = (network.number(3.0), network.number(0.044_715));
        let (root, one, half) = (network.number(0.797_884_6), network.number(1.0), network.number(0.5));
        let y = network.node("Pow", &[x, three]);
        let y = network.node("Mul", &[small, y]);
        let y = network.node("Add", &[x, y]);
        let y = network.node("Mul", &[root, y]);
        let y = network.node("Tanh", &[y]);
        let y = network.node("Add", &[one, y]);
        let y = network.node("Mul", &[x, y]);
        network.node("Mul", &[half, y])
    });
    let swish = of_rows(|network, x| {
        let y = network.node("Sigmoid", &[x]);
        network.node("Mul", &[x, y])
    });
    for ready in [by_error_function, by_tangent, swish] {
        assert_eq!(ready.kernels(true), ["element"]);
        ready.agrees(1e-5);
    }
}

#[test]
fn attention_scales_and_masks_in_the_product_and_skips_no_step_that_others_need() {
    let mut network = Network::default();
    let (q, k, v) = (
        network.input(ramp(&[2, 4, 3, 8])),
        network.input(ramp(&[2, 4, 5, 8])),
        network.input(ramp(&[2, 4, 5, 8])),
    );
    let mask = network.input(ramp(&[2, 1, 1, 5]));
    let keys = network.transpose(k, &[0, 1, 3, 2]);
    let scale = network.number(0.353);
    let product = network.node("MatMul", &[q, keys]);
    let scaled = network.node("Mul", &[product, scale]);
    let masked = network.node("Add", &[scaled, mask]);
    let last = Attributes::default().with("axis", Attribute::Int(-1));
    let weights = network.node_with("Softmax", &[masked], last);
    let result = network.node("MatMul", &[weights, v]);
    network.output(result);
    let ready = network.finish();
    let kernels = ready.kernels(true);
    assert!(
        kernels
            .iter()
            .all(|kernel| ["copy", "matmul", "softmax"].contains(kernel))
    );
    assert!(kernels.len() <= 4);
    ready.agrees(1e-5);
}

#[test]
fn heads_are_split_without_copies() {
    let mut network = Network::default();
    let heads = |network: &mut Network, order: &[i64]| {
        let x = network.input(ramp(&[2, 5, 12]));
        let apart = network.reshape(x, &[2, 5, 3, 4]);
        network.transpose(apart, order)
    };
    let q = heads(&mut network, &[0, 2, 1, 3]);
    let keys = heads(&mut network, &[0, 2, 3, 1]);
    let v = heads(&mut network, &[0, 2, 1, 3]);
    let product = network.node("MatMul", &[q, keys]);
    let last = Attributes::default().with("axis", Attribute::Int(-1));
    let weights = network.node_with("Softmax", &[product], last);
    let result = network.node("MatMul", &[weights, v]);
    network.output(result);
    let ready = network.finish();
    assert_eq!(
        ready.kernels(false).iter().filter(|kernel| **kernel == "copy").count(),
        3
    );
    assert!(!ready.kernels(true).contains(&"copy"));
    ready.agrees(1e-5);
}

#[test]
fn attention_as_one_operator_makes_no_copies_of_its_inputs() {
    let mut network = Network::default();
    let inputs = [7, 5, 5].map(|length| network.input(ramp(&[2, length, 12])));
    let heads = Attributes::default()
        .with("q_num_heads", Attribute::Int(3))
        .with("kv_num_heads", Attribute::Int(3));
    let result = network.node_with("Attention", &inputs, heads);
    network.output(result);
    let ready = network.finish();
    // Only the heads of the result are put together by a copy.
    let kernels = ready.kernels(true);
    assert_eq!(kernels.iter().filter(|kernel| **kernel == "copy").count(), 1);
    ready.agrees(1e-5);
}
