//! Memory after a thousand evaluations. A program of its own, because memory is measured of the whole process.
#![cfg(target_os = "linux")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use gpu_worker::data::{DataOptions, Dataset};
use gpu_worker::evaluation::{
    ModelFile, Options, Request, Sample, Sandbox, Verdict, evaluate, evaluate_in_child, open_model,
};
use gpu_worker::gpu::{AdapterChoice, Engine};
use gpu_worker::hash::Hash;
use gpu_worker::model::{Limits, Model};

/// How much memory may grow after the first evaluations filled caches, in KiB.
const GROWTH: u64 = 8 << 10;

/// Evaluations in child processes; `INKTENSOR_ENDURANCE` asks for more.
const CHILDREN: usize = 30;

fn folder(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn adapter() -> AdapterChoice {
    AdapterChoice::from(std::env::var("INKTENSOR_ADAPTER").ok())
}

/// Memory of this process that is in use, in KiB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux has it");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("a line");
    let number = line.split_whitespace().nth(1).expect("a number");
    number.parse().expect("a number")
}

fn options(round: usize) -> Options {
    Options {
        batch: 16,
        sample: Some(Sample {
            seed: Hash([round as u8; 32]),
            size: 16,
        }),
        ..Options::default()
    }
}

/// Runs `count` rounds, and compares memory after a tenth of them with memory after all.
fn assert_flat(what: &str, count: usize, mut round: impl FnMut(usize)) {
    let mut first = 0;
    for at in 1..=count {
        round(at);
        if at == count / 10 {
            first = resident();
        }
    }
    let last = resident();
    println!("{what}: {first} KiB after {}, {last} KiB after {count}", count / 10);
    assert!(
        last <= first + GROWTH,
        "{what}: {first} KiB after {}, {last} KiB after {count}",
        count / 10
    );
}

/// One test, so that nothing else runs meanwhile.
#[test]
fn memory_is_flat_over_a_thousand_evaluations_and_over_many_children() {
    let model = folder("../e2e/models/digits-logistic.onnx");
    let data = folder("../e2e/data/digits-test.npz");

    let engine = Arc::new(Engine::new(&adapter()).expect("an adapter"));
    let set = Dataset::open(&data, &DataOptions::default()).expect("the digits");
    assert_flat("evaluations in this process", 1000, |at| {
        let artifact = open_model(&model, &Limits::default()).expect("a model");
        let file = ModelFile {
            hash: artifact.hash(),
            bytes: artifact.bytes(),
        };
        let loaded = Arc::new(Model::load_artifact(&artifact, &Limits::default()).expect("a valid model"));
        let found = evaluate(&engine, loaded, file, &set, &options(at), &mut |_, _| {}).expect("it runs");
        assert_eq!(found.samples, 16);
    });
    drop((engine, set));

    let children = std::env::var("INKTENSOR_ENDURANCE")
        .ok()
        .map_or(CHILDREN, |text| text.parse().expect("a number"));
    let sandbox = Sandbox {
        program: env!("CARGO_BIN_EXE_inktensor").into(),
        timeout: Duration::from_secs(600),
        memory_bytes: 8 << 30,
        is_confined: true,
    };
    assert_flat("evaluations in child processes", children, |at| {
        let request = Request {
            model: model.clone(),
            data: data.clone(),
            data_options: DataOptions::default(),
            hash: None,
            adapter: adapter(),
            limits: Limits::default(),
            options: options(at),
        };
        let verdict = evaluate_in_child(&request, &sandbox);
        assert!(matches!(verdict, Verdict::Ok(_)), "{verdict:?}");
    });
}
