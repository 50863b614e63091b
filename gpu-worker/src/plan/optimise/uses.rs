//! Who writes and who reads each buffer.

use crate::plan::{BufferId, Read, Step};

/// Steps by the buffers that they write and read, in their order.
#[derive(Debug)]
pub struct Uses {
    writers: Vec<Vec<usize>>,
    readers: Vec<Vec<usize>>,
}

impl Uses {
    /// Of `buffers` buffers.
    pub fn of(steps: &[Step], buffers: usize) -> Self {
        let mut uses = Self {
            writers: vec![Vec::new(); buffers],
            readers: vec![Vec::new(); buffers],
        };
        for (index, step) in steps.iter().enumerate() {
            match step {
                Step::Upload { buffer, .. } => uses.writers[buffer.0].push(index),
                Step::Download { buffer, .. } => uses.readers[buffer.0].push(index),
                Step::Launch { reads, write, .. } => {
                    uses.writers[write.0].push(index);
                    for buffer in reads.iter().filter_map(Read::buffer) {
                        uses.readers[buffer.0].push(index);
                    }
                }
                Step::Host { .. } => {}
            }
        }
        uses
    }

    /// The only step that writes a buffer.
    pub fn writer(&self, BufferId(buffer): BufferId) -> Option<usize> {
        match self.writers[buffer][..] {
            [writer] => Some(writer),
            _ => None,
        }
    }

    /// The steps that read a buffer.
    pub fn readers(&self, BufferId(buffer): BufferId) -> &[usize] {
        &self.readers[buffer]
    }

    /// Whether a buffer holds from before step `index` on what it holds at the end.
    pub fn is_complete(&self, BufferId(buffer): BufferId, index: usize) -> bool {
        self.writers[buffer].last().is_none_or(|&last| last < index)
    }

    /// Whether step `index` may run at any later place: it alone writes its output, and what it reads stays as it is.
    pub fn is_free(&self, steps: &[Step], index: usize) -> bool {
        match &steps[index] {
            Step::Launch { reads, write, .. } => {
                self.writer(*write) == Some(index)
                    && reads
                        .iter()
                        .filter_map(Read::buffer)
                        .all(|buffer| self.is_complete(buffer, index))
            }
            _ => false,
        }
    }
}
