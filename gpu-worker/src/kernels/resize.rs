//! Resizing of two axes. Coordinates are computed on the host, so that rounding is the same on every adapter.

use super::{Binding, Kernel, Launch, Params, kernel};

static KERNEL: Kernel = kernel!("resize", inputs: 2);

/// Where an output row or column comes from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    /// The first input row or column.
    pub low: usize,
    /// The second.
    pub high: usize,
    /// The share of the second.
    pub share: f32,
}

/// Launches the resizing of input 0, seen as `planes` of the given size, to the given rows and columns.
pub fn launch(planes: usize, [in_rows, in_columns]: [usize; 2], [rows, columns]: [&[Place]; 2]) -> Launch {
    let params = Params::new().count(planes).count(rows.len()).count(columns.len());
    let params = params.count(in_columns).count(in_rows * in_columns);
    let words = |place: &Place| [place.low as u32, place.high as u32, place.share.to_bits()];
    let places = rows.iter().chain(columns).flat_map(words).collect();
    let threads = planes * rows.len() * columns.len();
    Launch::new(
        &KERNEL,
        params,
        vec![Binding::Input(0), Binding::Words(places)],
        threads,
    )
}
