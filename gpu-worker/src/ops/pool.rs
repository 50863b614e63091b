//! MaxPool, AveragePool and LpPool over one to three axes. The device pools single precision; the host pools other types, and finds the
//! positions of the greatest elements, which are integers of 64 bits.

use super::compose::{Composer, Composition, Value, composed};
use super::doubles::{doubles, from_doubles, given};
use super::window::{Axis, Window, kernel_shape, spatial};
use super::{Lowered, OpError, Operands, Operator, Spec};
use crate::kernels::MAX_ROUNDS;
use crate::kernels::pool::{Pooling, Summary, launch};
use crate::tensor::{DataType, Shape, Tensor, TensorType};

#[derive(Debug)]
struct Pool {
    window: Window,
    summary: Summary,
    gives_positions: bool,
    /// Whether positions are counted down the first axis first.
    counts_columns: bool,
}

/// Builds MaxPool, AveragePool or LpPool.
pub fn pool(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let summary = match spec.kind {
        "AveragePool" => Summary::Mean {
            counts_pads: spec.attributes.flag("count_include_pad", false)?,
        },
        "LpPool" => Summary::Norm { p: exponent(spec)? },
        _ => Summary::Greatest,
    };
    Ok(Box::new(Pool {
        window: Window::read(spec)?,
        summary,
        gives_positions: spec.has_output(1),
        counts_columns: spec.attributes.flag("storage_order", false)?,
    }))
}

/// The attribute `p` of a norm.
pub fn exponent(spec: &mut Spec) -> Result<f32, OpError> {
    let p = spec.attributes.int("p")?.unwrap_or(2);
    if p < 1 {
        return Err(OpError::invalid(format!("attribute 'p' is {p}")));
    }
    Ok(p as f32)
}

impl Pool {
    fn plan(&self, shape: &Shape) -> Result<(Pooling, Shape), OpError> {
        let &[batch, channels, ref input @ ..] = shape.dims() else {
            return Err(OpError::invalid(format!(
                "{shape} has no axes after samples and channels"
            )));
        };
        let kernel = kernel_shape(self.window.kernel_shape.as_deref())?;
        let axes = self.window.place(input, &kernel)?;
        let dims: Vec<usize> = [batch, channels]
            .into_iter()
            .chain(axes.iter().map(|axis| axis.output))
            .collect();
        let axes = spatial(&axes)?;
        let triple = |field: fn(&Axis) -> usize| axes.each_ref().map(field);
        let pooling = Pooling {
            summary: self.summary,
            planes: batch * channels,
            in_size: triple(|axis| axis.input),
            out_size: triple(|axis| axis.output),
            kernel_size: triple(|axis| axis.kernel),
            strides: triple(|axis| axis.stride),
            dilations: triple(|axis| axis.dilation),
            pads_before: axes.each_ref().map(|axis| axis.before),
            pads_after: axes.each_ref().map(|axis| axis.after),
        };
        Ok((pooling, Shape::new(dims)?))
    }
}

impl Operator for Pool {
    fn infer(&self, inputs: &Operands) -> Result<Vec<TensorType>, OpError> {
        let data_type = inputs.data_type(0)?;
        if self.summary != Summary::Greatest {
            inputs.expect_type(0, &[DataType::Float32])?;
        }
        let shape = self.plan(inputs.shape(0)?)?.1;
        let mut outputs = vec![TensorType::new(data_type, shape.clone())];
        if self.gives_positions {
            outputs.push(TensorType::new(DataType::Int64, shape));
        }
        Ok(outputs)
    }

    fn lower(&self, inputs: &Operands, outputs: &[TensorType]) -> Result<Lowered, OpError> {
        if outputs.len() > 1 || outputs[0].data_type != DataType::Float32 {
            return Ok(Lowered::Host);
        }
        let pooling = self.plan(inputs.shape(0)?)?.0;
        let launch = launch(&pooling, inputs.target());
        if launch.rounds > MAX_ROUNDS && self.summary == Summary::Greatest {
            return Ok(Lowered::Host);
        }
        Ok(Lowered::Device(vec![launch]))
    }

    fn evaluate(&self, inputs: &[Option<&Tensor>], outputs: &[TensorType]) -> Result<Vec<Tensor>, OpError> {
        if self.summary != Summary::Greatest {
            return Err(OpError::NoHostForm);
        }
        let input = given(inputs, 0)?;
        let pooling = self.plan(input.shape())?.0;
        let (values, positions) = greatest(&doubles(input)?, &pooling, &outputs[0].shape, self.counts_columns);
        let mut made = vec![from_doubles(&outputs[0], values)?];
        if self.gives_positions {
            made.push(Tensor::new(outputs[0].shape.clone(), positions)?);
        }
        Ok(made)
    }

    fn flops(&self, inputs: &Operands, outputs: &[TensorType]) -> u64 {
        let window = inputs.shape(0).and_then(|shape| self.plan(shape));
        let window = window.map_or(0, |(pooling, _)| pooling.kernel_size.iter().product::<usize>());
        (outputs[0].shape.elements() as u64).saturating_mul(window as u64)
    }
}

/// The greatest element of each window, and where it is in the input.
fn greatest(x: &[f64], pooling: &Pooling, shape: &Shape, counts_columns: bool) -> (Vec<f64>, Vec<i64>) {
    let [depth, rows, columns] = pooling.in_size;
    let space = depth * rows * columns;
    let mut values = Vec::with_capacity(shape.elements());
    let mut positions = Vec::with_capacity(shape.elements());
    let [out_depth, out_rows, out_columns] = pooling.out_size;
    for plane in 0..pooling.planes {
        for window in 0..out_depth * out_rows * out_columns {
            let at = [
                window / out_columns / out_rows,
                window / out_columns % out_rows,
                window % out_columns,
            ];
            let mut best: Option<(f64, [usize; 3])> = None;
            for [i, j, k] in inside(pooling, at) {
                let element = x[plane * space + (i * rows + j) * columns + k];
                // The first NaN is the greatest; of equals it is the first.
                if best.is_none_or(|(best, _)| !best.is_nan() && (element > best || element.is_nan())) {
                    best = Some((element, [i, j, k]));
                }
            }
            let (value, [i, j, k]) = best.unwrap_or((f64::from(f32::MIN), [0; 3]));
            let position = if counts_columns {
                (k * rows + j) * depth + i
            } else {
                (i * rows + j) * columns + k
            };
            values.push(value);
            positions.push((plane * space + position) as i64);
        }
    }
    (values, positions)
}

/// The input positions that the window of an output position covers.
fn inside(pooling: &Pooling, at: [usize; 3]) -> impl Iterator<Item = [usize; 3]> {
    let along = |axis: usize| {
        let origin = at[axis] as i64 * pooling.strides[axis] as i64 - i64::from(pooling.pads_before[axis]);
        let (length, dilation) = (pooling.in_size[axis], pooling.dilations[axis] as i64);
        let steps = 0..pooling.kernel_size[axis] as i64;
        let within = steps.filter_map(move |step| usize::try_from(origin + step * dilation).ok());
        within.filter(move |&at| at < length).collect::<Vec<_>>()
    };
    let [planes, rows, columns] = [along(0), along(1), along(2)];
    planes.into_iter().flat_map(move |i| {
        let columns = columns.clone();
        rows.clone()
            .into_iter()
            .flat_map(move |j| columns.clone().into_iter().map(move |k| [i, j, k]))
    })
}

/// Puts the elements of a MaxPool back where they were. Positions are integers of 64 bits, so the host does it.
#[derive(Debug)]
struct Unpool {
    window: Window,
}

/// Builds MaxUnpool.
pub fn unpool(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    Ok(Box::new(Unpool {
        window: Window::read(spec)?,
    }))
}

impl Unpool {
    /// The shape that was pooled, as far as the windows tell.
    fn pooled(&self, shape: &Shape) -> Result<Shape, OpError> {
        let &[batch, channels, ref space @ ..] = shape.dims() else {
            return Err(OpError::invalid(format!("{shape} has no axes after the channels")));
        };
        let kernel = kernel_shape(self.window.kernel_shape.as_deref())?;
        let lengths = self.window.unplace(space, &kernel)?;
        Ok(Shape::new([vec![batch, channels], lengths].concat())?)
    }
}

impl Operator for Unpool {
    fn infer(&self, inputs: &Operands) -> Result<Vec<TensorType>, OpError> {
        inputs.expect_type(1, &[DataType::Int64])?;
        if inputs.shape(0)? != inputs.shape(1)? {
            return Err(OpError::invalid("each element needs a position"));
        }
        let pooled = self.pooled(inputs.shape(0)?)?;
        let shape = match inputs.optional(2) {
            None => pooled,
            Some(_) => Shape::new(super::transpose::lengths(inputs, 2, "output_shape")?)?,
        };
        if shape.rank() != inputs.shape(0)?.rank() {
            return Err(OpError::invalid(format!("the output shape {shape} has another rank")));
        }
        Ok(vec![TensorType::new(inputs.data_type(0)?, shape)])
    }

    fn lower(&self, _: &Operands, _: &[TensorType]) -> Result<Lowered, OpError> {
        Ok(Lowered::Host)
    }

    fn evaluate(&self, inputs: &[Option<&Tensor>], outputs: &[TensorType]) -> Result<Vec<Tensor>, OpError> {
        let (x, positions) = (given(inputs, 0)?, given(inputs, 1)?.as_slice::<i64>()?);
        let made = put_back(&doubles(x)?, positions, &self.pooled(x.shape())?, &outputs[0].shape)?;
        Ok(vec![from_doubles(&outputs[0], made)?])
    }
}

/// Positions count in `pooled`, whose corner is that of `shape`.
fn put_back(x: &[f64], positions: &[i64], pooled: &Shape, shape: &Shape) -> Result<Vec<f64>, OpError> {
    let mut elements = vec![0.0; shape.elements()];
    let strides = shape.strides();
    for (&element, &position) in x.iter().zip(positions) {
        let wrong = || OpError::invalid(format!("the position {position} lies outside of {shape}"));
        let mut rest = usize::try_from(position).map_err(|_| wrong())?;
        if rest >= pooled.elements() {
            return Err(wrong());
        }
        let mut at = 0;
        for ((&dim, &own), &stride) in pooled.dims().iter().zip(shape.dims()).zip(&strides).rev() {
            let along = rest % dim;
            rest /= dim;
            if along >= own {
                return Err(wrong());
            }
            at += along * stride;
        }
        *elements.get_mut(at).ok_or_else(wrong)? = element;
    }
    Ok(elements)
}

/// The norm of everything after samples and channels.
#[derive(Debug)]
struct GlobalNorm {
    p: f32,
}

/// Builds GlobalLpPool.
pub fn global_norm(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let p = exponent(spec)?;
    Ok(composed(spec, GlobalNorm { p }))
}

impl Composition for GlobalNorm {
    fn compose<'a>(&self, composer: &mut Composer<'a>) -> Result<Vec<Option<Value<'a>>>, OpError> {
        let x = composer.input(0)?;
        if x.rank() < 3 {
            return Err(OpError::invalid("the input has no axes after samples and channels"));
        }
        let axes: Vec<usize> = (2..x.rank()).collect();
        let y = if self.p == 1.0 {
            composer.reduce("ReduceL1", &x, &axes)?
        } else if self.p == 2.0 {
            composer.reduce("ReduceL2", &x, &axes)?
        } else {
            let magnitudes = composer.call("Abs", &[&x])?;
            let powers = composer.call_number("Pow", &magnitudes, self.p)?;
            let sums = composer.reduce("ReduceSum", &powers, &axes)?;
            composer.call_number("Pow", &sums, 1.0 / self.p)?
        };
        Ok(vec![Some(y)])
    }
}
