//! Kernels that take four elements at a time compute what those do that take one.

use crate::kernels::Target;
use crate::model::{Attribute, Attributes};
use crate::testing::{Network, ramp, tensor};

#[test]
fn four_elements_are_read_wherever_they_lie() {
    // Rows of whole fours, of none, and what is too small for one.
    for dims in [[3, 8], [4, 6], [8, 3], [2, 2], [1, 4], [5, 3]] {
        let mut network = Network::default();
        let x = network.input(ramp(&dims));
        let mut sum = x;
        let turned = network.input(ramp(&[dims[1], dims[0]]));
        let turned = network.transpose(turned, &[1, 0]);
        let bounds = [-1_i64, -100, 1, -1].map(|bound| network.constant(tensor::<i64>(&[1], [bound])));
        let backwards = network.node("Slice", &[x, bounds[0], bounds[1], bounds[2], bounds[3]]);
        let (column, row) = (network.input(ramp(&[dims[0], 1])), network.input(ramp(&[dims[1]])));
        for other in [turned, backwards, column, row] {
            sum = network.node("Add", &[sum, other]);
        }
        let zero = network.number(0.0);
        let is_less = network.node("Less", &[sum, zero]);
        let power = network.node("Exp", &[sum]);
        let clipped = network.node("Clip", &[sum]);
        let result = network.node("Where", &[is_less, power, clipped]);
        network.output(result);
        let ready = network.finish();
        let expected = match (dims[0] * dims[1]) % 4 {
            0 => "element_fours",
            _ => "element",
        };
        assert_eq!(ready.kernels_on(Target::Lanes(8)), [expected]);
        ready.agrees(1e-6);
    }
}

#[test]
fn quotients_are_exact_far_from_zero() {
    // Nearly 2^22 elements, seen in dimensions that no power of two divides but four.
    let dims = [1021, 4108];
    let mut network = Network::default();
    let numbers = (0..dims[0] * dims[1]).map(|number| number as f32).collect::<Vec<_>>();
    let x = network.input(tensor(&dims, numbers));
    let turned = network.transpose(x, &[1, 0]);
    network.output(turned);
    let ready = network.finish();
    assert_eq!(ready.kernels_on(Target::Lanes(8)), ["element_fours"]);
    let found = ready.run(true);
    let found = found[0].as_slice::<f32>().expect("numbers");
    let wrong = found
        .iter()
        .enumerate()
        .find(|&(at, &number)| number != (at % dims[0] * dims[1] + at / dims[0]) as f32);
    assert_eq!(wrong, None);
}

#[test]
fn rows_of_whole_fours_are_summed_by_fours() {
    for (length, kernels) in [
        (16, ["softmax_fours", "layer_norm_sharing", "layer_norm_apart"]),
        (4, ["softmax_fours", "layer_norm_sharing", "layer_norm_apart"]),
        (6, ["softmax", "layer_norm", "layer_norm"]),
    ] {
        let mut network = Network::default();
        let x = network.input(ramp(&[7, length]));
        let last = || Attributes::default().with("axis", Attribute::Int(-1));
        let softmax = network.node_with("Softmax", &[x], last());
        // A normalisation that is written out, and the scale of which is its epilogue.
        let squares = network.node("Mul", &[softmax, softmax]);
        let mean = network.reduce("ReduceMean", squares);
        let epsilon = network.number(1e-6);
        let above = network.node("Add", &[mean, epsilon]);
        let root = network.node("Sqrt", &[above]);
        let y = network.node("Div", &[softmax, root]);
        let scale = network.constant(ramp(&[length]));
        let y = network.node("Mul", &[y, scale]);
        let (scale, bias) = (network.constant(ramp(&[length])), network.constant(ramp(&[length])));
        let z = network.node_with("LayerNormalization", &[y, scale, bias], last());
        let z = network.node("Tanh", &[z]);
        network.output(y);
        network.output(z);
        let ready = network.finish();
        assert_eq!(ready.kernels_on(Target::Lanes(8)), kernels);
        ready.agrees(1e-5);
    }
}

#[test]
fn channels_are_normalised_by_fours() {
    for (channels, size) in [(3, 8), (4, 6), (2, 5)] {
        let mut network = Network::default();
        let x = network.input(ramp(&[2, channels, size]));
        let (scale, bias) = (network.constant(ramp(&[channels])), network.constant(ramp(&[channels])));
        let y = network.node("InstanceNormalization", &[x, scale, bias]);
        let y = network.node("Relu", &[y]);
        network.output(y);
        network.finish().agrees(1e-5);
    }
}
