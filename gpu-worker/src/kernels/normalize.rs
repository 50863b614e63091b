//! Batch normalisation with stored statistics.

use super::{Binding, Kernel, Launch, Params, kernel};

pub(super) static KERNEL: Kernel = kernel!("normalize", inputs: 5);

/// Launches the normalisation of input 0, seen as samples x `channels` x `inner`, by inputs 1 to 4.
pub fn launch(count: usize, channels: usize, inner: usize, epsilon: f32) -> Launch {
    let params = Params::new()
        .count(count)
        .count(channels.max(1))
        .count(inner.max(1))
        .float(epsilon);
    Launch::new(&KERNEL, params, (0..5).map(Binding::Input).collect(), count)
}
