//! Transposed convolution over three axes.

#[cfg(test)]
mod tests;

use super::conv::Convolution;
use super::{Binding, Kernel, Launch, kernel};

pub(super) static KERNEL: Kernel = kernel!("conv_transpose", inputs: 3);

/// Launches the transposed convolution of input 0 with the filters of input 1. `pads` are cut off instead of added.
pub fn launch(conv: &Convolution) -> Launch {
    // A kernel's bindings must all be filled: without a bias the filters stand in, and are not read.
    let bias = Binding::Input(if conv.has_bias { 2 } else { 1 });
    let channels = conv.batch * conv.groups * conv.out_channels;
    let threads = channels * conv.out_size.iter().product::<usize>();
    Launch::new(
        &KERNEL,
        conv.params(),
        vec![Binding::Input(0), Binding::Input(1), bias],
        threads,
    )
    .with("ADDS_BIAS", conv.has_bias.into())
    .taking(conv.rounds())
}
