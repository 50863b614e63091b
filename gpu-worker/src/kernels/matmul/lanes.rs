//! Products for drivers that run a subgroup as one vector of a CPU, see lanes.wgsl.

mod thin;

use std::sync::LazyLock;

use super::placed::MAX_GROUPS;
use super::{Operand, Placed, Product, Steps};
use crate::kernels::family::Family;
use crate::kernels::pack::{self, EIGHT, Matrices};
use crate::kernels::stores::Stores;
use crate::kernels::strided::signed;
use crate::kernels::template::expand;
use crate::kernels::uniform::{BY_LANE, STORES_STRAIGHT, UNIFORM};
use crate::kernels::{Binding, COMMON, Kernel, Launch, Launches, MAX_ROUNDS, Params, Strided, TEXEL, Target, texels};
use crate::tensor::{Shape, TensorError};

#[cfg(test)]
pub(in crate::kernels) use self::thin::kernels as thin_kernels;

/// How a workgroup adds up the terms of a tile.
const SUMS: &str = include_str!("lanes.wgsl");
/// Where operands of a product of a batch start.
const STARTS: &str = include_str!("starts.wgsl");

/// What is written out in a kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Variant {
    rows: u32,
    lanes: u32,
    stores: Stores,
}

/// Rows that lie together where the first operand is in panels.
pub const PANEL_ROWS: usize = 16;

static KERNELS: LazyLock<Family<Variant>> = LazyLock::new(|| {
    let tiles = [4, 8, 16]
        .into_iter()
        .flat_map(|lanes| rows(lanes).iter().map(move |&rows| (rows, lanes)));
    let variants = tiles.flat_map(|(rows, lanes)| Stores::ON_LANES.map(|stores| Variant { rows, lanes, stores }));
    let are_held = |variant: &Variant| variant.stores.unit() as usize <= lane_columns(variant.lanes);
    Family::new(variants.filter(are_held), kernel)
});

/// Columns that each lane computes. Vectors of 16 lanes keep half as many to a row as those of eight, for twice as many rows: planes of 7 x 7
/// do not fill more columns, and what is loaded of the second operand serves more rows.
fn lane_columns(lanes: u32) -> usize {
    if lanes == 16 { TEXEL } else { EIGHT }
}

/// Rows of the tiles that there are, the most of them first.
fn rows(lanes: u32) -> &'static [u32] {
    if lanes == 16 {
        &[32, 16, 8, 4, 2, 1]
    } else {
        &[16, 8, 4, 2, 1]
    }
}

/// All kernels, for their checks.
#[cfg(test)]
pub(in crate::kernels) fn kernels() -> Vec<&'static Kernel> {
    KERNELS.kernels()
}

fn kernel(&Variant { rows, lanes, stores }: &Variant) -> Kernel {
    let columns = lane_columns(lanes);
    let constants = [
        ("ROWS", rows),
        ("GROUPS", (2 * rows).div_ceil(lanes)),
        ("ROWGROUPS", rows.div_ceil(lanes)),
    ];
    let name = format!(
        "matmul_{rows}x{}_on_{lanes}_{}",
        columns * lanes as usize,
        stores.name()
    );
    made(name, SUMS, &constants, lanes, columns, stores)
}

/// A kernel of so many lanes, and columns of each, of which a part of its own is what adds up the terms.
fn made(
    name: String,
    sums: &str,
    constants: &[(&'static str, u32)],
    lanes: u32,
    columns: usize,
    stores: Stores,
) -> Kernel {
    // Straight code for single results, or for those of lanes that have rows of their own, would take longer to compile than it saves.
    let part = stores.part().filter(|_| sums == SUMS);
    let of_all = [
        ("LANES", lanes),
        ("FOURS", (columns / TEXEL) as u32),
        ("UNIT", stores.unit()),
        ("PARTS", columns as u32 / stores.unit()),
        ("STRAIGHT", part.is_some().into()),
    ];
    let constants: Vec<_> = constants.iter().copied().chain(of_all).collect();
    let parts = [
        include_str!("operands.wgsl"),
        STARTS,
        sums,
        include_str!("results.wgsl"),
    ];
    let own = expand(&parts.concat(), &constants);
    let parts = [
        COMMON,
        part.map_or(BY_LANE, |_| UNIFORM),
        texels::source(),
        stores.functions(),
        part.unwrap_or_default(),
        &own,
        &stores.source(3),
    ];
    Kernel::made(name, &parts, 3)
}

/// Whether the kernel pays for a product, and can hold it.
pub fn fits(batch: usize, [m, n, k]: [usize; 3], lanes: u32) -> bool {
    let is_worth_it = n >= EIGHT && k >= EIGHT && m * n * k >= 4096;
    let groups = [batch, m, n.div_ceil(panel_columns(lanes))];
    let is_grid = groups.iter().all(|side| (1..=MAX_GROUPS).contains(side));
    // Besides the terms, loops go over the rows of the largest tile, and over the dimensions of the batch.
    is_worth_it && is_grid && k / EIGHT < MAX_ROUNDS - 128
}

/// Columns that a workgroup computes.
pub fn panel_columns(lanes: u32) -> usize {
    lane_columns(lanes) * lanes as usize
}

/// Products of numbers in one product of matrices from which on it pays that a kernel takes about a second to compile, not half of one, for
/// the largest tile and straight stores: as they save a fifth, after a thousand samples.
const LARGE: usize = 1 << 21;

/// Rows of a tile that suits so many. In one round a tile takes about 85 ns to load eight rows of b, and 17 for each of its own
/// (Zen 4, Mesa 22.3, eight lanes); by 16 lanes both take half as long.
fn rows_for(m: usize, is_large: bool, lanes: u32) -> u32 {
    let fitting = rows(lanes).iter().filter(|&&rows| rows <= 16 || is_large);
    let time = |rows: &&u32| m.div_ceil(**rows as usize) * (85 + 17 * **rows as usize);
    fitting.min_by_key(time).copied().unwrap_or(1)
}

/// Launches products whose operands lie in rows of whole eights, with zeros for terms that they lack.
pub fn launch(placed: &Placed, lanes: u32) -> Launch {
    let [m, n, k] = placed.size;
    // Tiles hold whole panels.
    let least = if placed.a.panel.is_some() { PANEL_ROWS as u32 } else { 1 };
    let is_large = m * n * k >= LARGE;
    let rows = rows_for(m, is_large, lanes).max(least);
    let stores = stores(placed, lanes, lane_columns(lanes));
    let left = thin::columns(placed, lanes);
    let columns = (n - left).div_ceil(panel_columns(lanes)) as u32;
    let products = placed.batch.elements() as u32;
    let variants: Vec<_> = KERNELS
        .iter()
        .filter(|(known, _)| known.lanes == lanes && known.stores == stores && known.rows >= least)
        .map(|(known, kernel)| {
            (
                known.rows,
                kernel,
                [m.div_ceil(known.rows as usize) as u32, columns, products],
            )
        })
        .collect();
    let preferred = variants.iter().find(|(known, ..)| *known == rows);
    let &(_, kernel, grid) = preferred.unwrap_or(&variants[0]);
    let adds = match (&placed.c, placed.c_steps()) {
        (None, _) => 0,
        (_, Steps { row: 0, .. }) => 1,
        (_, Steps { column: 0, .. }) => 2,
        _ => 3,
    };
    let panel = placed.b.panel.unwrap_or(panel_columns(lanes));
    let mut launch = Launch::new(kernel, params(placed, panel), reads(placed), 1)
        .by_texels(2)
        .with("ADDS_C", adds)
        .with(STORES_STRAIGHT, is_large.into())
        .taking(k.div_ceil(EIGHT) + 2 * rows as usize);
    launch.grid = grid;
    if left > 0 {
        launch.rest = Some(Box::new(thin::rest(placed, lanes, left)));
    }
    let variants = variants.into_iter().map(|(_, kernel, grid)| (kernel, grid)).collect();
    launch.varying(placed.class(), variants)
}

/// What the kernels read. The first two are no buffers, so that neither can stand in for a third operand that is left out.
fn reads(placed: &Placed) -> Vec<Binding> {
    let third = placed.c.as_ref().map_or(Binding::Words(vec![0]), |c| c.binding.clone());
    vec![placed.a.binding.clone(), placed.b.binding.clone(), third]
}

/// How results are stored of which each lane has so many in a row.
fn stores(placed: &Placed, lanes: u32, columns: usize) -> Stores {
    let places = [placed.size[1], placed.y_start, placed.y_batch, placed.y_row, columns];
    Stores::of(&places, Target::Lanes(lanes))
}

/// The parameter block for so many elements from the columns of a workgroup to those of the next.
fn params(placed: &Placed, panel: usize) -> Params {
    let [m, n, k] = placed.size;
    let in_texels = |strides: &[usize]| strides.iter().map(|stride| stride / TEXEL).collect::<Vec<_>>();
    let strides = [signed(&in_texels(&placed.a.batch)), signed(&in_texels(&placed.b.batch))];
    let batch = Strided::new(&placed.batch, &strides);
    let params = batch.append(Params::new()).count(batch.rank());
    let params = params.count(m).count(n).count(k.div_ceil(EIGHT));
    let a_row = placed.a.steps.row / TEXEL;
    let [a_later, a_step] = match placed.a.panel {
        Some(panel) => [panel / TEXEL / PANEL_ROWS, PANEL_ROWS * EIGHT / TEXEL],
        None => [a_row, EIGHT / TEXEL],
    };
    let layouts = [a_row, a_later, a_step, placed.b.steps.row / TEXEL, panel / TEXEL];
    placed.append(params, TEXEL, &layouts)
}

/// Copies operands to rows of whole eights where they do not lie so.
struct Packer<'a> {
    batch: &'a Shape,
    outputs: usize,
    made: Launches,
}

impl Packer<'_> {
    /// A matrix of `rows` and `columns`, of which `terms` rows are wanted, in panels of so many columns.
    fn pack(
        &mut self,
        operand: Operand,
        [rows, columns]: [usize; 2],
        terms: usize,
        panel: usize,
    ) -> Result<Operand, TensorError> {
        let panel = panel.min(columns.next_multiple_of(EIGHT));
        // What is the same for all of a dimension is packed once.
        let dims = self.batch.dims().iter().zip(&operand.batch);
        let own = dims.map(|(&dim, &stride)| if stride == 0 { 1 } else { dim });
        let matrices = Matrices {
            batch: Shape::new(own.collect::<Vec<_>>())?,
            strides: operand.batch.clone(),
            start: operand.start,
            rows,
            padded_rows: terms,
            columns,
            row_step: operand.steps.row,
            column_step: operand.steps.column,
            panel,
        };
        let matrix = matrices.packed()?.shape.elements() / matrices.batch.elements().max(1);
        let strides = matrices.batch.strides().into_iter().zip(&operand.batch);
        let batch = strides.map(|(own, &stride)| if stride == 0 { 0 } else { own * matrix });
        let scratch = self.outputs + self.made.scratch.len();
        self.made.scratch.push(matrices.packed()?);
        self.made
            .launches
            .push(pack::launch(operand.binding, &matrices).writing(scratch));
        Ok(Operand {
            binding: Binding::Output(scratch),
            start: 0,
            batch: batch.collect(),
            steps: Steps { row: panel, column: 1 },
            panel: Some(terms * panel),
        })
    }
}

/// Whether to lay out the second operand in panels although the kernel can read it where it lies. That costs about 3 ns an element once.
/// Where rows of it are far apart and the last caches do not hold it, each row of tiles pays as much for misses (Zen 4, 2 MiB).
fn pays_panels(product: &Product, lanes: u32) -> bool {
    let [m, n, k] = [product.m, product.n, product.k];
    product.b_is_known && n > panel_columns(lanes) || m >= 128 && n.saturating_mul(k) >= 1 << 19
}

/// Launches a product of inputs; `outputs` is the number of the first scratch memory.
pub fn launch_packing(product: &Product, lanes: u32, outputs: usize) -> Result<Launches, TensorError> {
    let mut placed = Placed::of_inputs(product);
    let [m, n, k] = placed.size;
    let is_packed = |operand: &Operand| {
        let mut strides = operand.batch.iter().chain([&operand.steps.row]);
        let are_texels = strides.all(|stride| stride.is_multiple_of(TEXEL));
        operand.steps.column == 1 && are_texels && k.is_multiple_of(EIGHT)
    };
    let mut packer = Packer {
        batch: &product.batch,
        outputs,
        made: Launches::default(),
    };
    if !is_packed(&placed.a) {
        let rows = packer.pack(placed.a, [m, k], m, usize::MAX)?;
        placed.a = Operand { panel: None, ..rows };
    }
    if !is_packed(&placed.b) || pays_panels(product, lanes) {
        placed.b = packer.pack(placed.b, [k, n], k.next_multiple_of(EIGHT), panel_columns(lanes))?;
    }
    packer.made.launches.push(launch(&placed, lanes));
    Ok(packer.made)
}
