//! Attention by one kernel, for GPUs, see attention.wgsl: softmax of a product, and its product with values.

use std::sync::{Arc, LazyLock};

use super::element::{Expression, epilogue};
use super::matmul::Steps;
use super::strided::signed;
use super::template::expand;
use super::{Binding, COMMON, GRID_WIDTH, Kernel, Launch, MAX_ROUNDS, Params, Strided, WORKGROUP};
use crate::tensor::Shape;

/// Terms of a score, or columns of the values, of the kernels: each is for as many or fewer.
const SIZES: [u32; 4] = [32, 64, 128, 256];
/// Elements of the queries, and of the scores, that a workgroup has at once.
const QUERIES: u32 = 2048;
const SCORES: u32 = 1024;

static KERNELS: LazyLock<[Kernel; 4]> = LazyLock::new(|| SIZES.map(|size| Block::of(size).kernel(false)));
static BY_SUBGROUPS: LazyLock<[Kernel; 4]> = LazyLock::new(|| SIZES.map(|size| Block::of(size).kernel(true)));

/// All kernels, for their checks: those for all GPUs, and those that tell by subgroups.
#[cfg(test)]
pub(super) fn kernels() -> [Vec<&'static Kernel>; 2] {
    [&KERNELS, &BY_SUBGROUPS].map(|kernels| kernels.iter().collect())
}

/// Where the matrices of a batch lie.
#[derive(Debug, Clone, PartialEq)]
pub struct Matrices {
    /// Strides along the batch.
    pub batch: Vec<usize>,
    /// Layout of each.
    pub steps: Steps,
}

/// A batch of attentions. Results follow each other: `columns` for each row of every matrix of queries.
#[derive(Debug, Clone, PartialEq)]
pub struct Attention {
    /// Dimensions of the batch.
    pub batch: Shape,
    /// Queries, rows x terms.
    pub q: Matrices,
    /// Keys, terms x keys.
    pub k: Matrices,
    /// Values, keys x columns.
    pub v: Matrices,
    /// Rows of queries.
    pub rows: usize,
    /// Keys that each row looks at.
    pub keys: usize,
    /// Terms of a score.
    pub terms: usize,
    /// Columns of the values.
    pub columns: usize,
    /// The results of a row whose scores are all minus infinity, or of which one is no number.
    pub unseen: f32,
}

/// What one workgroup does at once.
#[derive(Debug, Clone, Copy)]
struct Block {
    /// Terms and columns.
    size: u32,
    rows: u32,
    keys: u32,
    /// Terms of the keys, and keys of the values, that are in shared memory at once.
    terms: u32,
    values: u32,
}

impl Block {
    fn of(size: u32) -> Self {
        let (rows, keys) = (QUERIES / size, SCORES * size / QUERIES);
        Self {
            size,
            rows,
            keys,
            terms: size.min(SCORES / keys),
            values: keys.min(SCORES / size),
        }
    }

    /// The kernel, whose threads tell each other of their greatest scores by subgroups or by shared memory.
    fn kernel(self, by_subgroups: bool) -> Kernel {
        let of_keys = self.terms * (self.keys / 4 + 1);
        let of_values = self.values * self.size / 4;
        let constants = [
            ("SIZE", self.size),
            ("ROWS", self.rows),
            ("KEYS", self.keys),
            ("TERMS", self.terms),
            ("VALUES", self.values),
            ("PART", of_keys.max(of_values).max(WORKGROUP)),
            ("SUBGROUPS", by_subgroups.into()),
        ];
        let form = if by_subgroups { "_by_subgroups" } else { "" };
        // Each source is made once.
        Kernel {
            name: format!("attention_{}{form}", self.size).leak(),
            source: [COMMON, &expand(include_str!("attention/attention.wgsl"), &constants)]
                .concat()
                .leak(),
            inputs: 3,
        }
    }

    /// Rounds that the loops of a thread take over so many keys.
    fn rounds(self, keys: usize) -> usize {
        let slices = |whole: u32, slice: u32, inner: u32| whole / slice * (SCORES / 4 / WORKGROUP + slice / inner + 4);
        let across = self.keys / 4;
        let block = slices(self.size, self.terms, 8) + slices(self.keys, self.values, 4) + across + 16;
        (block as usize).saturating_mul(keys.div_ceil(self.keys as usize)) + (QUERIES / 4 / WORKGROUP + across) as usize
    }
}

/// Launches attention over inputs 0 to 2, whose scores go through an expression that reads `inputs` more tensors; the place of a score is
/// that which it has in a tensor of all scores. `None` where no kernel is for such sizes, or most of a workgroup would have nothing to do.
pub fn launch(attention: &Attention, scores: &Expression, inputs: usize) -> Option<Launch> {
    let Attention {
        batch,
        q,
        k,
        v,
        rows,
        keys,
        terms,
        columns,
        unseen,
    } = attention;
    let size = *terms.max(columns);
    let at = SIZES.iter().position(|&most| size <= most as usize)?;
    let block = Block::of(SIZES[at]);
    let groups = [rows.div_ceil(block.rows as usize), batch.elements()];
    let is_grid = groups.iter().all(|side| (1..=GRID_WIDTH as usize).contains(side));
    let is_empty = [rows, keys, terms, columns].contains(&&0);
    if !is_grid || is_empty || 2 * rows < block.rows as usize {
        return None;
    }
    let strided = Strided::new(batch, &[signed(&q.batch), signed(&k.batch), signed(&v.batch)]);
    let params = strided.append(Params::new()).count(strided.rank());
    let params = params.count(*rows).count(*keys).count(*terms).count(*columns);
    let layouts = [q.steps, k.steps, v.steps];
    let params = layouts
        .iter()
        .fold(params, |params, steps| params.count(steps.row).count(steps.column));
    let params = params.float(f32::NEG_INFINITY).float(*unseen);
    let reads = (0..3).map(Binding::Input).collect();
    let kernel = &KERNELS[at];
    let keys_are_neighbours = k.steps.column == 1 && k.steps.row != 1;
    let mut launch = Launch::new(kernel, params, reads, 1)
        .with("KEYS_ARE_NEIGHBOURS", keys_are_neighbours.into())
        .taking(block.rounds(*keys));
    launch.grid = [groups[0] as u32, 1, groups[1] as u32];
    let count = batch.elements().saturating_mul(rows * keys);
    // There even where scores stay as they are, so that nothing that is done to results is taken for it.
    launch.epilogue = Some(Arc::new(epilogue(scores, inputs, count, kernel)));
    launch = launch.by_subgroups(&BY_SUBGROUPS[at]);
    (launch.rounds <= MAX_ROUNDS).then_some(launch)
}
