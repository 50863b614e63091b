//! Resize and Upsample: each axis in turn becomes weighted sums of its elements.

mod rows;

use self::rows::{Along, Coordinates, Mode, Nearest, Settings};
use super::compose::{Composer, Composition, Value, composed};
use super::doubles::{doubles, from_doubles};
use super::operand::axes;
use super::transpose::lengths;
use super::{Lowered, OpError, Operands, Operator, Spec};
use crate::kernels::{around, resample};
use crate::tensor::{DataType, Shape, Tensor, TensorType};

/// What the sizes of several axes mean together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Aspect {
    Stretch,
    NotLarger,
    NotSmaller,
}

#[derive(Debug)]
struct Resize {
    settings: Settings,
    aspect: Aspect,
    /// The axes that scales and sizes are of; all by default.
    axes: Option<Vec<i64>>,
    /// The inputs that hold the region, the scales and the sizes.
    region: Option<usize>,
    scales: usize,
    sizes: Option<usize>,
    /// Scales as an attribute, in Upsample before version 9.
    fixed: Option<Vec<f32>>,
}

/// As it was before version 11.
fn plain(mode: &str) -> Result<Resize, OpError> {
    let settings = Settings {
        coordinates: Coordinates::Asymmetric,
        mode: match mode {
            "nearest" => Mode::Nearest(Nearest::Floor),
            "linear" | "bilinear" => Mode::Linear,
            other => return Err(OpError::unsupported(format!("mode '{other}'"))),
        },
        antialias: false,
        excludes_outside: false,
        extrapolation: 0.0,
    };
    Ok(Resize {
        settings,
        aspect: Aspect::Stretch,
        axes: None,
        region: None,
        scales: 1,
        sizes: None,
        fixed: None,
    })
}

/// Builds Upsample.
pub fn upsample(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let mode = spec.attributes.text("mode")?.unwrap_or_else(|| "nearest".into());
    let fixed = spec.attributes.floats("scales")?;
    let resize = plain(&mode)?;
    Ok(composed(spec, Resize { fixed, ..resize }))
}

/// Builds Resize.
pub fn resize(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let attributes = &mut *spec.attributes;
    let mode = attributes.text("mode")?.unwrap_or_else(|| "nearest".into());
    if spec.opset < 11 {
        let resize = plain(&mode)?;
        return Ok(composed(spec, resize));
    }
    let coordinates = match attributes.text("coordinate_transformation_mode")?.as_deref() {
        None | Some("half_pixel") => Coordinates::HalfPixel,
        Some("half_pixel_symmetric") => Coordinates::HalfPixelSymmetric,
        Some("pytorch_half_pixel") => Coordinates::PytorchHalfPixel,
        Some("asymmetric") => Coordinates::Asymmetric,
        Some("align_corners") => Coordinates::AlignCorners,
        Some("tf_crop_and_resize") => Coordinates::CropAndResize,
        Some(other) => {
            return Err(OpError::unsupported(format!(
                "coordinate_transformation_mode '{other}'"
            )));
        }
    };
    let aspect = match attributes.text("keep_aspect_ratio_policy")?.as_deref() {
        None | Some("stretch") => Aspect::Stretch,
        Some("not_larger") => Aspect::NotLarger,
        Some("not_smaller") => Aspect::NotSmaller,
        Some(other) => return Err(OpError::invalid(format!("keep_aspect_ratio_policy '{other}'"))),
    };
    let nearest = match attributes.text("nearest_mode")?.as_deref() {
        None | Some("round_prefer_floor") => Nearest::RoundPreferFloor,
        Some("round_prefer_ceil") => Nearest::RoundPreferCeil,
        Some("floor") => Nearest::Floor,
        Some("ceil") => Nearest::Ceil,
        Some(other) => return Err(OpError::invalid(format!("nearest_mode '{other}'"))),
    };
    let a = attributes.float("cubic_coeff_a")?.unwrap_or(-0.75);
    let mode = match mode.as_str() {
        "nearest" => Mode::Nearest(nearest),
        "linear" => Mode::Linear,
        "cubic" => Mode::Cubic { a: a.into() },
        other => return Err(OpError::invalid(format!("mode '{other}'"))),
    };
    let settings = Settings {
        coordinates,
        mode,
        antialias: attributes.flag("antialias", false)?,
        excludes_outside: attributes.flag("exclude_outside", false)?,
        extrapolation: attributes.float("extrapolation_value")?.unwrap_or(0.0).into(),
    };
    let resize = Resize {
        settings,
        aspect,
        axes: attributes.ints("axes")?,
        region: (coordinates == Coordinates::CropAndResize).then_some(1),
        scales: 2,
        sizes: Some(3),
        fixed: None,
    };
    Ok(composed(spec, resize))
}

impl Resize {
    /// The axes in the order of the scales.
    fn axes(&self, rank: usize) -> Result<Vec<usize>, OpError> {
        let Some(named) = &self.axes else {
            return Ok((0..rank).collect());
        };
        axes(named, rank)?;
        named.iter().map(|&one| super::operand::axis(one, rank)).collect()
    }

    /// Every axis that is named, and what becomes of it.
    fn plan(&self, inputs: &Operands) -> Result<Vec<(usize, Along)>, OpError> {
        let dims = inputs.dims(0)?;
        let axes = self.axes(dims.len())?;
        // An empty tensor stands for an input that is left out.
        let given = |index: usize| {
            inputs
                .optional(index)
                .is_some_and(|operand| operand.tensor_type.shape.elements() > 0)
        };
        let check = |found: usize| {
            if found == axes.len() {
                return Ok(());
            }
            Err(OpError::invalid(format!(
                "{found} scales or sizes for {} axes",
                axes.len()
            )))
        };
        let mut lengths_and_scales = Vec::with_capacity(axes.len());
        if let Some(sizes) = self.sizes.filter(|&index| given(index)) {
            let sizes = lengths(inputs, sizes, "sizes")?;
            check(sizes.len())?;
            let scale = |(&size, &axis): (&usize, &usize)| size as f64 / dims[axis].max(1) as f64;
            let scales: Vec<f64> = sizes.iter().zip(&axes).map(scale).collect();
            let common = match self.aspect {
                Aspect::Stretch => None,
                Aspect::NotLarger => scales.iter().copied().reduce(f64::min),
                Aspect::NotSmaller => scales.iter().copied().reduce(f64::max),
            };
            for ((&axis, &size), &scale) in axes.iter().zip(&sizes).zip(&scales) {
                lengths_and_scales.push(match common {
                    None => (size, scale),
                    Some(common) => ((common * dims[axis] as f64 + 0.5).floor() as usize, common),
                });
            }
        } else {
            let scales = match &self.fixed {
                Some(scales) => scales.as_slice(),
                None => inputs.known(self.scales, "scales")?.as_slice::<f32>()?,
            };
            check(scales.len())?;
            let is_positive = |scale: &f32| scale.is_finite() && *scale > 0.0;
            if !scales.iter().all(is_positive) {
                return Err(OpError::invalid(format!("the scales {scales:?} are not positive")));
            }
            for (&axis, &scale) in axes.iter().zip(scales) {
                lengths_and_scales.push(((dims[axis] as f32 * scale).floor() as usize, scale.into()));
            }
        }
        let region = match self.region {
            None => None,
            Some(index) => Some(inputs.known(index, "roi")?.as_slice::<f32>()?),
        };
        if region.is_some_and(|region| region.len() != 2 * axes.len()) {
            return Err(OpError::invalid("a region needs a start and an end for each axis"));
        }
        let region = |at: usize| match region {
            None => (0.0, 1.0),
            Some(region) => (region[at].into(), region[axes.len() + at].into()),
        };
        let along = |(at, (&axis, (output, scale)))| {
            let along = Along {
                input: dims[axis],
                output,
                scale,
                region: region(at),
            };
            (axis, along)
        };
        Ok(axes.iter().zip(lengths_and_scales).enumerate().map(along).collect())
    }
}

impl Composition for Resize {
    fn compose<'a>(&self, composer: &mut Composer<'a>) -> Result<Vec<Option<Value<'a>>>, OpError> {
        let mut x = composer.input(0)?;
        for (axis, along) in self.plan(composer.inputs())? {
            let is_same = along.input == along.output && along.scale == 1.0 && along.region == (0.0, 1.0);
            if is_same {
                continue;
            }
            if along.input == 0 {
                return Err(OpError::invalid("there is nothing to resize"));
            }
            let part = Part {
                settings: self.settings,
                axis,
                along,
            };
            x = composer.add(Box::new(part), &[Some(&x)])?;
        }
        Ok(vec![Some(x)])
    }
}

/// The resizing of one axis.
#[derive(Debug)]
struct Part {
    settings: Settings,
    axis: usize,
    along: Along,
}

impl Operator for Part {
    fn infer(&self, inputs: &Operands) -> Result<Vec<TensorType>, OpError> {
        let mut dims = inputs.dims(0)?.to_vec();
        dims[self.axis] = self.along.output;
        Ok(vec![TensorType::new(inputs.data_type(0)?, Shape::new(dims)?)])
    }

    fn lower(&self, inputs: &Operands, outputs: &[TensorType]) -> Result<Lowered, OpError> {
        if outputs[0].data_type != DataType::Float32 {
            return Ok(Lowered::Host);
        }
        if outputs[0].shape.elements() == 0 {
            // Beside a length of zero another may be beyond any table.
            return Ok(Lowered::Device(Vec::new()));
        }
        let rows = self.settings.rows(&self.along);
        Ok(Lowered::Device(vec![resample::launch(
            inputs.shape(0)?,
            self.axis,
            &rows,
        )]))
    }

    fn evaluate(&self, inputs: &[Option<&Tensor>], outputs: &[TensorType]) -> Result<Vec<Tensor>, OpError> {
        let x = inputs.first().copied().flatten();
        let x = x.ok_or_else(|| OpError::invalid("input 0 is missing"))?;
        let elements = doubles(x)?;
        let (outer, length, inner) = around(x.shape(), self.axis);
        let mut made = Vec::with_capacity(outputs[0].shape.elements());
        if outputs[0].shape.elements() > 0 {
            let rows = self.settings.rows(&self.along);
            for outer in 0..outer {
                for row in &rows {
                    made.extend((0..inner).map(|column| {
                        let element = |index: usize| elements[(outer * length + index) * inner + column];
                        let terms = row.terms.iter().filter(|(_, weight)| *weight != 0.0);
                        row.start + terms.map(|&(index, weight)| weight * element(index)).sum::<f64>()
                    }));
                }
            }
        }
        Ok(vec![from_doubles(&outputs[0], made)?])
    }

    fn flops(&self, _: &Operands, outputs: &[TensorType]) -> u64 {
        8 * outputs[0].shape.elements() as u64
    }
}
