use proptest::prelude::*;

use crate::kernels::Target;
use crate::model::{Attribute, Attributes, ValueId};
use crate::plan::Step;
use crate::tensor::{Shape, Tensor};
use crate::testing::{Network, Ready, targets, tensor};

/// Ties, numbers beyond the codes, both signs, and what is no number.
fn numbers() -> Tensor {
    let extremes = [
        1e9,
        -1e9,
        0.0,
        -0.0,
        f32::NAN,
        f32::INFINITY,
        f32::NEG_INFINITY,
        f32::MAX,
        f32::MIN_POSITIVE,
        1e-40,
    ];
    let numbers: Vec<f32> = (-40..40).map(|i| i as f32 * 0.25).chain(extremes).collect();
    tensor(&[2, 45], numbers)
}

fn pair(network: &mut Network, x: ValueId, scale: f32, zero: Tensor) -> [ValueId; 2] {
    let (scale, zero) = (network.number(scale), network.constant(zero));
    let codes = network.node("QuantizeLinear", &[x, scale, zero]);
    [codes, network.node("DequantizeLinear", &[codes, scale, zero])]
}

/// A pair, with its input from the caller or as a constant, which the host folds.
fn network(is_known: bool, numbers: &Tensor, scale: f32, zero: &Tensor) -> Ready {
    let mut network = Network::default();
    let x = if is_known {
        network.constant(numbers.clone())
    } else {
        network.input(numbers.clone())
    };
    let [codes, rounded] = pair(&mut network, x, scale, zero.clone());
    network.output(codes);
    network.output(rounded);
    network.finish()
}

fn host_steps(ready: &Ready) -> usize {
    let plan = ready.plan(true);
    let is_host = |step: &&Step| matches!(step, Step::Host { .. });
    plan.steps.iter().filter(is_host).count()
}

/// Asserts that kernels of every target give what the host gives, bit for bit.
fn agree(on_device: &Ready, on_host: &Ready, what: &str) {
    let expected = on_host.run(true);
    assert_eq!(host_steps(on_device), 0, "{what}");
    for target in targets() {
        assert_eq!(on_device.run_on(target), expected, "{what} on {target:?}");
    }
}

fn zeros() -> [Tensor; 6] {
    [
        Tensor::scalar(0_u8),
        Tensor::scalar(200_u8),
        Tensor::scalar(-7_i8),
        Tensor::scalar(-128_i8),
        Tensor::scalar(1000_u16),
        Tensor::scalar(-3_i16),
    ]
}

#[test]
fn codes_and_what_they_stand_for_are_those_of_the_host() {
    for zero in zeros() {
        for scale in [0.5, 0.01, 3.0, -0.25, 1e-29] {
            let [on_device, on_host] = [false, true].map(|is_known| network(is_known, &numbers(), scale, &zero));
            agree(&on_device, &on_host, &format!("{scale} {zero:?}"));
        }
    }
}

#[test]
fn codes_of_odd_scales_are_those_of_the_host() {
    for scale in [0.0, -0.0, f32::NAN, f32::INFINITY, 1e-40, 1e38, f32::MIN_POSITIVE] {
        for is_signed in [true, false] {
            let run = |is_known: bool| {
                let mut network = Network::default();
                let x = match is_known {
                    true => network.constant(numbers()),
                    false => network.input(numbers()),
                };
                let zero = match is_signed {
                    true => Tensor::scalar(-3_i8),
                    false => Tensor::scalar(3_u8),
                };
                let (scale, zero) = (network.number(scale), network.constant(zero));
                let codes = network.node("QuantizeLinear", &[x, scale, zero]);
                network.output(codes);
                network.finish()
            };
            agree(&run(false), &run(true), &format!("{scale}"));
        }
    }
}

#[test]
fn a_pair_is_one_kernel() {
    let mut network = Network::default();
    let x = network.input(numbers());
    let [_, rounded] = pair(&mut network, x, 0.5, Tensor::scalar(3_i8));
    network.output(rounded);
    assert_eq!(network.finish().kernels(true).len(), 1);
}

#[test]
fn a_layer_ends_in_its_pair_without_another_kernel() {
    let mut network = Network::default();
    let (a, b) = (crate::testing::ramp(&[16, 64]), crate::testing::ramp(&[64, 32]));
    let (a, b) = (network.input(a), network.constant(b));
    let product = network.node("MatMul", &[a, b]);
    let product = network.node("Relu", &[product]);
    let [_, rounded] = pair(&mut network, product, 0.5, Tensor::scalar(3_i8));
    network.output(rounded);
    let ready = network.finish();
    for target in [Target::PLAIN_GPU, Target::Lanes(8)] {
        assert_eq!(ready.kernels_on(target).len(), 1, "{:?}", ready.kernels_on(target));
    }
}

#[test]
fn scales_and_zero_points_may_come_from_a_kernel() {
    let mut network = Network::default();
    let x = network.input(numbers());
    let (scale, zero) = (
        network.input(tensor::<f32>(&[], [0.5])),
        network.input(Tensor::scalar(3_u8)),
    );
    let codes = network.node("QuantizeLinear", &[x, scale, zero]);
    let rounded = network.node("DequantizeLinear", &[codes, scale, zero]);
    network.output(codes);
    network.output(rounded);
    let on_host = self::network(true, &numbers(), 0.5, &Tensor::scalar(3_u8));
    agree(&network.finish(), &on_host, "given");
}

#[test]
fn a_scale_for_each_channel_or_block_is_read_where_it_lies() {
    let run = |is_known: bool, dims: &[usize], axis: i64, scale: &Tensor, zero: &Tensor, block: i64| {
        let mut network = Network::default();
        let numbers = numbers().reshaped(Shape::new(dims).expect("small")).expect("as many");
        let x = match is_known {
            true => network.constant(numbers),
            false => network.input(numbers),
        };
        let (scale, zero) = (network.constant(scale.clone()), network.constant(zero.clone()));
        let attributes = || {
            let attributes = Attributes::default().with("axis", Attribute::Int(axis));
            attributes.with("block_size", Attribute::Int(block))
        };
        let codes = network.node_with("QuantizeLinear", &[x, scale, zero], attributes());
        let rounded = network.node_with("DequantizeLinear", &[codes, scale, zero], attributes());
        network.output(codes);
        network.output(rounded);
        network.finish()
    };
    let scales = |dims: &[usize]| {
        let count = dims.iter().product::<usize>();
        let zeros: Vec<i8> = (0..count).map(|at| ((at * 3) as i8).wrapping_sub(4)).collect();
        let scales: Vec<f32> = (0..count).map(|at| 0.25 + at as f32 * 0.3).collect();
        (tensor::<f32>(dims, scales), tensor::<i8>(dims, zeros))
    };
    let cases: [(&[usize], i64, &[usize], i64); 5] = [
        (&[2, 45], 0, &[2], 0),
        (&[2, 5, 9], 1, &[5], 0),
        (&[2, 45], -1, &[45], 0),
        (&[3, 6, 5], 1, &[3, 2, 5], 3),
        (&[6, 15], 0, &[3, 15], 2),
    ];
    for (dims, axis, of, block) in cases {
        let (scale, zero) = scales(of);
        let [on_device, on_host] = [false, true].map(|is_known| run(is_known, dims, axis, &scale, &zero, block));
        agree(&on_device, &on_host, &format!("{dims:?} {axis} {of:?} {block}"));
    }
}

#[test]
fn a_zero_point_of_another_shape_is_refused() {
    let case = crate::testing::Case::new("QuantizeLinear").input(numbers());
    let case = case.input(tensor::<f32>(&[], [1.0])).input(tensor::<i8>(&[2], [0, 1]));
    assert!(case.refusal().contains("zero points of [2] for scales of []"));
}

#[test]
fn codes_that_are_only_seen_in_another_shape_stay_on_the_device() {
    let mut network = Network::default();
    let x = network.input(numbers());
    let (scale, zero) = (network.number(0.5), network.constant(Tensor::scalar(3_i8)));
    let codes = network.node("QuantizeLinear", &[x, scale, zero]);
    let seen = network.reshape(codes, &[90]);
    let rounded = network.node("DequantizeLinear", &[seen, scale, zero]);
    network.output(rounded);
    let ready = network.finish();
    assert_eq!(host_steps(&ready), 0);
    let expected = self::network(true, &numbers(), 0.5, &Tensor::scalar(3_i8))
        .run(true)
        .remove(1);
    let expected = expected.reshaped(Shape::vector(90).expect("small")).expect("as many");
    assert_eq!(ready.run(true), [expected]);
}

#[test]
fn shapes_of_32_bits_stay_on_the_host() {
    let mut network = Network::default();
    let x = network.input(tensor::<i32>(&[4], [1, 2, 3, i32::MIN]));
    let seen = network.reshape(x, &[2, 2]);
    network.output(seen);
    let ready = network.finish();
    let plan = ready.plan(true);
    assert!(
        plan.steps.iter().all(|step| matches!(step, Step::Host { .. })),
        "{:?}",
        plan.steps
    );
    assert_eq!(ready.run(true), [tensor::<i32>(&[2, 2], [1, 2, 3, i32::MIN])]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Numbers of any bits, and numbers next to where one code ends and the next begins.
    #[test]
    fn codes_of_any_bits_are_those_of_the_host(
        scale in prop_oneof![any::<u32>().prop_map(f32::from_bits), 1e-3_f32..4.0],
        words in prop::collection::vec(any::<u32>(), 40),
        near in prop::collection::vec((-300..300_i32, -2..3_i32), 60),
        zero in any::<u8>(),
    ) {
        let next_to = |&(half, off): &(i32, i32)| f32::from_bits((half as f32 * 0.5 * scale).to_bits().wrapping_add_signed(off));
        let numbers: Vec<f32> = words.into_iter().map(f32::from_bits).chain(near.iter().map(next_to)).collect();
        let numbers = tensor(&[100], numbers);
        let run = |is_known: bool| {
            let mut network = Network::default();
            let x = match is_known {
                true => network.constant(numbers.clone()),
                false => network.input(numbers.clone()),
            };
            let (scale, zero) = (network.number(scale), network.constant(Tensor::scalar(zero)));
            let codes = network.node("QuantizeLinear", &[x, scale, zero]);
            network.output(codes);
            network.finish()
        };
        let (on_device, expected) = (run(false), run(true).run(true));
        for target in targets() {
            prop_assert_eq!(&on_device.run_on(target), &expected, "{:?}", target);
        }
    }
}
