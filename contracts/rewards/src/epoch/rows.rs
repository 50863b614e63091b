//! Weights and bonds that a call of an epoch read or found: a later pass over them takes them from here.

use crate::bonds::{Bonds, Leaving, Left};
use ink::prelude::vec;
use ink::prelude::vec::Vec;
use yuma::SparseMatrix;

/// What was read in this call, and what it leaves.
pub struct Rows {
    /// All weights, where they were read for the consensus.
    pub all: Option<SparseMatrix>,
    weights: Vec<Option<Vec<u32>>>,
    bonds: Vec<Option<Vec<u32>>>,
    /// Where old bonds are.
    pub left: Option<Left>,
    /// New bonds.
    pub leaving: Option<Leaving>,
}

impl Rows {
    /// Nothing yet of so many neurons.
    pub fn new(neurons: usize) -> Self {
        Self {
            all: None,
            weights: vec![None; neurons],
            bonds: vec![None; neurons],
            left: None,
            leaving: None,
        }
    }

    /// Weights of a row, where they were read.
    pub fn weights(&self, row: usize) -> Option<&[u32]> {
        match &self.all {
            Some(all) => Some(all.packed(row)),
            None => self.weights.get(row)?.as_deref(),
        }
    }

    /// Old bonds of a row, where they were read.
    pub fn bonds(&self, row: usize) -> Option<&[u32]> {
        self.bonds.get(row)?.as_deref()
    }

    /// Notes weights that were read.
    pub fn put_weights(&mut self, row: usize, weights: Vec<u32>) {
        if let Some(place) = self.weights.get_mut(row) {
            *place = Some(weights);
        }
    }

    /// Notes old bonds that were read.
    pub fn put_bonds(&mut self, row: usize, bonds: Vec<u32>) {
        if let Some(place) = self.bonds.get_mut(row) {
            *place = Some(bonds);
        }
    }

    /// Keeps the new bonds that this call found.
    pub fn keep(self, bonds: &mut Bonds) {
        if let Some(leaving) = self.leaving {
            leaving.keep(bonds);
        }
    }
}
