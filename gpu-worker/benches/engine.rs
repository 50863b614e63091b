//! How long it takes to read a model, to plan it, and to run one product and one convolution on an adapter.
//!
//!     cargo bench --package gpu-worker
//!
//! INKTENSOR_ADAPTER names the adapter, as in tests; by default it is the most capable one. Whole models are measured by `inktensor bench`.

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, Throughput};
use gpu_worker::gpu::{AdapterChoice, Engine};
use gpu_worker::model::proto::{AttributeKind, AttributeProto, NodeProto};
use gpu_worker::model::{Limits, Model};
use gpu_worker::plan::{plan, types_for_batch};
use gpu_worker::session::Session;
use gpu_worker::tensor::{Shape, Tensor};

#[allow(dead_code)] // what tests alone need
#[path = "../tests/engine/onnx.rs"]
mod onnx;

/// Networks of the tests: an image classifier that was trained, and what mobile ones consist of.
const NETWORKS: [(&str, &[u8]); 2] = [
    ("digits-cnn", include_bytes!("../../e2e/models/digits-cnn.onnx")),
    ("torch-mobile", include_bytes!("../tests/fixtures/torch-mobile.onnx")),
];

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    reading(&mut criterion);
    planning(&mut criterion);
    running(&mut criterion);
    criterion.final_summary();
}

fn load(file: &[u8]) -> Model {
    Model::load(file, &Limits::default()).expect("a model")
}

/// From a file's bytes to a graph of known operators.
fn reading(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("read");
    for (name, file) in NETWORKS {
        group.throughput(Throughput::Bytes(file.len() as u64));
        group.bench_function(name, |bencher| bencher.iter(|| load(black_box(file))));
    }
    group.finish();
}

/// From a graph to launches of kernels: shapes, folding, joining of steps, the layout of memory.
fn planning(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("plan");
    for (name, file) in NETWORKS {
        let model = load(file);
        let types = types_for_batch(model.graph(), 16).expect("a batch of 16");
        let types = types.expect("inputs whose shapes it says");
        group.bench_function(name, |bencher| {
            bencher.iter(|| plan(black_box(&model), &types).expect("a plan"));
        });
    }
    group.finish();
}

/// One operator, its inputs brought to the adapter and its output back.
fn running(criterion: &mut Criterion) {
    let choice = AdapterChoice::from(std::env::var("INKTENSOR_ADAPTER").ok());
    let engine = Arc::new(Engine::new(&choice).expect("an adapter; mesa-vulkan-drivers brings one"));
    let pads = AttributeProto {
        name: "pads".into(),
        kind: AttributeKind::Ints.into(),
        ints: vec![1; 4],
        ..AttributeProto::default()
    };
    let product = onnx::node("MatMul", &["a", "b"], &["y"], &[]);
    let convolution = onnx::node("Conv", &["a", "b"], &["y"], &[pads]);
    // Operands, and operations.
    let cases: [(&str, NodeProto, [&[i64]; 3], u64); 2] = [
        ("product 512x512x512", product, [&[512, 512]; 3], 2 * 512 * 512 * 512),
        (
            "convolution 64x56x56 by 64 of 3x3",
            convolution,
            [&[1, 64, 56, 56], &[64, 64, 3, 3], &[1, 64, 56, 56]],
            2 * 64 * 56 * 56 * 64 * 9,
        ),
    ];
    let mut group = criterion.benchmark_group("run");
    group.sample_size(20);
    for (name, node, [a, b, y], operations) in cases {
        let inputs = [onnx::value("a", a), onnx::value("b", b)];
        let graph = onnx::graph(vec![node], Vec::new(), &inputs, &[onnx::value("y", y)]);
        let model = Arc::new(load(&onnx::file(graph)));
        let mut session = Session::new(Arc::clone(&engine), model);
        let operands = [ramp(a), ramp(b)];
        group.throughput(Throughput::Elements(operations));
        group.bench_function(name, |bencher| {
            bencher.iter(|| session.run(black_box(&operands)).expect("it runs"));
        });
    }
    group.finish();
}

/// A tensor of small numbers that are not round.
fn ramp(dims: &[i64]) -> Tensor {
    let shape = Shape::new(dims.iter().map(|&dim| dim as usize).collect::<Vec<_>>()).expect("small");
    let elements = (0..shape.elements()).map(|at| (at % 23) as f32 * 0.021 - 0.24);
    let elements: Vec<f32> = elements.collect();
    Tensor::new(shape, elements).expect("as many as the shape holds")
}
