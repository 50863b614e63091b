//! Products for GPUs, see tile.wgsl and vector.wgsl.

use std::sync::LazyLock;

use super::placed::MAX_GROUPS;
use super::{Placed, cooperative};
use crate::kernels::strided::signed;
use crate::kernels::template::expand;
use crate::kernels::{COMMON, Kernel, Launch, MAX_ROUNDS, Params, Strided, Target};

/// Terms that a tile takes at once.
const TERMS: u32 = 16;
/// What comes before a kernel's own source, for all kernels: what it is given, and how numbers of operands are read.
pub(super) const OPERANDS: &str = concat!(include_str!("strided.wgsl"), include_str!("starts.wgsl"));
/// How kernels with tiles bring what they add up.
pub(super) const PLACES: &str = include_str!("places.wgsl");
/// Workgroups that keep a large GPU busy.
pub(super) const BUSY: usize = 128;

/// A tile of rows and columns, and the rows and columns of one thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Tile {
    tile: [u32; 2],
    thread: [u32; 2],
}

/// Tiles, the largest first.
const TILES: [Tile; 3] = [
    Tile {
        tile: [128, 128],
        thread: [8, 8],
    },
    Tile {
        tile: [64, 64],
        thread: [4, 4],
    },
    Tile {
        tile: [32, 32],
        thread: [4, 4],
    },
];

/// Rows of the kernels for a few rows.
const ROWS: [u32; 3] = [1, 2, 4];

static TILE_KERNELS: LazyLock<[Kernel; 3]> = LazyLock::new(|| TILES.map(tile_kernel));
static VECTOR_KERNELS: LazyLock<[Kernel; 3]> = LazyLock::new(|| ROWS.map(vector_kernel));

/// All kernels, for their checks.
#[cfg(test)]
pub(in crate::kernels) fn kernels() -> Vec<&'static Kernel> {
    TILE_KERNELS.iter().chain(VECTOR_KERNELS.iter()).collect()
}

fn tile_kernel(Tile { tile, thread }: Tile) -> Kernel {
    let ([m, n], [r, c]) = (tile, thread);
    let threads = m / r * (n / c);
    let constants = [
        ("M", m),
        ("N", n),
        ("K", TERMS),
        ("R", r),
        ("C", c),
        ("THREADS", threads),
        ("LOADSA", m * TERMS / 4 / threads),
        ("LOADSB", n * TERMS / 4 / threads),
        ("QUADSR", r / 4),
        ("QUADSC", c / 4),
    ];
    let source = expand(&[PLACES, include_str!("tile.wgsl")].concat(), &constants);
    Kernel::made(format!("matmul_tile_{m}x{n}"), &[COMMON, OPERANDS, &source], 3)
}

fn vector_kernel(rows: u32) -> Kernel {
    let source = expand(include_str!("vector.wgsl"), &[("ROWS", rows)]);
    Kernel::made(format!("matmul_vector_{rows}"), &[COMMON, OPERANDS, &source], 3)
}

/// Whether the kernels can hold a product.
pub fn fits(batch: usize, [m, n, k]: [usize; 3]) -> bool {
    let groups = [batch, m.div_ceil(32), n.div_ceil(8)];
    let is_grid = groups.iter().all(|side| (1..=MAX_GROUPS).contains(side));
    is_grid && k > 0 && k < 8 * (MAX_ROUNDS - 256)
}

/// The largest tile that leaves no part of a large GPU idle, else the smallest.
fn choose(batch: usize, [m, n, _]: [usize; 3]) -> usize {
    let groups = |tile: [u32; 2]| batch * m.div_ceil(tile[0] as usize) * n.div_ceil(tile[1] as usize);
    let busy = TILES.iter().position(|tile| groups(tile.tile) >= BUSY);
    busy.unwrap_or(TILES.len() - 1)
}

/// Launches products of any layout.
pub fn launch(placed: &Placed, target: Target) -> Launch {
    let [m, n, k] = placed.size;
    let batch = Strided::new(&placed.batch, &[signed(&placed.a.batch), signed(&placed.b.batch)]);
    let params = batch.append(Params::new()).count(batch.rank());
    let params = params.count(m).count(n).count(k);
    let (a, b) = (placed.a.steps, placed.b.steps);
    let params = placed.append(params, 1, &[a.row, a.column, b.row, b.column]);
    let b_in_columns = b.row == 1 && b.column != 1;
    let products = placed.batch.elements();
    let launch = |kernel| {
        Launch::new(kernel, params, placed.reads(), 1)
            .with("ADDS_C", placed.c.is_some().into())
            .with("B_IN_COLUMNS", b_in_columns.into())
    };
    if let Some(at) = ROWS.iter().position(|&rows| m <= rows as usize) {
        // As many columns as vector.wgsl gives a workgroup, and as many slices of the terms.
        let (columns, slices) = if b_in_columns { (8, 32) } else { (32, 8) };
        let mut launch = launch(&VECTOR_KERNELS[at]).taking(k.div_ceil(slices) + slices + 2);
        launch.grid = [n.div_ceil(columns) as u32, 1, products as u32];
        return launch;
    }
    let tiles = TILES.iter().zip(TILE_KERNELS.iter());
    let variants: Vec<_> = tiles
        .map(|(tile, kernel)| {
            let [rows, columns] = tile.tile.map(|side| side as usize);
            (
                kernel,
                [n.div_ceil(columns) as u32, m.div_ceil(rows) as u32, products as u32],
            )
        })
        .collect();
    let at = choose(products, placed.size);
    let (kernel, grid) = variants[at];
    let [r, c] = TILES[0].thread;
    let mut launch = launch(kernel)
        .with("A_IN_COLUMNS", (a.row == 1 && a.column != 1).into())
        .taking(k.div_ceil(TERMS as usize) + (r * c) as usize + 2);
    launch.grid = grid;
    let halves = target.matrices().and_then(|kind| cooperative::variants(placed, kind));
    launch.varying(placed.class(), variants).varying_on_halves(halves)
}
