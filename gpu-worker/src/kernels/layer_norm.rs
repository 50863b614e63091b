//! Layer and instance normalisation.

use super::{Binding, Kernel, Launch, Params, kernel};

static KERNEL: Kernel = kernel!("layer_norm", inputs: 3);

/// What the elements of scale and bias belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Affine {
    /// Positions of a row; the bias may be missing.
    Positions {
        /// Whether input 2 is a bias.
        has_bias: bool,
    },
    /// Rows, of which so many differ.
    Rows {
        /// Number of different rows.
        channels: usize,
    },
}

/// Launches the normalisation of input 0, seen as `rows` x `length`, with the scale of input 1 and the bias of input 2.
pub fn launch(rows: usize, length: usize, epsilon: f32, affine: Affine) -> Launch {
    let (has_bias, channels) = match affine {
        Affine::Positions { has_bias } => (has_bias, 1),
        Affine::Rows { channels } => (true, channels),
    };
    let params = Params::new()
        .count(rows)
        .count(length)
        .float(epsilon)
        .count(channels.max(1));
    // A kernel's bindings must all be filled: without a bias the scale stands in, and is not read.
    let bias = Binding::Input(if has_bias { 2 } else { 1 });
    Launch::new(&KERNEL, params, vec![Binding::Input(0), Binding::Input(1), bias], rows)
        .with("ADDS_BIAS", has_bias.into())
        .with("PER_ROW", matches!(affine, Affine::Rows { .. }).into())
        .taking(3 * length)
}
