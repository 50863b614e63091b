//! DFT, STFT, MelWeightMatrix and windows. Spectra are computed on the host in double precision: their small parts are differences of
//! large sums, which single precision would lose.

mod fourier;

use std::f64::consts::PI;

pub use self::fourier::{dft, stft};
use super::doubles::{doubles, from_doubles, given};
use super::{Lowered, OpError, Operands, Operator, Spec};
use crate::model::decode_data_type;
use crate::tensor::{DataType, Shape, Tensor, TensorType};

/// The type that an attribute names, float32 by default.
pub fn output_type(spec: &mut Spec, name: &str) -> Result<Option<DataType>, OpError> {
    let Some(code) = spec.attributes.int(name)? else {
        return Ok(None);
    };
    let found = decode_data_type(i32::try_from(code).unwrap_or(-1));
    found
        .map(Some)
        .map_err(|error| OpError::unsupported(format!("{name}: {error}")))
}

/// A length that input `index` gives as a single integer.
fn length(inputs: &Operands, index: usize, name: &'static str) -> Result<usize, OpError> {
    let found = inputs.integers(index, name)?;
    let valid = match found.as_deref() {
        Some(&[length]) => usize::try_from(length).ok(),
        _ => None,
    };
    valid.ok_or_else(|| OpError::invalid(format!("input {index} ({name}) is {found:?}, not a length")))
}

/// Coefficients of a window: constant, of the cosine, and of the cosine of twice the angle.
#[derive(Debug)]
struct Window {
    coefficients: [f64; 3],
    is_periodic: bool,
    data_type: DataType,
}

/// Builds HannWindow, HammingWindow or BlackmanWindow.
pub fn window(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let coefficients = match spec.kind {
        "HannWindow" => [0.5, 0.5, 0.0],
        "HammingWindow" => [25.0 / 46.0, 1.0 - 25.0 / 46.0, 0.0],
        _ => [0.42, 0.5, 0.08],
    };
    Ok(Box::new(Window {
        coefficients,
        is_periodic: spec.attributes.flag("periodic", true)?,
        data_type: output_type(spec, "output_datatype")?.unwrap_or(DataType::Float32),
    }))
}

impl Operator for Window {
    fn infer(&self, inputs: &Operands) -> Result<Vec<TensorType>, OpError> {
        let shape = Shape::vector(length(inputs, 0, "size")?)?;
        Ok(vec![TensorType::new(self.data_type, shape)])
    }

    fn lower(&self, _: &Operands, _: &[TensorType]) -> Result<Lowered, OpError> {
        Ok(Lowered::Host)
    }

    fn evaluate(&self, _: &[Option<&Tensor>], outputs: &[TensorType]) -> Result<Vec<Tensor>, OpError> {
        let count = outputs[0].shape.elements();
        let turn = if self.is_periodic {
            count
        } else {
            count.saturating_sub(1)
        } as f64;
        let [constant, first, second] = self.coefficients;
        let element = |at: usize| {
            let angle = 2.0 * PI * at as f64 / turn;
            constant - first * angle.cos() + second * (2.0 * angle).cos()
        };
        Ok(vec![from_doubles(&outputs[0], (0..count).map(element).collect())?])
    }
}

/// Weights that gather the bins of a spectrum in bands that are even to the ear.
#[derive(Debug)]
struct MelWeightMatrix {
    data_type: DataType,
}

/// Builds MelWeightMatrix.
pub fn mel_weight_matrix(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let data_type = output_type(spec, "output_datatype")?.unwrap_or(DataType::Float32);
    Ok(Box::new(MelWeightMatrix { data_type }))
}

impl Operator for MelWeightMatrix {
    fn infer(&self, inputs: &Operands) -> Result<Vec<TensorType>, OpError> {
        let (bands, window) = (length(inputs, 0, "num_mel_bins")?, length(inputs, 1, "dft_length")?);
        Ok(vec![TensorType::new(
            self.data_type,
            Shape::new([window / 2 + 1, bands])?,
        )])
    }

    fn lower(&self, _: &Operands, _: &[TensorType]) -> Result<Lowered, OpError> {
        Ok(Lowered::Host)
    }

    fn evaluate(&self, inputs: &[Option<&Tensor>], outputs: &[TensorType]) -> Result<Vec<Tensor>, OpError> {
        let number = |index: usize| {
            let elements = doubles(given(inputs, index)?)?;
            let first = elements.first().copied();
            first.ok_or_else(|| OpError::invalid(format!("input {index} is empty")))
        };
        let (window, rate, low, high) = (number(1)?, number(2)?, number(3)?, number(4)?);
        let &[bins, bands] = outputs[0].shape.dims() else {
            return Err(OpError::invalid("a matrix is needed"));
        };
        let mel = |hertz: f64| 2595.0 * (1.0 + hertz / 700.0).log10();
        let (low, high) = (mel(low), mel(high));
        let step = (high - low) / (bands + 2) as f64;
        let edge = |at: usize| {
            let hertz = 700.0 * (10.0_f64.powf((low + step * at as f64) / 2595.0) - 1.0);
            ((window + 1.0) * hertz / rate).floor()
        };
        let edges: Vec<f64> = (0..bands + 2).map(edge).collect();
        let fits = |(at, edge): (usize, &f64)| *edge >= 0.0 && *edge < (bins + usize::from(at > bands)) as f64;
        if !edges.iter().enumerate().all(fits) {
            return Err(OpError::invalid("the bands lie outside of the spectrum"));
        }
        let mut weights = vec![0.0; bins * bands];
        for band in 0..bands {
            let [left, centre, right] = [0, 1, 2].map(|at| edges[band + at] as usize);
            if left == centre {
                weights[centre * bands + band] = 1.0;
            }
            for bin in left..=centre {
                if left < centre {
                    weights[bin * bands + band] = (bin - left) as f64 / (centre - left) as f64;
                }
            }
            for bin in centre..right {
                weights[bin * bands + band] = (right - bin) as f64 / (right - centre) as f64;
            }
        }
        Ok(vec![from_doubles(&outputs[0], weights)?])
    }
}
