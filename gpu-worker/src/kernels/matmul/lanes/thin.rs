//! Columns that whole workgroups leave over, see thin.wgsl.

use std::sync::LazyLock;

use super::{Placed, TILE_ROWS, panel_columns, params, source, stores};
use crate::kernels::pack::EIGHT;
use crate::kernels::stores::Stores;
use crate::kernels::{Kernel, Rest};

/// Fewer rows leave most lanes without any.
const LEAST_ROWS: usize = 64;

static KERNELS: LazyLock<Vec<([u32; 2], Stores, Kernel)>> = LazyLock::new(|| {
    let mut kernels = Vec::new();
    for lanes in [8, 16] {
        for stores in Stores::ON_LANES {
            let rows = TILE_ROWS as u32;
            let kernel = Kernel {
                // Made once for each variant, of which there are a few.
                name: format!("matmul_thin_{rows}x{lanes}_{}", stores.name()).leak(),
                source: source(
                    include_str!("../thin.wgsl"),
                    &[("ROWS", rows), ("LANES", lanes)],
                    stores,
                ),
                inputs: 3,
            };
            kernels.push(([rows, lanes], stores, kernel));
        }
    }
    kernels
});

/// All kernels, for their checks.
#[cfg(test)]
pub(in crate::kernels) fn kernels() -> Vec<&'static Kernel> {
    KERNELS.iter().map(|(_, _, kernel)| kernel).collect()
}

/// How many of the last columns are best computed by the kernel for them: some, where they are less than half of what a workgroup
/// computes. In a round it takes 0.9 us for eight columns of eight tiles' rows, for which whole workgroups take 5.4 (Zen 4, Mesa 22.3).
pub fn columns(placed: &Placed, lanes: u32) -> usize {
    let [m, n, _] = placed.size;
    let panel = panel_columns(lanes);
    let left = n % panel;
    let pays = n > panel && left <= panel / 2 && m >= LEAST_ROWS;
    match placed.a.panel {
        Some(_) if pays && lanes as usize >= EIGHT => left,
        _ => 0,
    }
}

/// What computes the last `left` columns.
pub fn rest(placed: &Placed, lanes: u32, left: usize) -> Rest {
    let stores = stores(placed, lanes);
    let found = KERNELS
        .iter()
        .find(|([_, known], kind, _)| *known == lanes && *kind == stores);
    let (_, _, kernel) = found.expect("asked for before");
    let [m, n, _] = placed.size;
    let first = n - left;
    let panel = panel_columns(lanes);
    let mut last = placed.clone();
    last.size[1] = left;
    last.b.start += first / panel * placed.b.panel.unwrap_or(panel);
    last.y_start += first;
    if let Some(c) = &mut last.c {
        c.start += first * c.steps.column;
    }
    let groups = [
        m.div_ceil(TILE_ROWS).div_ceil(lanes as usize),
        left.div_ceil(EIGHT),
        placed.batch.elements(),
    ];
    Rest {
        kernel,
        params: params(&last, EIGHT),
        grid: groups.map(|count| count as u32),
    }
}
