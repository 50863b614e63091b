//! Products of float16 for GPUs whose subgroups multiply matrices, see cooperative.wgsl.

use std::sync::LazyLock;

use super::Placed;
use super::gpu::{BUSY, OPERANDS, PLACES};
use super::placed::MAX_GROUPS;
use crate::kernels::template::expand;
use crate::kernels::{COMMON, Kernel, Matrices, Variants};

/// Subgroups of a workgroup, and the matrices of each of them, down and across.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Tile {
    subgroups: [u32; 2],
    matrices: [u32; 2],
}

impl Tile {
    /// Rows and columns of results, of matrices of so many.
    const fn size(self, side: u32) -> [u32; 2] {
        let (subgroups, matrices) = (self.subgroups, self.matrices);
        [subgroups[0] * matrices[0] * side, subgroups[1] * matrices[1] * side]
    }

    /// Threads, where the largest subgroup has so many.
    const fn threads(self, subgroup: u32) -> u32 {
        self.subgroups[0] * self.subgroups[1] * subgroup
    }

    /// Elements that lie in shared memory, those of float16 and those of single precision.
    const fn shared(self, side: u32) -> [u32; 2] {
        let [m, n] = self.size(side);
        let sums = self.subgroups[0] * self.subgroups[1] * side * side;
        [(m + 8 + n + 8) * STEPS * side, sums]
    }
}

/// What stands before all else in a kernel.
const EXTENSIONS: &str = "enable f16;\nenable wgpu_cooperative_matrix;\n";

/// Tiles, the largest first.
const TILES: [Tile; 3] = [
    Tile {
        subgroups: [2, 4],
        matrices: [4, 2],
    },
    Tile {
        subgroups: [2, 2],
        matrices: [2, 2],
    },
    Tile {
        subgroups: [2, 2],
        matrices: [1, 1],
    },
];

/// Matrices along the terms that a tile takes at once.
const STEPS: u32 = 2;

/// Sides of matrices, and threads of subgroups, that there are kernels for.
const SIDES: [u32; 2] = [16, 8];
const SUBGROUPS: [u32; 4] = [8, 16, 32, 64];

/// Those of each kind of matrices, in the order of [`TILES`].
static KERNELS: LazyLock<Vec<(Matrices, [Kernel; 3])>> = LazyLock::new(|| {
    let kinds = SIDES.iter().flat_map(|&side| {
        let of_side = move |&subgroup| Matrices { side, subgroup };
        SUBGROUPS.iter().map(of_side)
    });
    kinds.map(|kind| (kind, TILES.map(|tile| kernel(tile, kind)))).collect()
});

/// All kernels, for their checks.
#[cfg(test)]
pub(in crate::kernels) fn kernels() -> Vec<&'static Kernel> {
    KERNELS.iter().flat_map(|(_, kernels)| kernels).collect()
}

fn kernel(tile: Tile, Matrices { side, subgroup }: Matrices) -> Kernel {
    let ([m, n], threads, terms) = (tile.size(side), tile.threads(subgroup), STEPS * side);
    let constants = [
        ("M", m),
        ("N", n),
        ("K", terms),
        ("S", side),
        ("STEPS", STEPS),
        ("DOWN", tile.subgroups[0]),
        ("ACROSS", tile.subgroups[1]),
        ("FR", tile.matrices[0]),
        ("FC", tile.matrices[1]),
        ("THREADS", threads),
        ("LOADSA", (m * terms / 4).div_ceil(threads)),
        ("LOADSB", (n * terms / 4).div_ceil(threads)),
    ];
    let source = expand(&[PLACES, include_str!("cooperative.wgsl")].concat(), &constants);
    let name = format!("matmul_cooperative_{m}x{n}_of_{side}_by_{subgroup}");
    Kernel::made(name, &[EXTENSIONS, COMMON, OPERANDS, &source], 3)
}

/// Threads of a workgroup, and bytes that it shares, where matrices are of this kind; `None` if there are no kernels for it.
pub fn needs(kind: Matrices) -> Option<[u32; 2]> {
    let is_known = SIDES.contains(&kind.side) && SUBGROUPS.contains(&kind.subgroup);
    let [halves, sums] = TILES[0].shared(kind.side);
    is_known.then_some([TILES[0].threads(kind.subgroup), 2 * halves + 4 * sums])
}

/// The kernels for products, the best one first: the largest tile that leaves no part of a large GPU idle, else the smallest.
pub fn variants(placed: &Placed, kind: Matrices) -> Option<Variants> {
    let (_, kernels) = KERNELS.iter().find(|(known, _)| *known == kind)?;
    let [m, n, _] = placed.size;
    let grid = |tile: &Tile| {
        let [rows, columns] = tile.size(kind.side).map(|side| side as usize);
        [n.div_ceil(columns), m.div_ceil(rows), placed.batch.elements()]
    };
    let grids = TILES.iter().map(grid);
    let fitting = grids
        .zip(kernels)
        .filter(|(grid, _)| grid.iter().all(|&side| side <= MAX_GROUPS));
    let mut kernels: Vec<_> = fitting
        .map(|(grid, kernel)| (kernel, grid.map(|side| side as u32)))
        .collect();
    let groups = |grid: &[u32; 3]| grid.iter().map(|&side| u64::from(side)).product::<u64>();
    let busy = kernels.iter().position(|(_, grid)| groups(grid) >= BUSY as u64);
    let best = busy.or(kernels.len().checked_sub(1))?;
    kernels.swap(0, best);
    let class = format!("{} of float16", placed.class());
    Some(Variants {
        class,
        kernels,
        on_halves: None,
    })
}
