//! Operators whose kernels depend on the target give the same on all.

use crate::gpu::to_words;
use crate::kernels::{Abilities, Target};
use crate::tensor::Tensor;
use crate::testing::{Case, Network, assert_close, engine, ramp, tensor};

/// Asserts that what a case gives on GPUs is what it gives anywhere.
fn agree(case: impl Fn() -> Case) {
    let expected = case().on(Target::Any).run();
    for target in [Target::PLAIN_GPU, Target::Gpu(engine().abilities())] {
        let found = case().on(target).run();
        assert_close(&found, &expected, 1e-4);
        let words = [&found, &case().on(target).run()].map(|tensor| to_words(tensor).expect("numbers"));
        assert_eq!(words[0], words[1], "the same bytes in every run");
    }
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

#[test]
fn rows_are_gone_through_by_subgroups_where_these_are_neighbours() {
    let mut network = Network::default();
    let x = network.input(ramp(&[5, 200]));
    let scale = network.constant(ramp(&[200]));
    let normal = network.node("LayerNormalization", &[x, scale]);
    let shares = network.node("Softmax", &[normal]);
    let greatest = network.reduce("ReduceMax", shares);
    network.output(greatest);
    let ready = network.finish();
    let on = |has_subgroups| {
        ready.kernels_on(Target::Gpu(Abilities {
            has_subgroups,
            matrices: None,
        }))
    };
    assert_eq!(on(false), ["layer_norm_rows", "softmax_rows", "reduce_rows"]);
    let names = [
        "layer_norm_rows_by_subgroups",
        "softmax_rows_by_subgroups",
        "reduce_rows_by_subgroups",
    ];
    assert_eq!(on(true), names);
}
