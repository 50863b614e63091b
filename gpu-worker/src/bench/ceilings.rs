//! What an adapter does at most.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use super::BenchError;
use super::profile::profile;
use crate::gpu::Engine;
use crate::model::{Attributes, Dim, Graph, Input, Limits, Model, Node, OperatorName, Output, Structure};
use crate::session::{RunError, Session};
use crate::tensor::{DataType, Shape, Tensor, TensorError};

/// Runs of a product of which the fastest counts.
const TRIES: usize = 3;
/// A larger product is tried while the last one took less than this.
const ENOUGH: Duration = Duration::from_millis(500);

/// What an adapter does at most.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ceilings {
    /// Bytes in a second that copying on the device moves, those read and those written.
    pub copy: f64,
    /// Operations in a second of the engine's product of matrices of single precision.
    pub product_f32: f64,
    /// Rows and columns of the matrices with which that was reached.
    pub product_f32_size: usize,
    /// Operations in a second of a product of matrices of half precision, the engine's own where it multiplies them by subgroups and that
    /// is faster; null where the adapter has no half precision.
    pub product_f16: Option<f64>,
    /// Operations in a second of single precision that need no memory.
    pub multiply_add: f64,
    /// Operations in a second of products of matrices of float16 by subgroups that need no memory; null where they multiply none.
    pub multiply_matrices: Option<f64>,
}

/// Measures an adapter, which takes a few seconds.
///
/// # Errors
/// When the device fails.
pub fn measure(engine: &Arc<Engine>) -> Result<Ceilings, BenchError> {
    let gpu = |error| BenchError::Run(RunError::Gpu(error));
    let (product_f32_size, product_f32) = product(engine, DataType::Float32)?;
    let mut product_f16 = engine.product_f16_ceiling().map_err(gpu)?;
    if engine.target().matrices().is_some() {
        let (_, own) = product(engine, DataType::Float16)?;
        product_f16 = product_f16.map(|plain| plain.max(own));
    }
    Ok(Ceilings {
        copy: engine.copy_ceiling().map_err(gpu)?,
        product_f32,
        product_f32_size,
        product_f16,
        multiply_add: engine.multiply_add_ceiling().map_err(gpu)?,
        multiply_matrices: engine.multiply_matrices_ceiling().map_err(gpu)?,
    })
}

/// The size and rate of the engine's fastest product of matrices of a type.
fn product(engine: &Arc<Engine>, data_type: DataType) -> Result<(usize, f64), BenchError> {
    let mut best = (0, 0.0);
    for size in [256, 512, 1024, 2048, 4096] {
        let time = time_product(engine, size, data_type)?;
        let rate = 2.0 * (size as f64).powi(3) / time.as_secs_f64();
        if rate > best.1 {
            best = (size, rate);
        }
        if time > ENOUGH {
            break;
        }
    }
    Ok(best)
}

/// How long the device takes for a product of square matrices, without copies to and from it.
fn time_product(engine: &Arc<Engine>, size: usize, data_type: DataType) -> Result<Duration, BenchError> {
    let failed = |error: TensorError| BenchError::input("a", &error);
    let shape = Shape::new([size, size]).map_err(failed)?;
    let matrix = Tensor::new(
        shape.clone(),
        (0..size * size).map(|at| (at % 7) as f32 - 3.0).collect(),
    )
    .and_then(|matrix| matrix.narrowed(data_type))
    .map_err(failed)?;
    let model = Model::from_graph(by_matrix(size, matrix.clone()), &Limits::default())?;
    let mut session = Session::new(Arc::clone(engine), Arc::new(model));
    let given = [matrix];
    session.run(&given)?;
    let mut fastest = Duration::MAX;
    for _ in 0..TRIES {
        let profile = profile(&mut session, &given)?;
        fastest = fastest.min(profile.launches.iter().sum());
    }
    Ok(fastest)
}

/// A model that multiplies its input by a matrix.
fn by_matrix(size: usize, matrix: Tensor) -> Graph {
    let mut graph = Graph::default();
    let (a, y) = (graph.add_value("a"), graph.add_value("y"));
    let data_type = matrix.data_type();
    let b = graph.add_constant("b", matrix);
    graph.inputs.push(Input {
        id: a,
        data_type,
        dims: Some(vec![Dim::Fixed(size); 2]),
        structure: Structure::Tensor,
    });
    graph.outputs.push(Output {
        id: y,
        name: "y".into(),
        classes: None,
        structure: Structure::Tensor,
    });
    graph.nodes.push(Node {
        name: String::new(),
        operator: OperatorName::onnx("MatMul"),
        opset: 18,
        inputs: vec![Some(a), Some(b)],
        outputs: vec![Some(y)],
        attributes: Attributes::default(),
        captures: Vec::new(),
    });
    graph
}
