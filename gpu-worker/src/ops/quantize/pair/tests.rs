use crate::model::{Attribute, Attributes, ValueId};
use crate::plan::Step;
use crate::tensor::Tensor;
use crate::testing::{Network, Ready, tensor};

/// Ties, numbers beyond the codes, and both signs.
fn numbers() -> Tensor {
    let numbers: Vec<f32> = (-40..40)
        .map(|i| i as f32 * 0.25)
        .chain([1e9, -1e9, 0.0, -0.0])
        .collect();
    tensor(&[2, 42], numbers)
}

fn pair(network: &mut Network, x: ValueId, scale: f32, zero: Tensor) -> [ValueId; 2] {
    let (scale, zero) = (network.number(scale), network.constant(zero));
    let codes = network.node("QuantizeLinear", &[x, scale, zero]);
    [codes, network.node("DequantizeLinear", &[codes, scale, zero])]
}

/// A pair, with its input from the caller or as a constant, which the host folds.
fn network(is_known: bool, scale: f32, zero: &Tensor) -> Ready {
    let mut network = Network::default();
    let x = if is_known {
        network.constant(numbers())
    } else {
        network.input(numbers())
    };
    let [_, rounded] = pair(&mut network, x, scale, zero.clone());
    network.output(rounded);
    network.finish()
}

fn host_steps(ready: &Ready) -> usize {
    let plan = ready.plan(true);
    plan.steps
        .iter()
        .filter(|step| matches!(step, Step::Host { .. }))
        .count()
}

#[test]
fn a_pair_runs_on_the_device_and_gives_what_the_host_gives() {
    let zeros = [
        Tensor::scalar(0_u8),
        Tensor::scalar(200_u8),
        Tensor::scalar(-7_i8),
        Tensor::scalar(1000_u16),
        Tensor::scalar(-3_i16),
    ];
    for zero in zeros {
        for scale in [0.5, 0.01, 3.0] {
            let on_device = network(false, scale, &zero);
            assert_eq!(host_steps(&on_device), 0);
            let (found, expected) = (on_device.run(true), network(true, scale, &zero).run(true));
            assert_eq!(found, expected, "{scale} {zero:?}");
        }
    }
}

#[test]
fn codes_that_something_else_reads_are_made_as_well() {
    let mut network = Network::default();
    let x = network.input(numbers());
    let [codes, rounded] = pair(&mut network, x, 0.5, Tensor::scalar(3_i8));
    network.output(codes);
    network.output(rounded);
    let ready = network.finish();
    assert_eq!(host_steps(&ready), 1);
    let outputs = ready.run(true);
    let codes = outputs[0].as_slice::<i8>().expect("codes").iter();
    let read: Vec<f32> = codes.map(|&code| (f32::from(code) - 3.0) * 0.5).collect();
    assert_eq!(outputs[1].as_slice::<f32>(), Ok(&read[..]));
}

#[test]
fn a_scale_for_each_channel_stays_on_the_host() {
    let mut network = Network::default();
    let x = network.input(numbers());
    let scale = network.constant(tensor::<f32>(&[2], [0.5, 0.25]));
    let zero = network.constant(tensor::<i8>(&[2], [0, 1]));
    let along = || Attributes::default().with("axis", Attribute::Int(0));
    let codes = network.node_with("QuantizeLinear", &[x, scale, zero], along());
    let rounded = network.node_with("DequantizeLinear", &[codes, scale, zero], along());
    network.output(rounded);
    let ready = network.finish();
    assert_eq!(host_steps(&ready), 1);
    let outputs = ready.run(true);
    assert_eq!(outputs[0].as_slice::<f32>().expect("numbers")[42..44], [0.5, 0.75]);
}
