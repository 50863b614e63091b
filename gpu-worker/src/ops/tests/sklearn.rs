//! Operators of ai.onnx.ml.

use crate::model::Attribute;
use crate::tensor::Tensor;
use crate::testing::{Case, assert_close, tensor};

fn floats(values: &[f32]) -> Attribute {
    Attribute::Floats(values.to_vec())
}

fn classifier(transform: &str) -> Case {
    Case::of("ai.onnx.ml", "LinearClassifier", 1)
        .with("coefficients", floats(&[1.0, 0.0, 0.0, 1.0, -1.0, -1.0]))
        .with("intercepts", floats(&[0.0, 0.0, 0.5]))
        .ints("classlabels_ints", &[4, 7, 9])
        .int("multi_class", 1)
        .text("post_transform", transform)
        .input(tensor::<f32>(&[3, 2], [2.0, 1.0, 0.0, 3.0, -1.0, -1.0]))
}

#[test]
fn a_linear_classifier_gives_labels_and_scores() {
    let scores = [2.0_f32, 1.0, -2.5, 0.0, 3.0, -2.5, -1.0, -1.0, 2.5];
    let outputs = classifier("NONE").outputs(2).expect("runs");
    assert_eq!(outputs, [tensor::<i64>(&[3], [4, 7, 9]), tensor(&[3, 3], scores)]);
    let outputs = classifier("LOGISTIC").outputs(2).expect("runs");
    assert_close(
        &outputs[1],
        &tensor(&[3, 3], scores.map(|score| 1.0 / (1.0 + (-score).exp()))),
        1e-6,
    );
    let outputs = classifier("SOFTMAX").outputs(2).expect("runs");
    let sums: Vec<f32> = outputs[1]
        .as_slice::<f32>()
        .expect("floats")
        .chunks(3)
        .map(|row| row.iter().sum())
        .collect();
    assert_close(&tensor(&[3], sums), &tensor(&[3], [1.0_f32; 3]), 1e-6);
    let refused = classifier("PROBIT").outputs(2).expect_err("not known");
    assert!(
        refused.contains("ai.onnx.ml.LinearClassifier (opset 1): post_transform 'PROBIT'"),
        "{refused}"
    );
}

#[test]
fn a_linear_regressor_has_one_column_a_target() {
    let case = Case::of("ai.onnx.ml", "LinearRegressor", 1).with("coefficients", floats(&[1.0, 2.0, 0.0, -1.0]));
    let case = case.with("intercepts", floats(&[10.0, 20.0])).int("targets", 2);
    case.input(tensor::<f32>(&[1, 2], [3.0, 4.0]))
        .gives(&tensor::<f32>(&[1, 2], [21.0, 16.0]));
}

#[test]
fn rows_are_divided_by_their_norm_unless_it_is_zero() {
    let x = || tensor::<f32>(&[2, 2], [3.0, -4.0, 0.0, 0.0]);
    let normalize = |norm: &str| Case::of("ai.onnx.ml", "Normalizer", 1).text("norm", norm).input(x());
    normalize("L1").gives(&tensor::<f32>(&[2, 2], [3.0 / 7.0, -4.0 / 7.0, 0.0, 0.0]));
    normalize("L2").gives(&tensor::<f32>(&[2, 2], [0.6, -0.8, 0.0, 0.0]));
    normalize("MAX").gives(&tensor::<f32>(&[2, 2], [1.0, -4.0 / 3.0, 0.0, 0.0]));
}

#[test]
fn a_scaler_shifts_and_scales_columns() {
    let case = Case::of("ai.onnx.ml", "Scaler", 1)
        .with("offset", floats(&[1.0, 2.0]))
        .with("scale", floats(&[2.0, 0.5]));
    case.input(tensor::<f32>(&[1, 2], [2.0, 4.0]))
        .gives(&tensor::<f32>(&[1, 2], [2.0, 1.0]));
}

#[test]
fn a_binarizer_compares_with_its_threshold() {
    let case = Case::of("ai.onnx.ml", "Binarizer", 1).float("threshold", 0.5);
    case.input(tensor::<f32>(&[3], [0.4, 0.5, 0.6]))
        .gives(&tensor::<f32>(&[3], [0.0, 0.0, 1.0]));
}

#[test]
fn labels_are_picked_and_encoded_on_the_host() {
    let picked = Case::of("ai.onnx.ml", "ArrayFeatureExtractor", 1).known(tensor::<i64>(&[3], [10, 20, 30]));
    picked
        .input(tensor::<i64>(&[2, 1], [2, 0]))
        .gives(&tensor::<i64>(&[1, 2], [30, 10]));
    let columns =
        Case::of("ai.onnx.ml", "ArrayFeatureExtractor", 1).input(tensor::<f32>(&[2, 2], [1.0, 2.0, 3.0, 4.0]));
    columns
        .known(tensor::<i64>(&[1], [1]))
        .gives(&tensor::<f32>(&[2, 1], [2.0, 4.0]));
    let encoder = Case::of("ai.onnx.ml", "LabelEncoder", 2)
        .ints("keys_int64s", &[1, 2])
        .ints("values_int64s", &[-5, 6]);
    encoder
        .int("default_int64", 99)
        .input(tensor::<i64>(&[3], [2, 1, 3]))
        .gives(&tensor::<i64>(&[3], [6, -5, 99]));
    let uneven = Case::of("ai.onnx.ml", "LabelEncoder", 2)
        .ints("keys_int64s", &[1, 2])
        .ints("values_int64s", &[6]);
    assert!(
        uneven
            .input(Tensor::scalar(1_i64))
            .refusal()
            .contains("2 keys are given for 1 values")
    );
}

#[test]
fn maps_leave_as_scores_with_their_classes() {
    let maps = Case::of("ai.onnx.ml", "ZipMap", 1).ints("classlabels_int64s", &[3, 5]);
    maps.input(tensor::<f32>(&[1, 2], [0.25, 0.75]))
        .gives(&tensor::<f32>(&[1, 2], [0.25, 0.75]));
}
