use proptest::prelude::*;

use crate::tensor::Tensor;
use crate::testing::{Case, assert_close, ramp, tensor};

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
