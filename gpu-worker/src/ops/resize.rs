//! Resize and Upsample of the last one or two axes.

use super::transpose::lengths;
use super::{Lowered, OpError, Operands, Operator, Spec};
use crate::kernels::resize::{Place, launch};
use crate::tensor::{DataType, Shape, TensorType};

/// Where an output coordinate lies in the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coordinates {
    HalfPixel,
    PytorchHalfPixel,
    Asymmetric,
    AlignCorners,
}

/// What becomes of a coordinate between elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Between {
    Linear,
    HalfDown,
    HalfUp,
    Floor,
    Ceil,
}

#[derive(Debug)]
struct Resize {
    coordinates: Coordinates,
    between: Between,
    /// The inputs that hold the scales, and the sizes.
    scales: usize,
    sizes: Option<usize>,
    /// Scales as an attribute, in Upsample before version 9.
    fixed: Option<Vec<f32>>,
}

/// Builds Resize.
pub fn resize(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let attributes = &mut *spec.attributes;
    for name in ["cubic_coeff_a", "extrapolation_value"] {
        attributes.ignore(name);
    }
    let mode = attributes.text("mode")?.unwrap_or_else(|| "nearest".into());
    if spec.opset < 11 {
        let between = between(&mode, "floor")?;
        return Ok(Box::new(Resize {
            coordinates: Coordinates::Asymmetric,
            between,
            scales: 1,
            sizes: None,
            fixed: None,
        }));
    }
    let coordinates = match attributes.text("coordinate_transformation_mode")?.as_deref() {
        None | Some("half_pixel") => Coordinates::HalfPixel,
        Some("pytorch_half_pixel") => Coordinates::PytorchHalfPixel,
        Some("asymmetric") => Coordinates::Asymmetric,
        Some("align_corners") => Coordinates::AlignCorners,
        Some(other) => {
            return Err(OpError::unsupported(format!(
                "coordinate_transformation_mode '{other}'"
            )));
        }
    };
    match attributes.text("keep_aspect_ratio_policy")?.as_deref() {
        None | Some("stretch") => {}
        Some(other) => return Err(OpError::unsupported(format!("keep_aspect_ratio_policy '{other}'"))),
    }
    let nearest = attributes
        .text("nearest_mode")?
        .unwrap_or_else(|| "round_prefer_floor".into());
    if attributes.flag("antialias", false)? || attributes.flag("exclude_outside", false)? {
        return Err(OpError::unsupported("antialias or exclude_outside"));
    }
    let between = between(&mode, &nearest)?;
    Ok(Box::new(Resize {
        coordinates,
        between,
        scales: 2,
        sizes: Some(3),
        fixed: None,
    }))
}

/// Builds Upsample, which Resize replaced with version 10.
pub fn upsample(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let mode = spec.attributes.text("mode")?.unwrap_or_else(|| "nearest".into());
    let fixed = spec.attributes.floats("scales")?;
    let between = between(&mode, "floor")?;
    Ok(Box::new(Resize {
        coordinates: Coordinates::Asymmetric,
        between,
        scales: 1,
        sizes: None,
        fixed,
    }))
}

fn between(mode: &str, nearest: &str) -> Result<Between, OpError> {
    match (mode, nearest) {
        ("linear", _) => Ok(Between::Linear),
        ("nearest", "round_prefer_floor") => Ok(Between::HalfDown),
        ("nearest", "round_prefer_ceil") => Ok(Between::HalfUp),
        ("nearest", "floor") => Ok(Between::Floor),
        ("nearest", "ceil") => Ok(Between::Ceil),
        _ => Err(OpError::unsupported(format!(
            "mode '{mode}' with nearest_mode '{nearest}'"
        ))),
    }
}

impl Resize {
    /// Length of each output dimension, and how many times as long as the input it is meant to be.
    fn lengths(&self, inputs: &Operands) -> Result<Vec<(usize, f32)>, OpError> {
        let dims = inputs.dims(0)?;
        // An empty tensor stands for an input that is left out.
        let given = |index: usize| {
            inputs
                .optional(index)
                .is_some_and(|operand| operand.tensor_type.shape.elements() > 0)
        };
        if let Some(sizes) = self.sizes.filter(|&index| given(index)) {
            let sizes = lengths(inputs, sizes, "sizes")?;
            self.check_rank(dims, sizes.len())?;
            return Ok(sizes
                .iter()
                .zip(dims)
                .map(|(&size, &dim)| (size, size as f32 / dim as f32))
                .collect());
        }
        let scales = match &self.fixed {
            Some(scales) => scales.as_slice(),
            None => inputs.known(self.scales, "scales")?.as_slice::<f32>()?,
        };
        self.check_rank(dims, scales.len())?;
        let positive = |scale: f32| scale.is_finite() && scale > 0.0;
        if !scales.iter().all(|&scale| positive(scale)) {
            return Err(OpError::invalid(format!("the scales {scales:?} are not positive")));
        }
        Ok(scales
            .iter()
            .zip(dims)
            .map(|(&scale, &dim)| ((dim as f32 * scale).floor() as usize, scale))
            .collect())
    }

    fn check_rank(&self, dims: &[usize], found: usize) -> Result<(), OpError> {
        if found == dims.len() {
            return Ok(());
        }
        Err(OpError::unsupported(format!(
            "{found} scales or sizes for the {} dimensions",
            dims.len()
        )))
    }

    /// Where each output row or column comes from.
    fn places(&self, input: usize, (output, scale): (usize, f32)) -> Vec<Place> {
        let last = input.saturating_sub(1) as f32;
        let place = |i: usize| {
            let i = i as f32;
            let at = match self.coordinates {
                Coordinates::PytorchHalfPixel if output == 1 => 0.0,
                Coordinates::HalfPixel | Coordinates::PytorchHalfPixel => (i + 0.5) / scale - 0.5,
                Coordinates::Asymmetric => i / scale,
                Coordinates::AlignCorners if output == 1 => 0.0,
                Coordinates::AlignCorners => i * last / (output - 1) as f32,
            };
            let whole = match self.between {
                Between::Linear | Between::Floor => at.floor(),
                Between::HalfDown => (at - 0.5).ceil(),
                Between::HalfUp => (at + 0.5).floor(),
                Between::Ceil => at.ceil(),
            };
            let inside = |at: f32| at.clamp(0.0, last) as usize;
            if self.between == Between::Linear {
                Place {
                    low: inside(whole),
                    high: inside(whole + 1.0),
                    share: at - whole,
                }
            } else {
                Place {
                    low: inside(whole),
                    high: inside(whole),
                    share: 0.0,
                }
            }
        };
        (0..output).map(place).collect()
    }
}

impl Operator for Resize {
    fn infer(&self, inputs: &Operands) -> Result<Vec<TensorType>, OpError> {
        inputs.expect_type(0, &[DataType::Float32])?;
        let dims = inputs.dims(0)?;
        let lengths = self.lengths(inputs)?;
        let leading = dims.len().saturating_sub(2);
        if dims.contains(&0)
            || dims
                .iter()
                .zip(&lengths)
                .take(leading)
                .any(|(dim, (length, _))| dim != length)
        {
            return Err(OpError::unsupported(
                "resizing of other than the last two axes, or of nothing",
            ));
        }
        let shape = Shape::new(lengths.iter().map(|(length, _)| *length).collect::<Vec<_>>())?;
        Ok(vec![TensorType::new(DataType::Float32, shape)])
    }

    fn lower(&self, inputs: &Operands, outputs: &[TensorType]) -> Result<Lowered, OpError> {
        if outputs[0].shape.elements() == 0 {
            // Beside a length of zero another may be beyond any table.
            return Ok(Lowered::Device(Vec::new()));
        }
        let dims = inputs.dims(0)?;
        let lengths = self.lengths(inputs)?;
        let at = |from_end: usize| {
            let axis = dims.len().checked_sub(from_end);
            axis.map_or((1, (1, 1.0)), |axis| (dims[axis], lengths[axis]))
        };
        let [(in_rows, rows), (in_columns, columns)] = [at(2), at(1)];
        let planes = dims.iter().rev().skip(2).product();
        let (rows, columns) = (self.places(in_rows, rows), self.places(in_columns, columns));
        Ok(Lowered::Device(vec![launch(
            planes,
            [in_rows, in_columns],
            [&rows, &columns],
        )]))
    }

    fn flops(&self, _: &Operands, outputs: &[TensorType]) -> u64 {
        9 * outputs[0].shape.elements() as u64
    }
}
