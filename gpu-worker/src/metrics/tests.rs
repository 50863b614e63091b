//! Every metric against the values of scikit-learn and sacreBLEU in `metrics.json`, which e2e/models/metric_fixtures.py writes.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde::Deserialize;

use super::{Batch, Costs, Meter, Metric, MetricError, Targets};
use crate::model::Classes;
use crate::session::Output;
use crate::tensor::{Shape, Tensor};

/// How far a value may lie from the library's, in relation to it.
const TOLERANCE: f64 = 1e-12;

#[derive(Debug, Deserialize)]
struct Case {
    name: String,
    output: Stored,
    target: Stored,
    values: BTreeMap<String, Option<f64>>,
}

#[derive(Debug, Deserialize)]
struct Stored {
    r#type: String,
    shape: Vec<usize>,
    elements: Vec<Element>,
}

/// A number; null is none, and infinities are text.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Element {
    Number(f64),
    Text(String),
    None,
}

impl Element {
    fn number(&self) -> f64 {
        match self {
            Self::Number(number) => *number,
            Self::Text(text) => text.parse().expect("a number"),
            Self::None => f64::NAN,
        }
    }
}

impl Stored {
    fn tensor(&self) -> Tensor {
        let numbers = self.elements.iter().map(Element::number);
        let shape = Shape::new(self.shape.clone()).expect("small");
        match self.r#type.as_str() {
            "float32" => Tensor::new(shape, numbers.map(|number| number as f32).collect()),
            "float64" => Tensor::new(shape, numbers.collect::<Vec<_>>()),
            _ => Tensor::new(shape, numbers.map(|number| number as i64).collect()),
        }
        .expect("as many as the shape holds")
    }
}

fn cases() -> Vec<Case> {
    serde_json::from_str(include_str!("../../tests/fixtures/metrics.json")).expect("cases")
}

fn output(name: &str, tensor: Tensor) -> Output {
    Output {
        name: name.into(),
        tensor,
        classes: None,
    }
}

fn batch<'a>(outputs: &'a [Output], target: &'a Tensor) -> Batch<'a> {
    Batch {
        outputs,
        rows: outputs[0].tensor.shape().dims()[0],
        targets: Targets {
            name: "labels",
            tensor: target,
        },
    }
}

fn measure(metric: &str, output: &Tensor, target: &Tensor) -> Result<Meter, MetricError> {
    let outputs = [self::output("scores", output.clone())];
    let mut meter = Meter::new(metric.parse().expect("a metric"));
    meter.add(&batch(&outputs, target)).map(|()| meter)
}

/// The samples from one to another.
fn part(tensor: &Tensor, from: usize, to: usize) -> Tensor {
    let dims = tensor.shape().dims();
    let each = tensor.shape().elements() / dims[0];
    let shape = Shape::new([&[to - from], &dims[1..]].concat()).expect("smaller");
    let range = from * each..to * each;
    if let Ok(elements) = tensor.as_slice::<f32>() {
        return Tensor::new(shape, elements[range].to_vec()).expect("as many");
    }
    if let Ok(elements) = tensor.as_slice::<f64>() {
        return Tensor::new(shape, elements[range].to_vec()).expect("as many");
    }
    Tensor::new(shape, tensor.as_slice::<i64>().expect("integers")[range].to_vec()).expect("as many")
}

fn is_close(found: f64, expected: f64) -> bool {
    (found - expected).abs() <= TOLERANCE * expected.abs().max(1.0)
}

#[test]
fn every_metric_agrees_with_scikit_learn_and_sacrebleu() {
    let mut compared = 0;
    for case in cases() {
        let (output, target) = (case.output.tensor(), case.target.tensor());
        for (metric, expected) in &case.values {
            let meter =
                measure(metric, &output, &target).unwrap_or_else(|error| panic!("{}, {metric}: {error}", case.name));
            let found = meter.value(&Costs::default());
            match (found, expected) {
                (Ok(found), Some(expected)) => {
                    assert!(
                        is_close(found, *expected),
                        "{}, {metric}: {found} instead of {expected}",
                        case.name
                    );
                    let [least, greatest] = super::range(&meter.metric());
                    assert!(
                        least.is_none_or(|least| least <= found) && greatest.is_none_or(|greatest| found <= greatest)
                    );
                }
                (Err(_), None) => {}
                (found, expected) => panic!("{}, {metric}: {found:?} instead of {expected:?}", case.name),
            }
            compared += 1;
        }
    }
    assert!(compared > 60, "{compared}");
}

proptest! {
    // Each case measures the whole fixture.
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn batches_and_merged_parts_give_the_same_value(cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..4)) {
        for case in cases() {
            let (output, target) = (case.output.tensor(), case.target.tensor());
            let samples = target.shape().dims()[0];
            let mut ends: Vec<usize> = cuts.iter().map(|cut| cut.index(samples)).chain([0, samples]).collect();
            ends.sort_unstable();
            ends.dedup();
            for metric in case.values.keys() {
                let whole = measure(metric, &output, &target).expect("as the other test shows");
                let (mut streamed, mut merged) = (Meter::new(whole.metric()), Meter::new(whole.metric()));
                for ends in ends.windows(2) {
                    let (output, target) = (part(&output, ends[0], ends[1]), part(&target, ends[0], ends[1]));
                    let outputs = [self::output("scores", output.clone())];
                    streamed.add(&batch(&outputs, &target)).expect("as the whole");
                    merged.merge(measure(metric, &output, &target).expect("as the whole")).expect("of one kind");
                }
                let costs = Costs::default();
                match whole.value(&costs) {
                    Ok(value) => {
                        prop_assert!(is_close(streamed.value(&costs).expect("as the whole"), value), "{metric}: {}", case.name);
                        prop_assert!(is_close(merged.value(&costs).expect("as the whole"), value), "{metric}: {}", case.name);
                    }
                    Err(undefined) => {
                        prop_assert_eq!(streamed.value(&costs), Err(undefined));
                        prop_assert_eq!(merged.value(&costs), Err(undefined));
                    }
                }
            }
        }
    }
}

#[test]
fn no_metric_has_a_value_of_nothing() {
    for metric in [
        "accuracy",
        "top-k:3",
        "f1",
        "roc-auc",
        "log-loss",
        "perplexity",
        "mse",
        "r2",
        "bleu",
        "chrf",
        "mean-iou",
    ] {
        let score = Meter::new(metric.parse().expect("a metric")).score(&Costs::default());
        assert_eq!(
            score.undefined.as_deref(),
            Some("there are no samples to measure"),
            "{metric}"
        );
        assert_eq!(score.value, None);
    }
}

#[test]
fn costs_are_scores_of_which_less_is_better() {
    let costs = Costs {
        bytes: 1000,
        flops: 50,
        milliseconds: 0.25,
    };
    for (metric, value) in [("size", 1000.0), ("flops", 50.0), ("latency", 0.25)] {
        let score = Meter::new(metric.parse().expect("a metric")).score(&costs);
        assert_eq!((score.value, score.higher_is_better), (Some(value), false), "{metric}");
    }
}

#[test]
fn predictions_that_are_no_numbers_are_wrong() {
    let scores = Tensor::new(Shape::new([2, 2]).expect("small"), vec![f32::NAN, 1.0, 0.0, 1.0]).expect("four");
    let labels = Tensor::vector(vec![1_i64, 1]).expect("two");
    for (metric, expected) in [
        ("accuracy", 0.5),
        ("top-k:2", 0.5),
        ("f1:macro", 2.0 / 3.0),
        ("f1:micro", 2.0 / 3.0),
    ] {
        let value = measure(metric, &scores, &labels)
            .expect("fits")
            .value(&Costs::default());
        assert_eq!(value, Ok(expected), "{metric}");
    }
}

#[test]
fn samples_that_only_fill_a_batch_up_do_not_count() {
    let scores = Tensor::new(
        Shape::new([3, 2]).expect("small"),
        vec![0.0_f32, 1.0, 1.0, 0.0, 1.0, 0.0],
    )
    .expect("six");
    let labels = Tensor::vector(vec![1_i64, 0]).expect("two");
    for metric in ["accuracy", "top-k:1", "roc-auc"] {
        let value = measure(metric, &scores, &labels)
            .expect("fits")
            .value(&Costs::default());
        assert_eq!(value, Ok(1.0), "{metric}");
    }
}

#[test]
fn classes_that_the_model_names_are_its_columns() {
    let mut outputs = [output(
        "scores",
        Tensor::new(
            Shape::new([2, 3]).expect("small"),
            vec![0.1_f32, 0.7, 0.2, 0.6, 0.3, 0.1],
        )
        .expect("six"),
    )];
    outputs[0].classes = Some(Classes::Integers(vec![10, 20, 30]));
    let labels = Tensor::vector(vec![20_i64, 20]).expect("two");
    for (metric, expected) in [
        ("accuracy", 0.5),
        ("top-k:2", 1.0),
        ("log-loss", -(0.7_f32 as f64 * 0.3_f32 as f64).ln() / 2.0),
    ] {
        let mut meter = Meter::new(metric.parse().expect("a metric"));
        meter.add(&batch(&outputs, &labels)).expect("fits");
        assert!(
            is_close(meter.value(&Costs::default()).expect("defined"), expected),
            "{metric}"
        );
    }
    let unknown = Tensor::vector(vec![20_i64, 7]).expect("two");
    let refused = Meter::new(Metric::TopK(1))
        .add(&batch(&outputs, &unknown))
        .expect_err("no class 7");
    assert_eq!(
        refused.to_string(),
        "top-k:1: 'labels' has the class 7, for which the model's output 'scores' has no column (3 columns)"
    );
}

#[test]
fn what_does_not_fit_is_named() {
    let scores = Tensor::new(Shape::new([2, 3]).expect("small"), vec![0.0_f32; 6]).expect("six");
    let labels = Tensor::vector(vec![0_i64, 1]).expect("two");
    let floats = Tensor::vector(vec![0.5_f64, 1.0]).expect("two");
    for (metric, target, expected) in [
        (
            "accuracy",
            &floats,
            "accuracy needs targets of one integer a sample; 'labels' is float64[2]",
        ),
        (
            "bleu",
            &labels,
            "bleu needs targets of token ids, integers in the shape [samples, length]; 'labels' is int64[2]",
        ),
        (
            "mse",
            &floats,
            "mse needs an output of float32[2, 1], as many numbers as 'labels' has; the model gives 'scores' float32[2, 3]",
        ),
        (
            "mean-iou",
            &floats,
            "mean-iou needs targets of classes, integers; 'labels' is float64[2]",
        ),
    ] {
        assert_eq!(
            measure(metric, &scores, target).expect_err("does not fit").to_string(),
            expected
        );
    }
}

#[test]
fn only_measures_of_one_kind_merge() {
    assert!(
        Meter::new(Metric::R2)
            .merge(Meter::new(Metric::MeanSquaredError))
            .is_err()
    );
}
