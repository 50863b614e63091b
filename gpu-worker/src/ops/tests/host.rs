//! Operators that the host runs: spectra, losses, random numbers, boxes, matrices, trees and support vectors.

use crate::model::{Attribute, Limits};
use crate::tensor::Tensor;
use crate::testing::{Case, assert_close, ramp, tensor};

fn floats(values: &[f32]) -> Attribute {
    Attribute::Floats(values.to_vec())
}

fn texts(values: &[&str]) -> Attribute {
    Attribute::Texts(values.iter().map(|&text| text.into()).collect())
}

#[test]
fn a_spectrum_and_its_inverse_give_the_signal_back() {
    let signal = tensor::<f32>(&[1, 4, 1], [1.0, 2.0, 0.0, -1.0]);
    let spectrum = Case::of("", "DFT", 17).int("axis", 1).input(signal.clone()).run();
    let expected = tensor::<f32>(&[1, 4, 2], [2.0, 0.0, 1.0, -3.0, 0.0, 0.0, 1.0, 3.0]);
    assert_close(&spectrum, &expected, 1e-6);
    let back = Case::of("", "DFT", 20).int("inverse", 1).input(spectrum).run();
    let real: Vec<f32> = back
        .as_slice::<f32>()
        .expect("floats")
        .iter()
        .step_by(2)
        .copied()
        .collect();
    assert_close(&tensor(&[1, 4, 1], real), &signal, 1e-6);
    let half = Case::of("", "DFT", 20).int("onesided", 1).input(signal.clone()).run();
    assert_eq!(half.shape().dims(), [1, 3, 2]);
    let whole = Case::of("", "DFT", 20)
        .int("onesided", 1)
        .int("inverse", 1)
        .input(half)
        .run();
    assert_close(&whole, &signal, 1e-6);
    let cut = Case::of("", "DFT", 20).input(signal).known(Tensor::scalar(2_i64)).run();
    assert_close(&cut, &tensor::<f32>(&[1, 2, 2], [3.0, 0.0, -1.0, 0.0]), 1e-6);
}

#[test]
fn frames_of_a_signal_are_windowed() {
    let stft = |window: Tensor| {
        let case = Case::of("", "STFT", 17)
            .input(ramp(&[1, 6, 1]))
            .known(Tensor::scalar(2_i64));
        case.input(window).run()
    };
    let frames = stft(tensor(&[4], [1.0_f32; 4]));
    assert_eq!(frames.shape().dims(), [1, 2, 3, 2]);
    let sum: f32 = ramp(&[6]).as_slice::<f32>().expect("floats")[2..].iter().sum();
    assert!((frames.as_slice::<f32>().expect("floats")[6] - sum).abs() < 1e-5);
    let refused = Case::of("", "STFT", 17)
        .input(ramp(&[1, 6, 1]))
        .known(Tensor::scalar(0_i64));
    assert!(refused.refusal().contains("frames"));
}

#[test]
fn windows_start_at_their_least() {
    for (kind, least) in [
        ("HannWindow", 0.0),
        ("HammingWindow", 4.0 / 46.0),
        ("BlackmanWindow", 0.0),
    ] {
        let window = Case::new(kind).int("periodic", 0).known(Tensor::scalar(5_i32)).run();
        let window = window.as_slice::<f32>().expect("floats").to_vec();
        assert!(
            (window[0] - least).abs() < 1e-6 && (window[2] - 1.0).abs() < 1e-6,
            "{kind} {window:?}"
        );
        assert!((window[0] - window[4]).abs() < 1e-6);
    }
}

#[test]
fn losses_are_weighted_and_ignore_a_label() {
    let scores = || tensor::<f32>(&[3, 2], [-1.0, -2.0, -3.0, -4.0, -5.0, -6.0]);
    let loss = |reduction: &str| {
        let case = Case::new("NegativeLogLikelihoodLoss")
            .text("reduction", reduction)
            .int("ignore_index", -1);
        case.input(scores())
            .input(tensor::<i64>(&[3], [0, 1, -1]))
            .input(tensor::<f32>(&[2], [1.0, 3.0]))
    };
    loss("none").gives(&tensor::<f32>(&[3], [1.0, 12.0, 0.0]));
    loss("sum").gives(&Tensor::scalar(13.0_f32));
    loss("mean").gives(&Tensor::scalar(13.0_f32 / 4.0));
    let beyond = Case::new("NegativeLogLikelihoodLoss")
        .input(scores())
        .input(tensor::<i64>(&[3], [0, 1, 2]));
    assert!(beyond.refusal().contains("label 2"));
    let even = Case::new("SoftmaxCrossEntropyLoss")
        .input(tensor(&[1, 4], [7.0_f32; 4]))
        .input(tensor::<i64>(&[1], [2]));
    let outputs = even.outputs(2).expect("runs");
    assert_close(&outputs[0], &Tensor::scalar(4.0_f32.ln()), 1e-6);
    assert_close(&outputs[1], &tensor(&[1, 4], [-(4.0_f32.ln()); 4]), 1e-6);
}

#[test]
fn random_numbers_come_from_their_seed() {
    let dropout = |trains: bool| {
        let case = Case::new("Dropout").int("seed", 0).input(tensor(&[4], [1.0_f32; 4]));
        case.known(Tensor::scalar(0.6_f32))
            .known(Tensor::scalar(trains))
            .outputs(2)
            .expect("runs")
    };
    // NumPy's generator draws 0.549, 0.715, 0.603 and 0.545 first.
    let trained = dropout(true);
    assert_close(&trained[0], &tensor::<f32>(&[4], [0.0, 2.5, 2.5, 0.0]), 1e-5);
    assert_eq!(trained[1], tensor::<bool>(&[4], [false, true, true, false]));
    assert_eq!(dropout(false)[1], tensor(&[4], [true; 4]));
    let uniform = || {
        Case::new("RandomUniform")
            .ints("shape", &[100])
            .float("seed", 3.0)
            .float("low", 2.0)
            .float("high", 3.0)
    };
    let drawn = uniform().run();
    assert!(
        drawn
            .as_slice::<f32>()
            .expect("floats")
            .iter()
            .all(|v| (2.0..3.0).contains(v))
    );
    assert_eq!(drawn, uniform().run());
    let sure = Case::new("Bernoulli").input(tensor::<f32>(&[2], [0.0, 1.0]));
    sure.gives(&tensor::<f32>(&[2], [0.0, 1.0]));
    let classes = Case::new("Multinomial")
        .int("sample_size", 3)
        .input(tensor::<f32>(&[1, 2], [f32::NEG_INFINITY, 0.0]));
    classes.gives(&tensor::<i32>(&[1, 3], [1, 1, 1]));
}

#[test]
fn boxes_that_overlap_better_ones_go() {
    let boxes = tensor::<f32>(&[1, 3, 4], [0.0, 0.0, 1.0, 1.0, 0.0, 0.1, 1.0, 1.1, 0.0, 5.0, 1.0, 6.0]);
    let scores = tensor::<f32>(&[1, 1, 3], [0.9, 0.8, 0.7]);
    let keep = |threshold: f32| {
        let case = Case::new("NonMaxSuppression")
            .known(boxes.clone())
            .known(scores.clone());
        let case = case.known(tensor::<i64>(&[1], [3])).known(tensor::<f32>(&[1], [0.5]));
        case.known(tensor::<f32>(&[1], [threshold])).run()
    };
    assert_eq!(keep(0.0), tensor::<i64>(&[2, 3], [0, 0, 0, 0, 0, 2]));
    assert_eq!(keep(0.75), tensor::<i64>(&[1, 3], [0, 0, 0]));
}

#[test]
fn comparing_boxes_is_work_that_is_bounded() {
    let case = || {
        let case = Case::new("NonMaxSuppression").input(ramp(&[1, 300, 4]));
        case.input(ramp(&[1, 2, 300])).input(Tensor::scalar(3_i64))
    };
    assert_eq!(case().run().shape().dims()[1], 3);
    let little = Limits {
        flops: 1_000_000,
        ..Limits::default()
    };
    let refused = case().within(little).refusal();
    assert!(
        refused.contains("is 1800000, over the limit of 1000000; --limit-flops"),
        "{refused}"
    );
}

#[test]
fn softmax_of_double_precision_is_that_of_single_precision_and_more_precise() {
    let numbers: Vec<f64> = (0..24).map(|at| f64::from((at * 5) % 11) - 4.0).collect();
    let single = tensor::<f32>(
        &[2, 3, 4],
        numbers.iter().map(|&number| number as f32).collect::<Vec<_>>(),
    );
    for (kind, axis, opset) in [
        ("Softmax", 1, 18),
        ("Softmax", -1, 18),
        ("LogSoftmax", 0, 18),
        ("Softmax", 1, 11),
    ] {
        let case = || Case::of("", kind, opset).int("axis", axis);
        let wide = case().input(tensor::<f64>(&[2, 3, 4], numbers.clone())).run();
        let narrow = case().input(single.clone()).run();
        let wide_numbers = wide.as_slice::<f64>().expect("double precision");
        let narrowed: Vec<f32> = wide_numbers.iter().map(|&number| number as f32).collect();
        assert_close(&tensor::<f32>(&[2, 3, 4], narrowed), &narrow, 1e-5);
        if axis == -1 {
            let sum: f64 = wide_numbers[..4].iter().sum();
            assert!((sum - 1.0).abs() < 1e-15, "{sum}");
        }
    }
}

#[test]
fn determinants_and_unit_matrices() {
    let matrices = tensor::<f32>(&[2, 2, 2], [0.0, 2.0, 3.0, 4.0, 1.0, 2.0, 2.0, 4.0]);
    Case::new("Det")
        .input(matrices)
        .gives(&tensor::<f32>(&[2], [-6.0, 0.0]));
    let eye = Case::new("EyeLike").int("k", 1).int("dtype", 7).input(ramp(&[2, 3]));
    eye.gives(&tensor::<i64>(&[2, 3], [0, 1, 0, 0, 0, 1]));
}

/// A stump on feature 0, and a second tree that always gives the same.
fn stumps(kind: &str, prefix: &str, ids: &[i64]) -> Case {
    let case = Case::of("ai.onnx.ml", kind, 3)
        .ints("nodes_treeids", &[0, 0, 0, 1])
        .ints("nodes_nodeids", &[0, 1, 2, 0]);
    let case = case
        .ints("nodes_featureids", &[0; 4])
        .with("nodes_modes", texts(&["BRANCH_LEQ", "LEAF", "LEAF", "LEAF"]));
    let case = case
        .with("nodes_values", floats(&[0.5, 0.0, 0.0, 0.0]))
        .ints("nodes_truenodeids", &[1, 0, 0, 0]);
    let case = case
        .ints("nodes_falsenodeids", &[2, 0, 0, 0])
        .ints(&format!("{prefix}_treeids"), &[0, 0, 1]);
    let case = case
        .ints(&format!("{prefix}_nodeids"), &[1, 2, 0])
        .ints(&format!("{prefix}_ids"), ids);
    case.with(&format!("{prefix}_weights"), floats(&[1.0, 2.0, 0.25]))
}

#[test]
fn trees_add_up_to_values_and_classes() {
    let x = || tensor::<f32>(&[2, 1], [0.0, 1.0]);
    let sum = stumps("TreeEnsembleRegressor", "target", &[0, 0, 0]).with("base_values", floats(&[10.0]));
    sum.input(x()).gives(&tensor::<f32>(&[2, 1], [11.25, 12.25]));
    let average = stumps("TreeEnsembleRegressor", "target", &[0, 0, 0]).text("aggregate_function", "AVERAGE");
    average.input(x()).gives(&tensor::<f32>(&[2, 1], [0.625, 1.125]));
    let classes = stumps("TreeEnsembleClassifier", "class", &[0, 1, 2]).ints("classlabels_int64s", &[4, 5, 6]);
    let outputs = classes.input(x()).outputs(2).expect("runs");
    assert_eq!(outputs[0], tensor::<i64>(&[2], [4, 5]));
    assert_eq!(outputs[1], tensor::<f32>(&[2, 3], [1.0, 0.0, 0.25, 0.0, 2.0, 0.25]));
    let narrow = stumps("TreeEnsembleRegressor", "target", &[0, 0, 1]).input(x());
    assert!(narrow.refusal().contains("beyond the 1 targets"));
    let two = stumps("TreeEnsembleClassifier", "class", &[0, 0, 0]).ints("classlabels_int64s", &[0, 1]);
    let two = two
        .with("base_values", floats(&[-2.0]))
        .text("post_transform", "LOGISTIC");
    let outputs = two
        .with("class_weights", floats(&[-1.0, 2.0, 0.25]))
        .input(x())
        .outputs(2)
        .expect("runs");
    assert_eq!(outputs[0], tensor::<i64>(&[2], [0, 1]));
    let yes = 1.0 / (1.0 + (-0.25_f32).exp());
    assert!((outputs[1].as_slice::<f32>().expect("floats")[3] - yes).abs() < 1e-5);
}

#[test]
fn support_vectors_vote() {
    let regression = Case::of("ai.onnx.ml", "SVMRegressor", 1)
        .text("kernel_type", "RBF")
        .int("n_supports", 2);
    let regression = regression
        .with("kernel_params", floats(&[1.0, 0.0, 3.0]))
        .with("rho", floats(&[0.5]));
    let regression = regression
        .with("support_vectors", floats(&[0.0, 1.0]))
        .with("coefficients", floats(&[1.0, -1.0]));
    let value = 1.0 - (-1.0_f32).exp() + 0.5;
    regression
        .input(tensor::<f32>(&[1, 1], [0.0]))
        .gives(&tensor::<f32>(&[1, 1], [value]));
    let votes = Case::of("ai.onnx.ml", "SVMClassifier", 1)
        .ints("classlabels_ints", &[3, 8])
        .ints("vectors_per_class", &[1, 1]);
    let votes = votes
        .with("support_vectors", floats(&[-1.0, 1.0]))
        .with("coefficients", floats(&[1.0, -1.0]));
    let outputs = votes
        .with("rho", floats(&[0.0]))
        .input(tensor::<f32>(&[2, 1], [-2.0, 2.0]))
        .outputs(2)
        .expect("runs");
    // The decision is -x - x: positive for the first class.
    assert_eq!(outputs[0], tensor::<i64>(&[2], [3, 8]));
}

#[test]
fn votes_decide_also_where_probabilities_favour_another_class() {
    let case = Case::of("ai.onnx.ml", "SVMClassifier", 1)
        .ints("classlabels_ints", &[0, 1])
        .ints("vectors_per_class", &[1, 1])
        .with("support_vectors", floats(&[1.0, -1.0]))
        .with("coefficients", floats(&[1.0, -1.0]))
        .with("rho", floats(&[0.0]))
        .with("prob_a", floats(&[-1.0]))
        .with("prob_b", floats(&[10.0]))
        .input(tensor::<f32>(&[2, 1], [1.0, -1.0]));
    let outputs = case.outputs(2).expect("runs");
    // ONNX Runtime 1.32 gives the same.
    assert_eq!(outputs[0], tensor::<i64>(&[2], [0, 1]));
    let shares = outputs[1].as_slice::<f32>().expect("floats");
    assert!(shares[1] > 0.999 && shares[3] > 0.999, "{shares:?}");
}

#[test]
fn features_are_filled_in_encoded_and_put_together() {
    let imputer = Case::of("ai.onnx.ml", "Imputer", 1).with("imputed_value_floats", floats(&[7.0, 8.0]));
    let imputer = imputer
        .float("replaced_value_float", f32::NAN)
        .input(tensor::<f32>(&[1, 2], [1.0, f32::NAN]));
    imputer.gives(&tensor::<f32>(&[1, 2], [1.0, 8.0]));
    let encoder = Case::of("ai.onnx.ml", "OneHotEncoder", 1)
        .ints("cats_int64s", &[5, 6])
        .input(tensor::<i64>(&[3], [6, 5, 9]));
    encoder.gives(&tensor::<f32>(&[3, 2], [0.0, 1.0, 1.0, 0.0, 0.0, 0.0]));
    let vectors = Case::of("ai.onnx.ml", "FeatureVectorizer", 1).ints("inputdimensions", &[1, 2]);
    let vectors = vectors
        .input(tensor::<f32>(&[2, 1], [1.0, 2.0]))
        .input(tensor::<f32>(&[2, 1], [3.0, 4.0]));
    vectors.gives(&tensor::<f32>(&[2, 3], [1.0, 3.0, 0.0, 2.0, 4.0, 0.0]));
}

#[test]
fn runs_of_items_are_counted_with_gaps() {
    let count = |gap: i64, mode: &str| {
        let case = Case::new("TfIdfVectorizer")
            .text("mode", mode)
            .int("min_gram_length", 1)
            .int("max_gram_length", 2);
        let case = case
            .int("max_skip_count", gap)
            .ints("ngram_counts", &[0, 2])
            .ints("ngram_indexes", &[0, 2, 1]);
        let case = case
            .ints("pool_int64s", &[5, 6, 5, 6])
            .with("weights", floats(&[1.0, 10.0, 100.0]));
        case.input(tensor::<i64>(&[2, 3], [5, 7, 6, 5, 6, 6]))
    };
    count(0, "TF").gives(&tensor::<f32>(&[2, 3], [1.0, 0.0, 1.0, 1.0, 1.0, 2.0]));
    count(1, "TF").gives(&tensor::<f32>(&[2, 3], [1.0, 1.0, 1.0, 1.0, 2.0, 2.0]));
    count(0, "TFIDF").gives(&tensor::<f32>(&[2, 3], [1.0, 0.0, 10.0, 1.0, 100.0, 20.0]));
    count(0, "IDF").gives(&tensor::<f32>(&[2, 3], [1.0, 0.0, 10.0, 1.0, 100.0, 10.0]));
}
