//! Random graphs compute the same whether or not their steps are joined.

use proptest::prelude::*;

use crate::model::{Attribute, Attributes, ValueId};
use crate::plan::Place;
use crate::tensor::{DataType, Tensor};
use crate::testing::{Network, Ready, ramp, tensor};

/// A step of a random graph: what, and of which values.
type Choice = (u8, u8, u8);

/// Values of 4 x 6 and what broadcasts to that, in a given precision. Every result stays near one, so that rounding stays small.
fn graph(choices: &[Choice], second: u8, precision: DataType) -> Ready {
    let of = |tensor: Tensor| tensor.narrowed(precision).expect("numbers");
    let mut network = Network::default();
    let mut whole = vec![
        network.input(of(ramp(&[4, 6]))),
        network.input(of(tensor(&[4, 6], vec![0.5_f32; 24]))),
    ];
    let given = whole.clone();
    let mut others = vec![
        network.input(of(ramp(&[6]))),
        network.constant(of(ramp(&[4, 1]))),
        network.constant(of(ramp(&[1, 6]))),
        network.constant(of(Tensor::scalar(0.25_f32))),
    ];
    let matrix = network.constant(of(ramp(&[6, 6])));
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
        let ready = graph(&choices, second, DataType::Float32);
        prop_assert!(ready.kernels(true).len() <= ready.kernels(false).len());
        ready.agrees(2e-4);
    }

    #[test]
    fn joined_steps_of_half_precision_round_where_those_apart_do(
        choices in prop::collection::vec(any::<Choice>(), 1..14),
        second in any::<u8>(),
    ) {
        let ready = graph(&choices, second, DataType::Float16);
        prop_assert!(ready.plan(true).places.iter().all(|(place, _)| *place != Place::Host));
        // What differs in its last digit before it is rounded may be another half, and what follows differs by more.
        ready.agrees(2e-2);
    }
}
