//! Lays buffers out in slots: buffers that are never in use at the same time share one.

use std::collections::HashSet;
use std::sync::Arc;

use super::{BufferId, Read, Step};
use crate::kernels::{Form, texels};
use crate::tensor::Tensor;

/// First and last step that uses a buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Life {
    from: usize,
    to: usize,
}

/// The slot of each buffer, and the bytes of each slot.
pub fn lay_out(steps: &[Step], bytes: &[u64]) -> (Vec<usize>, Vec<u64>) {
    let lives = lives(steps, bytes.len());
    let mut slot_of = vec![0; bytes.len()];
    let mut slots: Vec<u64> = Vec::new();
    let mut free: Vec<usize> = Vec::new();
    let mut starting: Vec<(usize, usize)> = Vec::new();
    let mut ending: Vec<(usize, usize)> = Vec::new();
    for (buffer, life) in lives
        .iter()
        .enumerate()
        .filter_map(|(buffer, life)| life.map(|life| (buffer, life)))
    {
        starting.push((life.from, buffer));
        ending.push((life.to, buffer));
    }
    starting.sort_unstable();
    ending.sort_unstable();
    let mut ended = ending.into_iter().peekable();
    for (step, buffer) in starting {
        // A step's own inputs are still in use while it writes, so only what ended before it is free.
        while let Some((_, done)) = ended.next_if(|&(end, _)| end < step) {
            free.push(slot_of[done]);
        }
        slot_of[buffer] = take(&mut free, &mut slots, bytes[buffer]);
    }
    (slot_of, slots)
}

/// The smallest free slot that is large enough, else the largest free one, which grows, else a new one.
fn take(free: &mut Vec<usize>, slots: &mut Vec<u64>, bytes: u64) -> usize {
    let fitting = (0..free.len())
        .filter(|&at| slots[free[at]] >= bytes)
        .min_by_key(|&at| slots[free[at]]);
    match fitting.or_else(|| (0..free.len()).max_by_key(|&at| slots[free[at]])) {
        Some(at) => {
            let slot = free.swap_remove(at);
            slots[slot] = slots[slot].max(bytes);
            slot
        }
        None => {
            slots.push(bytes);
            slots.len() - 1
        }
    }
}

/// When each buffer is in use; `None` for those that no step touches.
pub fn lives(steps: &[Step], buffers: usize) -> Vec<Option<Life>> {
    let mut lives: Vec<Option<Life>> = vec![None; buffers];
    let mut touch = |BufferId(buffer): BufferId, step: usize| {
        lives[buffer] = Some(Life {
            from: lives[buffer].map_or(step, |life| life.from),
            to: step,
        });
    };
    for (index, step) in steps.iter().enumerate() {
        match step {
            Step::Upload { buffer, .. } | Step::Download { buffer, .. } => touch(*buffer, index),
            Step::Host { .. } => {}
            Step::Launch { reads, write, .. } => {
                touch(*write, index);
                for read in reads {
                    if let Read::Buffer(buffer) = read {
                        touch(*buffer, index);
                    }
                }
            }
        }
    }
    lives
}

/// Bytes of the textures to which buffers are copied before launches read them so: launches share one for each of their tensors and size.
pub fn staged_bytes(steps: &[Step], bytes: &[u64]) -> u64 {
    let rows = |BufferId(buffer): BufferId| texels::staged_rows(bytes[buffer]);
    let stages: HashSet<_> = read_as_texels(steps)
        .map(|(place, buffer)| (place, rows(buffer)))
        .collect();
    stages.iter().map(|(_, rows)| rows * texels::ROW_BYTES).sum()
}

/// The buffers that launches read as texels, and as which of their tensors.
pub fn read_as_texels(steps: &[Step]) -> impl Iterator<Item = (usize, BufferId)> {
    let launches = steps.iter().filter_map(|step| match step {
        Step::Launch { launch, reads, .. } => Some((launch, reads)),
        _ => None,
    });
    launches.flat_map(|(launch, reads)| {
        let read = reads
            .iter()
            .enumerate()
            .filter(|(place, _)| launch.reads_texels(*place));
        read.filter_map(|(place, read)| Some((place, read.buffer()?)))
    })
}

/// Bytes of the distinct constants that kernels read, and of what is made of constants.
pub fn constant_bytes(steps: &[Step]) -> u64 {
    let (mut seen, mut made_before) = (HashSet::new(), HashSet::new());
    let mut bytes = 0;
    for step in steps {
        let Step::Launch { launch, reads, .. } = step else {
            continue;
        };
        for (place, read) in reads.iter().enumerate() {
            let form = Form::of(launch, place);
            bytes += match read {
                Read::Constant(tensor) if seen.insert((Arc::as_ptr(tensor), form)) => constant_bytes_of(tensor, form),
                Read::Words(words) => 4 * words.len() as u64,
                Read::Made(made) if made_before.insert(Arc::as_ptr(made)) => made.bytes,
                Read::Buffer(_) | Read::Constant(_) | Read::Made(_) => 0,
            };
        }
    }
    bytes
}

/// Bytes that a constant takes on the device.
pub fn constant_bytes_of(tensor: &Tensor, form: Form) -> u64 {
    let elements = tensor.shape().elements() as u64;
    match form {
        Form::Words | Form::Texels => 4 * elements,
        Form::Pairs => 4 * elements.div_ceil(2),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::unary::{Unary, launch};
    use crate::model::ValueId;

    fn step(read: usize, write: usize) -> Step {
        let launch = launch(Unary::Relu, 0.0, 0.0, 1);
        Step::Launch {
            launch,
            reads: vec![Read::Buffer(BufferId(read))],
            write: BufferId(write),
            node: 0,
        }
    }

    #[test]
    fn a_chain_needs_two_slots() {
        let upload = Step::Upload {
            value: ValueId(0),
            buffer: BufferId(0),
        };
        let steps = [upload, step(0, 1), step(1, 2), step(2, 3)];
        let (slot_of, slots) = lay_out(&steps, &[8, 4, 16, 4]);
        assert_eq!(slot_of, [0, 1, 0, 1]);
        assert_eq!(slots, [16, 4]);
    }

    #[test]
    fn a_buffer_that_is_read_later_keeps_its_slot() {
        let upload = Step::Upload {
            value: ValueId(0),
            buffer: BufferId(0),
        };
        let steps = [upload, step(0, 1), step(1, 2), step(0, 3)];
        let (slot_of, _) = lay_out(&steps, &[4; 4]);
        assert!(slot_of[1..3].iter().all(|&slot| slot != slot_of[0]));
    }
}
