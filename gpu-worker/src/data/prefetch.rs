//! Reading ahead: while one batch is evaluated, the next are read and unpacked.

use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;

use super::{DataError, Dataset};
use crate::tensor::Tensor;

/// A batch that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// Which samples.
    pub indices: Vec<usize>,
    /// The samples, one after another.
    pub samples: Tensor,
    /// Their targets.
    pub targets: Tensor,
}

/// Batches in the order that they were asked for in. At most the number asked for, and one more, lie in memory. Ends after the first error.
#[derive(Debug)]
pub struct Prefetch(Receiver<Result<Loaded, DataError>>);

impl Prefetch {
    pub(super) fn start(data: Dataset, batches: Vec<Vec<usize>>, ahead: usize) -> Result<Self, DataError> {
        let (send, receive) = sync_channel(ahead);
        let read = move || {
            for indices in batches {
                let loaded = load(&data, indices);
                let failed = loaded.is_err();
                // Nobody listens any more when the evaluation has ended early.
                if send.send(loaded).is_err() || failed {
                    return;
                }
            }
        };
        thread::Builder::new()
            .name("data".into())
            .spawn(read)
            .map_err(|error| DataError::Thread(error.to_string()))?;
        Ok(Self(receive))
    }
}

fn load(data: &Dataset, indices: Vec<usize>) -> Result<Loaded, DataError> {
    let dims = data.sample_shape().dims().to_vec();
    Ok(Loaded {
        samples: data.batch(&indices, &dims)?,
        targets: data.targets(&indices)?,
        indices,
    })
}

impl Iterator for Prefetch {
    type Item = Result<Loaded, DataError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.recv().ok()
    }
}
