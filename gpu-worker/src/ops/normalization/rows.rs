//! LayerNormalization, RMSNormalization, InstanceNormalization and GroupNormalization: each row of some view of the input becomes of
//! mean 0 and variance 1. One kernel does it where a thread can walk a row; else it is composed.

use super::{centred, deviation, mean};
use crate::kernels::layer_norm::{Rows, launch};
use crate::ops::compose::{Composer, Composition, Value, composed};
use crate::ops::operand::axis;
use crate::ops::{Lowered, OpError, Operands, Operator, Spec};
use crate::tensor::{DataType, TensorType};

/// What a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    /// Everything from an axis on; a scale for each position.
    Layer { axis: i64 },
    /// The same without taking the mean out.
    RootMeanSquare { axis: i64 },
    /// The space of a channel; a scale for each channel.
    Instance,
    /// The space of some channels; a scale for each channel, or for each group.
    Group { groups: i64, per_group: bool },
}

#[derive(Debug)]
struct Normalization {
    family: Family,
    epsilon: f32,
    /// Whether mean and deviation are outputs, too.
    gives_statistics: bool,
}

fn build(spec: &mut Spec, family: Family) -> Result<Box<dyn Operator>, OpError> {
    let epsilon = spec.attributes.float("epsilon")?.unwrap_or(1e-5);
    if !matches!(spec.attributes.int("stash_type")?, None | Some(1)) {
        return Err(OpError::unsupported("statistics in another type than float32"));
    }
    let gives_statistics = spec.has_output(1) || spec.has_output(2);
    let normalization = Normalization {
        family,
        epsilon,
        gives_statistics,
    };
    Ok(composed(spec, normalization))
}

/// Builds LayerNormalization.
pub fn layer(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let axis = spec.attributes.int("axis")?.unwrap_or(-1);
    build(spec, Family::Layer { axis })
}

/// Builds RMSNormalization.
pub fn root_mean_square(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let axis = spec.attributes.int("axis")?.unwrap_or(-1);
    build(spec, Family::RootMeanSquare { axis })
}

/// Builds InstanceNormalization.
pub fn instance(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    spec.attributes.ignore("consumed_inputs");
    build(spec, Family::Instance)
}

/// Builds GroupNormalization; before version 21 scales belonged to groups.
pub fn group(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let groups = spec.attributes.int("num_groups")?;
    let groups = groups.ok_or_else(|| OpError::invalid("attribute 'num_groups' is missing"))?;
    let per_group = spec.opset < 21;
    build(spec, Family::Group { groups, per_group })
}

impl Normalization {
    /// The rows, if scale and bias have as many elements as the kernel reads.
    fn rows(&self, inputs: &Operands) -> Result<Rows, OpError> {
        let dims = inputs.dims(0)?;
        let split = match self.family {
            Family::Layer { axis: at } | Family::RootMeanSquare { axis: at } => axis(at, dims.len())?,
            Family::Instance | Family::Group { .. } if dims.len() < 2 => {
                return Err(OpError::invalid("the input has no channels"));
            }
            Family::Instance | Family::Group { .. } => 2,
        };
        let (rows, length) = (dims[..split].iter().product(), dims[split..].iter().product());
        let plain = Rows {
            rows,
            length,
            distinct: 1,
            scales: 0,
            shared: 1,
            epsilon: self.epsilon,
            centres: !matches!(self.family, Family::RootMeanSquare { .. }),
            has_bias: inputs.optional(2).is_some(),
        };
        Ok(match self.family {
            Family::Layer { .. } | Family::RootMeanSquare { .. } => plain,
            Family::Instance => Rows {
                distinct: dims[1],
                scales: 1,
                shared: length,
                ..plain
            },
            Family::Group { groups, per_group } => {
                let groups = usize::try_from(groups).ok().filter(|&groups| groups > 0);
                let groups = groups.filter(|&groups| dims[1].is_multiple_of(groups));
                let groups = groups
                    .ok_or_else(|| OpError::invalid(format!("{} channels do not fall into such groups", dims[1])))?;
                let channels = dims[1] / groups;
                Rows {
                    rows: dims[0] * groups,
                    length: channels * length,
                    distinct: groups,
                    scales: if per_group { 1 } else { channels },
                    shared: if per_group { channels * length } else { length },
                    ..plain
                }
            }
        })
    }

    /// The scales that the kernel reads.
    fn scales(&self, rows: &Rows) -> usize {
        match self.family {
            Family::Layer { .. } | Family::RootMeanSquare { .. } => rows.length,
            Family::Instance | Family::Group { .. } => rows.distinct * rows.scales,
        }
    }

    fn is_per_channel(&self) -> bool {
        matches!(self.family, Family::Instance | Family::Group { .. })
    }
}

impl Composition for Normalization {
    fn compose<'a>(&self, composer: &mut Composer<'a>) -> Result<Vec<Option<Value<'a>>>, OpError> {
        let rows = self.rows(composer.inputs())?;
        let x = composer.input(0)?;
        if x.dims().iter().product::<usize>() > 0 && rows.length == 0 {
            return Err(OpError::unsupported("rows without elements"));
        }
        let (scale, bias) = (composer.input(1)?, composer.optional(2));
        let scales = self.scales(&rows);
        let fits = |value: &Value| value.dims().iter().product::<usize>() == scales;
        let all_fit = fits(&scale) && bias.as_ref().is_none_or(fits);
        if self.is_per_channel() && !all_fit {
            let message = format!(
                "the scale has dimensions {:?}, not one for each of {scales} channels",
                scale.dims()
            );
            return Err(OpError::invalid(message));
        }
        let is_plain = x.data_type() == DataType::Float32 && scale.data_type() == DataType::Float32;
        if rows.fit() && all_fit && is_plain && !self.gives_statistics {
            let inputs = [Some(&x), Some(&scale), bias.as_ref()];
            return Ok(vec![Some(composer.add(Box::new(rows), &inputs)?)]);
        }
        self.written_out(composer, &rows, &x)
    }
}

impl Normalization {
    /// The normalisation by its definition.
    fn written_out<'a>(
        &self,
        composer: &mut Composer<'a>,
        rows: &Rows,
        x: &Value<'a>,
    ) -> Result<Vec<Option<Value<'a>>>, OpError> {
        // Statistics are in single precision at least.
        let wide = match x.data_type() {
            DataType::Float64 => DataType::Float64,
            _ => DataType::Float32,
        };
        let values = composer.cast(x, wide)?;
        let view = self.view(rows, x.dims())?;
        let values = composer.reshape(&values, &view)?;
        let kept = match self.family {
            Family::Layer { axis: at } | Family::RootMeanSquare { axis: at } => axis(at, x.rank())?,
            Family::Instance | Family::Group { .. } => 1,
        };
        let axes: Vec<usize> = (kept..view.len()).collect();
        let (values, average, variance) = if rows.centres {
            let (centred, average, variance) = centred(composer, &values, &axes)?;
            (centred, Some(average), variance)
        } else {
            let squares = composer.call("Mul", &[&values, &values])?;
            let variance = mean(composer, &squares, &axes)?;
            (values, None, variance)
        };
        let deviation = deviation(composer, &variance, self.epsilon)?;
        let inverse = composer.call("Reciprocal", &[&deviation])?;
        let result = composer.call("Mul", &[&values, &inverse])?;
        let result = composer.cast(&result, x.data_type())?;
        let result = composer.reshape(&result, x.dims())?;
        let mut result = self.scaled(composer, rows, result)?;
        if result.dims() != x.dims() {
            result = composer.reshape(&result, x.dims())?;
        }
        let statistics = if self.is_per_channel() {
            [None, None]
        } else {
            [average, Some(inverse)]
        };
        Ok(std::iter::once(Some(result)).chain(statistics).collect())
    }

    /// The dimensions in which rows are the last ones.
    fn view(&self, rows: &Rows, dims: &[usize]) -> Result<Vec<usize>, OpError> {
        Ok(match self.family {
            Family::Layer { .. } | Family::RootMeanSquare { .. } => dims.to_vec(),
            // The space stays as it is, so that sums go along one of its dimensions at a time.
            Family::Instance | Family::Group { .. } => {
                let space: usize = dims[2..].iter().product();
                let channels = rows.length.checked_div(space).unwrap_or(0);
                [&[rows.rows, channels], &dims[2..]].concat()
            }
        })
    }

    /// `result * scale + bias`.
    fn scaled<'a>(
        &self,
        composer: &mut Composer<'a>,
        rows: &Rows,
        mut result: Value<'a>,
    ) -> Result<Value<'a>, OpError> {
        let mut shape = vec![1; result.rank()];
        if let Family::Group { per_group: true, .. } = self.family {
            let batch = rows.rows / rows.distinct.max(1);
            result = composer.reshape(&result, &[batch, rows.distinct, rows.length])?;
            shape = vec![1, rows.distinct, 1];
        } else if self.is_per_channel() {
            shape[1] = rows.distinct * rows.scales;
        }
        for (kind, index) in [("Mul", 1), ("Add", 2)] {
            let Some(mut affine) = composer.optional(index) else {
                continue;
            };
            if self.is_per_channel() {
                affine = composer.reshape(&affine, &shape)?;
            }
            result = composer.call(kind, &[&result, &affine])?;
        }
        Ok(result)
    }
}

/// The kernel as a part of a composition: inputs are the values, their scale and perhaps a bias.
impl Operator for Rows {
    fn infer(&self, inputs: &Operands) -> Result<Vec<TensorType>, OpError> {
        for index in 0..inputs.count() {
            if inputs.optional(index).is_some() {
                inputs.expect_type(index, &[DataType::Float32])?;
            }
        }
        Ok(vec![inputs.get(0)?.tensor_type.clone()])
    }

    fn lower(&self, _: &Operands, _: &[TensorType]) -> Result<Lowered, OpError> {
        Ok(Lowered::Device(vec![launch(self)]))
    }

    fn flops(&self, _: &Operands, outputs: &[TensorType]) -> u64 {
        8 * outputs[0].shape.elements() as u64
    }
}
