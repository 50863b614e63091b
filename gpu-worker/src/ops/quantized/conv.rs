//! ConvInteger and QLinearConv.

use super::{Scale, check_codes, requantised};
use crate::ops::host_op::{Given, host_op};
use crate::ops::movement::advance;
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
    fn sums(&self, x: (&Tensor, i128), w: (&Tensor, &Scale)) -> Result<(Vec<i64>, Shape), OpError> {
        let ((x, x_zero), (w, w_zero)) = (x, w);
        let (shape, axes) = self.plan(x.shape(), w.shape())?;
        let (x_dims, w_dims) = (x.shape().dims(), w.shape().dims());
        let (x_strides, per_output) = (x.shape().strides(), w_dims[1..].iter().product::<usize>());
        let outputs_per_group = w_dims[0] / self.group.max(1) as usize;
        let (x_read, w_read) = (x.integers()?, w.integers()?);
        let mut at = vec![0; shape.rank()];
        let mut sums = Vec::with_capacity(shape.elements());
        for _ in 0..shape.elements() {
            let first_channel = at[1] / outputs_per_group.max(1) * w_dims[1];
            let zero = w_zero.at(at[1]) as i128;
            let mut tap = vec![0; w_dims.len() - 1];
            let mut sum = 0_i128;
            for index in 0..per_output {
                let place = |axis: usize| {
                    let (stride, dilation, before) = axes[axis];
                    let place = at[2 + axis] as i64 * stride + tap[1 + axis] as i64 * dilation - before;
                    let place = usize::try_from(place).ok().filter(|&place| place < x_dims[2 + axis]);
                    place.map(|place| place * x_strides[2 + axis])
                };
                if let Some(inside) = (0..axes.len()).map(place).sum::<Option<usize>>() {
                    let start = at[0] * x_strides[0] + (first_channel + tap[0]) * x_strides[1];
                    sum += (x_read(start + inside) - x_zero) * (w_read(at[1] * per_output + index) - zero);
                }
                advance(&mut tap, &w_dims[1..]);
            }
            sums.push(sum as i64);
            advance(&mut at, shape.dims());
        }
        Ok((sums, shape))
    }
}

/// Builds ConvInteger.
pub fn conv_integer(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let window = Window::of(spec)?;
    let inferred = window.clone();
    host_op(
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
            let x_zero = Scale::of(inputs, 2, 1, 0.0)?.at(0) as i128;
            let (sums, shape) = window.sums((x, x_zero), (w, &Scale::of(inputs, 3, outputs, 0.0)?))?;
            Ok(vec![Tensor::from_integers(
                DataType::Int32,
                shape,
                sums.into_iter().map(i128::from),
            )?])
        },
    )
}

/// Builds QLinearConv.
pub fn qlinear_conv(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let window = Window::of(spec)?;
    let inferred = window.clone();
    host_op(
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
            let x_zero = Scale::of(inputs, 2, 1, 0.0)?.at(0) as i128;
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
    )
}
