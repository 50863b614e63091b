use proptest::prelude::*;

use crate::tensor::Tensor;
use crate::testing::{Case, assert_close, ramp, tensor};

/// Scatters every input element over its window, in double precision, along one axis of rows and one of columns.
fn scatter(x: &Tensor, w: &Tensor, groups: usize, stride: usize, dilation: usize, pad: usize) -> Tensor {
    let (&[batch, channels, rows, columns], &[_, filters, height, width]) = (x.shape().dims(), w.shape().dims()) else {
        panic!("images");
    };
    let (x, w): (&[f32], &[f32]) = (x.as_slice().expect("floats"), w.as_slice().expect("floats"));
    let size = |input: usize, kernel: usize| (input - 1) * stride + (kernel - 1) * dilation + 1 - 2 * pad;
    let (out_rows, out_columns) = (size(rows, height), size(columns, width));
    let mut y = vec![0.0_f64; batch * groups * filters * out_rows * out_columns];
    for n in 0..batch {
        for channel in 0..channels {
            let group = channel / (channels / groups);
            for (at, filter) in (0..rows * columns).flat_map(|at| (0..filters).map(move |filter| (at, filter))) {
                for (i, j) in (0..height).flat_map(|i| (0..width).map(move |j| (i, j))) {
                    let row = (at / columns * stride + i * dilation).wrapping_sub(pad);
                    let column = (at % columns * stride + j * dilation).wrapping_sub(pad);
                    if row < out_rows && column < out_columns {
                        let plane = n * groups * filters + group * filters + filter;
                        let weight = w[((channel * filters + filter) * height + i) * width + j];
                        let value = x[(n * channels + channel) * rows * columns + at];
                        y[(plane * out_rows + row) * out_columns + column] += f64::from(value) * f64::from(weight);
                    }
                }
            }
        }
    }
    let y: Vec<f32> = y.into_iter().map(|v| v as f32).collect();
    tensor(&[batch, groups * filters, out_rows, out_columns], y)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn gathering_equals_scattering(
        (batch, groups, channels, filters) in (1_usize..3, 1_usize..3, 1_usize..4, 1_usize..4),
        (rows, columns, height, width) in (2_usize..5, 2_usize..5, 2_usize..4, 2_usize..4),
        (stride, dilation, pad) in (1_usize..4, 1_usize..3, 0_usize..2),
    ) {
        let x = ramp(&[batch, groups * channels, rows, columns]);
        let w = ramp(&[groups * channels, filters, height, width]);
        let expected = scatter(&x, &w, groups, stride, dilation, pad);
        let case = Case::new("ConvTranspose")
            .int("group", groups as i64)
            .ints("strides", &[stride as i64; 2])
            .ints("dilations", &[dilation as i64; 2])
            .ints("pads", &[pad as i64; 4]);
        assert_close(&case.input(x).known(w).run(), &expected, 1e-5);
    }
}

#[test]
fn the_output_may_be_padded_or_stated() {
    let case = || {
        Case::new("ConvTranspose")
            .ints("strides", &[2])
            .input(tensor::<f32>(&[1, 1, 2], [1.0, 2.0]))
    };
    let filter = || tensor::<f32>(&[1, 1, 3], [1.0, 10.0, 100.0]);
    let full = [1.0_f32, 10.0, 102.0, 20.0, 200.0];
    assert_eq!(case().known(filter()).run(), tensor(&[1, 1, 5], full));
    let longer = [1.0_f32, 10.0, 102.0, 20.0, 200.0, 0.0];
    assert_eq!(
        case().ints("output_padding", &[1]).known(filter()).run(),
        tensor(&[1, 1, 6], longer)
    );
    let upper = case().text("auto_pad", "SAME_UPPER").known(filter()).run();
    assert_eq!(upper, tensor(&[1, 1, 4], full[..4].to_vec()));
    let stated = case().ints("output_shape", &[4]).known(filter()).run();
    assert_eq!(stated, tensor(&[1, 1, 4], full[1..].to_vec()));
    assert!(
        case()
            .ints("pads", &[9, 9])
            .known(filter())
            .refusal()
            .contains("an output of 5 elements before")
    );
    let bias = case().known(filter()).known(tensor::<f32>(&[1], [0.5])).run();
    assert_eq!(bias, tensor(&[1, 1, 5], full.map(|v| v + 0.5)));
}
