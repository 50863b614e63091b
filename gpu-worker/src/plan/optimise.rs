//! Makes a plan's steps fewer: what is computed twice is computed once, what exporters wrote out becomes the kernel it stands for, and
//! element-wise steps become one kernel, or the epilogue of the kernel before them.
//!
//! It works on steps, so shapes are known and what the engine itself writes out as several kernels profits as well. Each pass gives
//! steps that compute the same buffers; those that nobody needs any more are removed by [`super::dead`].

mod chains;
mod common;
mod join;
mod rows;
#[cfg(test)]
mod tests;
mod uses;

use super::Step;

/// The steps after all passes; `bytes` are those of each buffer.
pub fn optimise(steps: Vec<Step>, bytes: &[u64]) -> Vec<Step> {
    let steps = common::merge(steps, bytes);
    let steps = rows::recognise(steps, bytes);
    chains::fuse(steps, bytes)
}
