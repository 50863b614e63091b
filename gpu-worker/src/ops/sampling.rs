//! Operators that read between elements, at places that are data: GridSample, AffineGrid, RoiAlign and DeformConv.

use super::compose::{Composer, Composition, Value, composed};
use super::host_op::host_op;
use super::window::{Window, spatial};
use super::{Lowered, OpError, Operands, Operator, Spec};
use crate::kernels::deform_conv::{self, Deformable};
use crate::kernels::grid_sample::{self, Sampling};
use crate::kernels::roi_align::{self, MOST_SAMPLES, Regions};
use crate::tensor::{DataType, Shape, Tensor, TensorType};

#[derive(Debug)]
struct GridSample {
    taps: u32,
    padding: u32,
    aligns_corners: bool,
}

/// Builds GridSample.
pub fn grid_sample(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let taps = match spec.attributes.text("mode")?.as_deref() {
        Some("nearest") => 1,
        None | Some("linear" | "bilinear") => 2,
        Some("cubic" | "bicubic") => 4,
        Some(other) => return Err(OpError::invalid(format!("mode '{other}'"))),
    };
    let padding = match spec.attributes.text("padding_mode")?.as_deref() {
        None | Some("zeros") => 0,
        Some("border") => 1,
        Some("reflection") => 2,
        Some(other) => return Err(OpError::invalid(format!("padding_mode '{other}'"))),
    };
    Ok(Box::new(GridSample {
        taps,
        padding,
        aligns_corners: spec.attributes.flag("align_corners", false)?,
    }))
}

impl GridSample {
    fn plan(&self, inputs: &Operands) -> Result<(Sampling, Shape), OpError> {
        let (x, grid) = (inputs.shape(0)?, inputs.shape(1)?);
        let wrong = || OpError::invalid(format!("the grid {grid} does not fit the input {x}"));
        let (&[batch, channels, ref space @ ..], &[grids, ref points @ .., axes]) = (x.dims(), grid.dims()) else {
            return Err(wrong());
        };
        if batch != grids || space.len() != axes || points.len() != axes {
            return Err(wrong());
        }
        let size = match *space {
            [rows, columns] => [1, rows, columns],
            [planes, rows, columns] => [planes, rows, columns],
            _ => {
                return Err(OpError::unsupported(format!(
                    "grids over {axes} axes; two and three are supported"
                )));
            }
        };
        let sampling = Sampling {
            batch,
            channels,
            points: points.iter().product(),
            axes,
            size,
            aligns_corners: self.aligns_corners,
            padding: self.padding,
            taps: self.taps,
        };
        let shape = Shape::new([&[batch, channels], points].concat())?;
        if shape.elements() > 0 && size.contains(&0) {
            return Err(OpError::invalid("there is nothing to sample"));
        }
        Ok((sampling, shape))
    }
}

impl Operator for GridSample {
    fn infer(&self, inputs: &Operands) -> Result<Vec<TensorType>, OpError> {
        inputs.expect_type(0, &[DataType::Float32])?;
        inputs.expect_type(1, &[DataType::Float32])?;
        Ok(vec![TensorType::new(DataType::Float32, self.plan(inputs)?.1)])
    }

    fn lower(&self, inputs: &Operands, _: &[TensorType]) -> Result<Lowered, OpError> {
        Ok(Lowered::Device(vec![grid_sample::launch(&self.plan(inputs)?.0)]))
    }

    fn flops(&self, _: &Operands, outputs: &[TensorType]) -> u64 {
        let taps = u64::from(self.taps);
        (outputs[0].shape.elements() as u64).saturating_mul(4 * taps * taps)
    }
}

/// The grid that an affine map makes of a regular one.
#[derive(Debug)]
struct AffineGrid {
    aligns_corners: bool,
}

/// Builds AffineGrid.
pub fn affine_grid(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let aligns_corners = spec.attributes.flag("align_corners", false)?;
    Ok(composed(spec, AffineGrid { aligns_corners }))
}

impl AffineGrid {
    /// Coordinate `index` of `length` from -1 to 1.
    fn coordinate(&self, index: usize, length: usize) -> f32 {
        let (index, length) = (index as f64, length as f64);
        let at = match self.aligns_corners {
            true if length == 1.0 => -1.0,
            true => 2.0 * index / (length - 1.0) - 1.0,
            false => (2.0 * index + 1.0) / length - 1.0,
        };
        at as f32
    }
}

impl Composition for AffineGrid {
    fn compose<'a>(&self, composer: &mut Composer<'a>) -> Result<Vec<Option<Value<'a>>>, OpError> {
        let theta = composer.input(0)?;
        let size = super::transpose::lengths(composer.inputs(), 1, "size")?;
        let (&[batch, rows, columns], [_, _, space @ ..]) = (theta.dims(), size.as_slice()) else {
            return Err(OpError::invalid(
                "maps need three dimensions, and the size samples and channels",
            ));
        };
        let axes = space.len();
        if !(2..=3).contains(&axes) || rows != axes || columns != axes + 1 || size[0] != batch {
            return Err(OpError::invalid(format!(
                "maps {:?} for the size {size:?}",
                theta.dims()
            )));
        }
        let space = Shape::new(space)?;
        // Points with their coordinates, the last axis first, and a one.
        let base = composer.table(Shape::new([space.elements(), axes + 1])?, || {
            let strides = space.strides();
            let point = |point: usize| {
                let along = |axis: usize| point / strides[axis] % space.dims()[axis];
                let coordinates = (0..axes)
                    .rev()
                    .map(|axis| self.coordinate(along(axis), space.dims()[axis]));
                coordinates.chain([1.0]).collect::<Vec<f32>>()
            };
            Ok((0..space.elements()).flat_map(point).collect())
        })?;
        let base = composer.cast(&base, theta.data_type())?;
        let maps = composer.transpose(&theta, &[0, 2, 1])?;
        let grid = composer.call("MatMul", &[&base, &maps])?;
        let dims = [&[batch], space.dims(), &[axes]].concat();
        Ok(vec![Some(composer.reshape(&grid, &dims)?)])
    }
}

#[derive(Debug)]
struct RoiAlign {
    bins: [usize; 2],
    samples: usize,
    scale: f32,
    half_pixel: bool,
    greatest: bool,
}

/// The operator that [`region_samples`] builds.
pub const REGION_SAMPLES: &str = "RegionSamples";

/// Builds the check of which sample each region is of, given the shape of all samples: the same as numbers.
pub fn region_samples(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    host_op(
        spec.kind,
        |inputs| {
            inputs.expect_type(0, &[DataType::Int32, DataType::Int64])?;
            Ok(vec![TensorType::new(DataType::Float32, inputs.shape(0)?.clone())])
        },
        |inputs| {
            let batch = inputs.integers(1)?.and_then(|dims| dims.first().copied()).unwrap_or(0);
            let samples = inputs.integers(0)?.unwrap_or_default();
            if let Some(outside) = samples.iter().find(|sample| !(0..batch).contains(*sample)) {
                return Err(OpError::invalid(format!(
                    "a region is of sample {outside}, but there are {batch} samples"
                )));
            }
            let numbers = samples.into_iter().map(|sample| sample as f32).collect();
            Ok(vec![Tensor::new(inputs.get(0)?.shape().clone(), numbers)?])
        },
    )
}

/// Builds RoiAlign; its third input comes as numbers, see `composite`.
pub fn roi_align(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let attributes = &mut *spec.attributes;
    let mut length = |name: &str, default: i64| {
        let found = attributes.int(name)?.unwrap_or(default);
        let valid = usize::try_from(found).ok().filter(|&length| length <= u16::MAX.into());
        valid.ok_or_else(|| OpError::invalid(format!("attribute '{name}' is {found}")))
    };
    let bins = [length("output_height", 1)?, length("output_width", 1)?];
    let samples = length("sampling_ratio", 0)?;
    if samples > MOST_SAMPLES {
        return Err(OpError::unsupported(format!(
            "{samples} samples; {MOST_SAMPLES} are supported"
        )));
    }
    let half_pixel = match attributes.text("coordinate_transformation_mode")?.as_deref() {
        // The attribute came with version 16; before there was no half pixel.
        None => spec.opset >= 16,
        Some("half_pixel") => true,
        Some("output_half_pixel") => false,
        Some(other) => return Err(OpError::invalid(format!("coordinate_transformation_mode '{other}'"))),
    };
    let greatest = match attributes.text("mode")?.as_deref() {
        None | Some("avg") => false,
        Some("max") => true,
        Some(other) => return Err(OpError::invalid(format!("mode '{other}'"))),
    };
    Ok(Box::new(RoiAlign {
        bins,
        samples,
        scale: attributes.float("spatial_scale")?.unwrap_or(1.0),
        half_pixel,
        greatest,
    }))
}

impl RoiAlign {
    fn plan(&self, inputs: &Operands) -> Result<(Regions, Shape), OpError> {
        let (x, rois, samples) = (inputs.shape(0)?, inputs.shape(1)?, inputs.shape(2)?);
        let wrong = || OpError::invalid(format!("regions {rois} of samples {samples} do not fit the input {x}"));
        let (&[batch, channels, rows, columns], &[regions, 4]) = (x.dims(), rois.dims()) else {
            return Err(wrong());
        };
        if samples.dims() != [regions] || rows == 0 || columns == 0 {
            return Err(wrong());
        }
        let plan = Regions {
            regions,
            batch,
            channels,
            size: [rows, columns],
            bins: self.bins,
            samples: self.samples,
            scale: self.scale,
            half_pixel: self.half_pixel,
            greatest: self.greatest,
        };
        Ok((plan, Shape::new([regions, channels, self.bins[0], self.bins[1]])?))
    }
}

impl Operator for RoiAlign {
    fn infer(&self, inputs: &Operands) -> Result<Vec<TensorType>, OpError> {
        for index in 0..3 {
            inputs.expect_type(index, &[DataType::Float32])?;
        }
        Ok(vec![TensorType::new(DataType::Float32, self.plan(inputs)?.1)])
    }

    fn lower(&self, inputs: &Operands, _: &[TensorType]) -> Result<Lowered, OpError> {
        Ok(Lowered::Device(vec![roi_align::launch(&self.plan(inputs)?.0)]))
    }

    fn flops(&self, _: &Operands, outputs: &[TensorType]) -> u64 {
        let samples = (self.samples * self.samples).max(4) as u64;
        (outputs[0].shape.elements() as u64).saturating_mul(8 * samples)
    }
}

#[derive(Debug)]
struct DeformConv {
    window: Window,
    groups: i64,
    offset_groups: i64,
}

/// Builds DeformConv.
pub fn deform_conv(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    Ok(Box::new(DeformConv {
        groups: spec.attributes.int("group")?.unwrap_or(1),
        offset_groups: spec.attributes.int("offset_group")?.unwrap_or(1),
        window: Window::read(spec)?,
    }))
}

impl DeformConv {
    fn plan(&self, inputs: &Operands) -> Result<(Deformable, Shape), OpError> {
        let (x, w, offsets) = (inputs.shape(0)?, inputs.shape(1)?, inputs.shape(2)?);
        let wrong = || OpError::invalid(format!("filters {w} and offsets {offsets} do not fit the input {x}"));
        let (&[batch, channels, ref input @ ..], &[filters, in_channels, ref kernel @ ..]) = (x.dims(), w.dims())
        else {
            return Err(wrong());
        };
        if input.len() != 2 {
            return Err(OpError::unsupported(format!(
                "windows over {} axes; two are supported",
                input.len()
            )));
        }
        let count = |number: i64| usize::try_from(number).ok().filter(|&number| number > 0);
        let groups = count(self.groups).ok_or_else(wrong)?;
        let offset_groups = count(self.offset_groups).ok_or_else(wrong)?;
        let fits = in_channels.checked_mul(groups) == Some(channels)
            && filters.is_multiple_of(groups)
            && channels.is_multiple_of(offset_groups);
        if !fits {
            return Err(wrong());
        }
        let axes = self.window.place(input, kernel)?;
        let [_, rows, columns] = spatial(&axes)?;
        let window = kernel.iter().product::<usize>();
        let shape = Shape::new([batch, filters, rows.output, columns.output])?;
        let per_pixel = window.checked_mul(offset_groups).ok_or_else(wrong)?;
        let doubled = per_pixel.checked_mul(2).ok_or_else(wrong)?;
        let (has_bias, has_mask) = (inputs.optional(3).is_some(), inputs.optional(4).is_some());
        if offsets.dims() != [batch, doubled, rows.output, columns.output]
            || (has_bias && inputs.dims(3)? != [filters])
            || (has_mask && inputs.dims(4)? != [batch, per_pixel, rows.output, columns.output])
        {
            return Err(wrong());
        }
        let plan = Deformable {
            batch,
            groups,
            in_channels,
            out_channels: filters / groups,
            offset_groups,
            in_size: [rows.input, columns.input],
            out_size: [rows.output, columns.output],
            kernel_size: [rows.kernel, columns.kernel],
            strides: [rows.stride, columns.stride],
            dilations: [rows.dilation, columns.dilation],
            pads: [rows.before, columns.before],
            has_bias,
            has_mask,
        };
        Ok((plan, shape))
    }
}

impl Operator for DeformConv {
    fn infer(&self, inputs: &Operands) -> Result<Vec<TensorType>, OpError> {
        for index in (0..inputs.count()).filter(|&index| inputs.optional(index).is_some()) {
            inputs.expect_type(index, &[DataType::Float32])?;
        }
        Ok(vec![TensorType::new(DataType::Float32, self.plan(inputs)?.1)])
    }

    fn lower(&self, inputs: &Operands, _: &[TensorType]) -> Result<Lowered, OpError> {
        Ok(Lowered::Device(vec![deform_conv::launch(&self.plan(inputs)?.0)]))
    }

    fn flops(&self, inputs: &Operands, outputs: &[TensorType]) -> u64 {
        let filter = inputs.dims(1).map_or(0, |dims| dims[1..].iter().product::<usize>()) as u64;
        (outputs[0].shape.elements() as u64).saturating_mul(filter.saturating_mul(12))
    }
}
