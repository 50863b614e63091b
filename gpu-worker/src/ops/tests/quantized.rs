//! Products and convolutions of small integers, against those of the same numbers in single precision, which holds them exactly here, and
//! by kernels against those of the host.

use proptest::prelude::*;

use crate::plan::Step;
use crate::tensor::{Element, Shape, Tensor};
use crate::testing::{Case, Network, Ready, targets, tensor};

fn bytes(dims: &[usize]) -> Tensor {
    let count = dims.iter().product::<usize>();
    tensor::<u8>(dims, (0..count).map(|at| (at * 37 % 251) as u8).collect::<Vec<_>>())
}

fn signed(dims: &[usize]) -> Tensor {
    let count = dims.iter().product::<usize>();
    tensor::<i8>(
        dims,
        (0..count).map(|at| (at * 53 % 255) as u8 as i8).collect::<Vec<_>>(),
    )
}

/// Codes less their zero points, one for each index of a dimension of `along` elements.
fn numbers(codes: &Tensor, zeros: &[f32], along: impl Fn(usize) -> usize) -> Tensor {
    let read = codes.floats().expect("numbers");
    let number = |at: usize| read(at) as f32 - zeros[along(at)];
    tensor(
        codes.shape().dims(),
        (0..codes.shape().elements()).map(number).collect::<Vec<_>>(),
    )
}

/// Groups, strides, dilations and paddings.
type Window = (i64, [i64; 2], [i64; 2], [i64; 4]);

fn whole(found: &Tensor) -> Vec<f32> {
    found
        .as_slice::<i32>()
        .expect("32 bits")
        .iter()
        .map(|&sum| sum as f32)
        .collect()
}

#[test]
fn an_integer_product_is_exact() {
    let (a, b) = (bytes(&[2, 3, 7]), signed(&[7, 5]));
    let zeros = [3_i8, -4, 0, 100, -128];
    let found = Case::new("MatMulInteger")
        .input(a.clone())
        .input(b.clone())
        .input(Tensor::scalar(9_u8))
        .input(tensor::<i8>(&[5], zeros))
        .run();
    let b = numbers(&b, &zeros.map(f32::from), |at| at % 5);
    let expected = Case::new("MatMul").input(numbers(&a, &[9.0], |_| 0)).input(b).run();
    assert_eq!(whole(&found), expected.as_slice::<f32>().expect("numbers"));
}

#[test]
fn an_integer_convolution_is_exact_whatever_its_window() {
    let windows: [Window; 4] = [
        (1, [1, 1], [1, 1], [0, 0, 0, 0]),
        (2, [2, 1], [1, 2], [1, 0, 2, 1]),
        (2, [1, 3], [2, 1], [0, 2, 3, 0]),
        (1, [3, 2], [1, 1], [4, 5, 4, 5]),
    ];
    for (group, strides, dilations, pads) in windows {
        let (x, w) = (bytes(&[2, 4, 6, 7]), signed(&[6, 4 / group as usize, 3, 2]));
        let case = |kind: &str| {
            let case = Case::new(kind).int("group", group).ints("strides", &strides);
            case.ints("dilations", &dilations).ints("pads", &pads)
        };
        let zeros = [0_i8, 1, -2, 3, -100, 127];
        let found = case("ConvInteger").input(x.clone()).input(w.clone());
        let found = found
            .input(Tensor::scalar(128_u8))
            .input(tensor::<i8>(&[6], zeros))
            .run();
        let per_output = w.shape().elements() / 6;
        let w = numbers(&w, &zeros.map(f32::from), |at| at / per_output);
        let expected = case("Conv").input(numbers(&x, &[128.0], |_| 0)).input(w).run();
        assert_eq!(found.shape(), expected.shape());
        assert_eq!(
            whole(&found),
            expected.as_slice::<f32>().expect("numbers"),
            "{strides:?}"
        );
    }
}

/// An operator and its inputs, each of which is known or not.
struct Given {
    kind: &'static str,
    attributes: Vec<(&'static str, Vec<i64>)>,
    inputs: Vec<(Tensor, bool)>,
}

impl Given {
    fn case(&self, is_on_host: bool) -> Case {
        let mut case = Case::new(self.kind);
        for (name, values) in &self.attributes {
            case = match *name {
                "group" => case.int(name, values[0]),
                _ => case.ints(name, values),
            };
        }
        for (tensor, is_known) in &self.inputs {
            case = match is_on_host || *is_known {
                true => case.known(tensor.clone()),
                false => case.input(tensor.clone()),
            };
        }
        case
    }

    /// Asserts that kernels of every target give what the host gives.
    fn agrees(&self, outputs: usize) {
        let expected = self.case(true).outputs(outputs).expect("the host runs it");
        for target in targets() {
            let found = self.case(false).on(target).outputs(outputs).expect("kernels run it");
            assert!(found == expected, "{} on {target:?}", self.kind);
        }
    }
}

fn random<T: Element>(dims: &[usize], seed: u64, of: impl Fn(u64) -> T) -> Tensor {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let elements = (0..dims.iter().product::<usize>()).map(|_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        of(state >> 33)
    });
    tensor(dims, elements.collect::<Vec<T>>())
}

/// Codes of either type: any, or only the least and the greatest.
fn codes(dims: &[usize], seed: u64, is_signed: bool, are_extreme: bool) -> Tensor {
    let byte = |number: u64| if are_extreme { number as u8 & 0x80 } else { number as u8 };
    match is_signed {
        true => random(dims, seed, |number| byte(number) as i8),
        false => random(dims, seed, |number| match byte(number) {
            0x80 if are_extreme => 255,
            byte => byte,
        }),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn an_integer_product_by_kernels_is_that_of_the_host(
        (m, k, n) in (1..20_usize, 1..300_usize, 1..40_usize),
        batch in prop::collection::vec(1..3_usize, 0..2),
        signed in any::<[bool; 2]>(),
        are_extreme in any::<bool>(),
        known in any::<[bool; 4]>(),
        zeros in 0..4_usize,
        seed in any::<u64>(),
    ) {
        let left: Vec<usize> = batch.iter().copied().chain([m, k]).collect();
        let mut inputs = vec![
            (codes(&left, seed, signed[0], are_extreme), known[0] && !known[1]),
            (codes(&[k, n], seed + 1, signed[1], are_extreme), known[1]),
        ];
        if zeros > 0 {
            let rows = if zeros == 3 { m } else { 1 };
            inputs.push((codes(&[rows], seed + 2, signed[0], false), known[2]));
        }
        if zeros > 1 {
            let columns = if zeros == 2 { n } else { 1 };
            inputs.push((codes(&[columns], seed + 3, signed[1], false), known[3]));
        }
        Given { kind: "MatMulInteger", attributes: vec![], inputs }.agrees(1);
    }

    #[test]
    fn an_integer_convolution_by_kernels_is_that_of_the_host(
        (channels, filters, group) in (1..5_usize, 1..9_usize, 1..3_usize),
        size in (3..12_usize, 3..12_usize),
        kernel in 1..4_usize,
        (stride, pad) in (1..3_i64, 0..2_i64),
        signed in any::<[bool; 2]>(),
        known in any::<[bool; 3]>(),
        zeros in 0..4_usize,
        seed in any::<u64>(),
    ) {
        let (filters, all) = (filters * group, channels * group);
        let mut inputs = vec![
            (codes(&[2, all, size.0, size.1], seed, signed[0], false), false),
            (codes(&[filters, channels, kernel, kernel], seed + 1, signed[1], false), known[0]),
        ];
        if zeros > 0 {
            inputs.push((codes(&[], seed + 2, signed[0], false), known[1]));
        }
        if zeros > 1 {
            let count = if zeros == 2 { filters } else { 1 };
            inputs.push((codes(&[count], seed + 3, signed[1], false), known[2]));
        }
        let attributes = vec![
            ("group", vec![group as i64]),
            ("strides", vec![stride; 2]),
            ("pads", vec![pad; 4]),
        ];
        Given { kind: "ConvInteger", attributes, inputs }.agrees(1);
    }

    #[test]
    fn dynamic_codes_by_kernels_are_those_of_the_host(
        count in prop_oneof![1..70_usize, Just(4096), Just(9973), Just(12_000)],
        exponent in -40..38_i32,
        (shift, seed) in (-1.5_f32..1.5, any::<u64>()),
    ) {
        let unit = |number: u64| (number as u32 as f32 / (1_u64 << 31) as f32) - 0.5 + shift;
        let scale = 2.0_f32.powi(exponent * 3);
        let numbers = random(&[count], seed, |number| unit(number) * scale);
        Given { kind: "DynamicQuantizeLinear", attributes: vec![], inputs: vec![(numbers, false)] }.agrees(3);
    }
}

/// A scale for all, or one for each of `count`: of powers of two, so that many results are halfway between two codes, or any.
fn scales(count: usize, is_round: bool, seed: u64) -> Tensor {
    let scale = |number: u64| match is_round {
        true => 2.0_f32.powi((number % 8) as i32 - 7),
        false => (number % 1000 + 1) as f32 * 1e-3,
    };
    random(&[count], seed, scale)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn a_quantised_product_by_kernels_is_that_of_the_host(
        (m, k, n) in (1..12_usize, 1..300_usize, 1..20_usize),
        signed in any::<[bool; 3]>(),
        (are_extreme, are_round, by_column) in any::<(bool, bool, bool)>(),
        (coarse, seed) in (0..12_i32, any::<u64>()),
    ) {
        let count = if by_column { n } else { 1 };
        let scale = |count: usize, seed: u64| (scales(count, are_round, seed), true);
        let zero = |seed: u64, is_signed: bool| (codes(&[], seed, is_signed, false), true);
        let inputs = vec![
            (codes(&[2, m, k], seed, signed[0], are_extreme), false),
            scale(1, seed + 1),
            zero(seed + 2, signed[0]),
            (codes(&[k, n], seed + 3, signed[1], are_extreme), true),
            scale(count, seed + 4),
            zero(seed + 5, signed[1]),
            (Tensor::scalar(2.0_f32.powi(coarse)), true),
            zero(seed + 6, signed[2]),
        ];
        Given { kind: "QLinearMatMul", attributes: vec![], inputs }.agrees(1);
    }

    #[test]
    fn a_quantised_convolution_by_kernels_is_that_of_the_host(
        (channels, filters) in (1..9_usize, 1..9_usize),
        kernel in 1..4_usize,
        signed in any::<[bool; 3]>(),
        (are_round, by_filter, has_bias) in any::<(bool, bool, bool)>(),
        (coarse, seed) in (0..10_i32, any::<u64>()),
    ) {
        let count = if by_filter { filters } else { 1 };
        let scale = |count: usize, seed: u64| (scales(count, are_round, seed), true);
        let zero = |seed: u64, is_signed: bool| (codes(&[], seed, is_signed, false), true);
        let mut inputs = vec![
            (codes(&[2, channels, 7, 6], seed, signed[0], false), false),
            scale(1, seed + 1),
            zero(seed + 2, signed[0]),
            (codes(&[filters, channels, kernel, kernel], seed + 3, signed[1], false), true),
            scale(count, seed + 4),
            zero(seed + 5, signed[1]),
            (Tensor::scalar(2.0_f32.powi(coarse)), true),
            zero(seed + 6, signed[2]),
        ];
        if has_bias {
            inputs.push((random(&[filters], seed + 7, |number| number as i32 % 100_000 - 50_000), true));
        }
        let attributes = vec![("pads", vec![1; 4])];
        Given { kind: "QLinearConv", attributes, inputs }.agrees(1);
    }
}

/// Asserts that no step of a network is the host's, and that all targets give what it gives without joined steps.
fn stays_on_the_device(network: &Ready) {
    let plan = network.plan(true);
    let is_of_host = |step: &Step| matches!(step, Step::Host { .. });
    assert!(!plan.steps.iter().any(is_of_host), "{:?}", plan.steps);
    let expected = network.run(false);
    for target in targets() {
        assert_eq!(network.run_on(target), expected, "{target:?}");
    }
}

#[test]
fn quantised_layers_that_follow_each_other_stay_on_the_device() {
    let mut network = Network::default();
    let x = network.input(crate::testing::ramp(&[2, 3, 9, 8]));
    let [scale, zero] = [network.number(0.02), network.constant(Tensor::scalar(120_u8))];
    let mut codes_of = network.node("QuantizeLinear", &[x, scale, zero]);
    for (layer, (channels, filters)) in [(3, 5), (5, 4)].into_iter().enumerate() {
        let weights = network.constant(codes(&[filters, channels, 3, 3], layer as u64, true, false));
        let none = network.constant(Tensor::scalar(0_i8));
        let bias = network.constant(random(&[filters], 9, |number| number as i32 % 5000));
        let [w_scale, y_scale] = [0.01, 0.7].map(|scale| network.number(scale));
        let inputs = [codes_of, scale, zero, weights, w_scale, none, y_scale, zero, bias];
        codes_of = network.node("QLinearConv", &inputs);
    }
    network.output(codes_of);
    let rounded = network.node("DequantizeLinear", &[codes_of, scale, zero]);
    network.output(rounded);
    stays_on_the_device(&network.finish());
}

#[test]
fn sums_beyond_single_precision_are_exact_as_well() {
    for (k, is_known) in [
        (600, true),
        (600, false),
        (4000, false),
        (8000, true),
        (33_000, false),
        (34_000, true),
    ] {
        for are_extreme in [true, false] {
            let (left, right) = (
                codes(&[3, k], 5, false, are_extreme),
                codes(&[k, 9], 7, true, are_extreme),
            );
            let zero = (Tensor::scalar(3_u8), true);
            let inputs = vec![(left, false), (right, is_known), zero];
            Given {
                kind: "MatMulInteger",
                attributes: vec![],
                inputs,
            }
            .agrees(1);
        }
    }
}

#[test]
fn dynamic_codes_of_odd_numbers_are_those_of_the_host() {
    let odd: [&[f32]; 9] = [
        &[0.0, -0.0],
        &[f32::NAN, 1.0, -2.0],
        &[f32::INFINITY, 1.0, -2.0],
        &[f32::NEG_INFINITY, 1.0, 2.0],
        &[f32::MAX, f32::MIN, 3.0],
        &[1e-40, -1e-40, 0.0],
        &[1e-29, -3e-29],
        &[3.0],
        &[-255.0, 0.5, 1.5, 2.5, -0.5],
    ];
    for numbers in odd {
        let inputs = vec![(tensor::<f32>(&[numbers.len()], numbers), false)];
        Given {
            kind: "DynamicQuantizeLinear",
            attributes: vec![],
            inputs,
        }
        .agrees(3);
    }
}

/// What dynamic quantisation makes of a layer: codes, their product with those of the weights, and scales.
#[test]
fn a_layer_that_is_quantised_as_it_runs_stays_on_the_device() {
    let mut network = Network::default();
    let x = network.input(crate::testing::ramp(&[16, 96]));
    let (weights, zero) = (codes(&[96, 32], 3, true, false), Tensor::scalar(0_i8));
    let (weights, zero) = (network.constant(weights), network.constant(zero));
    let made = network.nodes("DynamicQuantizeLinear", &[x], Default::default(), 3);
    let sums = network.node("MatMulInteger", &[made[0], weights, made[2], zero]);
    let to = crate::model::Attributes::default().with("to", crate::model::Attribute::Int(1));
    let sums = network.node_with("Cast", &[sums], to);
    let scale = network.number(0.01);
    let scale = network.node("Mul", &[made[1], scale]);
    let scaled = network.node("Mul", &[sums, scale]);
    network.output(scaled);
    stays_on_the_device(&network.finish());
}

#[test]
fn codes_that_no_kernel_can_be_given_stay_on_the_host() {
    let inputs = [codes(&[40, 70], 1, false, false), codes(&[70, 30], 2, true, false)];
    let run = |most_bytes: u64| {
        let case = Case::new("MatMulInteger").binding(most_bytes);
        case.input(inputs[0].clone()).input(inputs[1].clone()).run()
    };
    assert_eq!(run(1024), run(1 << 20));
    let cast = |most_bytes: u64| {
        let sums = random(&[300], 1, |number| number as i32 - (1 << 30));
        Case::new("Cast").int("to", 1).binding(most_bytes).input(sums).run()
    };
    assert_eq!(cast(1024), cast(1 << 20));
    assert_eq!(cast(1024).shape(), &Shape::vector(300).expect("small"));
}

#[test]
fn zero_points_of_another_shape_are_refused_as_on_the_host() {
    for zeros in [tensor::<i8>(&[3], [0; 3]), tensor::<i8>(&[0], [])] {
        for is_known in [true, false] {
            let case = Case::new("MatMulInteger").input(codes(&[4, 6], 1, false, false));
            let case = case.known(codes(&[6, 5], 2, true, false)).absent();
            let case = match is_known {
                true => case.known(zeros.clone()),
                false => case.input(zeros.clone()),
            };
            assert!(case.refusal().contains("elements, not 1 or 5"));
        }
    }
}

#[test]
fn long_sums_are_taken_some_terms_at_a_time() {
    for (kind, left, right) in [
        ("MatMulInteger", vec![4, 1500], vec![1500, 24]),
        ("ConvInteger", vec![1, 170, 6, 5], vec![16, 170, 3, 3]),
    ] {
        for is_known in [true, false] {
            let [left, right] = [codes(&left, 11, false, true), codes(&right, 13, true, true)];
            let mut network = Network::default();
            let x = network.input(left.clone());
            let weights = match is_known {
                true => network.constant(right.clone()),
                false => network.input(right.clone()),
            };
            let sums = network.node(kind, &[x, weights]);
            network.output(sums);
            let ready = network.finish();
            let kernels = ready.plan(true);
            let is_host = |step: &Step| matches!(step, Step::Host { .. });
            assert!(!kernels.steps.iter().any(is_host), "{:?}", kernels.steps);
            assert!(kernels.launches().count() > 3, "{kind}");
            let inputs = vec![(left, false), (right, is_known)];
            let attributes = vec![];
            Given {
                kind,
                attributes,
                inputs,
            }
            .agrees(1);
        }
    }
}

#[test]
fn an_integer_becomes_the_nearest_number_of_each_type() {
    // Halfway between two, and a little more: twice rounded, the last would be the other neighbour.
    let integers = [
        (1 << 24) + 1,
        (1 << 24) + 3,
        -(1 << 24) - 1,
        i32::MAX,
        i32::MIN,
        (1 << 30) + (1 << 22) + 1,
    ];
    let integers = tensor::<i32>(&[6], integers);
    for to in [1, 10, 16] {
        let case = |is_known: bool| {
            let case = Case::new("Cast").int("to", to);
            match is_known {
                true => case.known(integers.clone()),
                false => case.input(integers.clone()),
            }
        };
        for target in targets() {
            assert_eq!(case(false).on(target).run(), case(true).run(), "{to}");
        }
    }
}

#[test]
fn codes_become_numbers_without_a_kernel_or_the_host() {
    let to = || crate::model::Attributes::default().with("to", crate::model::Attribute::Int(1));
    for given in [
        bytes(&[3, 5]),
        signed(&[3, 5]),
        tensor::<u16>(&[15], (0..15).map(|at| at * 4369).collect::<Vec<u16>>()),
    ] {
        let mut network = Network::default();
        let x = network.input(given.clone());
        let numbers = network.node_with("Cast", &[x], to());
        let half = network.number(0.5);
        let halves = network.node("Mul", &[numbers, half]);
        network.output(numbers);
        network.output(halves);
        let ready = network.finish();
        let steps = ready.plan(true).steps;
        assert!(!steps.iter().any(|step| matches!(step, Step::Host { .. })), "{steps:?}");
        let expected = given.to_floats().expect("numbers");
        for (output, factor) in ready.run(true).iter().zip([1.0, 0.5]) {
            let expected: Vec<f32> = expected.iter().map(|number| (number * factor) as f32).collect();
            assert_eq!(output.as_slice::<f32>(), Ok(&expected[..]));
        }
    }
}
