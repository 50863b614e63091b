//! What is joined, and that it computes the same.

mod attention;
mod fours;
mod inverted;
mod patterns;
mod random;
mod views;

use crate::model::{Attribute, Attributes};
use crate::plan::Step;
use crate::testing::{Network, ramp, tensor};

#[test]
fn bias_and_activation_are_the_epilogue_of_a_product() {
    let mut network = Network::default();
    let x = network.input(ramp(&[5, 7]));
    let (weights, bias) = (network.constant(ramp(&[7, 9])), network.constant(ramp(&[9])));
    let product = network.node("MatMul", &[x, weights]);
    let sum = network.node("Add", &[product, bias]);
    let result = network.node("Relu", &[sum]);
    network.output(result);
    let ready = network.finish();
    assert_eq!(ready.kernels(false), ["matmul", "binary", "unary"]);
    assert_eq!(ready.kernels(true), ["matmul"]);
    ready.agrees(1e-6);
}

#[test]
fn products_of_every_size_go_through_functions_that_need_to_know_nan() {
    for [m, k, n] in [
        [1, 64, 96],
        [17, 40, 72],
        [64, 128, 128],
        [33, 640, 102],
        [47, 448, 100],
    ] {
        let mut network = Network::default();
        let x = network.input(ramp(&[m, k]));
        let weights = network.constant(ramp(&[k, n]));
        let product = network.node("MatMul", &[x, weights]);
        let result = network.node("Tanh", &[product]);
        let result = network.node("Relu", &[result]);
        network.output(result);
        network.finish().agrees(1e-5);
    }
}

#[test]
fn what_is_short_is_done_to_results_before_they_are_stored() {
    let sizes = [
        [1, 64, 96],
        [17, 40, 72],
        [19, 32, 133],
        [64, 128, 128],
        [33, 640, 102],
        [47, 448, 100],
    ];
    for [m, k, n] in sizes {
        let mut network = Network::default();
        let (x, residual) = (network.input(ramp(&[m, k])), network.input(ramp(&[m, n])));
        let weights = network.constant(ramp(&[k, n]));
        let product = network.node("MatMul", &[x, weights]);
        let sum = network.node("Add", &[product, residual]);
        let (low, high) = (network.number(-0.5), network.number(6.0));
        let result = network.node("Clip", &[sum, low, high]);
        network.output(result);
        network.finish().agrees(1e-5);
    }
}

#[test]
fn channels_with_filters_of_their_own_go_through_short_and_long_functions() {
    for (kind, size) in [("Relu", 13), ("Relu", 16), ("HardSwish", 13), ("Erf", 7)] {
        let mut network = Network::default();
        let x = network.input(ramp(&[2, 6, size, size]));
        let weights = network.constant(ramp(&[6, 1, 3, 3]));
        let attributes = Attributes::default().with("pads", Attribute::Ints(vec![1; 4]));
        let attributes = attributes.with("group", Attribute::Int(6));
        let y = network.node_with("Conv", &[x, weights], attributes);
        let y = network.node(kind, &[y]);
        network.output(y);
        let ready = network.finish();
        assert_eq!(ready.kernels(true).len(), 1);
        ready.agrees(1e-5);
    }
}

#[test]
fn normalised_channels_a_residual_and_an_activation_are_the_epilogue_of_a_convolution() {
    let mut network = Network::default();
    let x = network.input(ramp(&[2, 3, 6, 6]));
    let weights = network.constant(ramp(&[3, 3, 3, 3]));
    let pads = Attributes::default().with("pads", Attribute::Ints(vec![1; 4]));
    let y = network.node_with("Conv", &[x, weights], pads);
    let mut inputs = vec![y];
    for elements in [[1.5, 0.5, -1.0], [0.1, 0.2, 0.3], [0.4, -0.2, 1.0], [0.5, 1.5, 2.5]] {
        inputs.push(network.constant(tensor::<f32>(&[3], elements)));
    }
    let y = network.node("BatchNormalization", &inputs);
    let y = network.node("Add", &[y, x]);
    let y = network.node("Relu", &[y]);
    network.output(y);
    let ready = network.finish();
    assert_eq!(ready.kernels(true), ["conv"]);
    ready.agrees(1e-5);
}

#[test]
fn a_value_that_is_read_again_later_is_not_joined_away() {
    let mut network = Network::default();
    let x = network.input(ramp(&[4, 6]));
    let a = network.node("Tanh", &[x]);
    let b = network.node("Exp", &[a]);
    let c = network.reduce("ReduceMean", b);
    let d = network.node("Mul", &[b, c]);
    network.output(a);
    network.output(d);
    let ready = network.finish();
    assert_eq!(ready.kernels(true), ["unary", "unary", "reduce", "binary"]);
    ready.agrees(1e-6);
}

#[test]
fn what_is_computed_twice_is_computed_once() {
    let mut network = Network::default();
    let (x, y) = (network.input(ramp(&[3, 5])), network.input(ramp(&[5, 3])));
    let first = network.node("MatMul", &[x, y]);
    let again = network.node("MatMul", &[x, y]);
    let result = network.node("Mul", &[first, again]);
    network.output(result);
    let ready = network.finish();
    assert_eq!(ready.kernels(true), ["matmul"]);
    ready.agrees(1e-6);
}

#[test]
fn slices_backwards_and_transpositions_are_read_in_place() {
    let mut network = Network::default();
    let x = network.input(ramp(&[4, 6]));
    let mut bounds = Vec::new();
    for bound in [-1_i64, -100, 1, -1] {
        bounds.push(network.constant(tensor::<i64>(&[1], [bound])));
    }
    let backwards = network.node("Slice", &[x, bounds[0], bounds[1], bounds[2], bounds[3]]);
    let turned = network.transpose(backwards, &[1, 0]);
    let y = network.input(ramp(&[6, 4]));
    let sum = network.node("Add", &[turned, y]);
    let result = network.node("Tanh", &[sum]);
    network.output(result);
    let ready = network.finish();
    assert_eq!(ready.kernels(false).len(), 4);
    assert_eq!(ready.kernels(true), ["element"]);
    ready.agrees(1e-6);
}

#[test]
fn truth_values_inside_of_a_chain_stay_words() {
    let mut network = Network::default();
    let (x, y) = (network.input(ramp(&[2, 8])), network.input(ramp(&[8])));
    let less = network.node("Less", &[x, y]);
    let not = network.node("Not", &[less]);
    let both = network.node("Or", &[not, less]);
    let to_number = Attributes::default().with("to", Attribute::Int(1));
    let ones = network.node_with("Cast", &[both], to_number);
    let chosen = network.node("Where", &[not, ones, x]);
    network.output(chosen);
    let greater = network.node("Greater", &[chosen, y]);
    network.output(greater);
    let ready = network.finish();
    assert!(ready.kernels(true).len() <= 3);
    ready.agrees(0.0);
}

#[test]
fn no_kernel_binds_more_than_every_adapter_allows() {
    let mut network = Network::default();
    let (x, w) = (network.input(ramp(&[4, 4])), network.constant(ramp(&[4, 4])));
    let mut sum = network.node("MatMul", &[x, w]);
    for _ in 0..20 {
        let other = network.input(ramp(&[4, 4]));
        sum = network.node("Add", &[sum, other]);
    }
    network.output(sum);
    let ready = network.finish();
    for step in &ready.plan(true).steps {
        if let Step::Launch { reads, .. } = step {
            assert!(reads.len() < 8, "{} tensors are read", reads.len());
        }
    }
    assert!(ready.kernels(true).len() < 6);
    ready.agrees(1e-5);
}

#[test]
fn a_chain_without_end_becomes_kernels_of_bounded_size() {
    let mut network = Network::default();
    let mut x = network.input(ramp(&[3]));
    for kind in ["Sin", "Cos", "Tanh", "Abs"].iter().cycle().take(4000) {
        x = network.node(kind, &[x]);
    }
    network.output(x);
    let ready = network.finish();
    let kernels = ready.kernels(true).len();
    assert!((60..200).contains(&kernels), "{kernels} kernels");
    for step in &ready.plan(true).steps {
        if let Step::Launch { launch, .. } = step {
            let (expression, _) = launch.expression().expect("all are element-wise");
            assert!(expression.operations().len() <= 64);
        }
    }
    ready.agrees(1e-5);
}
