//! Windows that slide over an input: how many there are, and how much padding they need. Shared by convolution and pooling.

use super::{OpError, Spec};

/// How the padding is found.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Padding {
    /// Given: all before, then all after.
    Explicit(Option<Vec<i64>>),
    /// As much as makes the output as long as the input over the stride; an odd one goes after (`upper`) or before.
    Same { upper: bool },
    /// None.
    Valid,
}

/// The attributes that describe windows, the same in every operator that has them.
#[derive(Debug, Clone)]
pub struct Window {
    /// Size of a window, where the operator states it.
    pub kernel_shape: Option<Vec<i64>>,
    strides: Option<Vec<i64>>,
    dilations: Option<Vec<i64>>,
    padding: Padding,
    rounds_up: bool,
}

/// Windows along one axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Axis {
    /// Length of the input.
    pub input: usize,
    /// Number of windows.
    pub output: usize,
    /// Elements of a window.
    pub kernel: usize,
    /// Steps between windows.
    pub stride: usize,
    /// Steps inside a window.
    pub dilation: usize,
    /// Padding before the input.
    pub before: i32,
    /// Padding after the input.
    pub after: i32,
}

impl Window {
    /// Reads the attributes.
    pub fn read(spec: &mut Spec) -> Result<Self, OpError> {
        let attributes = &mut *spec.attributes;
        let pads = attributes.ints("pads")?;
        let padding = match attributes.text("auto_pad")?.as_deref() {
            None | Some("NOTSET" | "") => Padding::Explicit(pads),
            Some("SAME_UPPER") => Padding::Same { upper: true },
            Some("SAME_LOWER") => Padding::Same { upper: false },
            Some("VALID") => Padding::Valid,
            Some(other) => return Err(OpError::invalid(format!("auto_pad '{other}'"))),
        };
        Ok(Self {
            kernel_shape: attributes.ints("kernel_shape")?,
            strides: attributes.ints("strides")?,
            dilations: attributes.ints("dilations")?,
            padding,
            rounds_up: attributes.flag("ceil_mode", false)?,
        })
    }

    /// Places windows of `kernel` over `input`, both without samples and channels.
    pub fn place(&self, input: &[usize], kernel: &[usize]) -> Result<Vec<Axis>, OpError> {
        let rank = input.len();
        if kernel.len() != rank {
            return Err(OpError::invalid(format!(
                "windows {kernel:?} do not fit an input of {rank} axes after the channels"
            )));
        }
        let strides = positive("strides", self.strides.as_deref(), rank)?;
        let dilations = positive("dilations", self.dilations.as_deref(), rank)?;
        let pads = self.pads(rank)?;
        (0..rank)
            .map(|axis| {
                let pads = pads.as_ref().map(|pads| (pads[axis], pads[rank + axis]));
                self.place_axis(input[axis], kernel[axis], strides[axis], dilations[axis], pads)
            })
            .collect()
    }

    /// The lengths over which `count` windows of `kernel` lie: what pooling was done on, as far as its result tells.
    pub fn unplace(&self, count: &[usize], kernel: &[usize]) -> Result<Vec<usize>, OpError> {
        let rank = count.len();
        let strides = positive("strides", self.strides.as_deref(), rank)?;
        let pads = self.pads(rank)?.unwrap_or_else(|| vec![0; 2 * rank]);
        let wrong = || {
            OpError::invalid(format!(
                "{count:?} windows {kernel:?} of padding {pads:?} cover nothing"
            ))
        };
        if kernel.len() != rank {
            return Err(wrong());
        }
        (0..rank)
            .map(|axis| {
                let steps = count[axis]
                    .checked_sub(1)
                    .and_then(|steps| steps.checked_mul(strides[axis]));
                let reach = steps.and_then(|steps| steps.checked_add(kernel[axis]));
                let length = reach.and_then(|reach| reach.checked_sub(pads[axis] + pads[rank + axis]));
                length.filter(|&length| length > 0).ok_or_else(wrong)
            })
            .collect()
    }

    fn pads(&self, rank: usize) -> Result<Option<Vec<usize>>, OpError> {
        Ok(match &self.padding {
            Padding::Same { .. } => None,
            Padding::Valid | Padding::Explicit(None) => Some(vec![0; 2 * rank]),
            Padding::Explicit(Some(pads)) if pads.len() != 2 * rank => {
                return Err(OpError::invalid(format!(
                    "{} paddings are given for {rank} axes",
                    pads.len()
                )));
            }
            Padding::Explicit(Some(pads)) => {
                let negative = || OpError::unsupported(format!("the paddings {pads:?}"));
                let small = |&pad: &i64| usize::try_from(pad).ok().filter(|&pad| pad <= i32::MAX as usize);
                Some(
                    pads.iter()
                        .map(|pad| small(pad).ok_or_else(negative))
                        .collect::<Result<_, _>>()?,
                )
            }
        })
    }

    fn place_axis(
        &self,
        input: usize,
        kernel: usize,
        stride: usize,
        dilation: usize,
        pads: Option<(usize, usize)>,
    ) -> Result<Axis, OpError> {
        if kernel == 0 || input == 0 {
            return Err(OpError::invalid("a window or an input without elements"));
        }
        // All of these are below 2^31, so that nothing here overflows.
        let reach = (kernel - 1) * dilation + 1;
        let (before, after) = pads.unwrap_or_else(|| {
            let total = ((input.div_ceil(stride) - 1) * stride + reach).saturating_sub(input);
            let less = total / 2;
            let upper = self.padding == Padding::Same { upper: true };
            if upper {
                (less, total - less)
            } else {
                (total - less, less)
            }
        });
        let padded = input + before + after;
        if padded > i32::MAX as usize || reach > padded {
            return Err(OpError::invalid(format!(
                "a window that reaches over {reach} elements does not fit {padded} with padding"
            )));
        }
        let room = padded - reach;
        let mut output = room / stride + 1;
        // A last window that is not full counts, unless it starts beyond the input.
        if self.rounds_up && pads.is_some() && !room.is_multiple_of(stride) && output * stride < input + before {
            output += 1;
        }
        Ok(Axis {
            input,
            output,
            kernel,
            stride,
            dilation,
            before: before as i32,
            after: after as i32,
        })
    }
}

/// The attributes that describe the windows of a transposed convolution.
#[derive(Debug)]
pub struct TransposedWindow {
    window: Window,
    output_padding: Option<Vec<i64>>,
    output_shape: Option<Vec<i64>>,
}

impl TransposedWindow {
    /// Reads the attributes.
    pub fn read(spec: &mut Spec) -> Result<Self, OpError> {
        let output_padding = spec.attributes.ints("output_padding")?;
        let output_shape = spec.attributes.ints("output_shape")?;
        Ok(Self {
            window: Window::read(spec)?,
            output_padding,
            output_shape,
        })
    }

    /// The attributes that convolution has, too.
    pub fn window(&self) -> &Window {
        &self.window
    }

    /// Places windows of `kernel` over the output, one for each element of `input`.
    pub fn place(&self, input: &[usize], kernel: &[usize]) -> Result<Vec<Axis>, OpError> {
        let rank = input.len();
        if kernel.len() != rank {
            return Err(OpError::invalid(format!(
                "windows {kernel:?} do not fit an input of {rank} axes after the channels"
            )));
        }
        let strides = positive("strides", self.window.strides.as_deref(), rank)?;
        let dilations = positive("dilations", self.window.dilations.as_deref(), rank)?;
        let extra = self.output_padding.clone().unwrap_or_else(|| vec![0; rank]);
        let wanted = match &self.output_shape {
            Some(shape) => Some(positive("output_shape", Some(shape), rank)?),
            None => None,
        };
        let pads = self.window.pads(rank)?;
        (0..rank)
            .map(|axis| {
                let windows = Axis {
                    input: input[axis],
                    output: wanted.as_ref().map_or(0, |wanted| wanted[axis]),
                    kernel: kernel[axis],
                    stride: strides[axis],
                    dilation: dilations[axis],
                    before: 0,
                    after: 0,
                };
                let extra = extra.get(axis).and_then(|&extra| u16::try_from(extra).ok());
                let extra = extra.ok_or_else(|| OpError::invalid("attribute 'output_padding' does not fit"))?;
                let pads = pads.as_ref().map(|pads| (pads[axis], pads[rank + axis]));
                self.place_axis(windows, extra.into(), pads)
            })
            .collect()
    }

    /// `windows.output` is the length that is asked for, 0 if none is.
    fn place_axis(&self, windows: Axis, extra: usize, pads: Option<(usize, usize)>) -> Result<Axis, OpError> {
        let Axis {
            input,
            kernel,
            stride,
            dilation,
            ..
        } = windows;
        if input == 0 || kernel == 0 {
            return Err(OpError::invalid("a window or an input without elements"));
        }
        // All of these are below 2^31, so that nothing here overflows.
        let full = (input - 1) * stride + (kernel - 1) * dilation + 1 + extra;
        let wanted = if windows.output > 0 { Some(windows.output) } else { None };
        let (before, output) = match (wanted, pads) {
            (None, Some((before, after))) => (before, full.checked_sub(before + after)),
            (wanted, _) => {
                let output = wanted.unwrap_or(input * stride);
                let total = full.saturating_sub(output);
                let is_upper = self.window.padding == Padding::Same { upper: true };
                (if is_upper { total / 2 } else { total - total / 2 }, Some(output))
            }
        };
        let output = output.filter(|&output| output > 0 && full <= i32::MAX as usize && output <= i32::MAX as usize);
        let output = output
            .ok_or_else(|| OpError::invalid(format!("an output of {full} elements before cutting the padding")))?;
        Ok(Axis {
            output,
            before: before as i32,
            ..windows
        })
    }
}

/// The attribute 'kernel_shape' of an operator that requires it.
pub fn kernel_shape(stated: Option<&[i64]>) -> Result<Vec<usize>, OpError> {
    let stated = stated.ok_or_else(|| OpError::invalid("attribute 'kernel_shape' is missing"))?;
    let wrong = || OpError::invalid(format!("attribute 'kernel_shape' is {stated:?}"));
    let small = |&size: &i64| usize::try_from(size).ok().filter(|&size| size <= i32::MAX as usize);
    stated.iter().map(|size| small(size).ok_or_else(wrong)).collect()
}

/// Resolves an attribute of one positive number for each axis.
fn positive(name: &str, values: Option<&[i64]>, rank: usize) -> Result<Vec<usize>, OpError> {
    let Some(values) = values else { return Ok(vec![1; rank]) };
    let wrong = || {
        OpError::invalid(format!(
            "attribute '{name}' is {values:?}, not a positive number for each of {rank} axes"
        ))
    };
    if values.len() != rank {
        return Err(wrong());
    }
    let positive = |&value: &i64| {
        usize::try_from(value)
            .ok()
            .filter(|value| (1..=i32::MAX as usize).contains(value))
    };
    values.iter().map(|value| positive(value).ok_or_else(wrong)).collect()
}

/// Sees windows along one to three axes as windows along three: an input of one axis is an image of one row in one plane.
pub fn spatial(axes: &[Axis]) -> Result<[Axis; 3], OpError> {
    let single = Axis {
        input: 1,
        output: 1,
        kernel: 1,
        stride: 1,
        dilation: 1,
        before: 0,
        after: 0,
    };
    match *axes {
        [columns] => Ok([single, single, columns]),
        [rows, columns] => Ok([single, rows, columns]),
        [planes, rows, columns] => Ok([planes, rows, columns]),
        _ => Err(OpError::unsupported(format!(
            "windows over {} axes; one to three are supported",
            axes.len()
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(padding: Padding, rounds_up: bool, stride: i64) -> Window {
        Window {
            kernel_shape: None,
            strides: Some(vec![stride]),
            dilations: None,
            padding,
            rounds_up,
        }
    }

    #[test]
    fn same_padding_keeps_the_length_over_the_stride() {
        let upper = window(Padding::Same { upper: true }, false, 2)
            .place(&[5], &[4])
            .expect("fits");
        assert_eq!((upper[0].output, upper[0].before, upper[0].after), (3, 1, 2));
        let lower = window(Padding::Same { upper: false }, false, 2)
            .place(&[5], &[4])
            .expect("fits");
        assert_eq!((lower[0].output, lower[0].before, lower[0].after), (3, 2, 1));
    }

    #[test]
    fn a_window_that_starts_in_the_padding_after_does_not_count() {
        let pads = |pad| Padding::Explicit(Some(vec![pad, pad]));
        assert_eq!(window(pads(0), true, 2).place(&[4], &[3]).expect("fits")[0].output, 2);
        assert_eq!(window(pads(1), true, 2).place(&[2], &[1]).expect("fits")[0].output, 2);
        assert_eq!(window(pads(0), false, 2).place(&[4], &[3]).expect("fits")[0].output, 1);
    }

    #[test]
    fn extents_that_make_no_sense_are_refused() {
        let huge = |stride| window(Padding::Explicit(Some(vec![i64::MAX, 0])), false, stride).place(&[4], &[3]);
        assert!(huge(1).is_err());
        assert!(window(Padding::Valid, false, 0).place(&[4], &[3]).is_err());
        assert!(window(Padding::Valid, false, 1).place(&[4], &[5]).is_err());
        assert!(window(Padding::Valid, false, 1).place(&[4, 4], &[1]).is_err());
    }
}
