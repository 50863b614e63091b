//! Many batches one after another, each begun before the one before it is done.

use std::collections::VecDeque;

use super::{Output, RunError, Session};
use crate::tensor::Tensor;

/// Batches that are under way at the same time: while the device computes one, the next one goes there and the one before comes back.
const UNDER_WAY: usize = 2;

impl Session {
    /// Runs every batch and hands its outputs, with what belongs to it, to `take`, in the order of the batches. Stops at the first
    /// error.
    pub fn stream<T, E: From<RunError>>(
        &mut self,
        batches: impl IntoIterator<Item = Result<(T, Vec<Tensor>), E>>,
        mut take: impl FnMut(T, Vec<Output>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut under_way = VecDeque::with_capacity(UNDER_WAY);
        for batch in batches {
            let (what, inputs) = batch?;
            under_way.push_back((what, self.start(&inputs)?));
            if under_way.len() < UNDER_WAY {
                continue;
            }
            if let Some((what, running)) = under_way.pop_front() {
                take(what, self.finish(running)?)?;
            }
        }
        for (what, running) in under_way {
            take(what, self.finish(running)?)?;
        }
        Ok(())
    }
}
