//! Makes a plan's steps fewer: what is computed twice is computed once, what exporters wrote out becomes the kernel it stands for, and
//! element-wise steps become one kernel, or the epilogue of the kernel before them, and read what was only moved where it lay.
//!
//! It works on steps, so shapes are known and what the engine itself writes out as several kernels profits as well. Each pass gives
//! steps that compute the same buffers; those that nobody needs any more are removed by [`super::dead`].

mod attention;
mod chains;
mod common;
mod inverted;
mod join;
mod rows;
#[cfg(test)]
mod tests;
mod uses;
mod views;

use super::{Read, Step};
use crate::kernels::{Launch, Target};

/// The steps after all passes; `bytes` are those of each buffer, and `target` is what kernels are chosen by.
pub fn optimise(steps: Vec<Step>, bytes: &[u64], target: Target) -> Vec<Step> {
    let steps = common::merge(steps, bytes);
    let steps = rows::recognise(steps, bytes);
    let steps = attention::recognise(steps, bytes, target);
    let steps = inverted::recognise(steps, bytes, target);
    let steps = views::read_in_place(steps, bytes, target);
    chains::fuse(steps, bytes, target)
}

/// The steps, with another launch and its reads in the place of some, which write the same.
fn replaced(steps: Vec<Step>, others: Vec<Option<(Launch, Vec<Read>)>>) -> Vec<Step> {
    let replace = |(step, other)| match (step, other) {
        (Step::Launch { write, node, .. }, Some((launch, reads))) => Step::Launch {
            launch,
            reads,
            write,
            node,
        },
        (step, _) => step,
    };
    steps.into_iter().zip(others).map(replace).collect()
}
