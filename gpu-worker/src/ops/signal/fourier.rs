//! The discrete Fourier transform, of whole axes and of the frames of a signal.

use std::f64::consts::PI;

use super::length;
use crate::kernels::around;
use crate::ops::doubles::{doubles, from_doubles, given, input_doubles};
use crate::ops::operand::axis;
use crate::ops::{Lowered, OpError, Operands, Operator, Spec};
use crate::tensor::{Shape, Tensor, TensorType};

/// Real and imaginary part.
type Complex = (f64, f64);

/// exp(-2 pi i j / n) for all j; the conjugates for the way back.
fn roots(n: usize, is_inverse: bool) -> Vec<Complex> {
    let sign = if is_inverse { 1.0 } else { -1.0 };
    let root = |j: usize| {
        let (sin, cos) = (2.0 * PI * j as f64 / n as f64).sin_cos();
        (cos, sign * sin)
    };
    (0..n).map(root).collect()
}

/// The transform of `x`, which is split by its length's least prime factor; `roots` are those of a multiple of its length.
fn transform(x: &[Complex], roots: &[Complex]) -> Vec<Complex> {
    let n = x.len();
    if n <= 1 {
        return x.to_vec();
    }
    let is_factor = |factor: &usize| n.is_multiple_of(*factor);
    let factors = (2..).take_while(|factor| factor * factor <= n);
    let parts = factors.into_iter().find(is_factor).unwrap_or(n);
    let (rest, step) = (n / parts, roots.len() / n);
    let transformed: Vec<Vec<Complex>> = (0..parts)
        .map(|part| {
            let every: Vec<Complex> = x.iter().skip(part).step_by(parts).copied().collect();
            if rest == 1 { every } else { transform(&every, roots) }
        })
        .collect();
    let sum = |k: usize| {
        let term = |(part, values): (usize, &Vec<Complex>)| {
            let ((a, b), (cos, sin)) = (values[k % rest], roots[part * k % n * step]);
            (a * cos - b * sin, a * sin + b * cos)
        };
        let terms = transformed.iter().enumerate().map(term);
        terms.fold((0.0, 0.0), |(a, b), (c, d)| (a + c, b + d))
    };
    (0..n).map(sum).collect()
}

/// Products that a transform of this length takes: the length times the sum of its prime factors.
fn cost(n: usize) -> u64 {
    let (mut rest, mut factor, mut sum) = (n, 2, 0_u64);
    while rest > 1 {
        if factor * factor > rest {
            factor = rest;
        }
        while rest.is_multiple_of(factor) {
            rest /= factor;
            sum += factor as u64;
        }
        factor += 1;
    }
    (n as u64).saturating_mul(8 * sum)
}

#[derive(Debug)]
struct Dft {
    is_inverse: bool,
    is_onesided: bool,
    /// The axis, if it is an attribute and not input 2.
    axis: Option<i64>,
}

/// Builds DFT; the axis became an input with version 20.
pub fn dft(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let axis = match spec.opset {
        ..20 => Some(spec.attributes.int("axis")?.unwrap_or(1)),
        _ => None,
    };
    Ok(Box::new(Dft {
        is_inverse: spec.attributes.flag("inverse", false)?,
        is_onesided: spec.attributes.flag("onesided", false)?,
        axis,
    }))
}

impl Dft {
    /// The axis, the length of the transform, and how much of the result is wanted.
    fn plan(&self, inputs: &Operands) -> Result<(usize, usize, usize), OpError> {
        let shape = inputs.shape(0)?;
        let at = match self.axis {
            Some(at) => at,
            None => match inputs.integers(2, "axis")?.as_deref() {
                None => -2,
                Some(&[at]) => at,
                Some(other) => return Err(OpError::invalid(format!("the axes {other:?}"))),
            },
        };
        let axis = axis(at, shape.rank())?;
        let components = shape.dims().last().copied().unwrap_or(0);
        if axis + 1 == shape.rank() || !(1..=2).contains(&components) {
            return Err(OpError::invalid(format!(
                "the last dimension of {shape} should be the real and the imaginary part"
            )));
        }
        let own = shape.dims()[axis];
        let length = match inputs.optional(1) {
            Some(_) => length(inputs, 1, "dft_length")?,
            None if self.is_inverse && self.is_onesided => 2 * own.saturating_sub(1),
            None => own,
        };
        if length == 0 {
            return Err(OpError::invalid("a transform of no elements"));
        }
        let wanted = if self.is_onesided && !self.is_inverse {
            length / 2 + 1
        } else {
            length
        };
        Ok((axis, length, wanted))
    }
}

impl Operator for Dft {
    fn infer(&self, inputs: &Operands) -> Result<Vec<TensorType>, OpError> {
        let (axis, _, wanted) = self.plan(inputs)?;
        let mut dims = inputs.dims(0)?.to_vec();
        dims[axis] = wanted;
        if let Some(last) = dims.last_mut() {
            // What a spectrum of half the length stands for is real.
            *last = if self.is_inverse && self.is_onesided { 1 } else { 2 };
        }
        Ok(vec![TensorType::new(inputs.data_type(0)?, Shape::new(dims)?)])
    }

    fn lower(&self, _: &Operands, _: &[TensorType]) -> Result<Lowered, OpError> {
        Ok(Lowered::Host)
    }

    fn evaluate(&self, inputs: &[Option<&Tensor>], outputs: &[TensorType]) -> Result<Vec<Tensor>, OpError> {
        crate::ops::transpose::with_operands(inputs, |operands| {
            let (axis, length, wanted) = self.plan(operands)?;
            let x = given(inputs, 0)?;
            let elements = doubles(x)?;
            let (outer, own, inner) = around(x.shape(), axis);
            let components = x.shape().dims().last().copied().unwrap_or(1);
            let made_components = outputs[0].shape.dims().last().copied().unwrap_or(2);
            let inner = inner / components;
            let roots = roots(length, self.is_inverse);
            let mut made = vec![0.0; outputs[0].shape.elements()];
            for row in 0..outer {
                for column in 0..inner {
                    let element = |i: usize| {
                        let at = ((row * own + i) * inner + column) * components;
                        (elements[at], if components == 2 { elements[at + 1] } else { 0.0 })
                    };
                    let spectrum = self.transformed(own, length, element, &roots);
                    for (i, (real, imaginary)) in spectrum.into_iter().take(wanted).enumerate() {
                        let at = ((row * wanted + i) * inner + column) * made_components;
                        made[at] = real;
                        if made_components == 2 {
                            made[at + 1] = imaginary;
                        }
                    }
                }
            }
            Ok(vec![from_doubles(&outputs[0], made)?])
        })
    }

    fn flops(&self, inputs: &Operands, outputs: &[TensorType]) -> u64 {
        let length = self.plan(inputs).map_or(1, |(_, length, _)| length);
        let rows = outputs[0].shape.elements() / length.max(1) + 1;
        cost(length).saturating_mul(rows as u64)
    }
}

impl Dft {
    /// The transform of one row of `own` elements, cut or continued with zeros to `length`.
    fn transformed(
        &self,
        own: usize,
        length: usize,
        element: impl Fn(usize) -> Complex,
        roots: &[Complex],
    ) -> Vec<Complex> {
        let mut row = vec![(0.0, 0.0); length];
        if self.is_inverse && self.is_onesided {
            // The other half is the conjugate of the given one.
            for i in 0..own.min(length / 2 + 1) {
                let (real, imaginary) = element(i);
                let is_own_mirror = i == 0 || 2 * i == length;
                row[i] = (real, if is_own_mirror { 0.0 } else { imaginary });
                if !is_own_mirror {
                    row[length - i] = (real, -imaginary);
                }
            }
        } else {
            for (i, place) in row.iter_mut().enumerate().take(own) {
                *place = element(i);
            }
        }
        let factor = if self.is_inverse { 1.0 / length as f64 } else { 1.0 };
        let spectrum = transform(&row, roots);
        spectrum.into_iter().map(|(a, b)| (a * factor, b * factor)).collect()
    }
}

#[derive(Debug)]
struct Stft {
    is_onesided: bool,
}

/// Builds STFT.
pub fn stft(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let is_onesided = spec.attributes.flag("onesided", true)?;
    Ok(Box::new(Stft { is_onesided }))
}

/// Frames of a signal.
struct Frames {
    step: usize,
    length: usize,
    count: usize,
    wanted: usize,
    components: usize,
}

impl Stft {
    fn plan(&self, inputs: &Operands) -> Result<Frames, OpError> {
        let shape = inputs.shape(0)?;
        let wrong = || OpError::invalid(format!("a signal of {shape}"));
        let (signal, components) = match *shape.dims() {
            [_, signal] => (signal, 1),
            [_, signal, components @ 1..=2] => (signal, components),
            _ => return Err(wrong()),
        };
        let step = length(inputs, 1, "frame_step")?;
        let window = inputs.optional(2).map(|window| window.tensor_type.shape.elements());
        let length = match (inputs.optional(3), window) {
            (Some(_), _) => length(inputs, 3, "frame_length")?,
            (None, Some(window)) => window,
            (None, None) => signal,
        };
        if step == 0 || length == 0 || length > signal || window.is_some_and(|window| window != length) {
            return Err(OpError::invalid(format!("frames of {length} every {step} of {shape}")));
        }
        if components == 2 && self.is_onesided {
            return Err(OpError::invalid("the spectrum of complex numbers has two sides"));
        }
        Ok(Frames {
            step,
            length,
            count: (signal - length) / step + 1,
            wanted: if self.is_onesided { length / 2 + 1 } else { length },
            components,
        })
    }
}

impl Operator for Stft {
    fn infer(&self, inputs: &Operands) -> Result<Vec<TensorType>, OpError> {
        let frames = self.plan(inputs)?;
        let batch = inputs.dims(0)?[0];
        let shape = Shape::new([batch, frames.count, frames.wanted, 2])?;
        Ok(vec![TensorType::new(inputs.data_type(0)?, shape)])
    }

    fn lower(&self, _: &Operands, _: &[TensorType]) -> Result<Lowered, OpError> {
        Ok(Lowered::Host)
    }

    fn evaluate(&self, inputs: &[Option<&Tensor>], outputs: &[TensorType]) -> Result<Vec<Tensor>, OpError> {
        crate::ops::transpose::with_operands(inputs, |operands| {
            let frames = self.plan(operands)?;
            let x = given(inputs, 0)?;
            let elements = doubles(x)?;
            let window = match inputs.get(2) {
                Some(Some(_)) => input_doubles(inputs, 2)?,
                _ => vec![1.0; frames.length],
            };
            let (batch, signal) = (x.shape().dims()[0], x.shape().dims()[1]);
            let roots = roots(frames.length, false);
            let mut made = Vec::with_capacity(outputs[0].shape.elements());
            for sample in 0..batch {
                for frame in 0..frames.count {
                    let first = sample * signal + frame * frames.step;
                    let element = |(i, weight): (usize, &f64)| {
                        let at = (first + i) * frames.components;
                        let imaginary = if frames.components == 2 { elements[at + 1] } else { 0.0 };
                        (elements[at] * weight, imaginary * weight)
                    };
                    let row: Vec<Complex> = window.iter().enumerate().map(element).collect();
                    let spectrum = transform(&row, &roots).into_iter().take(frames.wanted);
                    made.extend(spectrum.flat_map(|(real, imaginary)| [real, imaginary]));
                }
            }
            Ok(vec![from_doubles(&outputs[0], made)?])
        })
    }

    fn flops(&self, inputs: &Operands, outputs: &[TensorType]) -> u64 {
        let frames = outputs[0].shape.dims().iter().take(2).product::<usize>() as u64;
        self.plan(inputs)
            .map_or(0, |plan| cost(plan.length))
            .saturating_mul(frames)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transform_and_its_inverse_give_the_input_back() {
        for n in [1, 2, 7, 12, 30, 64] {
            let x: Vec<Complex> = (0..n).map(|i| (i as f64 * 0.7 - 1.0, (i % 3) as f64)).collect();
            let back = transform(&transform(&x, &roots(n, false)), &roots(n, true));
            for ((a, b), (c, d)) in x.iter().zip(back) {
                assert!((a - c / n as f64).abs() < 1e-9 && (b - d / n as f64).abs() < 1e-9);
            }
        }
    }
}
