//! Operators whose kernels depend on the target give the same on all.

use crate::kernels::Target;
use crate::tensor::Tensor;
use crate::testing::{Case, assert_close, ramp, tensor};

/// Asserts that what a case gives on GPUs is what it gives anywhere.
fn agree(case: impl Fn() -> Case) {
    assert_close(&case().on(Target::PLAIN_GPU).run(), &case().on(Target::Any).run(), 1e-4);
}

/// Rows that are as long as a workgroup, longer, and shorter.
fn rows() -> [Tensor; 3] {
    [ramp(&[7, 64]), ramp(&[3, 1000]), ramp(&[5, 9])]
}

#[test]
fn softmax_of_rows() {
    for x in rows() {
        for kind in ["Softmax", "LogSoftmax"] {
            agree(|| Case::new(kind).input(x.clone()));
            agree(|| Case::new(kind).int("axis", 0).input(x.clone()));
        }
    }
}

#[test]
fn normalisation_of_rows() {
    for x in rows() {
        let length = x.shape().dims()[1];
        let case = || Case::new("LayerNormalization").input(x.clone()).input(ramp(&[length]));
        agree(case);
        agree(|| case().input(ramp(&[length])));
    }
}

#[test]
fn summaries_of_rows() {
    const KINDS: [&str; 10] = [
        "ReduceSum",
        "ReduceMean",
        "ReduceMax",
        "ReduceMin",
        "ReduceProd",
        "ReduceSumSquare",
        "ReduceL1",
        "ReduceL2",
        "ReduceLogSum",
        "ReduceLogSumExp",
    ];
    for x in rows() {
        for kind in KINDS {
            for axis in [0, 1] {
                // Positive numbers about one, so that logarithms and products are finite.
                let near = x
                    .as_slice::<f32>()
                    .expect("floats")
                    .iter()
                    .map(|v| 1.0 + v.abs() / 64.0);
                let near = tensor(x.shape().dims(), near.collect::<Vec<f32>>());
                agree(|| Case::new(kind).input(near.clone()).known(tensor::<i64>(&[1], [axis])));
            }
        }
    }
}

#[test]
fn a_number_that_is_none_is_the_greatest_and_the_least() {
    let mut elements = vec![0.5_f32; 200];
    elements[137] = f32::NAN;
    for kind in ["ReduceMax", "ReduceMin"] {
        let case = || Case::new(kind).input(tensor(&[2, 100], elements.clone()));
        agree(|| case().known(tensor::<i64>(&[1], [1])));
    }
}
