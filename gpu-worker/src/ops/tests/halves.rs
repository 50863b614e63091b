//! Half precision on the device: what it holds, where it rounds, and that it is what the host makes of the same.

use half::{bf16, f16};

use crate::gpu::to_words;
use crate::kernels::Target;
use crate::model::{Attribute, Attributes};
use crate::plan::{Place, PlanOptions, Step, plan_with};
use crate::tensor::{DataType, Element, Tensor};
use crate::testing::{Case, Network, Ready, assert_close, ramp, targets, tensor};

/// ONNX's numbers of the types.
const FLOAT: i64 = 1;
const FLOAT16: i64 = 10;
const BFLOAT16: i64 = 16;

fn halves(tensor: Tensor) -> Tensor {
    tensor.narrowed(DataType::Float16).expect("numbers")
}

fn to(data_type: i64) -> Attributes {
    Attributes::default().with("to", Attribute::Int(data_type))
}

/// All numbers whose upper bits are those of a half, what lies halfway to the next one, and what lies next to each of them.
fn around_all(widen: impl Fn(u16) -> f32) -> Vec<f32> {
    let mut numbers = Vec::new();
    for bits in 0..=u16::MAX {
        let (number, next) = (widen(bits), widen(bits.wrapping_add(1)));
        let halfway = ((f64::from(number) + f64::from(next)) / 2.0) as f32;
        for number in [number, halfway] {
            let beside = [1, u32::MAX].map(|step| f32::from_bits(number.to_bits().wrapping_add(step)));
            numbers.extend([number, beside[0], beside[1]]);
        }
    }
    numbers.extend([
        f32::MAX,
        f32::MIN,
        f32::MIN_POSITIVE,
        65519.0,
        65519.99,
        65520.0,
        -65520.0,
        1e-45,
        -1e-45,
    ]);
    numbers
}

/// Rounds on the device, and sees the words that lie there.
fn rounded(numbers: &[f32], by: i64) -> Vec<f32> {
    let mut network = Network::default();
    let x = network.input(tensor(&[numbers.len()], numbers));
    let half = network.node_with("Cast", &[x], to(by));
    let wide = network.node_with("Cast", &[half], to(FLOAT));
    network.output(wide);
    let ready = network.finish();
    let kernels = ready.kernels(true);
    assert_eq!(
        kernels.len(),
        1,
        "nothing runs on the host, and words are seen as they are: {kernels:?}"
    );
    ready.run(true)[0].as_slice::<f32>().expect("floats").to_vec()
}

#[track_caller]
fn assert_same(numbers: &[f32], found: &[f32], expected: impl Fn(f32) -> f32) {
    assert_eq!(numbers.len(), found.len());
    for (&number, &found) in numbers.iter().zip(found) {
        let expected = expected(number);
        let is_same = found.to_bits() == expected.to_bits() || (found.is_nan() && expected.is_nan());
        assert!(is_same, "{number:e} becomes {found:e} instead of {expected:e}");
    }
}

#[test]
fn the_device_rounds_to_half_precision_as_the_host_does() {
    let numbers = around_all(|bits| f16::from_bits(bits).to_f32());
    assert_same(&numbers, &rounded(&numbers, FLOAT16), |number| {
        f16::from_f32(number).to_f32()
    });
}

#[test]
fn the_device_rounds_to_the_upper_half_as_the_host_does() {
    // Drivers may take numbers below the normal ones of single precision for zero.
    let is_normal = |number: &f32| !number.is_subnormal();
    let numbers = around_all(|bits| bf16::from_bits(bits).to_f32());
    let numbers: Vec<f32> = numbers.into_iter().filter(is_normal).collect();
    assert_same(&numbers, &rounded(&numbers, BFLOAT16), |number| {
        bf16::from_f32(number).to_f32()
    });
}

#[test]
fn all_halves_go_to_the_device_and_come_back() {
    fn there_and_back<T: Element>(halves: Vec<T>) {
        let halves = tensor(&[halves.len()], halves);
        let mut network = Network::default();
        let x = network.input(halves.clone());
        let twice = network.node("Abs", &[x]);
        let twice = network.node("Neg", &[twice]);
        // Of a number and its magnitude's opposite the least is that, and the greatest of it and the number the number.
        let number = network.node("Max", &[x, twice]);
        network.output(number);
        let ready = network.finish();
        assert!(ready.plan(true).places.iter().all(|(place, _)| *place == Place::Device));
        assert!(
            ready.kernels(true).len() == 1,
            "what picks numbers needs no rounding: {:?}",
            ready.kernels(true)
        );
        let [found, given] = [&ready.run(true)[0], &halves].map(|tensor| to_words(tensor).expect("numbers"));
        assert!(found == given);
    }
    let is_number = |half: &f16| !half.is_nan() && *half != f16::ZERO;
    there_and_back((0..=u16::MAX).map(f16::from_bits).filter(is_number).collect());
    let is_number = |half: &bf16| half.is_normal();
    there_and_back((0..=u16::MAX).map(bf16::from_bits).filter(is_number).collect());
}

/// A layer: a product, a bias and an activation, around which the input is led.
fn layer() -> Ready {
    let mut network = Network::default();
    let x = network.input(halves(ramp(&[5, 12])));
    let (weights, bias) = (
        network.constant(halves(ramp(&[12, 12]))),
        network.constant(halves(ramp(&[12]))),
    );
    let product = network.node("MatMul", &[x, weights]);
    let sum = network.node("Add", &[product, bias]);
    let active = network.node("Relu", &[sum]);
    let result = network.node("Add", &[x, active]);
    network.output(result);
    network.finish()
}

#[test]
fn every_operator_is_rounded_and_still_joined() {
    let ready = layer();
    assert_eq!(ready.kernels(true), ["matmul"], "rounding is a part of the epilogue");
    let [joined, apart] = [true, false].map(|optimise| ready.run(optimise).remove(0));
    assert_eq!(joined, apart, "joined steps round where those apart do");
    // The same in double precision, rounded after each operator.
    let [x, weights, bias] =
        [&[5, 12][..], &[12, 12], &[12]].map(|dims| halves(ramp(dims)).to_floats().expect("numbers"));
    let round = |number: f64| f16::from_f64(number).to_f64();
    let expected = (0..60).map(|at| {
        let product = (0..12).map(|k| x[at / 12 * 12 + k] * weights[k * 12 + at % 12]).sum();
        let sum = round(round(product) + bias[at % 12]);
        f16::from_f64(x[at] + sum.max(0.0))
    });
    assert_close(&joined, &tensor(&[5, 12], expected.collect::<Vec<_>>()), 1e-6);
}

#[test]
fn a_model_of_half_precision_is_planned_for_the_device() {
    let ready = layer();
    let plan = ready.plan(true);
    assert!(plan.places.iter().all(|(place, _)| *place == Place::Device));
    assert!(!plan.steps.iter().any(|step| matches!(step, Step::Host { .. })));
    assert_eq!(plan.outputs[0].tensor_type.data_type, DataType::Float16);
}

#[test]
fn sums_overflow_to_infinity_and_small_numbers_stay() {
    let given = [60000.0, 2000.0, -65504.0, 6e-8, 0.0].map(f16::from_f32);
    let added = [60000.0, 2001.0, -16.0, 6e-8, -0.0].map(f16::from_f32);
    let sum = Case::new("Add")
        .input(tensor(&[5], given))
        .input(tensor(&[5], added))
        .run();
    let expected = [f32::INFINITY, 4001.0, f32::NEG_INFINITY, 1.2e-7, 0.0].map(f16::from_f32);
    assert_eq!(sum, tensor(&[5], expected));
}

#[test]
fn operators_without_a_form_for_half_precision_are_calculated_in_single_precision() {
    let cases = |is_half: bool| {
        let of = |tensor: Tensor| match is_half {
            true => halves(tensor),
            false => Tensor::widened(&halves(tensor).into()),
        };
        let x = || of(ramp(&[2, 4, 6, 6]));
        let conv = Case::new("Conv").int("group", 2).ints("pads", &[1; 4]);
        let normal = [0, 1, 2, 3].map(|_| of(tensor(&[4], vec![0.75_f32, 1.0, 0.3, 0.1])));
        let batch = normal
            .into_iter()
            .fold(Case::new("BatchNormalization").input(x()), Case::known);
        [
            conv.input(x()).known(of(ramp(&[4, 2, 3, 3]))).known(of(ramp(&[4]))),
            Case::new("AveragePool").ints("kernel_shape", &[2, 2]).input(x()),
            Case::new("Softmax").int("axis", 1).input(x()),
            Case::new("LayerNormalization").input(x()).known(of(ramp(&[6]))),
            Case::new("ReduceMean").input(x()),
            batch,
        ]
    };
    for (wide, half) in cases(false).into_iter().zip(cases(true)) {
        assert_eq!(half.run(), halves(wide.run()), "it is rounded once");
    }
}

#[test]
fn products_of_every_target_are_rounded_once() {
    for [m, k, n] in [[1, 64, 96], [17, 40, 72], [19, 32, 133], [64, 128, 128]] {
        let (a, b) = (halves(ramp(&[m, k])), halves(ramp(&[k, n])));
        let wide = |tensor: &Tensor| tensor.to_floats().expect("numbers");
        let (left, right) = (wide(&a), wide(&b));
        let sum = |at: usize| (0..k).map(|i| left[at / n * k + i] * right[i * n + at % n]).sum();
        let expected: Vec<f16> = (0..m * n).map(|at| f16::from_f64(sum(at))).collect();
        let targets: Vec<Target> = targets();
        for target in targets {
            let found = Case::new("MatMul").on(target).input(a.clone()).known(b.clone()).run();
            // The last digit may be another where the sum lies next to halfway.
            assert_close(&found, &tensor(&[m, n], expected.clone()), 1e-3);
        }
    }
}

#[test]
fn what_is_mixed_or_only_moved_keeps_its_type() {
    let x = halves(ramp(&[2, 3]));
    let turned = Case::new("Transpose").input(x.clone()).run();
    assert_eq!(turned.data_type(), DataType::Float16);
    let both = Case::new("Concat")
        .int("axis", 0)
        .input(x.clone())
        .input(x.clone())
        .run();
    let elements = x.as_slice::<f16>().expect("halves");
    assert_eq!(both, tensor(&[4, 3], [elements, elements].concat()));
    let wide = Case::new("Cast").int("to", FLOAT).input(x.clone()).run();
    assert_eq!(wide, Tensor::widened(&x.clone().into()));
    let less = Case::new("Less")
        .input(x.clone())
        .known(halves(Tensor::scalar(0.0_f32)))
        .run();
    assert_eq!(less.data_type(), DataType::Bool);
    let clipped = Case::new("Clip")
        .input(x.clone())
        .known(halves(Tensor::scalar(-0.3_f32)));
    let low = f16::from_f32(-0.3);
    let expected: Vec<f16> = elements.iter().map(|&v| if v < low { low } else { v }).collect();
    assert_eq!(clipped.run(), tensor(&[2, 3], expected));
    let squares = Case::new("Pow").input(x.clone()).known(Tensor::scalar(2_i64)).run();
    let expected: Vec<f16> = elements
        .iter()
        .map(|v| f16::from_f64(v.to_f64() * v.to_f64()))
        .collect();
    assert_eq!(squares, tensor(&[2, 3], expected));
}

/// A product with weights of half precision, which a sum may read, too.
fn product_of(half: DataType, [m, k, n]: [usize; 3], is_shared: bool) -> Ready {
    let narrow = |tensor: Tensor| tensor.narrowed(half).expect("numbers");
    let mut network = Network::default();
    let (x, weights) = (
        network.input(narrow(ramp(&[m, k]))),
        network.constant(narrow(ramp(&[k, n]))),
    );
    let product = network.node("MatMul", &[x, weights]);
    network.output(product);
    if is_shared {
        let y = network.input(narrow(ramp(&[k, n])));
        let sum = network.node("Add", &[weights, y]);
        network.output(sum);
    }
    network.finish()
}

fn constant_bytes(ready: &Ready, target: Target) -> u64 {
    let options = PlanOptions {
        target: Some(target),
        ..PlanOptions::default()
    };
    plan_with(&ready.model(), &ready.types(), options)
        .expect("a plan")
        .constant_bytes
}

#[test]
fn weights_of_half_precision_lie_in_pairs_on_gpus() {
    for half in [DataType::Float16, DataType::Bfloat16] {
        // An odd number of elements; a few rows, and tiles of them.
        for size in [[3, 9, 7], [40, 33, 65]] {
            let ready = product_of(half, size, false);
            let elements = (size[1] * size[2]) as u64;
            assert_eq!(constant_bytes(&ready, Target::PLAIN_GPU), 4 * elements.div_ceil(2));
            assert_eq!(constant_bytes(&ready, Target::Any), 4 * elements);
            let expected = ready.run_on(Target::Any).remove(0);
            for target in targets() {
                assert_close(&ready.run_on(target)[0], &expected, 1e-3);
            }
        }
    }
    let both = product_of(DataType::Float16, [3, 9, 7], true);
    assert_eq!(constant_bytes(&both, Target::PLAIN_GPU), 4 * 9 * 7, "not in two forms");
    both.agrees_on(Target::PLAIN_GPU, 1e-5);
}

#[test]
fn filters_of_half_precision_lie_in_pairs_on_gpus() {
    // As many terms as the kernels read at once, with a bias and without.
    for has_bias in [false, true] {
        let mut network = Network::default();
        let x = network.input(halves(ramp(&[1, 8, 6, 6])));
        let filters = network.constant(halves(ramp(&[12, 8, 3, 3])));
        let bias = network.constant(halves(ramp(&[12])));
        let inputs = [x, filters, bias];
        let result = network.node("Conv", &inputs[..2 + usize::from(has_bias)]);
        network.output(result);
        let ready = network.finish();
        let bias = if has_bias { 4 * 12 } else { 0 };
        assert_eq!(constant_bytes(&ready, Target::PLAIN_GPU), 2 * 12 * 72 + bias);
        let expected = ready.run_on(Target::Any).remove(0);
        for target in targets() {
            assert_close(&ready.run_on(target)[0], &expected, 1e-3);
        }
    }
}

#[test]
fn all_numbers_of_half_precision_are_read_from_pairs() {
    let is_normal = |half: &f16| half.is_finite();
    let all: Vec<f16> = (0..=u16::MAX).map(f16::from_bits).filter(is_normal).collect();
    let one = |count: usize| tensor(&[1, count], vec![f16::ONE; count]);
    let row = tensor(&[1, all.len()], all.clone());
    for target in targets() {
        let found = Case::new("MatMul").on(target).input(one(1)).known(row.clone()).run();
        assert_eq!(found, row);
    }
    let is_normal = |half: &bf16| half.is_normal();
    let all: Vec<bf16> = (0..=u16::MAX).map(bf16::from_bits).filter(is_normal).collect();
    let row = tensor(&[1, all.len()], all);
    for target in targets() {
        let found = Case::new("MatMul")
            .on(target)
            .input(tensor(&[1, 1], [bf16::ONE]))
            .known(row.clone())
            .run();
        assert_eq!(found, row);
    }
}
