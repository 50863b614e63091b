mod spaced;

use proptest::prelude::*;

use crate::tensor::Tensor;
use crate::testing::{Case, assert_close, ramp, targets, tensor};

/// Extents of a random convolution.
#[derive(Debug, Clone)]
struct Extents {
    batch: usize,
    groups: usize,
    in_channels: usize,
    out_channels: usize,
    input: [usize; 2],
    kernel: [usize; 2],
    strides: [usize; 2],
    dilations: [usize; 2],
    before: [usize; 2],
    after: [usize; 2],
    has_bias: bool,
}

impl Extents {
    fn output(&self) -> [usize; 2] {
        [0, 1].map(|axis| {
            let padded = self.input[axis] + self.before[axis] + self.after[axis];
            (padded - self.dilations[axis] * (self.kernel[axis] - 1) - 1) / self.strides[axis] + 1
        })
    }

    /// The convolution by its definition, in double precision.
    fn naive(&self, x: &[f32], w: &[f32], bias: &[f32]) -> Tensor {
        let [rows, columns] = self.output();
        let mut y = Vec::new();
        for n in 0..self.batch {
            for (channel, bias) in bias.iter().enumerate() {
                for row in 0..rows {
                    for column in 0..columns {
                        let sum = self.window(x, w, n, channel, [row, column]);
                        y.push((sum + if self.has_bias { f64::from(*bias) } else { 0.0 }) as f32);
                    }
                }
            }
        }
        tensor(&[self.batch, self.groups * self.out_channels, rows, columns], y)
    }

    fn window(&self, x: &[f32], w: &[f32], n: usize, channel: usize, out: [usize; 2]) -> f64 {
        let group = channel / self.out_channels;
        let mut sum = 0.0;
        for c in 0..self.in_channels {
            for i in 0..self.kernel[0] {
                for j in 0..self.kernel[1] {
                    let at = |axis: usize, step: usize| {
                        (out[axis] * self.strides[axis] + step * self.dilations[axis]).checked_sub(self.before[axis])
                    };
                    let (Some(row), Some(column)) = (at(0, i), at(1, j)) else {
                        continue;
                    };
                    if row < self.input[0] && column < self.input[1] {
                        let plane = (n * self.groups + group) * self.in_channels + c;
                        let filter = channel * self.in_channels + c;
                        let x = x[(plane * self.input[0] + row) * self.input[1] + column];
                        let w = w[(filter * self.kernel[0] + i) * self.kernel[1] + j];
                        sum += f64::from(x) * f64::from(w);
                    }
                }
            }
        }
        sum
    }
}

fn extents() -> impl Strategy<Value = Extents> {
    let pair = |range: std::ops::Range<usize>| [range.clone(), range];
    let channels = (1_usize..3, 1_usize..3, 1_usize..4, 1_usize..6);
    let sizes = (pair(5..8), pair(1..4), pair(1..3), pair(1..3), pair(0..3), pair(0..3));
    (channels, sizes, any::<bool>()).prop_map(|((batch, groups, in_channels, out_channels), sizes, has_bias)| {
        let (input, kernel, strides, dilations, before, after) = sizes;
        Extents {
            batch,
            groups,
            in_channels,
            out_channels,
            input,
            kernel,
            strides,
            dilations,
            before,
            after,
            has_bias,
        }
    })
}

fn elements(tensor: &Tensor) -> Vec<f32> {
    tensor.as_slice::<f32>().expect("floats").to_vec()
}

/// Asserts that every target gives what the definition does.
fn check(e: &Extents) {
    let x = ramp(&[e.batch, e.groups * e.in_channels, e.input[0], e.input[1]]);
    let w = ramp(&[e.groups * e.out_channels, e.in_channels, e.kernel[0], e.kernel[1]]);
    let bias = ramp(&[e.groups * e.out_channels]);
    let expected = e.naive(&elements(&x), &elements(&w), &elements(&bias));
    let signed = |values: &[usize]| values.iter().map(|&value| value as i64).collect::<Vec<_>>();
    for target in targets() {
        let mut case = Case::new("Conv")
            .on(target)
            .int("group", e.groups as i64)
            .ints("strides", &signed(&e.strides))
            .ints("dilations", &signed(&e.dilations))
            .ints("pads", &signed(&[e.before, e.after].concat()))
            .input(x.clone())
            .known(w.clone());
        if e.has_bias {
            case = case.known(bias.clone());
        }
        assert_close(&case.run(), &expected, 1e-4);
    }
}

/// A convolution of one sample whose filters are square.
fn square(groups: usize, channels: [usize; 2], size: usize, kernel: usize, stride: usize) -> Extents {
    Extents {
        batch: 1,
        groups,
        in_channels: channels[0],
        out_channels: channels[1],
        input: [size, size],
        kernel: [kernel, kernel],
        strides: [stride, stride],
        dilations: [1, 1],
        before: [kernel / 2, kernel / 2],
        after: [kernel / 2, kernel / 2],
        has_bias: true,
    }
}

#[test]
fn wide_convolutions_are_products_of_matrices() {
    check(&square(1, [16, 19], 13, 3, 1));
    check(&square(1, [3, 17], 20, 7, 2));
    check(&Extents {
        batch: 2,
        ..square(2, [5, 9], 12, 3, 2)
    });
}

#[test]
fn columns_that_whole_workgroups_leave_over_are_computed_too() {
    for (channels, size) in [(64, 14), (144, 14), (80, 9), (64, 8), (128, 10)] {
        check(&square(1, [8, channels], size, 3, 1));
        check(&Extents {
            batch: 2,
            has_bias: false,
            ..square(2, [12, channels], size, 1, 1)
        });
    }
}

#[test]
fn windows_of_two_by_two_results_cover_planes_of_every_size() {
    for (channels, size) in [(32, 14), (48, 13), (32, 28), (32, 56), (64, 25), (32, 16), (32, 15)] {
        check(&square(1, [32, channels], size, 3, 1));
        check(&Extents {
            batch: 3,
            has_bias: false,
            ..square(1, [40, channels], size, 3, 1)
        });
    }
    // The output is moved, larger than the input, or smaller.
    for (before, after) in [([0, 0], [0, 0]), ([2, 2], [2, 2]), ([0, 2], [2, 0]), ([2, 3], [0, 1])] {
        check(&Extents {
            before,
            after,
            ..square(1, [32, 32], 18, 3, 1)
        });
    }
}

#[test]
fn pointwise_convolutions_read_their_input_where_it_lies() {
    check(&Extents {
        batch: 2,
        ..square(1, [24, 9], 8, 1, 1)
    });
    check(&square(2, [8, 16], 8, 1, 1));
    check(&square(1, [24, 9], 7, 1, 1));
    // Large enough for the largest tiles, of which the last has half its rows.
    check(&square(1, [448, 48], 10, 1, 1));
    check(&square(1, [24, 9], 8, 1, 2));
}

#[test]
fn windows_of_the_whole_input_are_multiplied_at_once() {
    for (batch, channels, size) in [
        (1, [64, 96], 1),
        (3, [40, 33], 1),
        (2, [20, 480], 1),
        (2, [8, 24], 3),
        (1, [4, 9], 1),
    ] {
        for has_bias in [true, false] {
            check(&Extents {
                batch,
                has_bias,
                before: [0, 0],
                after: [0, 0],
                ..square(1, channels, size, size, 1)
            });
        }
    }
    // Not the whole input after all: some of it lies in no window, or there is padding.
    check(&Extents {
        before: [0, 0],
        after: [0, 0],
        ..square(1, [64, 96], 2, 1, 2)
    });
    check(&square(1, [16, 24], 1, 3, 1));
}

#[test]
fn few_channels_are_convolved_without_their_windows() {
    for (channels, kernel) in [([3, 32], 3), ([1, 16], 3), ([4, 48], 3), ([3, 16], 7), ([2, 32], 7)] {
        for size in [7, 8, 14, 16, 23, 32] {
            check(&Extents {
                batch: 2,
                ..square(1, channels, size, kernel, 2)
            });
        }
        check(&Extents {
            has_bias: false,
            input: [15, 40],
            before: [0, 2],
            after: [3, 1],
            ..square(1, channels, 0, kernel, 2)
        });
    }
}

#[test]
fn channels_with_filters_of_their_own_keep_apart() {
    check(&Extents {
        batch: 2,
        ..square(6, [1, 1], 13, 3, 1)
    });
    check(&square(4, [1, 2], 14, 3, 2));
    check(&square(3, [1, 1], 9, 5, 1));
    check(&square(3, [1, 1], 17, 7, 2));
}

#[test]
fn rows_are_loaded_as_wholes_wherever_their_windows_begin() {
    for (kernel, stride, size) in [1, 3, 5, 7]
        .into_iter()
        .flat_map(|kernel| [1, 2].map(|stride| (kernel, stride)))
        .flat_map(|(kernel, stride)| [7, 8, 13, 16].map(|size| (kernel, stride, size)))
    {
        check(&Extents {
            batch: 2,
            ..square(1, [8, 9], size, kernel, stride)
        });
    }
    // The output's rows are shorter than those of the input, longer, and moved.
    for (before, after) in [([0, 0], [0, 0]), ([2, 2], [2, 2]), ([0, 2], [2, 0]), ([5, 6], [0, 1])] {
        let rows = [2, 1];
        check(&Extents {
            before,
            after,
            dilations: rows,
            ..square(2, [4, 8], 10, 3, 1)
        });
    }
}

#[test]
fn channels_with_filters_of_their_own_store_rows_of_every_length() {
    for (kernel, stride) in [3, 5, 7]
        .into_iter()
        .flat_map(|kernel| [1, 2].map(|stride| (kernel, stride)))
    {
        for size in [4, 7, 8, 12, 15, 16, 24] {
            check(&square(4, [1, 1], size, kernel, stride));
        }
        // So many are loaded by eights, from all places of one.
        for size in [7, 14, 16] {
            check(&square(8, [1, 1], size, kernel, stride));
        }
    }
    check(&Extents {
        before: [0, 3],
        after: [3, 0],
        ..square(4, [1, 2], 11, 3, 1)
    });
}

#[test]
fn narrow_planes_are_convolved_by_whole_rows() {
    for width in [7, 14, 28, 56] {
        for height in [1, 2, 6, 7, 9, width] {
            check(&Extents {
                input: [height, width],
                ..square(8, [1, 1], width, 3, 1)
            });
        }
        check(&Extents {
            batch: 2,
            has_bias: false,
            ..square(8, [1, 2], width, 3, 1)
        });
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn convolution_equals_its_definition(e in extents()) {
        check(&e);
    }
}

#[test]
fn one_axis_is_an_image_of_one_row() {
    let case = Case::new("Conv")
        .text("auto_pad", "SAME_UPPER")
        .input(tensor::<f32>(&[1, 1, 4], [1.0, 2.0, 3.0, 4.0]));
    let found = case.known(tensor::<f32>(&[1, 1, 2], [10.0, 1.0])).run();
    assert_close(&found, &tensor::<f32>(&[1, 1, 4], [12.0, 23.0, 34.0, 40.0]), 1e-6);
}
