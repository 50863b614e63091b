//! `inktensor bench` and the costs that `inktensor inspect` tells: figures exist and agree with each other. How large they are depends
//! on the machine, so no test asks that.

use serde_json::Value;

use super::common::{conformance_model, models};
use super::evaluation::{run_json, text};

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

fn sum(rows: &Value, field: &str) -> f64 {
    rows.as_array()
        .expect("a list")
        .iter()
        .map(|row| number(&row[field]))
        .sum()
}

fn is_close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-6 * a.abs().max(b.abs())
}

#[test]
fn a_model_is_measured_against_what_the_adapter_does_at_most() {
    let model = models()
        .into_iter()
        .find(|path| text(path).ends_with("digits-cnn.onnx"))
        .expect("the CNN");
    let arguments = [
        "bench",
        text(&model),
        "--batch",
        "8",
        "--iterations",
        "4",
        "--per-operator",
    ];
    let (code, report) = run_json(&arguments);
    assert_eq!(code, Some(0));
    let ceilings = &report["ceilings"];
    for ceiling in ["copy", "product_f32", "multiply_add"] {
        assert!(number(&ceilings[ceiling]) > 0.0, "{ceiling}");
    }
    let has_f16 = report["adapter"]["limits"]["has_f16"] == Value::Bool(true);
    assert_eq!(ceilings["product_f16"].is_number(), has_f16);
    let offers_matrices = report["adapter"]["limits"]["cooperative_matrix"].is_number();
    assert!(offers_matrices || ceilings["multiply_matrices"].is_null());

    let measured = &report["models"][0];
    assert_eq!(measured["inputs"][0], "images: float32[8, 1, 8, 8]");
    assert_eq!(
        (
            &measured["samples"],
            measured["latency"]["runs_ms"].as_array().map(Vec::len)
        ),
        (&Value::from(8), Some(4))
    );
    let latency = |field: &str| number(&measured["latency"][field]);
    assert!(
        0.0 < latency("min_ms")
            && latency("min_ms") <= latency("median_ms")
            && latency("median_ms") <= latency("p95_ms")
    );
    assert!(is_close(
        number(&measured["samples_per_second"]),
        8e3 / latency("median_ms")
    ));
    let processor = &measured["latency"]["processor_ms"];
    assert!(!cfg!(target_os = "linux") || processor.as_f64().is_some_and(|time| time >= 0.0));
    let start = |field: &str| number(&measured["start"][field]);
    assert!(start("load_ms") > 0.0 && start("first_run_ms") > 0.0);
    assert!(0.0 < start("compile_ms") && start("compile_ms") <= start("prepare_ms"));

    let rates = &measured["rates"];
    let (_, inspected) = run_json(&["inspect", text(&model), "--batch", "8"]);
    assert_eq!(rates["flops"], inspected["flops"]);
    assert!(is_close(
        number(&rates["flops_per_second"]),
        1e3 * number(&rates["flops"]) / latency("median_ms")
    ));
    assert!(is_close(
        number(&rates["of_product"]),
        number(&rates["flops_per_second"]) / number(&ceilings["product_f32"])
    ));

    let times = &measured["times"];
    assert!(["timestamps", "submissions"].contains(&times["clock"].as_str().expect("a name")));
    assert!(is_close(sum(&times["operators"], "share"), 1.0));
    let kernels = |node: &Value| node["kernels"].as_array().map_or(0, Vec::len);
    let launches: usize = times["nodes"].as_array().expect("a list").iter().map(kernels).sum();
    assert!(launches > 0 && sum(&times["operators"], "launches") == launches as f64);
    assert!(is_close(
        sum(&times["nodes"], "ms"),
        number(&times["device_ms"]) + number(&times["host_ms"])
    ));
    assert_eq!(sum(&times["operators"], "bytes"), number(&rates["bytes"]));
}

#[test]
fn a_model_that_runs_node_by_node_is_inspected_and_measured_as_far_as_can_be() {
    let model = conformance_model("test_nonzero_example");
    let (code, inspected) = run_json(&["inspect", text(&model)]);
    assert_eq!(code, Some(0));
    assert!(
        inspected["unplanned"]
            .as_str()
            .expect("a reason")
            .contains("depends on the data")
    );
    assert_eq!(
        (&inspected["flops"], &inspected["operators"][0]["nodes"]),
        (&Value::Null, &1.into())
    );
    let (code, report) = run_json(&[
        "bench",
        text(&model),
        "--iterations",
        "1",
        "--per-operator",
        "--no-ceilings",
    ]);
    assert_eq!(code, Some(0));
    let measured = &report["models"][0];
    assert!(number(&measured["latency"]["median_ms"]) > 0.0);
    assert_eq!((&measured["rates"], &measured["times"]), (&Value::Null, &Value::Null));
}

#[test]
fn a_model_that_fails_is_named_and_the_others_are_measured() {
    let model = models().remove(0);
    let arguments = [
        "bench",
        "missing.onnx",
        text(&model),
        "--iterations",
        "1",
        "--no-ceilings",
    ];
    let (code, report) = run_json(&arguments);
    assert_eq!(code, Some(1));
    assert_eq!(report["models"][0]["model"], "missing.onnx");
    assert!(
        report["models"][0]["failed"]
            .as_str()
            .expect("a reason")
            .contains("missing.onnx")
    );
    let measured = &report["models"][1];
    assert!(number(&measured["latency"]["median_ms"]) > 0.0);
    assert_eq!(
        (&report["ceilings"], &measured["rates"]["of_product"]),
        (&Value::Null, &Value::Null)
    );
}

#[test]
fn dimensions_that_the_model_leaves_open_are_given_by_name() {
    let model = models().remove(0);
    let (code, inspected) = run_json(&["inspect", text(&model), "--dim", "batch=5"]);
    assert_eq!(code, Some(0));
    assert_eq!(
        (&inspected["outputs"][0]["dims"][0], &inspected["dims"]["batch"]),
        (&5.into(), &5.into())
    );
    let memory = |field: &str| number(&inspected["memory"][field]);
    assert!(is_close(
        memory("total_bytes"),
        memory("constant_bytes") + memory("slot_bytes") + memory("staged_bytes")
    ));
    assert!(0.0 < memory("largest_slot_bytes") && memory("largest_slot_bytes") <= memory("slot_bytes"));
    assert!(memory("slots") <= memory("values"));
    let (code, refused) = run_json(&["inspect", text(&model), "--dim", "length=5"]);
    let message = refused["refused"]["message"].as_str().expect("a reason").to_owned();
    assert_eq!(
        (code, message.as_str()),
        (Some(1), "the model has no open dimension 'length'; it has: batch")
    );
}

#[test]
fn models_with_sub_graphs_are_inspected_as_they_run() {
    for (case, kind, inside) in [("test_loop11", "Loop", "Add"), ("test_scan9_sum", "Scan", "Add")] {
        let (code, inspected) = run_json(&["inspect", text(&conformance_model(case))]);
        assert_eq!(code, Some(0), "{inspected}");
        let reason = inspected["unplanned"].as_str().expect("a reason");
        assert_eq!(reason, format!("what {kind} does is known only in a run"));
        let operators = inspected["operators"].as_array().expect("a list");
        let names: Vec<&str> = operators.iter().filter_map(|row| row["operator"].as_str()).collect();
        assert!(names.contains(&kind) && names.contains(&inside), "{names:?}");
        assert!(inspected["adapter"].as_str().is_some_and(|adapter| !adapter.is_empty()));
    }
}
