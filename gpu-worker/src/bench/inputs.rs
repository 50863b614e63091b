//! Makes inputs up.

use super::BenchError;
use crate::model::{Dim, Model, Structure};
use crate::plan::{self, Lengths};
use crate::session::RunError;
use crate::tensor::{DataType, Tensor, TensorType};

/// The types of the inputs for these lengths.
pub fn types(model: &Model, lengths: &Lengths) -> Result<Vec<TensorType>, BenchError> {
    let graph = model.graph();
    let refused = |input: &crate::model::Input, reason: &str| BenchError::Input {
        name: graph.name(input.id).into(),
        reason: reason.into(),
    };
    for input in &graph.inputs {
        if input.structure != Structure::Tensor {
            return Err(refused(input, "it is no tensor, and only tensors are made up"));
        }
        if input.dims.is_none() {
            return Err(refused(input, "the model does not state how many dimensions it has"));
        }
        if input.data_type == DataType::Text {
            return Err(refused(input, "it is text, and only numbers are made up"));
        }
    }
    let types = plan::types_for(graph, lengths).map_err(RunError::from)?;
    // None is for an input without dimensions, and there is none.
    Ok(types.unwrap_or_default())
}

/// Samples of a run: the batch, if an input's first dimension is open.
pub fn samples(model: &Model, lengths: &Lengths) -> usize {
    let first = |input: &crate::model::Input| match input.dims.as_ref()?.first()? {
        Dim::Fixed(_) => None,
        Dim::Named(name) => Some(lengths.named.get(name).copied().unwrap_or(lengths.batch)),
        Dim::Unknown => Some(lengths.batch),
    };
    model.graph().inputs.iter().find_map(first).unwrap_or(1)
}

/// Inputs by a seed: floating-point numbers in 0..1, and integers 0 or 1, which every vocabulary and every mask has.
pub fn random(model: &Model, types: &[TensorType], seed: u64) -> Result<Vec<Tensor>, BenchError> {
    let mut source = SplitMix(seed);
    let mut make = |tensor_type: &TensorType| {
        let (data_type, shape) = (tensor_type.data_type, tensor_type.shape.clone());
        let elements = shape.elements();
        if data_type.is_float() {
            let numbers: Vec<f64> = (0..elements).map(|_| source.unit()).collect();
            Tensor::from_floats(data_type, shape, numbers.into_iter())
        } else {
            let numbers: Vec<i128> = (0..elements).map(|_| i128::from(source.next() & 1)).collect();
            Tensor::from_integers(data_type, shape, numbers.into_iter())
        }
    };
    let named = model.graph().inputs.iter().zip(types);
    named
        .map(|(input, tensor_type)| {
            make(tensor_type).map_err(|error| BenchError::input(model.graph().name(input.id), &error))
        })
        .collect()
}

/// SplitMix64 (Steele, Lea and Flood 2014).
struct SplitMix(u64);

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number in 0..1 that single precision holds.
    fn unit(&mut self) -> f64 {
        (self.next() >> 40) as f64 / f64::from(1_u32 << 24)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_source_is_the_published_one() {
        let mut source = SplitMix(1_234_567);
        let found: Vec<u64> = (0..3).map(|_| source.next()).collect();
        assert_eq!(
            found,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423
            ]
        );
    }
}
