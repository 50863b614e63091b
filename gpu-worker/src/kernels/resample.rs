//! Weighted sums of elements along one axis. Weights are computed on the host, so that rounding is the same on every adapter.

use super::{Binding, Kernel, Launch, Params, around, kernel};
use crate::tensor::Shape;

pub(super) static KERNEL: Kernel = kernel!("resample", inputs: 2);

/// How one element along the axis is made.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Where the sum starts.
    pub start: f64,
    /// Elements along the axis, and their weights.
    pub terms: Vec<(usize, f64)>,
}

/// Launches the resampling of input 0, of shape `x`, along `axis`. All rows have as many terms as the first.
pub fn launch(x: &Shape, axis: usize, rows: &[Row]) -> Launch {
    let (outer, length, inner) = around(x, axis);
    let taps = rows.first().map_or(0, |row| row.terms.len());
    let count = outer * rows.len() * inner;
    let params = Params::new().count(count).count(length).count(rows.len());
    let params = params.count(inner).count(taps);
    let mut words = Vec::with_capacity(rows.len() * (1 + 2 * taps));
    for row in rows {
        words.push((row.start as f32).to_bits());
        for &(index, weight) in &row.terms {
            words.extend([index as u32, (weight as f32).to_bits()]);
        }
    }
    let reads = vec![Binding::Input(0), Binding::Words(words)];
    Launch::new(&KERNEL, params, reads, count).taking(taps)
}
