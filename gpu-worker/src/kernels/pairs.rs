//! Constants of half precision that kernels read as they are: two elements a word, the first one in its lower half. They take half the
//! memory and half the time to read, and what a kernel reads is the same number. Kernels for products can; to all others half precision
//! is single precision that has no other numbers.

use super::{Kernel, Launch};
use crate::tensor::DataType;

/// The pipeline constants that tell how the first two tensors lie.
const PAIRS: [&str; 2] = ["A_PAIRS", "B_PAIRS"];

/// A form in which tensors are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// A word for each element.
    Words,
    /// The same, in textures.
    Texels,
    /// A word for two elements of half precision.
    Pairs,
}

impl Form {
    /// That in which a launch reads tensor `place`.
    pub fn of(launch: &Launch, place: usize) -> Self {
        match (launch.reads_texels(place), launch.reads_pairs(place)) {
            (true, _) => Self::Texels,
            (false, true) => Self::Pairs,
            (false, false) => Self::Words,
        }
    }
}

impl Kernel {
    /// Whether it can read its first two tensors in pairs.
    fn can_read_pairs(&self) -> bool {
        PAIRS
            .iter()
            .all(|name| self.source.contains(&format!("override {name}:")))
    }
}

impl Launch {
    /// Whether it, and whatever variant of it, can read tensor `place` in pairs.
    pub fn can_read_pairs(&self, place: usize) -> bool {
        let variants = self.variants.iter().flat_map(|variants| &variants.kernels);
        place < PAIRS.len()
            && self.kernel.can_read_pairs()
            && variants.into_iter().all(|(kernel, _)| kernel.can_read_pairs())
    }

    /// Whether tensor `place` stands in for a third one that is left out, and is not read.
    pub fn stands_in(&self, place: usize) -> bool {
        place == PAIRS.len() && self.kernel.can_read_pairs() && self.constants.contains(&("ADDS_C", 0))
    }

    /// Has tensor `place` read in pairs of a type of half precision.
    pub fn read_pairs(&mut self, place: usize, of: DataType) {
        if let Some(name) = PAIRS.get(place) {
            self.constants
                .push((name, if of == DataType::Bfloat16 { 2 } else { 1 }));
        }
    }

    /// Whether tensor `place` is bound in pairs.
    pub fn reads_pairs(&self, place: usize) -> bool {
        // The first tensor is the one that stands in.
        let place = if self.stands_in(place) { 0 } else { place };
        let name = PAIRS.get(place);
        name.is_some_and(|name| self.constants.iter().any(|(constant, _)| constant == name))
    }
}
