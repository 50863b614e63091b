//! Sliding blocks added up to an image.

use super::{Binding, Kernel, Launch, Params, kernel};

pub(super) static KERNEL: Kernel = kernel!("col2im", inputs: 1);

/// The extents; triples are depth, rows and columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Blocks {
    /// Samples times channels.
    pub planes: usize,
    /// Size of the image.
    pub image: [usize; 3],
    /// Size of a block.
    pub block: [usize; 3],
    /// Blocks along each axis.
    pub blocks: [usize; 3],
    /// Steps between blocks.
    pub strides: [usize; 3],
    /// Steps inside a block.
    pub dilations: [usize; 3],
    /// Padding before the first elements.
    pub pads: [i32; 3],
}

/// Launches the sum of the blocks in input 0.
pub fn launch(blocks: &Blocks) -> Launch {
    // The first field of the block is followed by vectors, which lie at multiples of four words.
    let params = Params::new().count(blocks.planes).count(0).count(0).count(0);
    let sizes = [
        blocks.image,
        blocks.block,
        blocks.blocks,
        blocks.strides,
        blocks.dilations,
    ];
    let params = sizes
        .into_iter()
        .fold(params, Params::triple)
        .signed_triple(blocks.pads);
    let threads = blocks.planes * blocks.image.iter().product::<usize>();
    let [planes, rows, columns] = blocks.block;
    let rounds = planes.saturating_mul(rows.saturating_mul(columns + 2) + 2);
    Launch::new(&KERNEL, params, vec![Binding::Input(0)], threads).taking(rounds)
}
