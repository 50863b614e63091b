//! Sums of products of codes as codes.

use super::{Binding, Kernel, Launch, Params, kernel};

pub(super) static KERNEL: Kernel = kernel!("requantize", inputs: 3);

/// Codes of 8 bits, from the least one on.
pub const CODES: usize = 256;

/// What becomes of sums.
#[derive(Debug, Clone, PartialEq)]
pub struct Requantization {
    /// Sums in a row of the same channel; the channels begin again after the last.
    pub inner: usize,
    /// For each channel: the bits of a factor that leads from a sum and its addend to the steps from the zero point, and the addend.
    pub channels: Vec<[u32; 2]>,
    /// For each code: the least sum with its addend that has it, and that of the next code; one table for all channels, or one for each.
    pub bounds: Vec<[i32; 2]>,
    /// The least code.
    pub least: i32,
    /// How far the zero point lies beyond the least code.
    pub zero: u8,
    /// Whether sums are numbers of single precision, or else integers.
    pub is_float: bool,
}

/// Launches the codes of the `count` sums in input 0.
pub fn launch(requantization: &Requantization, count: usize) -> Launch {
    let Requantization {
        inner,
        channels,
        bounds,
        least,
        zero,
        is_float,
    } = requantization;
    let has_tables = bounds.len() > CODES;
    let params = Params::new().count(count).count(*inner).count(channels.len());
    let params = params.count(has_tables.into()).signed(*least).float((*zero).into());
    let bounds = bounds.iter().flatten().map(|&bound| bound as u32).collect();
    let reads = vec![
        Binding::Input(0),
        Binding::Words(channels.concat()),
        Binding::Words(bounds),
    ];
    Launch::new(&KERNEL, params, reads, count).with("IS_FLOAT", (*is_float).into())
}
