use proptest::prelude::*;

use super::{Product, Steps, fits, launch};
use crate::kernels::{MAX_ROUNDS, Target};
use crate::tensor::{Shape, Tensor};
use crate::testing::{Case, assert_close, ramp, targets, tensor};

/// The product by its definition, in double precision.
fn product(a: &[f32], b: &[f32], m: usize, k: usize, n: usize) -> Vec<f32> {
    let sum = |i: usize, j: usize| {
        (0..k)
            .map(|l| f64::from(a[i * k + l]) * f64::from(b[l * n + j]))
            .sum::<f64>() as f32
    };
    (0..m * n).map(|at| sum(at / n, at % n)).collect()
}

fn elements(tensor: &Tensor) -> &[f32] {
    tensor.as_slice().expect("floats")
}

#[test]
fn batches_broadcast() {
    let (a, b) = (ramp(&[2, 1, 3, 4]), ramp(&[3, 4, 2]));
    let found = Case::new("MatMul").input(a.clone()).input(b.clone()).run();
    let mut expected = Vec::new();
    for i in 0..2 {
        for j in 0..3 {
            expected.extend(product(
                &elements(&a)[i * 12..][..12],
                &elements(&b)[j * 8..][..8],
                3,
                4,
                2,
            ));
        }
    }
    assert_close(&found, &tensor(&[2, 3, 3, 2], expected), 1e-5);
}

#[test]
fn vectors_are_rows_or_columns_that_go_afterwards() {
    let (row, matrix) = (ramp(&[3]), ramp(&[3, 2]));
    let found = Case::new("MatMul").input(row.clone()).input(matrix.clone()).run();
    assert_close(
        &found,
        &tensor(&[2], product(elements(&row), elements(&matrix), 1, 3, 2)),
        1e-5,
    );
    let found = Case::new("MatMul").input(row.clone()).input(row.clone()).run();
    assert_close(
        &found,
        &tensor(&[], product(elements(&row), elements(&row), 1, 3, 1)),
        1e-5,
    );
}

#[test]
fn an_empty_sum_is_zero() {
    let found = Case::new("MatMul")
        .input(tensor::<f32>(&[2, 0], []))
        .input(tensor::<f32>(&[0, 3], []))
        .run();
    assert_eq!(found, tensor(&[2, 3], [0.0_f32; 6]));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn gemm_equals_its_definition(
        (m, k, n) in (1_usize..9, 1_usize..20, 1_usize..9),
        (transposes_a, transposes_b) in any::<(bool, bool)>(),
        c in prop::option::of(0_usize..4),
    ) {
        let (a, b) = (ramp(&[m, k]), ramp(&[k, n]));
        let transposed = |x: &Tensor, rows: usize, columns: usize| {
            let x = elements(x);
            tensor(&[columns, rows], (0..rows * columns).map(|at| x[at % rows * columns + at / rows]).collect::<Vec<_>>())
        };
        let case = Case::new("Gemm").float("alpha", 0.5).float("beta", 2.0);
        let case = case.int("transA", transposes_a.into()).int("transB", transposes_b.into());
        let case = case.input(if transposes_a { transposed(&a, m, k) } else { a.clone() });
        let mut case = case.input(if transposes_b { transposed(&b, k, n) } else { b.clone() });
        let mut expected: Vec<f32> = product(elements(&a), elements(&b), m, k, n).iter().map(|v| v * 0.5).collect();
        if let Some(form) = c {
            let dims = [vec![], vec![n], vec![m, 1], vec![m, n]][form].clone();
            let c = ramp(&dims);
            let at = |i: usize, j: usize| [0, j, i, i * n + j][form];
            for (place, value) in expected.iter_mut().enumerate() {
                *value += 2.0 * elements(&c)[at(place / n, place % n)];
            }
            case = case.input(c);
        }
        assert_close(&case.run(), &tensor(&[m, n], expected), 1e-5);
    }
}

#[test]
fn long_sums_are_complete() {
    for k in [60_000, 66_000, 140_000] {
        let a = tensor(&[1, k], vec![1.0_f32; k]);
        let b = tensor(&[k, 1], vec![0.5_f32; k]);
        let found = Case::new("MatMul").input(a).input(b).run();
        assert_eq!(found, tensor(&[1, 1], [k as f32 / 2.0]));
    }
}

/// Sizes about the edges of vectors and tiles.
const SIZES: [usize; 8] = [1, 3, 5, 63, 64, 65, 127, 1000];

fn sizes() -> impl Strategy<Value = (usize, usize, usize)> {
    let size = || prop::sample::select(&SIZES[..]);
    let is_quick = |&(m, k, n): &(usize, usize, usize)| m * k * n < 1_000_000;
    (size(), size(), size()).prop_filter("a product that the host is quick with", is_quick)
}

/// Elements that do not repeat along rows or columns.
fn noise(dims: &[usize]) -> Tensor {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / 8_388_608.0 - 1.0
    };
    tensor(dims, (0..dims.iter().product()).map(|_| next()).collect::<Vec<f32>>())
}

fn transposed(x: &Tensor, rows: usize, columns: usize) -> Tensor {
    let x = elements(x);
    let place = |at: usize| x[at % rows * columns + at / rows];
    tensor(&[columns, rows], (0..rows * columns).map(place).collect::<Vec<_>>())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn every_target_multiplies_matrices_of_any_size(
        (m, k, n) in sizes(),
        (transposes_a, transposes_b) in any::<(bool, bool)>(),
        c in prop::option::of(0_usize..4),
    ) {
        let (a, b) = (noise(&[m, k]), noise(&[k, n]));
        let form = |c: usize| [vec![], vec![n], vec![m, 1], vec![m, n]][c].clone();
        let added = c.map(|c| noise(&form(c)));
        let place = |form: usize, at: usize| [0, at % n, at / n, at][form];
        let mut expected = product(elements(&a), elements(&b), m, k, n);
        for (at, value) in expected.iter_mut().enumerate() {
            *value = 0.5 * *value + c.zip(added.as_ref()).map_or(0.0, |(c, added)| 2.0 * elements(added)[place(c, at)]);
        }
        for target in targets() {
            let case = Case::new("Gemm").on(target).float("alpha", 0.5).float("beta", 2.0);
            let case = case.int("transA", transposes_a.into()).int("transB", transposes_b.into());
            let case = case.input(if transposes_a { transposed(&a, m, k) } else { a.clone() });
            let mut case = case.input(if transposes_b { transposed(&b, k, n) } else { b.clone() });
            if let Some(added) = &added {
                case = case.input(added.clone());
            }
            assert_close(&case.run(), &tensor(&[m, n], expected.clone()), 1e-4);
        }
    }

    #[test]
    fn every_target_multiplies_batches(
        (m, k, n) in (1_usize..20, 1_usize..40, 1_usize..70),
        outer in 1_usize..3,
        (shares_a, shares_b) in any::<(bool, bool)>(),
    ) {
        let dims = |shares: bool, rows: usize, columns: usize| match shares {
            true => vec![rows, columns],
            false => vec![outer, 3, rows, columns],
        };
        let (a, b) = (noise(&dims(shares_a, m, k)), noise(&dims(shares_b, k, n)));
        let of = |x: &Tensor, shares: bool, size: usize, at: usize| {
            elements(x)[if shares { 0 } else { at * size }..][..size].to_vec()
        };
        let batch = if shares_a && shares_b { 1 } else { 3 * outer };
        let products = (0..batch).flat_map(|at| product(&of(&a, shares_a, m * k, at), &of(&b, shares_b, k * n, at), m, k, n));
        let shape = if shares_a && shares_b { vec![m, n] } else { vec![outer, 3, m, n] };
        let expected = tensor(&shape, products.collect::<Vec<_>>());
        for target in targets() {
            let found = Case::new("MatMul").on(target).input(a.clone()).input(b.clone()).run();
            assert_close(&found, &expected, 1e-4);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn every_target_multiplies_by_weights_that_never_change(
        (m, k, n) in (1_usize..20, 1_usize..40, 1_usize..200),
        transposes in any::<bool>(),
    ) {
        let (a, b) = (noise(&[m, k]), noise(&[k, n]));
        let expected = tensor(&[m, n], product(elements(&a), elements(&b), m, k, n));
        for target in targets() {
            let case = Case::new("Gemm").on(target).int("transB", transposes.into()).input(a.clone());
            let found = case.known(if transposes { transposed(&b, k, n) } else { b.clone() }).run();
            assert_close(&found, &expected, 1e-4);
        }
    }

    #[test]
    fn every_target_multiplies_batches_by_weights_that_never_change(
        (m, k, n) in (1_usize..20, 8_usize..40, 60_usize..150),
        outer in 1_usize..3,
    ) {
        let (a, b) = (noise(&[outer, 3, m, k]), noise(&[3, k, n]));
        let products = (0..3 * outer).flat_map(|at| {
            let (a, b) = (&elements(&a)[at * m * k..][..m * k], &elements(&b)[at % 3 * k * n..][..k * n]);
            product(a, b, m, k, n)
        });
        let expected = tensor(&[outer, 3, m, n], products.collect::<Vec<_>>());
        for target in targets() {
            assert_close(&Case::new("MatMul").on(target).input(a.clone()).known(b.clone()).run(), &expected, 1e-4);
        }
    }
}

#[test]
fn a_large_second_operand_is_cut_into_panels() {
    // As large as it takes, see lanes.rs, and with a last panel that is not full.
    let (m, k, n) = (130, 520, 1010);
    let (a, b) = (noise(&[m, k]), noise(&[k, n]));
    let expected = tensor(&[m, n], product(elements(&a), elements(&b), m, k, n));
    let found = Case::new("MatMul").input(a.clone()).input(b.clone()).run();
    assert_close(&found, &expected, 1e-3);
    assert_eq!(
        found,
        Case::new("MatMul").input(a).known(b).run(),
        "panels or not, sums are added up in one order"
    );
}

/// From such sizes on kernels for lanes store straight, and by 16 lanes tiles have 32 rows, see lanes.rs: about the edges of both, and of elements of
/// eight, four, two results and one.
#[test]
fn large_products_store_whole_rows_and_no_more() {
    let sizes = [
        (17, 1_200, 104),
        (47, 448, 100),
        (33, 640, 102),
        (20, 1_040, 101),
        (48, 64, 704),
        (130, 130, 130),
    ];
    for (form, (m, k, n)) in sizes.into_iter().enumerate() {
        let (a, b) = (noise(&[m, k]), noise(&[k, n]));
        let dims = [vec![], vec![n], vec![m, 1], vec![m, n]];
        let added = noise(&dims[form % 4]);
        let place = |at: usize| [0, at % n, at / n, at][form % 4];
        let mut expected = product(elements(&a), elements(&b), m, k, n);
        for (at, value) in expected.iter_mut().enumerate() {
            *value += elements(&added)[place(at)];
        }
        for target in targets() {
            let case = Case::new("Gemm").on(target).input(a.clone()).input(b.clone());
            assert_close(
                &case.input(added.clone()).run(),
                &tensor(&[m, n], expected.clone()),
                1e-3,
            );
        }
    }
}

#[test]
fn the_longest_sums_of_a_tile_end_before_drivers_end_them() {
    for target in [4, 8, 16].map(Target::Lanes) {
        let fitting = (1_000..)
            .map(|steps| 8 * steps + 7)
            .take_while(|&k| fits(1, [32, 8, k], target));
        let k = fitting.last().expect("some fit");
        let longest = Product {
            batch: Shape::scalar(),
            a_batch: Vec::new(),
            b_batch: Vec::new(),
            m: 32,
            n: 8,
            k,
            a: Steps { row: k, column: 1 },
            b: Steps { row: 8, column: 1 },
            c: None,
            alpha: 1.0,
            beta: 0.0,
            b_is_known: false,
        };
        let made = launch(&longest, target, 1).expect("there are kernels");
        assert!(made.launches.iter().all(|launch| launch.rounds <= MAX_ROUNDS));
    }
}

#[test]
fn many_products_take_the_largest_tiles() {
    let (batch, m, k, n) = (130, 5, 3, 6);
    let (a, b) = (noise(&[batch, m, k]), noise(&[batch, k, n]));
    let of = |x: &Tensor, size: usize, at: usize| elements(x)[at * size..][..size].to_vec();
    let products = (0..batch).flat_map(|at| product(&of(&a, m * k, at), &of(&b, k * n, at), m, k, n));
    let expected = tensor(&[batch, m, n], products.collect::<Vec<_>>());
    let found = Case::new("MatMul").on(Target::PLAIN_GPU).input(a).input(b).run();
    assert_close(&found, &expected, 1e-5);
}

#[test]
fn results_do_not_depend_on_their_neighbours() {
    // Whatever tile a row falls into, its sums are added up in the same order.
    let (k, n) = (64, 64);
    let (a, b) = (noise(&[40, k]), noise(&[k, n]));
    let all = Case::new("MatMul").input(a.clone()).input(b.clone()).run();
    for rows in [1, 2, 5, 16] {
        let some = tensor(&[rows, k], elements(&a)[..rows * k].to_vec());
        let found = Case::new("MatMul").input(some).input(b.clone()).run();
        assert_eq!(elements(&found), &elements(&all)[..rows * n]);
    }
}
