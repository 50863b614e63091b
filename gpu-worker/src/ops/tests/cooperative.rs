//! Products of float16 by GPUs whose subgroups multiply matrices: when they are chosen, and that they are right.

use half::f16;
use proptest::prelude::*;

use crate::kernels::{Abilities, Matrices, Target};
use crate::model::{Attribute, Attributes};
use crate::tensor::{DataType, Tensor};
use crate::testing::{Case, Network, assert_close, engine, ramp, tensor};

/// A GPU of the kind that is made in numbers.
const USUAL: Target = Target::Gpu(Abilities {
    matrices: Some(Matrices { side: 16, subgroup: 32 }),
});

fn halves(tensor: Tensor) -> Tensor {
    tensor.narrowed(DataType::Float16).expect("numbers")
}

/// The device of the tests as a GPU that multiplies matrices, if it does.
fn device() -> Option<Target> {
    let abilities = engine().abilities();
    if abilities.matrices.is_none() {
        println!(
            "skipped: subgroups of '{}' multiply no matrices of float16",
            engine().info().name
        );
    }
    abilities.matrices.map(|_| Target::Gpu(abilities))
}

fn is_cooperative(kernel: &str) -> bool {
    kernel.starts_with("matmul_cooperative_")
}

/// How many kernels of a network of one node are for float16.
fn chosen(kind: &str, attributes: Attributes, given: [Tensor; 2]) -> usize {
    let mut network = Network::default();
    let [left, right] = given.map(|tensor| network.input(tensor));
    let result = network.node_with(kind, &[left, right], attributes);
    network.output(result);
    network
        .finish()
        .kernels_on(USUAL)
        .iter()
        .filter(|kernel| is_cooperative(kernel))
        .count()
}

#[test]
fn only_products_of_float16_are_of_matrices() {
    let of = |data_type: DataType| {
        let narrow = |tensor: Tensor| match data_type {
            DataType::Float32 => tensor,
            half => tensor.narrowed(half).expect("numbers"),
        };
        let product = [narrow(ramp(&[30, 40])), narrow(ramp(&[40, 50]))];
        let convolution = [narrow(ramp(&[2, 5, 9, 9])), narrow(ramp(&[8, 5, 3, 3]))];
        let few = [narrow(ramp(&[2, 40])), narrow(ramp(&[40, 50]))];
        [
            chosen("MatMul", Attributes::default(), product.clone()),
            chosen("Gemm", Attributes::default(), product),
            // Windows of numbers of float16 are such, and filters are no others when they are padded.
            chosen("Conv", Attributes::default(), convolution),
            // A few rows are no matrix worth the name.
            chosen("MatMul", Attributes::default(), few),
        ]
    };
    assert_eq!(of(DataType::Float16), [1, 1, 1, 0]);
    assert_eq!(of(DataType::Bfloat16), [0; 4], "its numbers are not those of float16");
    assert_eq!(of(DataType::Float32), [0; 4], "nothing is lost");
}

#[test]
fn what_is_not_rounded_yet_is_not_multiplied_as_float16() {
    let mut network = Network::default();
    let query = network.input(halves(ramp(&[1, 2, 40, 64])));
    let result = network.nodes("Einsum", &[query, query, query], equation("bhik,bhjk,bhjl->bhil"), 1)[0];
    network.output(result);
    let ready = network.finish();
    let kernels = ready.kernels_on(USUAL);
    let products = kernels.iter().filter(|kernel| kernel.starts_with("matmul_")).count();
    assert!(products >= 2, "{kernels:?}");
    let cooperative = kernels.iter().filter(|kernel| is_cooperative(kernel)).count();
    assert_eq!(cooperative, 1, "the second one multiplies sums: {kernels:?}");
}

fn equation(text: &str) -> Attributes {
    Attributes::default().with("equation", Attribute::Text(text.into()))
}

/// Elements that do not repeat along rows or columns, of float16, some of them below its normal ones.
fn noise(dims: &[usize], scale: f32) -> Tensor {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        scale * ((state >> 8) as f32 / 8_388_608.0 - 1.0)
    };
    halves(tensor(
        dims,
        (0..dims.iter().product()).map(|_| next()).collect::<Vec<f32>>(),
    ))
}

fn floats(tensor: &Tensor) -> Vec<f64> {
    tensor.to_floats().expect("numbers")
}

fn transposed(x: &Tensor, rows: usize, columns: usize) -> Tensor {
    let x = x.as_slice::<f16>().expect("halves");
    let place = |at: usize| x[at % rows * columns + at / rows];
    tensor(&[columns, rows], (0..rows * columns).map(place).collect::<Vec<_>>())
}

/// Sizes about the edges of matrices and tiles, and too many for `vector.wgsl`.
const SIZES: [usize; 9] = [5, 8, 15, 16, 17, 33, 64, 100, 131];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn products_of_float16_are_exact_but_for_rounding(
        m in prop::sample::select(&SIZES[..]),
        n in prop::sample::select(&SIZES[..]),
        k in prop::sample::select(&[1_usize, 7, 8, 16, 31, 32, 33, 200][..]),
        (transposes_a, transposes_b, is_known) in any::<(bool, bool, bool)>(),
        c in prop::option::of(0_usize..4),
    ) {
        let Some(target) = device() else { return Ok(()) };
        let (a, b) = (noise(&[m, k], 1.0), noise(&[k, n], 1.0));
        let form = |c: usize| [vec![], vec![n], vec![m, 1], vec![m, n]][c].clone();
        let added = c.map(|c| noise(&form(c), 1.0));
        let (left, right) = (floats(&a), floats(&b));
        let expected = (0..m * n).map(|at| {
            let sum: f64 = (0..k).map(|i| left[at / n * k + i] * right[i * n + at % n]).sum();
            let place = |form: usize| [0, at % n, at / n, at][form];
            let added = c.zip(added.as_ref()).map_or(0.0, |(c, added)| floats(added)[place(c)]);
            f16::from_f64(0.5 * sum + 2.0 * added)
        });
        let expected = tensor(&[m, n], expected.collect::<Vec<_>>());
        let case = Case::new("Gemm").on(target).float("alpha", 0.5).float("beta", 2.0);
        let case = case.int("transA", transposes_a.into()).int("transB", transposes_b.into());
        let case = case.input(if transposes_a { transposed(&a, m, k) } else { a });
        let b = if transposes_b { transposed(&b, k, n) } else { b };
        let case = if is_known { case.known(b) } else { case.input(b) };
        let case = match added {
            Some(added) => case.input(added),
            None => case,
        };
        assert_close(&case.run(), &expected, 1e-3);
    }
}

#[test]
fn batches_take_every_tile() {
    let Some(target) = device() else { return };
    // Of 130 products the smallest that is busy are the largest.
    for batch in [1, 30, 130] {
        let (m, k, n) = (20, 24, 70);
        let (a, b) = (noise(&[batch, m, k], 1.0), noise(&[batch, k, n], 1.0));
        let case = |target| Case::new("MatMul").on(target).input(a.clone()).input(b.clone()).run();
        assert_close(&case(target), &case(Target::Any), 1e-3);
    }
}

#[test]
fn numbers_below_the_normal_ones_and_none_at_all_are_multiplied() {
    let Some(target) = device() else { return };
    let small = noise(&[16, 16], 5e-5);
    let large = noise(&[16, 16], 1000.0);
    let case = |target| Case::new("MatMul").on(target).input(small.clone()).input(large.clone());
    assert_close(&case(target).run(), &case(Target::Any).run(), 1e-4);
    let mut numbers = vec![f16::ONE; 256];
    numbers[3] = f16::NAN;
    numbers[20] = f16::INFINITY;
    let found = Case::new("MatMul")
        .on(target)
        .input(tensor(&[16, 16], numbers))
        .input(large)
        .run();
    let found = floats(&found);
    assert!(found[..16].iter().all(|number| number.is_nan()));
    assert!(found[16..32].iter().all(|number| number.is_infinite()));
    assert!(found[32..].iter().all(|number| number.is_finite()));
}

#[test]
fn convolutions_are_products_of_float16() {
    let Some(target) = device() else { return };
    let convolution = |target| {
        let case = Case::new("Conv").on(target).ints("pads", &[1; 4]).int("group", 2);
        case.input(noise(&[2, 10, 11, 9], 1.0))
            .known(noise(&[24, 5, 3, 3], 1.0))
            .known(noise(&[24], 1.0))
            .run()
    };
    assert_close(&convolution(target), &convolution(Target::Any), 1e-3);
}

#[test]
fn what_follows_joins_the_kernel() {
    let Some(target) = device() else { return };
    let mut network = Network::default();
    let x = network.input(noise(&[40, 48], 1.0));
    let (weights, bias) = (
        network.constant(noise(&[48, 72], 1.0)),
        network.constant(noise(&[72], 1.0)),
    );
    let product = network.node("MatMul", &[x, weights]);
    let sum = network.node("Add", &[product, bias]);
    let active = network.node("Sigmoid", &[sum]);
    network.output(active);
    let ready = network.finish();
    let kernels = ready.kernels_on(target);
    assert!(
        matches!(&kernels[..], [kernel] if is_cooperative(kernel)),
        "{kernels:?}"
    );
    ready.agrees_on(target, 1e-3);
}
