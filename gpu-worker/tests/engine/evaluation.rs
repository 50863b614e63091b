//! `inktensor eval`, `inspect` and `doctor` as a user or a validator runs them.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::time::Duration;

use crate::common::{digits, engine, models};
use crate::onnx::{file, graph, int_attribute, integers, node, on_digits, value};
use gpu_worker::data::{DataOptions, Dataset};
use gpu_worker::evaluation::{
    Evaluation, Options, Reason, Request, Sample, Sandbox, Verdict, evaluate_in_child, open_data_in_child,
};
use gpu_worker::gpu::AdapterChoice;
use gpu_worker::hash::{Hash, Hasher};
use gpu_worker::model::{Limits, Model};
use gpu_worker::session::Session;
use npyz::WriterBuilder;
use npyz::npz::NpzWriter;
use serde_json::Value;

const PROGRAM: &str = env!("CARGO_BIN_EXE_inktensor");

fn run(arguments: &[&str]) -> Output {
    Command::new(PROGRAM)
        .args(arguments)
        .output()
        .expect("inktensor starts")
}

/// Runs with `--json`, and reads the one object on standard output.
pub fn run_json(arguments: &[&str]) -> (Option<i32>, Value) {
    let output = run(&[arguments, &["--json"]].concat());
    let text = String::from_utf8(output.stdout).expect("text");
    (
        output.status.code(),
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}")),
    )
}

pub fn text(path: &Path) -> &str {
    path.to_str().expect("a path of text")
}

pub fn request(model: &Path) -> Request {
    Request {
        model: model.to_owned(),
        data: digits(),
        data_options: DataOptions::default(),
        hash: None,
        adapter: AdapterChoice::from(std::env::var("INKTENSOR_ADAPTER").ok()),
        limits: Limits::default(),
        options: Options::default(),
    }
}

pub fn sandbox() -> Sandbox {
    Sandbox {
        program: PROGRAM.into(),
        timeout: Duration::from_secs(600),
        memory_bytes: 8 << 30,
        is_confined: true,
    }
}

pub fn evaluation(verdict: Verdict) -> Evaluation {
    match verdict {
        Verdict::Ok(evaluation) => *evaluation,
        failed @ Verdict::Failed { .. } => panic!("{failed:?}"),
    }
}

pub fn failure(verdict: Verdict) -> (Reason, String) {
    match verdict {
        Verdict::Failed { reason, message, .. } => (reason, message),
        Verdict::Ok(evaluation) => panic!("{evaluation:?}"),
    }
}

/// Accuracies that ONNX Runtime measured, from the table beside the models.
fn expected(model: &Path) -> (f64, Hash) {
    let table = std::fs::read(model.with_file_name("models.json")).expect("a table");
    let table: Value = serde_json::from_slice(&table).expect("JSON");
    let name = model.file_name().expect("a name").to_str().expect("text");
    let rows = table["models"].as_array().expect("rows");
    let row = rows
        .iter()
        .find(|row| row["file"] == name)
        .expect("a row for each model");
    (
        row["accuracy"].as_f64().expect("a number"),
        row["blake2_256"].as_str().expect("text").parse().expect("a hash"),
    )
}

pub fn saved(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, bytes).expect("written");
    path
}

#[test]
fn every_digits_model_is_as_accurate_as_onnx_runtime_says() {
    for model in models() {
        let (accuracy, hash) = expected(&model);
        let found = evaluation(evaluate_in_child(
            &Request {
                hash: Some(hash),
                ..request(&model)
            },
            &sandbox(),
        ));
        let measured = found.scores[0].value.expect("defined");
        assert!(
            (measured - accuracy).abs() < 1e-6,
            "{}: {measured} instead of {accuracy}",
            model.display()
        );
        assert_eq!(found.classes.expect("classes").accuracy, measured);
        assert_eq!((found.samples, found.model.hash), (600, hash));
        assert_eq!((found.probes.len(), found.probes[0].len()), (32, 10));
    }
}

#[test]
fn a_drawn_sample_is_evaluated_and_probes_stay_the_same() {
    let model = &models()[0];
    let draw = |seed: u8| {
        let sample = Some(Sample {
            seed: Hash([seed; 32]),
            size: 100,
        });
        let options = Options {
            sample,
            batch: 33,
            ..Options::default()
        };
        evaluation(evaluate_in_child(
            &Request {
                options,
                ..request(model)
            },
            &sandbox(),
        ))
    };
    let (first, second) = (draw(1), draw(2));
    assert_eq!((first.samples, second.samples), (100, 100));
    assert_ne!(first.outputs_hash, second.outputs_hash);
    assert_eq!(first.probes, second.probes);
}

#[test]
fn the_same_bytes_come_out_of_every_process() {
    for model in models() {
        let request = Request {
            options: Options {
                batch: 50,
                sample: Some(Sample {
                    seed: Hash([7; 32]),
                    size: 150,
                }),
                ..Options::default()
            },
            ..request(&model)
        };
        let here = evaluation(request.evaluate(&mut |_, _| {}));
        for _ in 0..2 {
            let there = evaluation(evaluate_in_child(&request, &sandbox()));
            assert_eq!(there.outputs_hash, here.outputs_hash, "{}", model.display());
            assert_eq!(there.probes, here.probes, "{}", model.display());
        }
    }
}

#[test]
fn each_failure_has_its_reason() {
    let folder = tempfile::tempdir().expect("a folder");
    let bytes = std::fs::read(&models()[0]).expect("a model");
    let judge = |request: &Request| failure(evaluate_in_child(request, &sandbox()));

    let (reason, message) = judge(&Request {
        hash: Some(Hash([1; 32])),
        ..request(&models()[0])
    });
    assert_eq!(reason, Reason::HashMismatch, "{message}");
    let cut = saved(folder.path(), "cut.onnx", &bytes[..bytes.len() / 2]);
    assert_eq!(judge(&request(&cut)).0, Reason::InvalidModel);
    let (reason, message) = judge(&request(&folder.path().join("none.onnx")));
    assert_eq!(reason, Reason::ModelUnreadable, "{message}");
    let small = Limits {
        bytes: 100,
        ..Limits::default()
    };
    let (reason, message) = judge(&Request {
        limits: small,
        ..request(&models()[0])
    });
    assert_eq!(reason, Reason::TooLarge);
    assert!(
        message.contains("over the limit of 100; --limit-bytes raises it"),
        "{message}"
    );
    let no_data = saved(folder.path(), "data.npz", b"no archive");
    let (reason, _) = judge(&Request {
        data: no_data,
        ..request(&models()[0])
    });
    assert_eq!(reason, Reason::BadData);
    assert!(!reason.is_fault_of_model());
    let (reason, message) = judge(&Request {
        adapter: AdapterChoice::Named("no such".into()),
        ..request(&models()[0])
    });
    assert_eq!(reason, Reason::NoAdapter);
    assert!(message.contains("no adapter's name contains 'no such'"), "{message}");
}

#[test]
fn the_parent_survives_whatever_becomes_of_the_child() {
    let model = &models()[0];
    let no_time = Sandbox {
        timeout: Duration::ZERO,
        ..sandbox()
    };
    assert_eq!(
        failure(evaluate_in_child(&request(model), &no_time)).0,
        Reason::TimedOut
    );
    let no_program = Sandbox {
        program: "/no/such/program".into(),
        ..sandbox()
    };
    assert_eq!(
        failure(evaluate_in_child(&request(model), &no_program)).0,
        Reason::WorkerFailed
    );
}

#[test]
fn a_child_ends_with_the_process_that_asked_for_it() {
    let (model, data) = (models()[0].clone(), digits());
    let arguments = [
        "eval",
        text(&model),
        "--data",
        text(&data),
        "--json",
        "--end-with-stdin",
    ];
    // Standard input is at its end from the beginning, as if the parent were gone.
    let output = Command::new(PROGRAM)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .expect("inktensor starts");
    assert!(!output.status.success());
    assert!(output.stdout.is_empty(), "it went on to the verdict");
}

#[cfg(target_os = "linux")]
#[test]
fn memory_is_bounded() {
    let little = Sandbox {
        memory_bytes: 24 << 20,
        ..sandbox()
    };
    let (reason, message) = failure(evaluate_in_child(&request(&models()[0]), &little));
    // Whether the allocator or the driver hits the bound first is theirs.
    assert!(
        matches!(
            reason,
            Reason::OutOfMemory | Reason::Crashed | Reason::NoAdapter | Reason::DeviceFailed
        ),
        "{reason:?}: {message}"
    );
}

#[test]
fn the_command_prints_one_object_and_tells_by_its_exit_code() {
    let model = &models()[0];
    let (model, data) = (text(model), digits());
    let (code, verdict) = run_json(&["eval", model, "--data", text(&data)]);
    assert_eq!((code, &verdict["verdict"]), (Some(0), &Value::from("ok")));
    let (code, verdict) = run_json(&["eval", model, "--data", text(&data), "--hash", &"0".repeat(64)]);
    assert_eq!((code, &verdict["reason"]), (Some(1), &Value::from("hash_mismatch")));
    assert_eq!(run(&["eval", model]).status.code(), Some(2));
    assert_eq!(
        run(&["eval", model, "--data", text(&data), "--hash", "xyz"])
            .status
            .code(),
        Some(2)
    );
}

#[test]
fn inspection_tells_interface_and_costs_or_the_refusal() {
    let cnn = models()
        .into_iter()
        .find(|path| text(path).ends_with("digits-cnn.onnx"))
        .expect("the CNN");
    let (code, found) = run_json(&["inspect", text(&cnn), "--batch", "2"]);
    assert_eq!(code, Some(0));
    assert_eq!(found["inputs"][0]["name"], "images");
    assert_eq!(found["outputs"][0]["dims"], serde_json::json!([2, 10]));
    assert!(found["flops"].as_u64().expect("a number") > 0);
    let operators: Vec<&str> = found["operators"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|row| row["operator"].as_str())
        .collect();
    assert_eq!(operators, ["Conv", "Gemm", "MaxPool", "Relu", "Reshape"]);
    let (code, found) = run_json(&["inspect", text(&cnn), "--limit-nodes", "2"]);
    assert_eq!(
        (code, &found["refused"]["reason"]),
        (Some(1), &Value::from("too_large"))
    );
}

#[test]
fn the_doctor_finds_the_adapter_that_the_tests_run_on() {
    let (code, diagnosis) = run_json(&["doctor"]);
    assert_eq!(code, Some(0));
    assert_eq!(diagnosis["adapters"][0]["problem"], Value::Null);
    if cfg!(target_os = "linux") {
        assert_eq!(diagnosis["confinement"]["no_network"], true);
        assert_eq!(diagnosis["confinement_problem"], Value::Null);
    }
}

#[test]
fn wider_vectors_are_taken_where_they_are_faster_and_nobody_chose_others() {
    let adapter = |width: Option<&str>| {
        let mut doctor = Command::new(PROGRAM);
        doctor.args(["doctor", "--json"]).env_remove("LP_NATIVE_VECTOR_WIDTH");
        doctor.envs(width.map(|width| ("LP_NATIVE_VECTOR_WIDTH", width)));
        let output = doctor.output().expect("it runs");
        let diagnosis: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        diagnosis["adapters"][0]["name"].as_str().unwrap_or_default().to_owned()
    };
    let chosen = adapter(Some("128"));
    assert!(
        !chosen.starts_with("llvmpipe") || chosen.contains("128 bits"),
        "{chosen}"
    );
    if let Some((_, bits)) = gpu_worker::gpu::variable_for_wider_vectors() {
        let wider = adapter(None);
        assert!(wider.contains(&format!("{bits} bits")), "{wider}");
    }
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

#[test]
fn several_metrics_are_measured_at_once_and_tell_which_way_they_count() {
    let model = models().into_iter().find(|path| text(path).ends_with("mlp-small.onnx"));
    let (model, data) = (model.expect("the perceptron"), digits());
    let arguments = ["eval", text(&model), "--data", text(&data)];
    let metrics = [
        "accuracy",
        "top-k:10",
        "f1:micro",
        "roc-auc:logits",
        "log-loss:logits",
        "size",
    ];
    let flags: Vec<&str> = metrics.iter().flat_map(|metric| ["--metric", metric]).collect();
    let (code, found) = run_json(&[&arguments[..], &flags].concat());
    assert_eq!(code, Some(0), "{found}");
    let scores = found["scores"].as_array().expect("scores");
    let value = |at: usize| scores[at]["value"].as_f64().expect("a number");
    for (at, metric) in metrics.iter().enumerate() {
        assert_eq!(scores[at]["metric"], *metric);
        assert_eq!(scores[at]["higher_is_better"], at < 4, "{metric}");
    }
    // With one class a sample, micro-averaged F1 is accuracy; one of ten is always among the first ten.
    assert_eq!(
        (value(0), value(1)),
        (found["accuracy"].as_f64().expect("a number"), 1.0)
    );
    assert!((value(2) - value(0)).abs() < 1e-12);
    assert!(value(3) > 0.95 && value(4) < 1.0, "{found}");
    assert_eq!(value(5), std::fs::metadata(&model).expect("a file").len() as f64);
    assert_eq!(found["data"]["targets"], "labels");

    let (code, found) = run_json(&[&arguments[..], &["--metric", "bleu"]].concat());
    assert_eq!((code, &found["reason"]), (Some(1), &Value::from("bad_data")));
    let message = found["message"].as_str().expect("text");
    assert!(message.contains("'labels' is int64[64]"), "{message}");
    assert_eq!(
        run(&[&arguments[..], &["--metric", "guess"]].concat()).status.code(),
        Some(2)
    );
}

#[test]
fn weights_beside_a_graph_or_in_a_bundle_make_the_same_model() {
    let whole = models()
        .into_iter()
        .find(|path| text(path).ends_with("mlp-small.onnx"))
        .expect("the perceptron");
    let folder = tempfile::tempdir().expect("a folder");
    let bundle = folder.path().join("mlp.bundle");
    let beside = fixture("beside/mlp.onnx");
    let (code, told) = run_json(&["bundle", text(&beside), "--out", text(&bundle)]);
    assert_eq!(
        (code, &told["files"]),
        (Some(0), &serde_json::json!(["mlp.onnx", "mlp.safetensors"]))
    );
    let judge = |model: &Path| evaluation(evaluate_in_child(&request(model), &sandbox()));
    let (whole, beside, bundled) = (judge(&whole), judge(&beside), judge(&bundle));
    assert_eq!(whole.outputs_hash, beside.outputs_hash);
    assert_eq!(whole.outputs_hash, bundled.outputs_hash);
    assert_eq!(Value::from(bundled.model.hash.to_string()), told["hash"]);
    let (code, found) = run_json(&["inspect", text(&bundle)]);
    assert_eq!((code, &found["model"]["bytes"]), (Some(0), &told["bytes"]));

    // Without the file that its metadata names, or with another, there is no model.
    let graph = saved(
        folder.path(),
        "mlp.onnx",
        &std::fs::read(fixture("beside/mlp.onnx")).expect("a graph"),
    );
    let judge = |model: &Path| failure(evaluate_in_child(&request(model), &sandbox())).0;
    assert_eq!(judge(&graph), Reason::ModelUnreadable);
    saved(folder.path(), "mlp.safetensors", b"other weights");
    assert_eq!(judge(&graph), Reason::HashMismatch);
}

#[test]
fn a_table_of_another_shape_than_the_model_takes_is_named() {
    let data = fixture("data/pandas.parquet");
    let wrong = Request {
        data,
        ..request(&models()[0])
    };
    let (reason, message) = failure(evaluate_in_child(&wrong, &sandbox()));
    assert_eq!(reason, Reason::WrongInterface);
    assert!(
        message.ends_with("but the samples 'features' are float32[4]"),
        "{message}"
    );
}

/// The hash of what a session gives for batches of the digits one by one, each waited for.
fn hash_of_single_batches(model: &Path, batch: usize) -> Hash {
    let model = Model::load(&std::fs::read(model).expect("a model"), &Limits::default()).expect("it loads");
    let data = Dataset::open(&digits(), &DataOptions::default()).expect("the digits");
    let mut session = Session::new(engine(), Arc::new(model));
    let mut hasher = Hasher::new();
    let samples: Vec<usize> = (0..data.len()).collect();
    for samples in samples.chunks(batch) {
        let input = data.batch(samples, data.sample_shape().dims()).expect("samples");
        for output in session.run(&[input]).expect("it runs") {
            let scores = output.tensor.as_slice::<f32>().expect("scores");
            scores.iter().for_each(|score| hasher.update(&score.to_le_bytes()));
        }
    }
    hasher.finish()
}

#[test]
fn batches_that_overlap_give_the_same_bytes_in_the_same_order() {
    let model = &models()[0];
    for batch in [7, 64, 600] {
        let options = Options {
            batch,
            ..Options::default()
        };
        let found = evaluation(
            Request {
                options,
                ..request(model)
            }
            .evaluate(&mut |_, _| {}),
        );
        assert_eq!(found.outputs_hash, hash_of_single_batches(model, batch), "{batch}");
    }
}

/// A model of `batch` digits at once, any number if it is 0, that takes 16 KiB a digit on its way.
fn takes_memory(batch: i64) -> Vec<u8> {
    let nodes = vec![
        node("Tile", &["x", "times"], &["many"], &[]),
        node("ReduceMax", &["many", "axes"], &["pixels"], &[]),
        node("Flatten", &["pixels"], &["y"], &[]),
    ];
    let initializers = vec![integers("times", &[4], &[1, 64, 1, 1]), integers("axes", &[1], &[1])];
    let [input, output] = [value("x", &[batch, 1, 8, 8]), value("y", &[batch, 64])];
    file(graph(nodes, initializers, &[input], &[output]))
}

#[test]
fn batches_are_halved_until_they_fit() {
    let folder = tempfile::tempdir().expect("a folder");
    let within = |model: &Path, kibibytes: u64| {
        let limits = Limits {
            tensor_bytes: kibibytes << 10,
            ..Limits::default()
        };
        Request {
            limits,
            ..request(model)
        }
        .evaluate(&mut |_, _| {})
    };
    let open = saved(folder.path(), "open.onnx", &takes_memory(0));
    let all = evaluation(within(&open, 64 * 16));
    let some = evaluation(within(&open, 20 * 16));
    assert_eq!([all.timing.batch, some.timing.batch], [64, 16]);
    assert_eq!((all.outputs_hash, all.scores), (some.outputs_hash, some.scores));
    let fixed = saved(folder.path(), "fixed.onnx", &takes_memory(64));
    for (model, kibibytes) in [(&open, 15), (&fixed, 20 * 16)] {
        let (reason, message) = failure(within(model, kibibytes));
        assert_eq!(reason, Reason::TooLarge, "{message}");
        assert!(message.contains("'many'"), "{message}");
    }
}

/// A model that looks up in a table of `length` rows how much less than `most` ink a digit has, and so fails for a light one.
fn looks_lightness_up(most: i64, length: i64) -> Vec<u8> {
    let nodes = vec![
        node("Flatten", &["x"], &["pixels"], &[]),
        node(
            "ReduceSum",
            &["pixels", "axes"],
            &["ink"],
            &[int_attribute("keepdims", 0)],
        ),
        node("Cast", &["ink"], &["whole"], &[int_attribute("to", 7)]),
        node("Sub", &["most", "whole"], &["row"], &[]),
        node("ConstantOfShape", &["shape"], &["table"], &[]),
        node("Gather", &["table", "row"], &["y"], &[]),
    ];
    on_digits(
        nodes,
        vec![
            integers("axes", &[1], &[1]),
            integers("most", &[], &[most]),
            integers("shape", &[2], &[length, 64]),
        ],
    )
}

#[test]
fn a_failure_names_its_batch() {
    let data = Dataset::open(&digits(), &DataOptions::default()).expect("the digits");
    let all: Vec<usize> = (0..data.len()).collect();
    let pixels = data.batch(&all, &[64]).expect("samples");
    let ink: Vec<i64> = pixels
        .as_slice::<f32>()
        .expect("pixels")
        .chunks(64)
        .map(|pixels| pixels.iter().sum::<f32>() as i64)
        .collect();
    // The samples that are asked first, and the first batch, fit.
    let most = *ink.iter().max().expect("some");
    let least = *ink[..64].iter().min().expect("some");
    let outside = ink
        .iter()
        .position(|&ink| ink < least)
        .expect("a lighter digit comes later");
    let folder = tempfile::tempdir().expect("a folder");
    let model = saved(folder.path(), "ink.onnx", &looks_lightness_up(most, most - least + 1));
    let (reason, message) = failure(evaluate_in_child(&request(&model), &sandbox()));
    assert_eq!(reason, Reason::RunFailed, "{message}");
    let named = format!("batch {} of 10 (64 samples): ", outside / 64 + 1);
    assert!(
        message.starts_with(&named) && message.contains("is outside of the"),
        "{message}"
    );
}

/// An archive of 16,384 black images and a label.
fn write_zeros(path: &Path) -> std::io::Result<()> {
    let mut archive = NpzWriter::create(path)?;
    let images = archive.array::<u8>("images", Default::default())?;
    let mut images = images.default_dtype().shape(&[1 << 14, 1024]).begin_nd()?;
    images.extend(std::iter::repeat_n(0, 1 << 24))?;
    images.finish()?;
    let labels = archive.array::<i64>("labels", Default::default())?;
    let mut labels = labels.default_dtype().shape(&[1]).begin_nd()?;
    labels.push(&0)?;
    labels.finish()
}

#[test]
fn data_that_unpacks_beyond_the_memory_limit_is_told_by_a_child() {
    assert_eq!(
        open_data_in_child(&digits(), &DataOptions::default(), &sandbox()),
        Ok(())
    );
    let options = DataOptions {
        targets: Some("none".into()),
        ..DataOptions::default()
    };
    let (reason, message) = failure(open_data_in_child(&digits(), &options, &sandbox()).expect_err("no such array"));
    assert_eq!(reason, Reason::BadData);
    assert!(message.contains("none"), "{message}");
    // 16 MiB of pixels that pack to a few KiB, and would be 64 MiB of numbers.
    let folder = tempfile::tempdir().expect("a folder");
    let bomb = folder.path().join("bomb.npz");
    write_zeros(&bomb).expect("written");
    assert!(bomb.metadata().expect("a file").len() < 1 << 20);
    let little = Sandbox {
        memory_bytes: 48 << 20,
        ..sandbox()
    };
    let (reason, message) =
        failure(open_data_in_child(&bomb, &DataOptions::default(), &little).expect_err("it takes too much"));
    assert_eq!(reason, Reason::OutOfMemory, "{message}");
}
