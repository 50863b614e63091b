//! Poolings and the edges of convolution and products; their kernels have naive references of their own.

use crate::testing::{Case, ramp, tensor};

fn image() -> crate::tensor::Tensor {
    tensor(&[1, 1, 3, 3], (1..=9).map(|i| i as f32).collect::<Vec<_>>())
}

#[test]
fn windows_take_the_greatest_or_the_mean() {
    let pool = |kind: &str| Case::new(kind).ints("kernel_shape", &[2, 2]).input(image());
    pool("MaxPool").gives(&tensor::<f32>(&[1, 1, 2, 2], [5.0, 6.0, 8.0, 9.0]));
    pool("AveragePool").gives(&tensor::<f32>(&[1, 1, 2, 2], [3.0, 4.0, 6.0, 7.0]));
    pool("MaxPool")
        .ints("strides", &[2, 2])
        .int("ceil_mode", 1)
        .gives(&tensor::<f32>(&[1, 1, 2, 2], [5.0, 6.0, 8.0, 9.0]));
    let dilated = Case::new("MaxPool")
        .ints("kernel_shape", &[2, 2])
        .ints("dilations", &[2, 2])
        .input(image());
    dilated.gives(&tensor::<f32>(&[1, 1, 1, 1], [9.0]));
    let row = Case::new("MaxPool")
        .ints("kernel_shape", &[2])
        .input(tensor::<f32>(&[1, 1, 4], [-1.0, -5.0, -3.0, -4.0]));
    row.gives(&tensor::<f32>(&[1, 1, 3], [-1.0, -3.0, -3.0]));
}

#[test]
fn padding_counts_in_a_mean_only_when_asked() {
    let pool = || {
        Case::new("AveragePool")
            .ints("kernel_shape", &[2, 2])
            .ints("strides", &[2, 2])
            .ints("pads", &[1, 1, 0, 0])
            .input(image())
    };
    pool().gives(&tensor::<f32>(&[1, 1, 2, 2], [1.0, 2.5, 5.5, 7.0]));
    pool()
        .int("count_include_pad", 1)
        .gives(&tensor::<f32>(&[1, 1, 2, 2], [0.25, 1.25, 2.75, 7.0]));
    // What a rounded-up window has beyond the padding never counts.
    let up = Case::new("AveragePool")
        .ints("kernel_shape", &[2, 2])
        .ints("strides", &[2, 2])
        .int("ceil_mode", 1);
    up.int("count_include_pad", 1)
        .input(image())
        .gives(&tensor::<f32>(&[1, 1, 2, 2], [3.0, 4.5, 7.5, 9.0]));
}

#[test]
fn what_does_not_fit_is_refused_with_its_shape() {
    let conv = |w: &[usize]| Case::new("Conv").input(ramp(&[1, 2, 3, 3])).known(ramp(w));
    assert_eq!(
        conv(&[1, 3, 1, 1]).refusal(),
        "Conv: filters [1, 3, 1, 1] in 1 groups do not fit the input [1, 2, 3, 3]"
    );
    assert!(conv(&[1, 2, 4, 1]).refusal().contains("reaches over 4 elements"));
    assert!(conv(&[1, 2, 1, 1]).int("group", 0).refusal().contains("0 groups"));
    assert!(
        conv(&[1, 2, 1, 1])
            .ints("strides", &[0, 1])
            .refusal()
            .contains("not a positive number")
    );
    assert!(
        conv(&[1, 2, 1, 1])
            .ints("pads", &[i64::MAX; 4])
            .refusal()
            .contains("paddings")
    );
    let volume = Case::new("Conv")
        .input(ramp(&[1, 1, 2, 2, 2]))
        .known(ramp(&[1, 1, 1, 1, 1]))
        .refusal();
    assert_eq!(volume, "Conv: windows over 3 axes; one and two are supported");
    let product = Case::new("MatMul").input(ramp(&[2, 3])).known(ramp(&[2, 3])).refusal();
    assert_eq!(product, "MatMul: [2, 3] and [2, 3] cannot be multiplied");
    let pool = Case::new("MaxPool")
        .ints("kernel_shape", &[1 << 20, 1 << 20])
        .ints("pads", &[1 << 20; 4])
        .input(image());
    assert!(pool.refusal().contains("--limit-"), "the work is bounded, too");
}
