//! Rows that lie further apart than they are long, with what is no number between them.

use super::{Extents, elements, square};
use crate::model::{Attribute, Attributes, ValueId};
use crate::testing::{Network, assert_close, ramp, tensor};

/// What is added to the input, so that no element of it is zero.
const ABOVE: f32 = 10.0;

/// A convolution that leaves its input as it is.
fn copied(network: &mut Network, x: ValueId, channels: usize) -> ValueId {
    let filters = network.constant(tensor(&[channels, 1, 1, 1], vec![1.0_f32; channels]));
    let apart = Attributes::default().with("group", Attribute::Int(channels as i64));
    network.node_with("Conv", &[x, filters], apart)
}

/// Asserts that a convolution between others, of which each lays out rows as it likes, gives what its definition does.
fn check(e: &Extents) {
    let channels = [e.groups * e.in_channels, e.groups * e.out_channels];
    let x = ramp(&[e.batch, channels[0], e.input[0], e.input[1]]);
    let w = ramp(&[channels[1], e.in_channels, e.kernel[0], e.kernel[1]]);
    let bias = ramp(&[channels[1]]);
    let expected = e.naive(&elements(&x), &elements(&w), &elements(&bias));
    let mut network = Network::default();
    let raised = elements(&x).into_iter().map(|x| x + ABOVE).collect::<Vec<_>>();
    let x = network.input(tensor(x.shape().dims(), raised));
    let x = copied(&mut network, x, channels[0]);
    // Between rows there are zeros, of which this makes what is no number.
    let logarithm = network.node("Log", &[x]);
    let zero = network.node("Sub", &[logarithm, logarithm]);
    let x = network.node("Add", &[x, zero]);
    let above = network.number(ABOVE);
    let x = network.node("Sub", &[x, above]);
    let signed = |values: &[usize]| values.iter().map(|&value| value as i64).collect::<Vec<_>>();
    let attributes = Attributes::default()
        .with("group", Attribute::Int(e.groups as i64))
        .with("strides", Attribute::Ints(signed(&e.strides)))
        .with("dilations", Attribute::Ints(signed(&e.dilations)))
        .with("pads", Attribute::Ints(signed(&[e.before, e.after].concat())));
    let (w, bias) = (network.constant(w), network.constant(bias));
    let inputs = if e.has_bias { vec![x, w, bias] } else { vec![x, w] };
    let y = network.node_with("Conv", &inputs, attributes);
    let y = copied(&mut network, y, channels[1]);
    network.output(y);
    for found in network.finish().run(true) {
        assert_close(&found, &expected, 2e-4);
    }
}

#[test]
fn what_lies_between_rows_is_in_no_window() {
    for size in [[7, 7], [5, 7], [3, 15], [9, 23], [14, 14]] {
        for (kernel, stride) in [(1, 1), (1, 2), (3, 1), (3, 2), (5, 1), (5, 2), (7, 1)] {
            // By one channel, by products, directly.
            for (groups, channels) in [(8, [1, 1]), (1, [16, 19]), (1, [3, 2])] {
                check(&Extents {
                    input: size,
                    batch: 2,
                    ..square(groups, channels, 7, kernel, stride)
                });
            }
        }
    }
}

#[test]
fn windows_of_two_by_two_results_take_rows_that_lie_apart() {
    for size in [7, 15] {
        check(&Extents {
            batch: 8,
            ..square(1, [32, 32], size, 3, 1)
        });
    }
}

#[test]
fn paddings_and_dilations_of_any_size_take_rows_that_lie_apart() {
    for (before, after) in [
        ([0, 0], [0, 0]),
        ([2, 2], [2, 2]),
        ([0, 2], [2, 0]),
        ([1, 1], [1, 2]),
        ([1, 1], [1, 0]),
    ] {
        for (groups, channels) in [(8, [1, 1]), (1, [8, 16])] {
            for dilations in [[1, 1], [2, 1], [1, 2]] {
                check(&Extents {
                    before,
                    after,
                    dilations,
                    has_bias: false,
                    ..square(groups, channels, 7, 3, 1)
                });
            }
        }
    }
}
