//! A sample of the ONNX backend tests, from the package `onnx` 1.22.0. The whole suite is one command: `inktensor conformance`.

use std::path::Path;
use std::time::Duration;

use crate::common::engine;
use gpu_worker::conformance::{Case, Outcome, Worker, WorkerOptions, find_cases, run_case};
use gpu_worker::model::Limits;

fn sample() -> Vec<Case> {
    find_cases(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/conformance")).expect("the cases are found")
}

#[test]
fn the_sample_of_the_suite_passes() {
    let cases = sample();
    assert!(cases.len() > 15, "{} cases", cases.len());
    for case in cases {
        let result = run_case(&engine(), &case, &Limits::default());
        assert_eq!(result.outcome, Outcome::Passed, "{}: {:?}", result.name, result.message);
    }
}

fn worker(arguments: &[&str], seconds: u64) -> Worker {
    Worker::new(WorkerOptions {
        program: env!("CARGO_BIN_EXE_inktensor").into(),
        arguments: arguments.iter().map(|&argument| argument.into()).collect(),
        timeout: Duration::from_secs(seconds),
    })
}

#[test]
fn a_worker_answers_case_after_case_and_survives_broken_ones() {
    let mut worker = worker(&["conformance", "--serve-cases"], 60);
    let missing = worker.run(&Case::Folder("/no/such/case".into()));
    assert_eq!(missing.outcome, Outcome::Failed);
    for case in sample().iter().take(2) {
        let result = worker.run(case);
        assert_eq!(result.outcome, Outcome::Passed, "{}: {:?}", result.name, result.message);
    }
}

#[test]
fn a_worker_that_dies_costs_only_its_case() {
    // Without its flag the command ends at once, as if the case had brought it down.
    let mut worker = worker(&["doctor"], 60);
    for _ in 0..2 {
        let result = worker.run(&sample()[0]);
        assert_eq!(result.outcome, Outcome::Failed);
    }
}

#[test]
fn the_command_counts_and_tells_what_ran_where() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/conformance");
    let (code, report) = crate::evaluation::run_json(&["conformance", "--suite", folder, "--only", "test_abs"]);
    assert_eq!(code, Some(0));
    for (key, expected) in [("passed", 1), ("failed", 0), ("unsupported", 0), ("total", 1)] {
        assert_eq!(report[key], expected, "{key}");
    }
    assert_eq!(
        (&report["cases"][0]["name"], &report["cases"][0]["ran"]),
        (&"test_abs".into(), &"gpu".into())
    );
}
