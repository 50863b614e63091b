//! Layer normalisation.

use super::{Binding, Kernel, Launch, Params, kernel};

static KERNEL: Kernel = kernel!("layer_norm", inputs: 3);

/// Launches the normalisation of input 0, seen as `rows` x `length`, with the scale of input 1 and perhaps the bias of input 2.
pub fn launch(rows: usize, length: usize, epsilon: f32, has_bias: bool) -> Launch {
    let params = Params::new().count(rows).count(length).float(epsilon);
    // A kernel's bindings must all be filled: without a bias the scale stands in, and is not read.
    let bias = Binding::Input(if has_bias { 2 } else { 1 });
    Launch::new(&KERNEL, params, vec![Binding::Input(0), Binding::Input(1), bias], rows)
        .with("ADDS_BIAS", has_bias.into())
        .taking(3 * length)
}
