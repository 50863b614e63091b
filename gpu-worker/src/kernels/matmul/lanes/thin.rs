//! Columns that whole workgroups leave over, see thin.wgsl.

use std::sync::LazyLock;

use super::{PANEL_ROWS, Placed, made, panel_columns, params, stores};
use crate::kernels::Rest;
use crate::kernels::family::Family;
use crate::kernels::pack::EIGHT;
use crate::kernels::stores::Stores;

static KERNELS: LazyLock<Family<(u32, Stores)>> = LazyLock::new(|| {
    let variants = [8, 16].map(|lanes| Stores::ON_LANES.map(|stores| (lanes, stores)));
    Family::new(variants.into_iter().flatten(), |&(lanes, stores)| {
        let name = format!("matmul_thin_{PANEL_ROWS}x{lanes}_{}", stores.name());
        let sums = include_str!("../thin.wgsl");
        made(name, sums, &[("ROWS", PANEL_ROWS as u32)], lanes, EIGHT, stores)
    })
});

/// All kernels, for their checks.
#[cfg(test)]
pub(in crate::kernels) fn kernels() -> Vec<&'static crate::kernels::Kernel> {
    KERNELS.kernels()
}

/// How many of the last columns are best computed by the kernel for them: some, where they are few enough that it pays to launch it.
pub fn columns(placed: &Placed, lanes: u32) -> usize {
    let [m, n, k] = placed.size;
    let panel = panel_columns(lanes);
    let left = n % panel;
    let is_possible = placed.a.panel.is_some() && lanes as usize >= EIGHT && n > panel && left > 0;
    let products = placed.batch.elements();
    let [tiles, steps] = [m.div_ceil(PANEL_ROWS), k.div_ceil(EIGHT)];
    // Nanoseconds of the processor (Zen 4, Mesa 22.3): of 16 rows of a workgroup and a step of them, and of a step of this kernel, which takes
    // eight columns of as many tiles' rows as there are lanes, and whose launch costs as much as many tiles.
    let [tile, step, own_step] = if lanes == 16 {
        [700, 270, 1_900]
    } else {
        [1_700, 360, 900]
    };
    let by_tiles = products * tiles * (tile + step * steps);
    let by_itself =
        70_000 + products * tiles.div_ceil(lanes as usize) * left.div_ceil(EIGHT) * (1_700 + own_step * steps);
    if is_possible && by_itself < by_tiles { left } else { 0 }
}

/// What computes the last `left` columns.
pub fn rest(placed: &Placed, lanes: u32, left: usize) -> Rest {
    let kernel = KERNELS
        .of(&(lanes, stores(placed, lanes, EIGHT)))
        .expect("asked for before");
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
        m.div_ceil(PANEL_ROWS).div_ceil(lanes as usize),
        left.div_ceil(EIGHT),
        placed.batch.elements(),
    ];
    Rest {
        kernel,
        params: params(&last, EIGHT),
        grid: groups.map(|count| count as u32),
    }
}
