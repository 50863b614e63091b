//! Models that were damaged, or made to do harm: an error or a result, never a panic.

use std::sync::Arc;

use crate::common::{engine, fixtures, models};
use crate::onnx::{int_attribute, integers, long_loop, long_loop_body, loop_around, loop_node, node, on_digits};
use gpu_worker::model::{Limits, LoadError, Model};
use gpu_worker::plan::types_for_batch;
use gpu_worker::session::Session;
use gpu_worker::tensor::{DataType, Tensor, TensorType};
use proptest::prelude::*;

/// Limits that keep a damaged model from taking long.
fn limits() -> Limits {
    const MIB: u64 = 1 << 20;
    Limits {
        tensor_bytes: 4 * MIB,
        memory_bytes: 16 * MIB,
        flops: 100_000_000,
        ..Limits::default()
    }
}

fn all_models() -> Vec<Vec<u8>> {
    models()
        .into_iter()
        .chain(fixtures())
        .map(|path| std::fs::read(path).expect("a model"))
        .collect()
}

/// Loads, plans and runs as far as it goes. What comes out does not matter, only that it comes.
fn try_to_run(bytes: &[u8]) -> Result<(), String> {
    let model = Model::load(bytes, &limits()).map_err(|error| error.to_string())?;
    let types = types_for_batch(model.graph(), 2).map_err(|error| error.to_string())?;
    let types = types.ok_or("an input of unknown rank")?;
    let mut session = Session::new(engine(), Arc::new(model));
    session.prepare(&types).map_err(|error| error.to_string())?;
    let inputs = types
        .iter()
        .map(zeros)
        .collect::<Option<Vec<_>>>()
        .ok_or("an input of another type")?;
    session.run(&inputs).map(drop).map_err(|error| error.to_string())
}

fn zeros(tensor_type: &TensorType) -> Option<Tensor> {
    let (shape, count) = (tensor_type.shape.clone(), tensor_type.shape.elements());
    match tensor_type.data_type {
        DataType::Float32 | DataType::Float16 => {
            Tensor::from_floats(tensor_type.data_type, shape, std::iter::repeat_n(0.0, count)).ok()
        }
        DataType::Int64 => Tensor::new(shape, vec![0_i64; count]).ok(),
        _ => None,
    }
}

#[test]
fn whole_models_run() {
    for model in all_models() {
        assert_eq!(try_to_run(&model), Ok(()));
    }
}

#[test]
fn a_model_cut_short_is_refused() {
    for model in all_models() {
        let step = (model.len() / 97).max(1);
        for length in (0..model.len()).step_by(step).chain(model.len() - 64..model.len()) {
            // A cut between two fields of the outermost message leaves a whole, smaller message.
            if let Ok(model) = Model::load(&model[..length], &limits()) {
                assert!(model.producer().opsets.is_empty() || !model.graph().outputs.is_empty());
            }
        }
        let half = Model::load(&model[..model.len() / 2], &limits());
        assert!(matches!(half, Err(LoadError::Scan(_))), "{half:?}");
    }
}

#[test]
fn other_files_are_refused() {
    for bytes in [
        &b""[..],
        b"<html><body>404</body></html>",
        &[0; 4096],
        &[0xff; 4096],
        b"PK\x03\x04",
    ] {
        assert!(Model::load(bytes, &limits()).is_err());
    }
}

proptest! {
    #[test]
    fn flipped_bytes_never_panic(
        which in any::<prop::sample::Index>(),
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let models = all_models();
        let mut model = models[which.index(models.len())].clone();
        for (at, byte) in flips {
            let at = at.index(model.len());
            model[at] = byte;
        }
        drop(try_to_run(&model));
    }

    #[test]
    fn the_structure_of_a_model_may_be_changed_at_will(
        which in any::<prop::sample::Index>(),
        cut in any::<prop::sample::Index>(),
        length in 0_usize..40,
        insert in prop::collection::vec(any::<u8>(), 0..12),
    ) {
        let models = all_models();
        let mut model = models[which.index(models.len())].clone();
        // The beginning and the end hold the graph, the middle mostly weights.
        let edge = model.len().min(400);
        let at = cut.index(2 * edge);
        let at = if at < edge { at } else { model.len() - (2 * edge - at) };
        let end = (at + length).min(model.len());
        model.splice(at..end, insert);
        drop(try_to_run(&model));
    }
}

/// A model for each limit, made to break it, and how low the limit is set.
fn made_to_break() -> Vec<(&'static str, Vec<u8>, Limits)> {
    let low = Limits::default;
    let ones = |shape: &[i64]| {
        on_digits(
            vec![
                node("ReduceMax", &["x"], &["one"], &[]),
                node("Squeeze", &["one"], &["scalar"], &[]),
                node("Expand", &["scalar", "shape"], &["large"], &[]),
                node("MatMul", &["large", "large"], &["product"], &[]),
                node("Slice", &["product", "from", "to"], &["corner"], &[]),
                node("Squeeze", &["corner"], &["least"], &[]),
                node("Add", &["x", "least"], &["added"], &[]),
                node("Flatten", &["added"], &["y"], &[]),
            ],
            vec![
                integers("shape", &[shape.len() as i64], shape),
                integers("from", &[2], &[0, 0]),
                integers("to", &[2], &[1, 1]),
            ],
        )
    };
    let chain = (0..200).map(|at| {
        let names = [format!("v{at}"), format!("v{}", at + 1)];
        let names = names
            .each_ref()
            .map(|name| if name == "v0" { "x" } else { name.as_str() });
        node("Relu", &names[..1], &names[1..], &[])
    });
    let chain: Vec<_> = chain.chain([node("Flatten", &["v200"], &["y"], &[])]).collect();
    let nested = (0..8).fold(long_loop_body("Relu"), |body, _| loop_around(body));
    let wide = integers("wide", &[1 << 12], &vec![1; 1 << 12]);
    let with_weights = on_digits(
        vec![
            node("ReduceMax", &["wide"], &["most"], &[]),
            node("Cast", &["most"], &["number"], &[int_attribute("to", 1)]),
            node("Squeeze", &["number"], &["scalar"], &[]),
            node("Add", &["x", "scalar"], &["added"], &[]),
            node("Flatten", &["added"], &["y"], &[]),
        ],
        vec![wide],
    );
    vec![
        ("--limit-bytes", with_weights.clone(), Limits { bytes: 4096, ..low() }),
        (
            "--limit-nodes",
            on_digits(chain, Vec::new()),
            Limits { nodes: 100, ..low() },
        ),
        ("--limit-rank", ones(&[1; 9]), low()),
        ("--limit-dim", ones(&[2048, 1]), Limits { dim: 1024, ..low() }),
        (
            "--limit-initializer-bytes",
            with_weights,
            Limits {
                initializer_bytes: 1 << 14,
                ..low()
            },
        ),
        ("--limit-tensor-bytes", ones(&[1 << 15, 1 << 14]), low()),
        (
            "--limit-memory-bytes",
            ones(&[512, 512]),
            Limits {
                memory_bytes: 1 << 20,
                ..low()
            },
        ),
        (
            "--limit-flops",
            ones(&[1024, 1024]),
            Limits {
                flops: 1 << 20,
                ..low()
            },
        ),
        ("--limit-rounds", long_loop(i64::MAX), Limits { rounds: 7, ..low() }),
        (
            "--limit-depth",
            on_digits(
                vec![
                    loop_node(nested, "x", "looped"),
                    node("Flatten", &["looped"], &["y"], &[]),
                ],
                vec![integers("rounds", &[], &[1])],
            ),
            Limits { depth: 4, ..low() },
        ),
    ]
}

#[test]
fn every_limit_stops_a_model_made_to_break_it() {
    let models = made_to_break();
    let flags: Vec<&str> = Limits::default().flags().into_iter().map(|(flag, _)| flag).collect();
    let tried: Vec<&str> = models.iter().map(|(flag, ..)| *flag).collect();
    assert_eq!(tried, flags, "a model for each limit");
    for (flag, bytes, limits) in models {
        let refused = Model::load(&bytes, &limits)
            .map_err(|error| error.to_string())
            .and_then(|model| {
                let types = types_for_batch(model.graph(), 1)
                    .expect("small")
                    .expect("of known rank");
                let inputs: Vec<Tensor> = types.iter().filter_map(zeros).collect();
                let run = Session::new(engine(), Arc::new(model)).run(&inputs);
                run.map(drop).map_err(|error| error.to_string())
            });
        let refused = refused.expect_err(flag);
        assert!(refused.contains(&format!("{flag} raises it")), "{flag}: {refused}");
    }
}
