//! Poolings and the edges of convolution and products; their kernels have naive references of their own.

use crate::testing::{Case, assert_close, ramp, tensor};

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
    let product = Case::new("MatMul").input(ramp(&[2, 3])).known(ramp(&[2, 3])).refusal();
    assert_eq!(product, "MatMul: [2, 3] and [2, 3] cannot be multiplied");
}

#[test]
fn work_beyond_what_a_kernel_completes_is_refused() {
    let pool = |size: i64| {
        Case::new("MaxPool")
            .ints("kernel_shape", &[size; 2])
            .ints("pads", &[size - 1, size - 1, 0, 0])
    };
    let refused = pool(1 << 22).input(image()).refusal();
    assert!(refused.contains("--limit-flops raises it"), "{refused}");
    let average = Case::new("AveragePool")
        .ints("kernel_shape", &[1 << 10; 2])
        .ints("pads", &[(1 << 10) - 1, (1 << 10) - 1, 0, 0]);
    let refused = average.input(image()).refusal();
    assert!(refused.contains("a pool kernel of"), "{refused}");
}

#[test]
fn the_longest_work_that_is_accepted_is_completed() {
    let half = |dims: &[usize]| tensor(dims, vec![0.5_f32; dims.iter().product()]);
    let sum = Case::new("ReduceSum").input(half(&[64_900]));
    assert_eq!(sum.run(), tensor(&[1], [32_450.0_f32]));
    // Two dimensions that cannot be walked as one.
    let sum = Case::new("ReduceSum")
        .int("keepdims", 0)
        .input(half(&[108, 2, 150]))
        .known(tensor::<i64>(&[2], [0, 2]));
    assert_eq!(sum.run(), tensor(&[2], [8_100.0_f32; 2]));
    let sum = Case::new("ReduceLogSumExp").input(tensor(&[32_400], vec![0.0_f32; 32_400]));
    assert_close(&sum.run(), &tensor(&[1], [32_400_f32.ln()]), 1e-5);
    let mut last = vec![0.0_f32; 64_900];
    last[64_899] = 7.0;
    assert_eq!(
        Case::new("ReduceMax").input(tensor(&[64_900], last)).run(),
        tensor(&[1], [7.0_f32])
    );
    let even = Case::new("Softmax").input(half(&[1, 21_600])).run();
    assert_close(&even, &tensor(&[1, 21_600], vec![1.0_f32 / 21_600.0; 21_600]), 1e-6);
    let row = Case::new("LayerNormalization")
        .input(half(&[1, 21_600]))
        .known(half(&[21_600]))
        .known(half(&[21_600]))
        .run();
    assert_close(&row, &half(&[1, 21_600]), 1e-6);
    let pool = Case::new("AveragePool")
        .ints("kernel_shape", &[253, 253])
        .input(half(&[1, 1, 253, 253]));
    assert_close(&pool.run(), &tensor(&[1, 1, 1, 1], [0.5_f32]), 1e-5);
    let conv = Case::new("Conv")
        .input(half(&[1, 7200, 3, 3]))
        .known(half(&[1, 7200, 3, 3]));
    assert_close(&conv.run(), &tensor(&[1, 1, 1, 1], [16_200.0_f32]), 1e-5);
}
