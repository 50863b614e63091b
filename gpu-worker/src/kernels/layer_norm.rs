//! Normalisation of rows: layer, instance, group and root mean square normalisation.

use super::{Binding, Kernel, Launch, MAX_ROUNDS, Params, kernel};

pub(super) static KERNEL: Kernel = kernel!("layer_norm", inputs: 3, after "layer_norm/params.wgsl");
pub(super) static BY_ROWS: Kernel =
    kernel!("layer_norm_rows", inputs: 3, after "rows.wgsl", "rows/memory.wgsl", "layer_norm/params.wgsl");
pub(super) static BY_ROWS_BY_SUBGROUPS: Kernel = kernel!("layer_norm_rows_by_subgroups" of "layer_norm_rows", inputs: 3, after "rows.wgsl", "rows/subgroups.wgsl", "layer_norm/params.wgsl");

/// By four elements at a time, which share a scale or have four that are neighbours.
pub(super) static SHARING: Kernel = Kernel {
    name: "layer_norm_sharing",
    source: concat!(
        include_str!("common.wgsl"),
        include_str!("layer_norm/params.wgsl"),
        include_str!("layer_norm_fours/layer_norm_fours.wgsl"),
        include_str!("layer_norm_fours/sharing.wgsl")
    ),
    inputs: 3,
};
pub(super) static APART: Kernel = Kernel {
    name: "layer_norm_apart",
    source: concat!(
        include_str!("common.wgsl"),
        include_str!("layer_norm/params.wgsl"),
        include_str!("layer_norm_fours/layer_norm_fours.wgsl"),
        include_str!("layer_norm_fours/apart.wgsl")
    ),
    inputs: 3,
};

/// Rows, and which elements of scale and bias belong to what.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rows {
    /// Number of rows.
    pub rows: usize,
    /// Elements of a row.
    pub length: usize,
    /// Number of rows after which the scales begin again.
    pub distinct: usize,
    /// Scales of a row.
    pub scales: usize,
    /// Neighbouring elements that share a scale.
    pub shared: usize,
    /// What is added to the variance.
    pub epsilon: f32,
    /// Whether the mean is taken out first.
    pub centres: bool,
    /// Whether input 2 is a bias.
    pub has_bias: bool,
}

impl Rows {
    /// Whether a thread may walk a row as often as it must.
    pub fn fit(&self) -> bool {
        self.length < MAX_ROUNDS / 4
    }

    /// The kernel that takes four elements at a time, if their scales lie so that it can.
    fn fours(&self) -> Option<&'static Kernel> {
        match self.shared {
            1 if self.distinct == 1 || self.scales.is_multiple_of(4) => Some(&APART),
            shared if shared > 0 && shared.is_multiple_of(4) => Some(&SHARING),
            _ => None,
        }
    }
}

/// Launches the normalisation of input 0 with the scale of input 1 and the bias of input 2.
pub fn launch(rows: &Rows) -> Launch {
    let params = Params::new()
        .count(rows.rows)
        .count(rows.length)
        .float(rows.epsilon)
        .count(rows.distinct.max(1))
        .count(rows.scales)
        .count(rows.shared.max(1));
    // A kernel's bindings must all be filled: without a bias the scale stands in, and is not read.
    let bias = Binding::Input(if rows.has_bias { 2 } else { 1 });
    let reads = vec![Binding::Input(0), Binding::Input(1), bias];
    let launch = Launch::new(&KERNEL, params, reads, rows.rows)
        .with("ADDS_BIAS", rows.has_bias.into())
        .with("CENTRES", rows.centres.into())
        .taking(3 * rows.length)
        .by_rows(&BY_ROWS, &BY_ROWS_BY_SUBGROUPS, rows.rows, rows.length);
    match rows.fours() {
        Some(kernel) => launch.by_fours(kernel, rows.length),
        None => launch,
    }
}
