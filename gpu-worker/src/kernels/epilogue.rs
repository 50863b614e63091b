//! What a kernel does with each result before it stores it.
//!
//! A kernel that writes one f32 for each element of its output, once and at the element's own place, stores it as
//! `y[at] = finish(value, at)`, `at` being that place. `finish` gives the value back, unless a launch carries an epilogue, whose source
//! then defines it. A kernel that stores four neighbours at once calls `finish_vector` with all of them. Attention sends its scores through
//! `finish`, at the places that they would have in memory. What an epilogue reads is in bind group 1: a uniform block of numbers at
//! binding 0, and tensors from binding 1 on.

use std::sync::Arc;

use super::Kernel;

/// The sources of `finish` and `finish_vector` for launches without an epilogue.
const PLAIN: &str = include_str!("finish.wgsl");
const PLAIN_VECTOR: &str = include_str!("finish_vector.wgsl");

/// A function that results go through, and what it reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Epilogue {
    /// WGSL. Launches of equal sources share a compiled kernel, so shapes and attributes belong into `numbers`.
    pub source: Arc<str>,
    /// Words of the uniform block, whole vectors of four.
    pub numbers: Vec<u32>,
    /// Tensors that it reads; they follow the kernel's own.
    pub inputs: usize,
    /// Whether it is so short that it may be written out for every result of a thread.
    pub is_short: bool,
}

impl Kernel {
    /// Whether results go through `finish` or `finish_vector`.
    pub fn finishes(&self) -> bool {
        self.source.contains("finish(") || self.finishes_vectors()
    }

    /// Whether results go through `finish_vector`.
    pub fn finishes_vectors(&self) -> bool {
        self.source.contains("finish_vector(")
    }

    /// The source of what results go through where nothing is done to them.
    pub fn plain(&self) -> &'static str {
        match (self.finishes(), self.finishes_vectors()) {
            (_, true) => PLAIN_VECTOR,
            (true, false) => PLAIN,
            (false, false) => "",
        }
    }

    /// Whether it stores results first and finishes them then, if told to by the pipeline constant FINISHES: a kernel that is written
    /// out for many results holds the code of an epilogue only once so.
    pub fn finishes_afterwards(&self) -> bool {
        self.source.contains("override FINISHES:")
    }

    /// Whether it finishes results before it stores them instead, if told to by the pipeline constant FINISHES_AT_ONCE.
    pub fn finishes_at_once(&self) -> bool {
        self.source.contains("override FINISHES_AT_ONCE:")
    }
}
