//! Models of real frameworks against the outputs of ONNX Runtime, which are stored beside them.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::common::{digits, engine, fixtures, models, quantised};
use gpu_worker::conformance::Deviation;
use gpu_worker::data::{DataOptions, Dataset, read_array};
use gpu_worker::model::{Dim, Limits, Model};
use gpu_worker::plan::Place;
use gpu_worker::session::{Output, Session};
use gpu_worker::tensor::{DataType, Shape, Tensor, TensorType};
use npyz::npz::NpzArchive;

/// How far a float32 result may lie from ONNX Runtime's, in relation to the largest of the output: the bound that DETERMINISM.md states.
const BOUND: f64 = 1e-5;
/// The same of a float16 result: a step of half precision of the largest number is 4.9e-4 to 9.8e-4 of it.
const HALF_BOUND: f64 = 2e-3;
/// The same of a quantised network's: codes that lie halfway are rounded to one side or the other by the last bit of a sum, and a code at
/// its end is up to a hundredth of the largest number.
const QUANTISED_BOUND: f64 = 2.5e-2;

#[test]
fn digits_models_agree_with_onnx_runtime() {
    for model in models() {
        let name = model.file_stem().expect("a name").to_str().expect("text");
        compare(&model, &model.with_file_name("reference").join(format!("{name}.npz")));
    }
}

#[test]
fn models_of_other_exporters_agree_with_onnx_runtime() {
    for model in fixtures() {
        compare(&model, &model.with_extension("npz"));
    }
}

/// Which is of half precision, exported by PyTorch.
fn half() -> PathBuf {
    let is_half = |path: &PathBuf| path.file_stem().is_some_and(|name| name == "torch-half");
    fixtures().into_iter().find(is_half).expect("half_fixtures.py wrote it")
}

#[test]
fn a_model_of_half_precision_runs_on_the_device_and_gives_the_same_bytes() {
    let shape = Shape::new([5, 1, 8, 8]).expect("small");
    let numbers = (0..320).map(|i| f64::from(i) / 320.0);
    let input = Tensor::from_floats(DataType::Float16, shape, numbers).expect("as many as the shape holds");
    let run = || {
        let mut session = session(&half());
        let types: Vec<TensorType> = vec![input.tensor_type()];
        let plan = session.prepare(&types).expect("planned");
        assert!(
            plan.places.iter().all(|(place, _)| *place != Place::Host),
            "{:?}",
            plan.places
        );
        session.run(std::slice::from_ref(&input)).expect("runs")
    };
    assert_eq!(run(), run());
}

#[test]
fn quantised_networks_run_on_the_device_and_agree_with_onnx_runtime() {
    for model in quantised() {
        let reference = File::open(model.with_extension("npz")).expect("quantised_fixtures.py wrote it");
        let mut archive = NpzArchive::new(reference).expect("an archive");
        let mut read = |name: &str| read_array(&mut archive, name).expect("an array");
        let (input, expected) = (read("input"), read("logits"));
        let mut session = session(&model);
        let plan = session.prepare(&[input.tensor_type()]).expect("planned");
        let is_on_host = |(place, _): &(Place, u64)| *place == Place::Host;
        assert!(!plan.places.iter().any(is_on_host), "{:?}", plan.places);
        let found = session.run(&[input]).expect("runs").remove(0).tensor;
        let labels = |scores: &Tensor| -> Vec<usize> {
            let rows = scores.as_slice::<f32>().expect("scores").chunks(10);
            let best = |row: &[f32]| (0..10).max_by(|&x, &y| row[x].total_cmp(&row[y])).expect("ten");
            rows.map(best).collect()
        };
        assert_eq!(labels(&found), labels(&expected), "{}", model.display());
        let deviation = Deviation::of_tensors(&found, &expected);
        println!("{}: {deviation:?}", model.display());
        assert!(
            deviation.relative <= QUANTISED_BOUND,
            "{}: {deviation:?}",
            model.display()
        );
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    for model in models().into_iter().chain(quantised()) {
        let input = Tensor::new(
            Shape::new([3, 1, 8, 8]).expect("small"),
            (0..192).map(|i| i as f32 / 192.0).collect(),
        );
        let input = input.expect("as many as the shape holds");
        let run = || session(&model).run(std::slice::from_ref(&input)).expect("runs");
        assert_eq!(run(), run(), "{}", model.display());
    }
}

/// A label could only be another on another adapter if the two best scores of a sample were closer than both can be off.
#[test]
fn no_label_of_the_digits_hangs_on_the_adapter() {
    let data = Dataset::open(&digits(), &DataOptions::default()).expect("the digits");
    let all: Vec<usize> = (0..data.len()).collect();
    for model in models() {
        let mut session = session(&model);
        let dims = session.model().graph().inputs[0].dims.clone().expect("stated");
        let fixed = |dim: &Dim| {
            if let Dim::Fixed(length) = dim {
                Some(*length)
            } else {
                None
            }
        };
        let dims: Vec<usize> = dims[1..]
            .iter()
            .map(|dim| fixed(dim).expect("only the batch varies"))
            .collect();
        let outputs = session.run(&[data.batch(&all, &dims).expect("samples")]).expect("runs");
        let is_scores = |output: &&Output| matches!(output.tensor.shape().dims(), [_, 10]);
        let scores = outputs
            .iter()
            .find(is_scores)
            .expect("scores")
            .tensor
            .as_slice::<f32>()
            .expect("floats");
        let largest = scores.iter().fold(1.0_f32, |most, score| most.max(score.abs()));
        let margin = scores.chunks(10).map(|row| {
            let mut row = row.to_vec();
            row.sort_by(f32::total_cmp);
            row[9] - row[8]
        });
        let margin = f64::from(margin.fold(f32::MAX, f32::min) / largest);
        println!(
            "{}: the closest two scores are {margin:.1e} of the largest apart",
            model.display()
        );
        assert!(margin > 2.0 * BOUND, "{}: {margin}", model.display());
    }
}

#[test]
fn one_session_runs_batches_of_any_size() {
    let model = &models()[0];
    let mut session = session(model);
    let pixels = |count: usize| (0..count * 64).map(|i| (i % 64) as f32 / 64.0).collect::<Vec<_>>();
    let batch =
        |count: usize| Tensor::new(Shape::new([count, 1, 8, 8]).expect("small"), pixels(count)).expect("as many");
    let rows = |outputs: Vec<Output>| outputs[0].tensor.as_slice::<f32>().expect("scores").to_vec();
    let single = rows(session.run(&[batch(1)]).expect("runs"));
    for count in [5, 2, 7, 1, 3, 5, 64] {
        let scores = rows(session.run(&[batch(count)]).expect("runs"));
        assert!(
            scores.chunks(single.len()).all(|row| row == single),
            "a batch of {count}"
        );
    }
}

fn session(model: &Path) -> Session {
    let bytes = std::fs::read(model).expect("a model");
    let model = Model::load(&bytes, &Limits::default()).unwrap_or_else(|error| panic!("{}: {error}", model.display()));
    Session::new(engine(), Arc::new(model))
}

fn compare(model: &Path, reference: &Path) {
    let mut archive = NpzArchive::new(File::open(reference).expect("a reference")).expect("an archive");
    let input = read_array(&mut archive, "input").expect("an input");
    let mut session = session(model);
    // Archives hold half precision as single precision.
    let precision = session.model().graph().inputs[0].data_type;
    let narrowed = |tensor: Tensor| tensor.narrowed(precision).expect("as it is, or of half precision");
    let outputs = session
        .run(&[narrowed(input)])
        .unwrap_or_else(|error| panic!("{}: {error}", model.display()));
    let names: Vec<String> = archive
        .array_names()
        .map(str::to_owned)
        .filter(|name| name != "input")
        .collect();
    assert!(!names.is_empty(), "{} holds no output", reference.display());
    for name in names {
        let expected = narrowed(read_array(&mut archive, &name).expect("an output"));
        let found = outputs.iter().find(|output| output.name == name).unwrap_or(&outputs[0]);
        assert_agrees(&found.tensor, &expected, &format!("{} of {}", name, model.display()));
    }
}

fn assert_agrees(found: &Tensor, expected: &Tensor, what: &str) {
    assert_eq!(found.tensor_type(), expected.tensor_type(), "{what}");
    let bound = match found.data_type() {
        DataType::Float32 => BOUND,
        DataType::Float16 => HALF_BOUND,
        _ => {
            assert_eq!(found, expected, "{what}");
            return;
        }
    };
    let is_finite = |tensor: &Tensor| tensor.to_floats().expect("numbers").iter().all(|v| v.is_finite());
    assert!(is_finite(found) && is_finite(expected), "{what}");
    let deviation = Deviation::of_tensors(found, expected);
    let Deviation {
        elements,
        same,
        ulps,
        relative,
    } = deviation;
    println!("{what}: {same} of {elements} the same, {ulps} ULPs, {relative:.1e} of the largest number");
    assert!(relative <= bound, "{what}: {deviation:?}");
}
