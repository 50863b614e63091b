//! Summaries along axes: ReduceMean and its family, and the global poolings.

use super::operand::axes;
use super::{Lowered, OpError, Operands, Operator, Spec};
use crate::kernels::reduce::{self as kernel, Reduction};
use crate::tensor::{DataType, Shape, Tensor, TensorData, TensorType};

/// Which axes go.
#[derive(Debug)]
enum Along {
    /// Those of the attribute, or of input 1; without either all, or none.
    Named {
        attribute: Option<Vec<i64>>,
        none_by_default: bool,
    },
    /// All after samples and channels.
    Space,
}

#[derive(Debug)]
struct Reduce {
    op: Reduction,
    along: Along,
    keeps_dims: bool,
}

/// Builds a Reduce… operator; the axes became an input with version 18, those of ReduceSum with 13.
pub fn build(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let op = match spec.kind {
        "ReduceSum" => Reduction::Sum,
        "ReduceMean" => Reduction::Mean,
        "ReduceMax" => Reduction::Max,
        "ReduceMin" => Reduction::Min,
        "ReduceProd" => Reduction::Prod,
        "ReduceSumSquare" => Reduction::SumSquare,
        "ReduceL1" => Reduction::L1,
        "ReduceL2" => Reduction::L2,
        "ReduceLogSum" => Reduction::LogSum,
        "ReduceLogSumExp" => Reduction::LogSumExp,
        other => return Err(OpError::unsupported(format!("{other} is no reduction"))),
    };
    let attribute = spec.attributes.ints("axes")?;
    let none_by_default = spec.attributes.flag("noop_with_empty_axes", false)?;
    let keeps_dims = spec.attributes.flag("keepdims", true)?;
    Ok(Box::new(Reduce {
        op,
        along: Along::Named {
            attribute,
            none_by_default,
        },
        keeps_dims,
    }))
}

/// Builds GlobalAveragePool or GlobalMaxPool.
pub fn global_pool(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let op = if spec.kind == "GlobalMaxPool" {
        Reduction::Max
    } else {
        Reduction::Mean
    };
    Ok(Box::new(Reduce {
        op,
        along: Along::Space,
        keeps_dims: true,
    }))
}

/// The shape of a summary along `axes`.
pub fn reduced_shape(shape: &Shape, axes: &[usize], keeps_dims: bool) -> Result<Shape, OpError> {
    let dims = shape.dims().iter().enumerate();
    let dims: Vec<usize> = if keeps_dims {
        dims.map(|(axis, &dim)| if axes.contains(&axis) { 1 } else { dim })
            .collect()
    } else {
        dims.filter(|(axis, _)| !axes.contains(axis))
            .map(|(_, &dim)| dim)
            .collect()
    };
    Ok(Shape::new(dims)?)
}

impl Reduce {
    fn axes(&self, inputs: &Operands) -> Result<Vec<usize>, OpError> {
        let rank = inputs.shape(0)?.rank();
        match &self.along {
            Along::Space if rank < 3 => Err(OpError::invalid(format!(
                "{} has no axes after samples and channels",
                inputs.shape(0)?
            ))),
            Along::Space => Ok((2..rank).collect()),
            Along::Named {
                attribute,
                none_by_default,
            } => {
                let named = match attribute {
                    Some(named) => named.clone(),
                    None => inputs.integers(1, "axes")?.unwrap_or_default(),
                };
                if named.is_empty() && !none_by_default {
                    Ok((0..rank).collect())
                } else {
                    axes(&named, rank)
                }
            }
        }
    }
}

impl Operator for Reduce {
    fn infer(&self, inputs: &Operands) -> Result<Vec<TensorType>, OpError> {
        let mut allowed = vec![DataType::Float32];
        if matches!(
            self.op,
            Reduction::Sum | Reduction::Max | Reduction::Min | Reduction::Prod
        ) {
            allowed.extend([DataType::Int32, DataType::Int64]);
        }
        let data_type = inputs.expect_type(0, &allowed)?;
        let shape = inputs.shape(0)?;
        let axes = self.axes(inputs)?;
        if axes.iter().any(|&axis| shape.dims()[axis] == 0) {
            return Err(OpError::unsupported(format!("a summary of the empty {shape}")));
        }
        Ok(vec![TensorType::new(
            data_type,
            reduced_shape(shape, &axes, self.keeps_dims)?,
        )])
    }

    fn lower(&self, inputs: &Operands, outputs: &[TensorType]) -> Result<Lowered, OpError> {
        if !outputs[0].data_type.is_on_device() {
            return Ok(Lowered::Host);
        }
        Ok(Lowered::Device(vec![kernel::launch(
            self.op,
            inputs.shape(0)?,
            &self.axes(inputs)?,
        )?]))
    }

    fn evaluate(&self, inputs: &[Option<&Tensor>], outputs: &[TensorType]) -> Result<Vec<Tensor>, OpError> {
        super::transpose::with_operands(inputs, |operands| {
            let axes = self.axes(operands)?;
            let input = inputs
                .first()
                .copied()
                .flatten()
                .ok_or_else(|| OpError::invalid("input 0 is missing"))?;
            let shape = outputs[0].shape.clone();
            Ok(vec![match input.data() {
                TensorData::Int32(elements) => {
                    let combine = pick(self.op, i32::wrapping_add, i32::wrapping_mul)?;
                    Tensor::new(shape, summarise(elements, input.shape(), &axes, combine))?
                }
                TensorData::Int64(elements) => {
                    let combine = pick(self.op, i64::wrapping_add, i64::wrapping_mul)?;
                    Tensor::new(shape, summarise(elements, input.shape(), &axes, combine))?
                }
                _ => return Err(OpError::NoHostForm),
            }])
        })
    }

    fn flops(&self, inputs: &Operands, _: &[TensorType]) -> u64 {
        inputs.shape(0).map_or(0, |shape| shape.elements() as u64)
    }
}

fn pick<T: Ord>(op: Reduction, add: fn(T, T) -> T, multiply: fn(T, T) -> T) -> Result<fn(T, T) -> T, OpError> {
    match op {
        Reduction::Sum => Ok(add),
        Reduction::Prod => Ok(multiply),
        Reduction::Max => Ok(T::max),
        Reduction::Min => Ok(T::min),
        _ => Err(OpError::NoHostForm),
    }
}

/// Combines, in order, the elements that agree in all but the axes.
fn summarise<T: Copy>(elements: &[T], shape: &Shape, axes: &[usize], combine: fn(T, T) -> T) -> Vec<T> {
    let kept_dims: Vec<usize> = (0..shape.rank())
        .filter(|axis| !axes.contains(axis))
        .map(|axis| shape.dims()[axis])
        .collect();
    let mut summaries: Vec<Option<T>> = vec![None; kept_dims.iter().product()];
    let mut index = vec![0; shape.rank()];
    for &element in elements {
        let kept = index.iter().enumerate().filter(|(axis, _)| !axes.contains(axis));
        let at = kept.zip(&kept_dims).fold(0, |at, ((_, index), dim)| at * dim + index);
        summaries[at] = Some(summaries[at].map_or(element, |summary| combine(summary, element)));
        super::movement::advance(&mut index, shape.dims());
    }
    summaries.into_iter().flatten().collect()
}
