//! Models that hang, take all memory or are killed: each ends with a verdict by name, and the parent goes on.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::common::{digits, engine, models};
use crate::evaluation::{evaluation, failure, request, sandbox, saved};
use crate::onnx::{integers, long_loop, node, on_digits};
use gpu_worker::evaluation::{Reason, Request, Sandbox, Verdict, evaluate_in_child};
use gpu_worker::model::Limits;
use tempfile::TempDir;

const MIB: u64 = 1 << 20;

/// Limits that leave it to the child process to stop a model.
fn no_limits() -> Limits {
    Limits {
        tensor_bytes: u64::MAX,
        memory_bytes: u64::MAX,
        flops: u64::MAX,
        rounds: u64::MAX,
        ..Limits::default()
    }
}

/// A model in a folder of its own.
fn stored(bytes: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = saved(folder.path(), "hostile.onnx", bytes);
    (folder, path)
}

fn unlimited(model: &Path) -> Request {
    Request {
        limits: no_limits(),
        ..request(model)
    }
}

/// An honest model is judged as ever.
fn assert_the_parent_goes_on() {
    let found = evaluation(evaluate_in_child(&request(&models()[0]), &sandbox()));
    assert_eq!(found.samples, 600);
}

#[test]
fn a_model_that_loops_for_hours_times_out() {
    let (_folder, model) = stored(&long_loop(i64::MAX));
    let short = Sandbox {
        timeout: Duration::from_secs(3),
        ..sandbox()
    };
    let (reason, message) = failure(evaluate_in_child(&unlimited(&model), &short));
    assert_eq!(reason, Reason::TimedOut, "{message}");
    assert!(message.contains("3 seconds"), "{message}");
    assert_the_parent_goes_on();
}

#[test]
fn the_command_itself_ends_a_model_that_loops_for_hours() {
    let (_folder, model) = stored(&long_loop(i64::MAX));
    let (model, data) = (model.to_str().expect("text"), digits());
    let data = data.to_str().expect("text");
    let rounds = u64::MAX.to_string();
    let flags = ["--limit-time", "3", "--limit-rounds", &rounds];
    let (code, verdict) = crate::evaluation::run_json(&[&["eval", model, "--data", data], &flags[..]].concat());
    assert_eq!((code, &verdict["reason"]), (Some(1), &"timed_out".into()));
}

#[test]
fn a_loop_over_the_limit_is_refused_before_the_time_is_over() {
    let (_folder, model) = stored(&long_loop(i64::MAX));
    let (reason, message) = failure(evaluate_in_child(
        &Request {
            limits: Limits {
                rounds: 5,
                ..Limits::default()
            },
            ..request(&model)
        },
        &sandbox(),
    ));
    assert_eq!(reason, Reason::TooLarge, "{message}");
    assert!(message.contains("--limit-rounds raises it"), "{message}");
}

/// The digits, with the sum of 2 GiB that the host makes added.
fn large_on_host() -> Vec<u8> {
    on_digits(
        vec![
            node("ConstantOfShape", &["length"], &["zeros"], &[]),
            node("ReduceSum", &["zeros"], &["sum"], &[]),
            node("Add", &["x", "sum"], &["added"], &[]),
            node("Flatten", &["added"], &["y"], &[]),
        ],
        vec![integers("length", &[1], &[1 << 29])],
    )
}

#[cfg(target_os = "linux")]
#[test]
fn a_model_that_wants_more_memory_than_the_host_gives_is_out_of_memory() {
    let (_folder, model) = stored(&large_on_host());
    let little = Sandbox {
        memory_bytes: 1024 * MIB,
        ..sandbox()
    };
    let (reason, message) = failure(evaluate_in_child(&unlimited(&model), &little));
    assert_eq!(reason, Reason::OutOfMemory, "{message}");
    assert!(message.contains("1073741824 bytes"), "{message}");
    assert_the_parent_goes_on();
}

/// The digits, with the sum of 24 tensors of 96 MiB that are all on the device at once: no two are the same, and what makes each is no
/// function of single elements, so that nothing is left out.
fn large_on_device() -> Vec<u8> {
    let names: Vec<String> = (0..24).map(|at| format!("large {at}")).collect();
    let mut nodes = vec![node("ReduceSum", &["x"], &["one 0"], &[])];
    for (at, name) in names.iter().enumerate() {
        let (one, next, wide) = (format!("one {at}"), format!("one {}", at + 1), format!("wide {at}"));
        nodes.push(node("Sigmoid", &[&one], &[&next], &[]));
        nodes.push(node("Expand", &[&next, "large"], &[&wide], &[]));
        nodes.push(node("Softmax", &[&wide], &[name], &[]));
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    nodes.push(node("Sum", &names, &["all"], &[]));
    nodes.push(node("Slice", &["all", "from", "to"], &["corner"], &[]));
    nodes.push(node("Squeeze", &["corner"], &["scalar"], &[]));
    nodes.push(node("Add", &["x", "scalar"], &["added"], &[]));
    nodes.push(node("Flatten", &["added"], &["y"], &[]));
    let constants = [("large", [24, 1024, 1024, 1]), ("from", [0; 4]), ("to", [1; 4])];
    let constants = constants.map(|(name, elements)| integers(name, &[4], &elements));
    on_digits(nodes, constants.to_vec())
}

#[cfg(target_os = "linux")]
#[test]
fn a_model_that_wants_more_memory_than_the_device_gives_is_out_of_memory() {
    // The limit holds for a software adapter, whose memory is the host's; others have this much.
    if engine().info().kind != "software" {
        return;
    }
    let (_folder, model) = stored(&large_on_device());
    let little = Sandbox {
        memory_bytes: 1024 * MIB,
        ..sandbox()
    };
    let (reason, message) = failure(evaluate_in_child(&unlimited(&model), &little));
    assert_eq!(reason, Reason::OutOfMemory, "{message}");
    assert_the_parent_goes_on();
}

/// The process that evaluates a model, found by its arguments.
#[cfg(target_os = "linux")]
fn evaluator_of(model: &Path) -> Option<u32> {
    let needle = model.to_str().expect("text");
    let entries = std::fs::read_dir("/proc").expect("Linux has it").flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let is_it = |pid: &u32| {
        *pid != std::process::id()
            && std::fs::read(format!("/proc/{pid}/cmdline"))
                .is_ok_and(|line| String::from_utf8_lossy(&line).contains(needle))
    };
    pids.into_iter().find(is_it)
}

#[cfg(target_os = "linux")]
#[test]
fn a_child_is_confined_while_it_runs_a_model_and_a_killed_one_is_told_from_a_crash() {
    let (_folder, model) = stored(&long_loop(i64::MAX));
    let asked = unlimited(&model);
    let evaluating = std::thread::spawn(move || evaluate_in_child(&asked, &sandbox()));
    // It confines itself before it reads the model; the wait ends by then, or with the verdict that the test fails on.
    let confined = || {
        let pid = evaluator_of(&model)?;
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        let holds = |line: &str| {
            status
                .lines()
                .any(|found| found.split_whitespace().eq(line.split_whitespace()))
        };
        (holds("Seccomp: 2") && holds("NoNewPrivs: 1")).then_some(pid)
    };
    let pid = loop {
        match confined() {
            Some(pid) => break pid,
            None if evaluating.is_finished() => panic!("{:?}", evaluating.join()),
            None => std::thread::sleep(Duration::from_millis(20)),
        }
    };
    let killed = std::process::Command::new("kill")
        .args(["-9", &pid.to_string()])
        .status();
    assert!(killed.expect("kill runs").success());
    let verdict: Verdict = evaluating.join().expect("the parent goes on");
    let (reason, message) = failure(verdict);
    assert_eq!(reason, Reason::Killed, "{message}");
    assert!(reason.is_fault_of_model());
    assert_the_parent_goes_on();
}
