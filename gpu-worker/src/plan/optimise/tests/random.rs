//! Random graphs compute the same whether or not their steps are joined.

use proptest::prelude::*;

use crate::model::{Attribute, Attributes, ValueId};
use crate::testing::{Network, Ready, ramp, tensor};

/// A step of a random graph: what, and of which values.
type Choice = (u8, u8, u8);

/// Values of 4 x 6 and what broadcasts to that. Every result stays near one, so that rounding stays small.
fn graph(choices: &[Choice], second: u8) -> Ready {
    let mut network = Network::default();
    let mut whole = vec![
        network.input(ramp(&[4, 6])),
        network.input(tensor(&[4, 6], vec![0.5_f32; 24])),
    ];
    let given = whole.clone();
    let mut others = vec![
        network.input(ramp(&[6])),
        network.constant(ramp(&[4, 1])),
        network.constant(ramp(&[1, 6])),
        network.number(0.25),
    ];
    let matrix = network.constant(ramp(&[6, 6]));
    for &(kind, first, second) in choices {
        let x = pick(&whole, first);
        let y = match second % 2 {
            0 => pick(&whole, second / 2),
            _ => pick(&others, second / 2),
        };
        let result = match kind % 14 {
            0 => network.node("Add", &[x, y]),
            1 => network.node("Sub", &[y, x]),
            2 => network.node("Mul", &[x, y]),
            3 => network.node("Max", &[x, y]),
            4 => network.node("Relu", &[x]),
            5 => network.node("Erf", &[x]),
            6 => network.node("Neg", &[x]),
            7 => {
                // Compares what is given: rounding must not decide.
                let less = network.node("Less", &[pick(&given, first), others[usize::from(second) % 4]]);
                network.node("Where", &[less, x, y])
            }
            8 => {
                let turned = network.transpose(x, &[1, 0]);
                let turned = network.node("Sigmoid", &[turned]);
                network.transpose(turned, &[1, 0])
            }
            9 => {
                let row = network.reshape(x, &[24]);
                let row = network.node("Tanh", &[row]);
                network.reshape(row, &[4, 6])
            }
            10 => {
                let last = Attributes::default().with("axis", Attribute::Int(-1));
                network.node_with("Softmax", &[x], last)
            }
            11 => {
                let mean = network.reduce("ReduceMean", x);
                others.push(mean);
                network.node("Sub", &[x, mean])
            }
            12 => network.node("Clip", &[x]),
            _ => network.node("MatMul", &[x, matrix]),
        };
        whole.push(network.node("Tanh", &[result]));
    }
    if let Some(last) = whole.last() {
        network.output(*last);
    }
    network.output(pick(&whole, second));
    network.finish()
}

fn pick(values: &[ValueId], number: u8) -> ValueId {
    values[usize::from(number) % values.len()]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn joined_steps_compute_what_they_compute_apart(
        choices in prop::collection::vec(any::<Choice>(), 1..14),
        second in any::<u8>(),
    ) {
        let ready = graph(&choices, second);
        prop_assert!(ready.kernels(true).len() <= ready.kernels(false).len());
        ready.agrees(2e-4);
    }
}
