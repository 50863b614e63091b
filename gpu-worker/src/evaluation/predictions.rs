//! From the outputs of a classifier to classes.

use crate::hash::Hasher;
use crate::metrics::top_one;
use crate::model::Classes;
use crate::session::Output;
use crate::tensor::{DataType, Tensor, TensorData};

/// The class of each of `batch` samples. An output of one integer a sample is the class itself, as scikit-learn gives it; otherwise
/// one output must hold a score for each class.
pub fn of(outputs: &[Output], batch: usize) -> Result<Vec<Option<i64>>, String> {
    if let Some(labels) = labels(outputs, batch) {
        return Ok(labels.into_iter().map(Some).collect());
    }
    match scores(outputs, batch) {
        Some((scores, width, names)) => classes(scores, width, names),
        None => Err(no_classes(outputs, batch)),
    }
}

/// The most numbers of a sample that tell copies.
const PROBE_WIDTH: usize = 256;

/// A row of scores for each of `batch` samples, of one label where there are no scores, or else of the first numbers of the first output.
/// What is not a finite number is replaced by the nearest that is, NaN by the least.
pub fn rows(outputs: &[Output], batch: usize) -> Result<Vec<Vec<f32>>, String> {
    let finite = |score: &f32| {
        if score.is_nan() {
            f32::MIN
        } else {
            score.clamp(f32::MIN, f32::MAX)
        }
    };
    if let Some((scores, width, _)) = scores(outputs, batch) {
        return Ok(scores
            .chunks_exact(width)
            .map(|row| row.iter().map(finite).collect())
            .collect());
    }
    if let Some(labels) = labels(outputs, batch) {
        return Ok(labels.into_iter().map(|label| vec![label as f32]).collect());
    }
    let has_rows =
        |output: &&Output| output.tensor.shape().dims().first() == Some(&batch) && output.tensor.shape().elements() > 0;
    let (width, read) = outputs
        .iter()
        .filter(has_rows)
        .find_map(|output| Some((output.tensor.shape().elements() / batch, output.tensor.floats().ok()?)))
        .ok_or_else(|| no_classes(outputs, batch))?;
    let row =
        |sample: usize| (sample * width..sample * width + width.min(PROBE_WIDTH)).map(|at| finite(&(read(at) as f32)));
    Ok((0..batch).map(|sample| row(sample).collect()).collect())
}

/// The first output of one integer for each sample.
fn labels(outputs: &[Output], batch: usize) -> Option<Vec<i64>> {
    let is_label = |output: &&Output| {
        let shape = output.tensor.shape();
        shape.dims().first() == Some(&batch) && shape.elements() == batch
    };
    outputs
        .iter()
        .filter(is_label)
        .find_map(|output| output.tensor.to_integers())
}

/// The first output of several numbers for each sample, how many, and what they stand for.
fn scores(outputs: &[Output], batch: usize) -> Option<(&[f32], usize, Option<&Classes>)> {
    outputs.iter().find_map(
        |output| match (output.tensor.shape().dims(), output.tensor.as_slice::<f32>()) {
            (&[rows, width], Ok(scores)) if rows == batch && width > 1 => {
                Some((scores, width, output.classes.as_ref()))
            }
            _ => None,
        },
    )
}

fn no_classes(outputs: &[Output], batch: usize) -> String {
    let shapes = outputs
        .iter()
        .map(|output| format!("'{}' {}", output.name, output.tensor.tensor_type()));
    format!(
        "no output classifies {batch} samples: one of int64[{batch}], or of float32[{batch}, classes], is needed; there are {}",
        shapes.collect::<Vec<_>>().join(", ")
    )
}

fn classes(scores: &[f32], width: usize, classes: Option<&Classes>) -> Result<Vec<Option<i64>>, String> {
    let columns = top_one(scores, width).into_iter();
    match classes {
        None => Ok(columns.map(|column| column.map(|column| column as i64)).collect()),
        Some(Classes::Integers(classes)) if classes.len() == width => {
            Ok(columns.map(|column| column.map(|column| classes[column])).collect())
        }
        Some(Classes::Integers(classes)) => {
            Err(format!("the model names {} classes for {width} scores", classes.len()))
        }
        Some(Classes::Texts(_)) => Err("the model's classes are strings, but labels are integers".into()),
    }
}

/// Adds the elements of the first `samples` of a batch of `batch` to the hash, output by output.
pub fn hash(outputs: &[Output], samples: usize, batch: usize, hasher: &mut Hasher) {
    for output in outputs {
        let bytes = bytes(&output.tensor);
        let share = bytes.len() / batch.max(1);
        hasher.update(&bytes[..share * samples]);
    }
}

fn bytes(tensor: &Tensor) -> Vec<u8> {
    fn all<T: Copy, const N: usize>(elements: &[T], to_bytes: fn(T) -> [u8; N]) -> Vec<u8> {
        elements.iter().flat_map(|&element| to_bytes(element)).collect()
    }
    match tensor.data() {
        TensorData::Float32(elements) => all(elements, f32::to_le_bytes),
        TensorData::Float64(elements) => all(elements, f64::to_le_bytes),
        TensorData::Float16(elements) => all(elements, half::f16::to_le_bytes),
        TensorData::Bfloat16(elements) => all(elements, half::bf16::to_le_bytes),
        TensorData::Text(elements) => elements
            .iter()
            .flat_map(|text| [text.as_bytes(), &[0]].concat())
            .collect(),
        _ => {
            // Integers, and numbers of so few bits that double precision holds them.
            let size = tensor.data_type().size();
            let integers = match tensor.data_type().is_integer() || tensor.data_type() == DataType::Bool {
                true => tensor.integers(),
                false => tensor
                    .floats()
                    .map(|floats| -> Box<dyn Fn(usize) -> i128> { Box::new(move |at| floats(at).to_bits().into()) }),
            };
            let size = if tensor.data_type().is_small_float() { 8 } else { size };
            let positions = 0..tensor.shape().elements();
            integers.map_or_else(
                |_| Vec::new(),
                |read| {
                    positions
                        .flat_map(|at| read(at).to_le_bytes().into_iter().take(size))
                        .collect()
                },
            )
        }
    }
}
