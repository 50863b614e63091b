use crate::kernels::Target;
use crate::tensor::Tensor;
use crate::testing::{Case, assert_close, ramp, tensor};

fn integers(values: &[i64]) -> Tensor {
    tensor(&[values.len()], values)
}

#[test]
fn every_reduction_follows_its_definition() {
    let x = [0.5_f32, -1.0, 2.0, 3.0, 0.25, -4.0];
    type Summary = fn(&[f64]) -> f64;
    let cases: [(&str, Summary); 8] = [
        ("ReduceSum", |row| row.iter().sum()),
        ("ReduceMean", |row| row.iter().sum::<f64>() / row.len() as f64),
        ("ReduceMax", |row| row.iter().copied().fold(f64::MIN, f64::max)),
        ("ReduceMin", |row| row.iter().copied().fold(f64::MAX, f64::min)),
        ("ReduceProd", |row| row.iter().product()),
        ("ReduceSumSquare", |row| row.iter().map(|v| v * v).sum()),
        ("ReduceL1", |row| row.iter().map(|v| v.abs()).sum()),
        ("ReduceLogSumExp", |row| row.iter().map(|v| v.exp()).sum::<f64>().ln()),
    ];
    for (kind, summary) in cases {
        let rows: Vec<f32> = x
            .chunks(3)
            .map(|row| summary(&row.iter().map(|&v| v.into()).collect::<Vec<_>>()) as f32)
            .collect();
        let case = Case::new(kind)
            .int("keepdims", 0)
            .input(tensor(&[2, 3], x))
            .known(integers(&[-1]));
        assert_close(&case.run(), &tensor(&[2], rows), 1e-6);
    }
}

#[test]
fn axes_may_be_anywhere() {
    let x = || tensor(&[2, 2, 2], (0..8).map(|i| i as f32).collect::<Vec<_>>());
    let outer = Case::of("", "ReduceSum", 11).ints("axes", &[0, 2]).input(x());
    outer.gives(&tensor::<f32>(&[1, 2, 1], [10.0, 18.0]));
    Case::new("ReduceMean")
        .int("keepdims", 0)
        .input(x())
        .gives(&Tensor::scalar(3.5_f32));
    Case::new("ReduceMean")
        .int("noop_with_empty_axes", 1)
        .input(x())
        .gives(&x());
    let integers_too = Case::new("ReduceMax")
        .input(tensor::<i64>(&[2, 2], [1, 7, -3, 2]))
        .known(integers(&[0]));
    integers_too.gives(&tensor::<i64>(&[1, 2], [1, 7]));
    assert!(
        Case::new("ReduceSum")
            .input(x())
            .known(integers(&[3]))
            .refusal()
            .contains("axis 3")
    );
    Case::new("ReduceMax")
        .input(tensor::<f32>(&[0], []))
        .gives(&tensor::<f32>(&[1], [f32::NEG_INFINITY]));
    Case::new("ReduceProd")
        .input(tensor::<i64>(&[2, 0], []))
        .known(integers(&[1]))
        .gives(&tensor::<i64>(&[2, 1], [1, 1]));
}

#[test]
fn a_log_sum_does_not_overflow() {
    let case = Case::new("ReduceLogSumExp").input(tensor::<f32>(&[2], [1000.0, 1000.0]));
    assert_close(&case.run(), &tensor::<f32>(&[1], [1000.0 + 2f32.ln()]), 1e-6);
}

#[test]
fn a_log_sum_of_infinities_is_one() {
    let (inf, least) = (f32::INFINITY, f32::NEG_INFINITY);
    let rows = tensor::<f32>(&[3, 2], [least, least, inf, 0.0, least, 1.0]);
    Case::new("ReduceLogSumExp")
        .input(rows)
        .known(integers(&[1]))
        .int("keepdims", 0)
        .gives(&tensor::<f32>(&[3], [least, inf, 1.0]));
}

/// Numbers between -1 and 1 that differ from each other.
fn spread(dims: &[usize]) -> Tensor {
    let count: usize = dims.iter().product();
    let number = |at: usize| ((at * 7919 % 10007) as f32 - 5003.0) / 5003.0;
    tensor(dims, (0..count).map(number).collect::<Vec<f32>>())
}

#[test]
fn summaries_of_more_elements_than_a_thread_goes_through_are_made_in_stages() {
    type Definition = fn(&[f64]) -> f64;
    let definitions: [(&str, Definition); 9] = [
        ("ReduceSum", |row| row.iter().sum()),
        ("ReduceMean", |row| row.iter().sum::<f64>() / row.len() as f64),
        ("ReduceMax", |row| row.iter().copied().fold(f64::MIN, f64::max)),
        ("ReduceMin", |row| row.iter().copied().fold(f64::MAX, f64::min)),
        ("ReduceSumSquare", |row| row.iter().map(|v| v * v).sum()),
        ("ReduceL1", |row| row.iter().map(|v| v.abs()).sum()),
        ("ReduceL2", |row| row.iter().map(|v| v * v).sum::<f64>().sqrt()),
        ("ReduceLogSum", |row| row.iter().sum::<f64>().ln()),
        ("ReduceLogSumExp", |row| row.iter().map(|v| v.exp()).sum::<f64>().ln()),
    ];
    // Rows of 448 x 448, and of a prime number of elements, which only the host sums up.
    for length in [200_704, 100_003] {
        let rows = spread(&[2, length]);
        let numbers: Vec<f64> = rows
            .as_slice::<f32>()
            .expect("floats")
            .iter()
            .map(|&v| v.into())
            .collect();
        for target in [Target::Lanes(8), Target::PLAIN_GPU] {
            for (kind, definition) in definitions {
                let expected: Vec<f32> = numbers.chunks(length).map(|row| definition(row) as f32).collect();
                let case = Case::new(kind).int("keepdims", 0).on(target);
                let found = case.input(rows.clone()).known(integers(&[1])).run();
                assert_close(&found, &tensor(&[2], expected), 2e-4);
            }
        }
    }
}

#[test]
fn rows_are_summarised_wherever_they_begin_and_without_their_neighbours() {
    type Definition = fn(&[f64]) -> f64;
    let definitions: [(&str, Definition); 10] = [
        ("ReduceSum", |row| row.iter().sum()),
        ("ReduceMean", |row| row.iter().sum::<f64>() / row.len() as f64),
        ("ReduceMax", |row| row.iter().copied().fold(f64::NEG_INFINITY, f64::max)),
        ("ReduceMin", |row| row.iter().copied().fold(f64::INFINITY, f64::min)),
        ("ReduceProd", |row| row.iter().product()),
        ("ReduceSumSquare", |row| row.iter().map(|v| v * v).sum()),
        ("ReduceL1", |row| row.iter().map(|v| v.abs()).sum()),
        ("ReduceL2", |row| row.iter().map(|v| v * v).sum::<f64>().sqrt()),
        ("ReduceLogSum", |row| row.iter().sum::<f64>().ln()),
        ("ReduceLogSumExp", |row| row.iter().map(|v| v.exp()).sum::<f64>().ln()),
    ];
    for (rows, length) in [
        (9, 1),
        (7, 3),
        (70, 5),
        (3, 8),
        (8, 9),
        (13, 16),
        (5, 23),
        (3, 49),
        (1, 196),
    ] {
        // Every third row is of none but numbers near one; between them are some of what spoils each summary.
        let number = |at: usize| match (at / length % 3, at % 3) {
            (0, _) => 0.75 + (at % 11) as f32 / 20.0,
            (1, 0) => f32::NAN,
            (1, _) => f32::INFINITY,
            _ => f32::NEG_INFINITY,
        };
        let numbers: Vec<f32> = (0..rows * length).map(number).collect();
        for target in [Target::Any, Target::Lanes(8), Target::PLAIN_GPU] {
            for (kind, definition) in definitions {
                let case = Case::new(kind).int("keepdims", 0).on(target);
                let x = tensor(&[rows, 1, length], numbers.clone());
                let found = case.input(x).known(integers(&[1, 2])).run();
                let found = found.as_slice::<f32>().expect("floats");
                for (row, found) in numbers.chunks(length).zip(found).step_by(3) {
                    let row: Vec<f64> = row.iter().map(|&v| v.into()).collect();
                    let expected = definition(&row);
                    let differs = (f64::from(*found) - expected).abs();
                    assert!(
                        differs <= 1e-5 * expected.abs().max(0.1),
                        "{kind} of {length} on {target:?}: {found} for {expected}"
                    );
                }
            }
        }
    }
}

#[test]
fn what_is_no_number_or_infinite_reaches_the_summary_of_its_row() {
    let (nan, inf) = (f32::NAN, f32::INFINITY);
    for at in 0..19 {
        for target in [Target::Any, Target::Lanes(8), Target::PLAIN_GPU] {
            let run = |kind: &str, number: f32| {
                let mut x = vec![-2.0_f32; 57];
                x[19 + at] = number;
                let case = Case::new(kind).int("keepdims", 0).on(target);
                let found = case.input(tensor(&[3, 19], x)).known(integers(&[1])).run();
                let found = found.as_slice::<f32>().expect("floats").to_vec();
                assert_eq!(found[0].to_bits(), found[2].to_bits(), "{kind} {at} on {target:?}");
                found[1]
            };
            for kind in [
                "ReduceSum",
                "ReduceMean",
                "ReduceMax",
                "ReduceMin",
                "ReduceProd",
                "ReduceL2",
            ] {
                assert!(run(kind, nan).is_nan(), "{kind} {at} on {target:?}");
            }
            assert_eq!(run("ReduceMax", inf), inf, "{at} on {target:?}");
            assert_eq!(run("ReduceMax", -inf), -2.0, "{at} on {target:?}");
            assert_eq!(run("ReduceMin", -inf), -inf, "{at} on {target:?}");
            assert_eq!(run("ReduceMin", inf), -2.0, "{at} on {target:?}");
            assert_eq!(run("ReduceLogSumExp", inf), inf, "{at} on {target:?}");
        }
    }
}

#[test]
fn long_dimensions_anywhere_are_summarised_in_stages() {
    let x = spread(&[3, 70_000, 2]);
    let numbers = x.as_slice::<f32>().expect("floats");
    let sum = |wanted: &dyn Fn(usize) -> bool| {
        let taken = numbers.iter().enumerate().filter(|(at, _)| wanted(*at));
        taken.map(|(_, &v)| f64::from(v)).sum::<f64>() as f32
    };
    let case = |axes: &[i64]| {
        Case::new("ReduceSum")
            .int("keepdims", 0)
            .input(x.clone())
            .known(integers(axes))
    };
    let middle: Vec<f32> = (0..6)
        .map(|place| sum(&|at| at / 140_000 == place / 2 && at % 2 == place % 2))
        .collect();
    assert_close(&case(&[1]).run(), &tensor(&[3, 2], middle), 1e-4);
    let ends = [sum(&|at| at % 2 == 0), sum(&|at| at % 2 == 1)];
    assert_close(&case(&[0, 1]).run(), &tensor(&[2], ends), 1e-4);
    assert_close(&case(&[0, 1, 2]).run(), &tensor::<f32>(&[], [sum(&|_| true)]), 1e-4);
}

/// Two rows as two columns.
fn turned(rows: &[f32]) -> Vec<f32> {
    let (first, second) = rows.split_at(rows.len() / 2);
    first.iter().zip(second).flat_map(|(&x, &y)| [x, y]).collect()
}

#[test]
fn long_rows_have_a_softmax() {
    // As many as GPT-2 has words.
    let length = 50_257;
    let rows = spread(&[2, length]);
    let rows = rows.as_slice::<f32>().expect("floats");
    let logarithms = rows.chunks(length).flat_map(|row| {
        let sum: f64 = row.iter().map(|&v| f64::from(v).exp()).sum();
        row.iter().map(move |&v| (f64::from(v) - sum.ln()) as f32)
    });
    let logarithms: Vec<f32> = logarithms.collect();
    for (dims, axis) in [([2, length], 1), ([length, 2], 0)] {
        let laid_out = |rows: &[f32]| tensor(&dims, if axis == 0 { turned(rows) } else { rows.to_vec() });
        for target in [Target::Lanes(8), Target::PLAIN_GPU] {
            let run = |kind: &str| Case::new(kind).int("axis", axis).on(target).input(laid_out(rows)).run();
            assert_close(&run("LogSoftmax"), &laid_out(&logarithms), 1e-5);
            let shares = run("Softmax");
            let found = shares.as_slice::<f32>().expect("floats").iter().map(|share| share.ln());
            assert_close(
                &tensor(&dims, found.collect::<Vec<f32>>()),
                &laid_out(&logarithms),
                1e-5,
            );
        }
    }
}

#[test]
fn labels_are_the_first_or_last_greatest() {
    let x = || tensor::<f32>(&[2, 3], [1.0, 5.0, 5.0, -1.0, -3.0, -2.0]);
    Case::new("ArgMax")
        .int("axis", 1)
        .int("keepdims", 0)
        .input(x())
        .gives(&tensor::<i64>(&[2], [1, 0]));
    Case::new("ArgMax")
        .int("axis", 1)
        .int("select_last_index", 1)
        .input(x())
        .gives(&tensor::<i64>(&[2, 1], [2, 0]));
    Case::new("ArgMin")
        .int("axis", 0)
        .int("keepdims", 0)
        .input(x())
        .gives(&tensor::<i64>(&[3], [1, 1, 1]));
}

#[test]
fn softmax_sums_to_one_along_its_axis() {
    let x = [1.0_f64, 2.0, 3.0, 1000.0, 1000.0, 1000.0];
    let softmax = |row: &[f64]| {
        let greatest = row.iter().copied().fold(f64::MIN, f64::max);
        let sum: f64 = row.iter().map(|v| (v - greatest).exp()).sum();
        row.iter()
            .map(|v| ((v - greatest).exp() / sum) as f32)
            .collect::<Vec<_>>()
    };
    let expected: Vec<f32> = x.chunks(3).flat_map(softmax).collect();
    let input = || tensor(&[2, 3], x.map(|v| v as f32));
    assert_close(
        &Case::new("Softmax").input(input()).run(),
        &tensor(&[2, 3], expected.clone()),
        1e-6,
    );
    let logs: Vec<f32> = expected.iter().map(|v| v.ln()).collect();
    assert_close(
        &Case::new("LogSoftmax").int("axis", 1).input(input()).run(),
        &tensor(&[2, 3], logs),
        1e-6,
    );
    // Before version 13 all dimensions from the axis on were one row.
    let flat = Case::of("", "Softmax", 11)
        .input(tensor::<f32>(&[1, 2, 2], [0.0; 4]))
        .run();
    assert_close(&flat, &tensor::<f32>(&[1, 2, 2], [0.25; 4]), 1e-6);
    let middle = Case::new("Softmax")
        .int("axis", 1)
        .input(tensor::<f32>(&[1, 2, 2], [0.0, 1.0, 0.0, 1.0]))
        .run();
    assert_close(&middle, &tensor::<f32>(&[1, 2, 2], [0.5; 4]), 1e-6);
}

#[test]
fn global_pools_summarise_space() {
    let x = || tensor(&[1, 2, 2, 2], (0..8).map(|i| i as f32).collect::<Vec<_>>());
    Case::new("GlobalAveragePool")
        .input(x())
        .gives(&tensor::<f32>(&[1, 2, 1, 1], [1.5, 5.5]));
    Case::new("GlobalMaxPool")
        .input(x())
        .gives(&tensor::<f32>(&[1, 2, 1, 1], [3.0, 7.0]));
}

#[test]
fn normalisations_follow_their_formulas() {
    let x = ramp(&[2, 3, 4]);
    let elements = x.as_slice::<f32>().expect("floats").to_vec();
    let (scale, bias) = ([1.5_f32, -0.5, 2.0], [0.1_f32, 0.2, -0.3]);
    let (mean, variance) = ([0.3_f32, -0.2, 0.0], [1.0_f32, 4.0, 0.25]);
    let expected = elements.iter().enumerate().map(|(i, v)| {
        let c = i / 4 % 3;
        (v - mean[c]) / (variance[c] + 1e-3).sqrt() * scale[c] + bias[c]
    });
    let vector = |values: [f32; 3]| tensor(&[3], values);
    let case = Case::new("BatchNormalization").float("epsilon", 1e-3).input(x.clone());
    let case = case
        .known(vector(scale))
        .known(vector(bias))
        .known(vector(mean))
        .known(vector(variance));
    assert_close(&case.run(), &tensor(&[2, 3, 4], expected.collect::<Vec<_>>()), 1e-5);

    let weights = [0.5_f32, 1.0, -1.0, 2.0];
    let expected = elements.chunks(4).flat_map(|row| {
        let mean = row.iter().sum::<f32>() / 4.0;
        let variance = row.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / 4.0;
        row.iter()
            .zip(weights)
            .map(|(v, w)| (v - mean) / (variance + 1e-5).sqrt() * w + 1.0)
            .collect::<Vec<_>>()
    });
    let case = Case::new("LayerNormalization")
        .input(x)
        .known(tensor(&[4], weights))
        .known(tensor(&[4], [1.0_f32; 4]));
    assert_close(&case.run(), &tensor(&[2, 3, 4], expected.collect::<Vec<_>>()), 1e-5);
}
