//! ConvInteger and QLinearConv.

use super::requantized::Requantised;
use super::sums::{Kind, Sums, summing};
use super::{Scale, add_products, check_codes, codes, requantised};
use crate::ops::host_op::{Given, host_op};
use crate::ops::movement::advance;
use crate::ops::window;
use crate::ops::{OpError, Operator, Spec};
use crate::tensor::{DataType, Shape, Tensor, TensorType};

/// How a kernel lies on its input.
#[derive(Debug, Clone)]
struct Window {
    auto_pad: String,
    dilations: Option<Vec<i64>>,
    group: i64,
    pads: Option<Vec<i64>>,
    strides: Option<Vec<i64>>,
}

/// Along one axis: stride, dilation, and padding before.
type Axis = (i64, i64, i64);

impl Window {
    fn of(spec: &mut Spec) -> Result<Self, OpError> {
        spec.attributes.ignore("kernel_shape");
        Ok(Self {
            auto_pad: spec.attributes.text("auto_pad")?.unwrap_or_else(|| "NOTSET".into()),
            dilations: spec.attributes.ints("dilations")?,
            group: spec.attributes.int("group")?.unwrap_or(1),
            pads: spec.attributes.ints("pads")?,
            strides: spec.attributes.ints("strides")?,
        })
    }

    /// The output's shape, and how the kernel lies along each axis.
    fn plan(&self, x: &Shape, w: &Shape) -> Result<(Shape, Vec<Axis>), OpError> {
        let wrong = || OpError::invalid(format!("a kernel of {w} does not fit {x} in {} groups", self.group));
        let group = usize::try_from(self.group)
            .ok()
            .filter(|&group| group > 0)
            .ok_or_else(wrong)?;
        let fits = x.rank() > 2
            && x.rank() == w.rank()
            && w.dims()[1].checked_mul(group) == Some(x.dims()[1])
            && w.dims()[0].is_multiple_of(group);
        if !fits {
            return Err(wrong());
        }
        let space = x.rank() - 2;
        let list = |given: &Option<Vec<i64>>, default: i64, count: usize| match given {
            None => Ok(vec![default; count]),
            Some(given) if given.len() == count && given.iter().all(|v| (0..=1 << 30).contains(v)) => Ok(given.clone()),
            Some(given) => Err(OpError::invalid(format!("{given:?} for {count} numbers"))),
        };
        let (strides, dilations) = (list(&self.strides, 1, space)?, list(&self.dilations, 1, space)?);
        let pads = list(&self.pads, 0, 2 * space)?;
        let mut dims = vec![x.dims()[0], w.dims()[0]];
        let mut axes = Vec::with_capacity(space);
        for axis in 0..space {
            let (stride, dilation) = (strides[axis].max(1), dilations[axis].max(1));
            let (length, kernel) = (x.dims()[2 + axis] as i64, w.dims()[2 + axis] as i64);
            let reach = (kernel - 1).checked_mul(dilation).ok_or_else(wrong)? + 1;
            let (before, after) = match self.auto_pad.as_str() {
                "NOTSET" => (pads[axis], pads[space + axis]),
                "VALID" => (0, 0),
                same => {
                    let whole = ((length + stride - 1) / stride - 1) * stride + reach - length;
                    let (small, large) = (whole.max(0) / 2, whole.max(0) - whole.max(0) / 2);
                    if same == "SAME_UPPER" {
                        (small, large)
                    } else {
                        (large, small)
                    }
                }
            };
            let steps = (length + before + after - reach).max(-stride).div_euclid(stride) + 1;
            dims.push(usize::try_from(steps).map_err(|_| wrong())?);
            axes.push((stride, dilation, before));
        }
        Ok((Shape::new(dims)?, axes))
    }

    /// The convolution of `x` and `w` less their zero points.
    fn sums(&self, x: (&Tensor, f64), w: (&Tensor, &Scale)) -> Result<(Vec<i64>, Shape), OpError> {
        let ((x, x_zero), (w, w_zero)) = (x, w);
        let (shape, axes) = self.plan(x.shape(), w.shape())?;
        let (x_dims, x_strides, w_dims) = (x.shape().dims(), x.shape().strides(), w.shape().dims());
        let per_output = w_dims[1..].iter().product::<usize>();
        let per_group = w_dims[0] / self.group.max(1) as usize;
        let x = codes(x, |_| x_zero)?;
        let w = codes(w, |at| w_zero.at(at / per_output.max(1)))?;
        let plane: usize = shape.dims()[2..].iter().product();
        let mut sums = vec![0; shape.elements()];
        for (number, sums) in sums.chunks_exact_mut(plane.max(1)).enumerate() {
            let (sample, output) = (number / w_dims[0], number % w_dims[0]);
            let first = sample * x_strides[0] + output / per_group.max(1) * w_dims[1] * x_strides[1];
            let mut tap = vec![0; w_dims.len() - 1];
            for factor in &w[output * per_output..(output + 1) * per_output] {
                let under = Under {
                    axes: &axes,
                    tap: &tap[1..],
                    dims: &x_dims[2..],
                    strides: &x_strides[2..],
                };
                under.add(sums, &shape.dims()[2..], *factor, &x[first + tap[0] * x_strides[1]..]);
                advance(&mut tap, &w_dims[1..]);
            }
        }
        Ok((sums, shape))
    }
}

/// What lies under one element of a kernel as it goes over a channel.
struct Under<'a> {
    axes: &'a [Axis],
    /// The place of the element in the kernel.
    tap: &'a [usize],
    /// Dimensions and strides of the channel.
    dims: &'a [usize],
    strides: &'a [usize],
}

impl Under<'_> {
    /// Where the element lies for the first output along an axis, and how far it goes for the next.
    fn start(&self, axis: usize) -> (i64, i64) {
        let (stride, dilation, before) = self.axes[axis];
        (self.tap[axis] as i64 * dilation - before, stride)
    }

    /// Where a line of outputs, by its place along all axes but the last, begins in the channel; `None` beyond its edges.
    fn line(&self, at: &[usize]) -> Option<usize> {
        let place = |(axis, &at): (usize, &usize)| {
            let (start, step) = self.start(axis);
            let place = usize::try_from(start + at as i64 * step).ok()?;
            (place < self.dims[axis]).then(|| place * self.strides[axis])
        };
        at.iter().enumerate().map(place).sum()
    }

    /// Adds the products of the element with what lies under it to the sums of the outputs.
    fn add(&self, sums: &mut [i64], outputs: &[usize], factor: i32, channel: &[i32]) {
        let ([lines @ .., width], [.., length]) = (outputs, self.dims) else {
            return;
        };
        let (start, step) = self.start(lines.len());
        // The outputs along the last axis whose element lies within the channel.
        let steps = |distance: i64| (distance.max(0) + step - 1) / step;
        let (from, to) = (steps(-start), steps(*length as i64 - start).min(*width as i64));
        if factor == 0 || from >= to {
            return;
        }
        let (from, to, first) = (from as usize, to as usize, (start + from * step) as usize);
        let mut at = vec![0; lines.len()];
        for sums in sums.chunks_exact_mut(*width) {
            if let Some(line) = self.line(&at) {
                let under = channel[line + first..].iter().step_by(step as usize);
                add_products(&mut sums[from..to], factor, under);
            }
            advance(&mut at, lines);
        }
    }
}

/// Builds ConvInteger.
pub fn conv_integer(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let same = conv_window(spec);
    let window = Window::of(spec)?;
    let inferred = window.clone();
    let groups = window.group;
    let host = host_op(
        spec.kind,
        move |inputs| {
            check_codes(inputs, 0, 2)?;
            check_codes(inputs, 1, 3)?;
            Ok(vec![TensorType::new(
                DataType::Int32,
                inferred.plan(inputs.shape(0)?, inputs.shape(1)?)?.0,
            )])
        },
        move |inputs: Given| {
            let (x, w) = (inputs.get(0)?, inputs.get(1)?);
            let outputs = w.shape().dims().first().copied().unwrap_or(0);
            let x_zero = Scale::of(inputs, 2, 1, 0.0)?.at(0);
            let (sums, shape) = window.sums((x, x_zero), (w, &Scale::of(inputs, 3, outputs, 0.0)?))?;
            Ok(vec![Tensor::from_integers(
                DataType::Int32,
                shape,
                sums.into_iter().map(i128::from),
            )?])
        },
    )?;
    let Some(same) = same else { return Ok(host) };
    let sums = Sums {
        kind: Kind::Convolution(same, groups),
        inputs: [0, 1],
        zeros: [2, 3],
    };
    Ok(summing(host, sums.clone(), sums))
}

/// The windows that Conv has for the same attributes, but for the size that is only stated; `None` for what it refuses.
fn conv_window(spec: &Spec) -> Option<window::Window> {
    let mut attributes = spec.attributes.clone();
    attributes.ignore("kernel_shape");
    let mut same = Spec {
        kind: spec.kind,
        opset: spec.opset,
        attributes: &mut attributes,
        inputs: spec.inputs.clone(),
        outputs: spec.outputs.clone(),
    };
    window::Window::read(&mut same).ok()
}

/// Builds QLinearConv.
pub fn qlinear_conv(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let same = conv_window(spec);
    let window = Window::of(spec)?;
    let inferred = window.clone();
    let groups = window.group;
    let host = host_op(
        spec.kind,
        move |inputs| {
            check_codes(inputs, 0, 2)?;
            check_codes(inputs, 3, 5)?;
            let shape = inferred.plan(inputs.shape(0)?, inputs.shape(3)?)?.0;
            Ok(vec![TensorType::new(inputs.data_type(7)?, shape)])
        },
        move |inputs: Given| {
            let (x, w) = (inputs.get(0)?, inputs.get(3)?);
            let outputs = w.shape().dims().first().copied().unwrap_or(0);
            let x_zero = Scale::of(inputs, 2, 1, 0.0)?.at(0);
            let (sums, shape) = window.sums((x, x_zero), (w, &Scale::of(inputs, 5, outputs, 0.0)?))?;
            let (x_scale, w_scale) = (Scale::of(inputs, 1, 1, 1.0)?, Scale::of(inputs, 4, outputs, 1.0)?);
            let (y_scale, y_zero) = (Scale::of(inputs, 6, 1, 1.0)?, Scale::of(inputs, 7, 1, 0.0)?);
            let bias = Scale::of(inputs, 8, outputs, 0.0)?;
            let inner: usize = shape.dims()[2..].iter().product();
            let values = sums.iter().enumerate().map(|(at, &sum)| {
                let channel = at / inner.max(1) % outputs.max(1);
                (sum as f64 + bias.at(channel)) * x_scale.at(0) * w_scale.at(channel) / y_scale.at(0)
            });
            Ok(vec![requantised(
                inputs.get(7)?.data_type(),
                shape.clone(),
                values,
                y_zero.at(0),
            )?])
        },
    )?;
    let Some(same) = same else { return Ok(host) };
    let sums = Sums {
        kind: Kind::Convolution(same, groups),
        inputs: [0, 3],
        zeros: [2, 5],
    };
    Ok(summing(host, Requantised(sums.clone()), sums))
}
