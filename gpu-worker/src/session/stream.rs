//! Many batches one after another, each begun before the one before it is done.

use std::collections::VecDeque;

use super::{Output, RunError, Running, Session};
use crate::tensor::Tensor;

/// Batches that are under way at the same time: while the device computes one, the next one goes there and the one before comes back.
const UNDER_WAY: usize = 2;

impl Session {
    /// Runs every batch and hands what came of it, with what belongs to it, to `take`, in the order of the batches: what `take` sees is
    /// what it would see if each batch was run by itself. Stops at the first error of `batches` or `take`.
    pub fn stream<T, E>(
        &mut self,
        batches: impl IntoIterator<Item = Result<(T, Vec<Tensor>), E>>,
        mut take: impl FnMut(T, Result<Vec<Output>, RunError>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut under_way: VecDeque<(T, Result<Running, RunError>)> = VecDeque::with_capacity(UNDER_WAY);
        let mut failure = None;
        for batch in batches {
            match batch {
                Ok((what, inputs)) => under_way.push_back((what, self.start(&inputs))),
                Err(error) => {
                    failure = Some(error);
                    break;
                }
            }
            if under_way.len() < UNDER_WAY {
                continue;
            }
            if let Some((what, running)) = under_way.pop_front() {
                take(what, running.and_then(|running| self.finish(running)))?;
            }
        }
        for (what, running) in under_way {
            take(what, running.and_then(|running| self.finish(running)))?;
        }
        failure.map_or(Ok(()), Err)
    }
}
