//! Models of real frameworks against the outputs of ONNX Runtime, which are stored beside them.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use crate::common::{engine, fixtures, models};
use gpu_worker::data::read_array;
use gpu_worker::model::{Limits, Model};
use gpu_worker::session::{Output, Session};
use gpu_worker::tensor::{Shape, Tensor};
use npyz::npz::NpzArchive;

/// How far a float32 result may lie from ONNX Runtime's, absolutely and in relation.
const TOLERANCE: f32 = 1e-4;

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

#[test]
fn the_same_input_gives_the_same_bytes() {
    for model in models() {
        let input = Tensor::new(
            Shape::new([3, 1, 8, 8]).expect("small"),
            (0..192).map(|i| i as f32 / 192.0).collect(),
        );
        let input = input.expect("as many as the shape holds");
        let run = || session(&model).run(std::slice::from_ref(&input)).expect("runs");
        assert_eq!(run(), run(), "{}", model.display());
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
    let outputs = session(model)
        .run(&[input])
        .unwrap_or_else(|error| panic!("{}: {error}", model.display()));
    let names: Vec<String> = archive
        .array_names()
        .map(str::to_owned)
        .filter(|name| name != "input")
        .collect();
    assert!(!names.is_empty(), "{} holds no output", reference.display());
    for name in names {
        let expected = read_array(&mut archive, &name).expect("an output");
        let found = outputs.iter().find(|output| output.name == name).unwrap_or(&outputs[0]);
        assert_agrees(&found.tensor, &expected, &format!("{} of {}", name, model.display()));
    }
}

fn assert_agrees(found: &Tensor, expected: &Tensor, what: &str) {
    assert_eq!(found.tensor_type(), expected.tensor_type(), "{what}");
    let (Ok(found), Ok(expected)) = (found.as_slice::<f32>(), expected.as_slice::<f32>()) else {
        assert_eq!(found, expected, "{what}");
        return;
    };
    for (at, (found, expected)) in found.iter().zip(expected).enumerate() {
        let is_close = (found - expected).abs() <= TOLERANCE * (1.0 + expected.abs());
        assert!(is_close, "{what}: element {at} is {found}, ONNX Runtime has {expected}");
    }
}
