//! Summaries along axes: ReduceMean and its family, and the global poolings.

use super::host_op::Given;
use super::operand::axes;
use super::{Lowered, OpError, Operands, Operator, Spacing, Spec};
use crate::kernels::reduce::{self as kernel, Reduction};
use crate::kernels::{Binding, Launch, MAX_ROUNDS, Role, Target, around};
use crate::tensor::{DataType, Shape, Tensor, TensorType};

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
        let data_type = inputs.data_type(0)?;
        let compares = matches!(self.op, Reduction::Max | Reduction::Min);
        if !(data_type.is_float() || data_type.is_integer() || (compares && data_type == DataType::Bool)) {
            return Err(OpError::unsupported(format!("a summary of {data_type}")));
        }
        let shape = reduced_shape(inputs.shape(0)?, &self.axes(inputs)?, self.keeps_dims)?;
        Ok(vec![TensorType::new(data_type, shape)])
    }

    fn lower(&self, inputs: &Operands, outputs: &[TensorType]) -> Result<Lowered, OpError> {
        let axes = self.axes(inputs)?;
        let is_empty = inputs.shape(0)?.elements() == 0;
        if outputs[0].data_type != DataType::Float32 || is_empty || axes.is_empty() {
            return Ok(Lowered::Host);
        }
        let shape = inputs.shape(0)?;
        if inputs.get(0)?.columns.is_some() {
            let own = Shape::new(inputs.own_dims(0)?)?;
            let launch = kernel::launch_of(self.op, &own, &shape.strides(), &axes, inputs.target())?;
            return Ok(match launch.rounds <= MAX_ROUNDS {
                true => Lowered::Device(vec![launch]),
                false => Lowered::Host,
            });
        }
        let launch = kernel::launch(self.op, shape, &axes, inputs.target())?;
        if launch.rounds > MAX_ROUNDS {
            return Ok(in_stages(self.op, shape, &axes, inputs.target())?.unwrap_or(Lowered::Host));
        }
        // Elements of a row follow each other when only the last dimensions go.
        let kept = shape.rank() - axes.len();
        if !axes.iter().copied().eq(kept..shape.rank()) {
            return Ok(Lowered::Device(vec![launch]));
        }
        let rows = Role::Rows {
            op: self.op,
            rows: shape.dims()[..kept].iter().product(),
            length: shape.dims()[kept..].iter().product(),
        };
        Ok(Lowered::Device(vec![launch.playing(rows)]))
    }

    fn spacing(&self) -> Spacing {
        Spacing::Closed
    }

    fn evaluate(&self, inputs: &[Option<&Tensor>], outputs: &[TensorType]) -> Result<Vec<Tensor>, OpError> {
        super::transpose::with_operands(inputs, |operands| {
            let axes = self.axes(operands)?;
            let input = Given(inputs).get(0)?;
            let TensorType { data_type, shape } = outputs[0].clone();
            let groups = groups(input.shape(), &axes, shape.elements());
            let is_exact = matches!(
                self.op,
                Reduction::Sum
                    | Reduction::Prod
                    | Reduction::Max
                    | Reduction::Min
                    | Reduction::SumSquare
                    | Reduction::L1
            );
            if is_exact && data_type.is_integer() {
                let (low, high) = data_type.integer_range().unwrap_or_default();
                let read = input.integers()?;
                let numbers = groups
                    .iter()
                    .map(|group| exact(self.op, group.iter().map(|&at| read(at)), (low, high)));
                return Ok(vec![Tensor::from_integers(data_type, shape, numbers)?]);
            }
            let read = input.floats()?;
            let numbers = groups
                .iter()
                .map(|group| summary(self.op, group.iter().map(|&at| read(at))));
            Ok(vec![Tensor::from_floats(data_type, shape, numbers)?])
        })
    }

    fn flops(&self, inputs: &Operands, _: &[TensorType]) -> u64 {
        inputs.shape(0).map_or(0, |shape| shape.elements() as u64)
    }
}

/// Summaries of so many elements that no thread may go through all of them: summaries of parts, which are summarised in turn. `None` for
/// a dimension that cannot be divided into equal parts.
fn in_stages(op: Reduction, shape: &Shape, axes: &[usize], target: Target) -> Result<Option<Lowered>, OpError> {
    let Some(mut launches) = stages(op, shape, axes, target)? else {
        return Ok(None);
    };
    // Each stage reads what the one before it wrote, and the last one writes the output.
    let mut scratch = Vec::new();
    let last = launches.len() - 1;
    for (at, (launch, results)) in launches.iter_mut().enumerate() {
        if at > 0 {
            launch.reads = vec![Binding::Output(at)];
        }
        if at < last {
            launch.writes = at + 1;
            scratch.push(TensorType::new(DataType::Float32, Shape::vector(*results)?));
        }
    }
    let launches = launches.into_iter().map(|(launch, _)| launch).collect();
    Ok(Some(Lowered::Composed { launches, scratch }))
}

/// The launches of a summary, one after another, and how many results each has.
fn stages(
    op: Reduction,
    shape: &Shape,
    axes: &[usize],
    target: Target,
) -> Result<Option<Vec<(Launch, usize)>>, OpError> {
    let launch = kernel::launch(op, shape, axes, target)?;
    if launch.rounds <= MAX_ROUNDS {
        return Ok(Some(vec![(launch, reduced_shape(shape, axes, true)?.elements())]));
    }
    let (of_parts, of_summaries) = op.in_stages();
    let (first, last) = match *axes {
        [axis] => {
            let (outer, length, inner) = around(shape, axis);
            // The longest equal parts of which there are no fewer than elements of one.
            let part = (2..=length.isqrt()).rev().find(|&part| length.is_multiple_of(part));
            let Some(part) = part else { return Ok(None) };
            let divided = Shape::new([outer, length / part, part, inner])?;
            let summaries = Shape::new([outer, length / part, inner])?;
            (
                stages(of_parts, &divided, &[2], target)?,
                stages(of_summaries, &summaries, &[1], target)?,
            )
        }
        [ref others @ .., axis] => {
            let summaries = reduced_shape(shape, &[axis], true)?;
            (
                stages(of_parts, shape, &[axis], target)?,
                stages(of_summaries, &summaries, others, target)?,
            )
        }
        [] => return Ok(None),
    };
    Ok(first
        .zip(last)
        .map(|(first, last)| [first, last].into_iter().flatten().collect()))
}

/// The positions of the elements that agree in all but the axes, for each of `count` summaries.
fn groups(shape: &Shape, axes: &[usize], count: usize) -> Vec<Vec<usize>> {
    let kept: Vec<usize> = (0..shape.rank()).filter(|axis| !axes.contains(axis)).collect();
    let mut groups = vec![Vec::new(); count];
    let mut index = vec![0; shape.rank()];
    for position in 0..shape.elements() {
        let at = kept.iter().fold(0, |at, &axis| at * shape.dims()[axis] + index[axis]);
        groups[at].push(position);
        super::movement::advance(&mut index, shape.dims());
    }
    groups
}

/// Of integers; of none of them the greatest is the least of the type, and the least the greatest.
fn exact(op: Reduction, elements: impl Iterator<Item = i128>, (low, high): (i128, i128)) -> i128 {
    match op {
        Reduction::Prod => elements.fold(1, i128::wrapping_mul),
        Reduction::Max => elements.max().unwrap_or(low),
        Reduction::Min => elements.min().unwrap_or(high),
        Reduction::SumSquare => elements.map(|v| v.wrapping_mul(v)).fold(0, i128::wrapping_add),
        Reduction::L1 => elements.map(i128::abs).fold(0, i128::wrapping_add),
        _ => elements.fold(0, i128::wrapping_add),
    }
}

/// Of numbers in double precision. A NaN makes every summary NaN.
fn summary(op: Reduction, elements: impl Iterator<Item = f64> + Clone) -> f64 {
    let greater = |x: f64, y: f64| if x.is_nan() || x > y { x } else { y };
    let lesser = |x: f64, y: f64| if x.is_nan() || x < y { x } else { y };
    let greatest = || elements.clone().fold(f64::NEG_INFINITY, greater);
    match op {
        Reduction::Sum => elements.sum(),
        Reduction::Mean => {
            let count = elements.clone().count() as f64;
            elements.sum::<f64>() / count
        }
        Reduction::Max => greatest(),
        Reduction::Min => elements.fold(f64::INFINITY, lesser),
        Reduction::Prod => elements.product(),
        Reduction::SumSquare => elements.map(|v| v * v).sum(),
        Reduction::L1 => elements.map(f64::abs).sum(),
        Reduction::L2 => elements.map(|v| v * v).sum::<f64>().sqrt(),
        Reduction::LogSum => elements.sum::<f64>().ln(),
        Reduction::LogSumExp => {
            // The greatest goes first, so that no power overflows.
            let top = greatest();
            if top.is_infinite() {
                return top;
            }
            top + elements.map(|v| (v - top).exp()).sum::<f64>().ln()
        }
    }
}
