//! Room for one row, reused for every row.

use alloc::{vec, vec::Vec};

use crate::fixed::I32F32;
use crate::Uid;

const WORD_BITS: u16 = 64;

/// Room to work on one row of bonds.
#[derive(Clone, Debug)]
pub(crate) struct Scratch {
    pub new: DenseRow,
    pub old: DenseRow,
    pub bonds: Vec<(Uid, I32F32)>,
}

impl Scratch {
    pub fn new(columns: usize) -> Self {
        Self {
            new: DenseRow::new(columns),
            old: DenseRow::new(columns),
            bonds: Vec::with_capacity(columns),
        }
    }
}

/// A dense row whose touched cells are found again through a bitmap, in ascending order, without sorting and without
/// visiting the untouched ones.
#[derive(Clone, Debug)]
pub(crate) struct DenseRow {
    cells: Vec<I32F32>,
    touched: Vec<u64>,
}

impl DenseRow {
    pub fn new(columns: usize) -> Self {
        let words = columns.div_ceil(usize::from(WORD_BITS));
        Self {
            cells: vec![I32F32::ZERO; columns],
            touched: vec![0; words],
        }
    }

    pub fn get(&self, uid: Uid) -> I32F32 {
        self.cells.get(usize::from(uid)).copied().unwrap_or_default()
    }

    /// Adds to a cell, saturating.
    pub fn add(&mut self, uid: Uid, value: I32F32) {
        if let Some(cell) = self.cells.get_mut(usize::from(uid)) {
            *cell = cell.saturating_add(value);
        }
        if let Some(word) = self.touched.get_mut(usize::from(uid / WORD_BITS)) {
            *word |= 1 << (uid % WORD_BITS);
        }
    }

    /// Visits the touched cells in ascending order and clears them.
    pub fn drain(&mut self, mut visit: impl FnMut(Uid, I32F32)) {
        let mut base: Uid = 0;
        for word in &mut self.touched {
            while *word != 0 {
                // Below 64 for a non-zero word.
                let bit = Uid::try_from(word.trailing_zeros()).unwrap_or(0);
                *word &= !(1 << bit);
                let uid = base.saturating_add(bit);
                if let Some(cell) = self.cells.get_mut(usize::from(uid)) {
                    visit(uid, core::mem::take(cell));
                }
            }
            base = base.saturating_add(WORD_BITS);
        }
    }
}
