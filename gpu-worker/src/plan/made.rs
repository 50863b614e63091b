//! Launches that read constants alone: what they write is the same in every run, so it is made once and kept like a constant. Weights
//! are laid out for a kernel this way, and what they were laid out from need not stay on the device.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::memory::constant_bytes_of;
use super::{BufferId, Read, Step};
use crate::kernels::{Form, Launch};
use crate::tensor::Tensor;

/// Bytes that a launch may make of no bytes at all: a value that is repeated everywhere is better written anew than kept.
const SPARE: u64 = 4096;

/// What a launch makes of constants.
#[derive(Debug)]
pub struct Made {
    /// The launch.
    pub launch: Launch,
    /// The constants and words that it reads.
    pub reads: Vec<Read>,
    /// Bytes that it writes.
    pub bytes: u64,
}

/// Tells whether two launches make the same. Constants are told by their addresses.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct MadeKey {
    kernel: &'static str,
    constants: Vec<(&'static str, u32)>,
    params: Vec<u32>,
    epilogue: Option<(Arc<str>, Vec<u32>)>,
    reads: Vec<ReadKey>,
    bytes: u64,
}

#[derive(Debug, PartialEq, Eq, Hash)]
enum ReadKey {
    Constant(*const Tensor),
    Words(Vec<u32>),
}

impl Made {
    /// What tells it from others. It holds for as long as the constants live.
    pub fn key(&self) -> MadeKey {
        let reads = self.reads.iter().filter_map(|read| match read {
            Read::Constant(tensor) => Some(ReadKey::Constant(Arc::as_ptr(tensor))),
            Read::Words(words) => Some(ReadKey::Words(words.clone())),
            Read::Buffer(_) | Read::Made(_) => None,
        });
        let epilogue = self.launch.epilogue.as_ref();
        MadeKey {
            kernel: self.launch.kernel.name,
            constants: self.launch.constants.clone(),
            params: self.launch.params.words(),
            epilogue: epilogue.map(|epilogue| (Arc::clone(&epilogue.source), epilogue.numbers.clone())),
            reads: reads.collect(),
            bytes: self.bytes,
        }
    }
}

/// The steps without those that write the same in every run; those that read it read what was made. `bytes` are those of each buffer.
pub fn once(steps: Vec<Step>, bytes: &[u64]) -> Vec<Step> {
    let once = buffers_of_one_launch(&steps);
    let mut made: HashMap<BufferId, Arc<Made>> = HashMap::new();
    let mut kept = Vec::with_capacity(steps.len());
    for step in steps {
        let Step::Launch {
            launch,
            mut reads,
            write,
            node,
        } = step
        else {
            kept.push(step);
            continue;
        };
        if once.contains(&write) && is_worth_keeping(&reads, bytes[write.0]) {
            let bytes = bytes[write.0];
            made.insert(write, Arc::new(Made { launch, reads, bytes }));
            continue;
        }
        for read in &mut reads {
            if let Some(made) = read.buffer().and_then(|buffer| made.get(&buffer)) {
                *read = Read::Made(Arc::clone(made));
            }
        }
        kept.push(Step::Launch {
            launch,
            reads,
            write,
            node,
        });
    }
    kept
}

/// Buffers that a single launch writes and only launches read.
fn buffers_of_one_launch(steps: &[Step]) -> HashSet<BufferId> {
    let mut writers: HashMap<BufferId, usize> = HashMap::new();
    for step in steps {
        match step {
            Step::Launch { write, .. } => *writers.entry(*write).or_default() += 1,
            Step::Upload { buffer, .. } | Step::Download { buffer, .. } => *writers.entry(*buffer).or_default() += 2,
            Step::Host { .. } => {}
        }
    }
    let single = writers.into_iter().filter(|(_, count)| *count == 1);
    single.map(|(buffer, _)| buffer).collect()
}

/// Whether a launch reads constants alone, and writes hardly more than they take.
fn is_worth_keeping(reads: &[Read], written: u64) -> bool {
    let read = |read: &Read| match read {
        Read::Constant(tensor) => Some(constant_bytes_of(tensor, Form::Words)),
        Read::Words(words) => Some(4 * words.len() as u64),
        Read::Buffer(_) | Read::Made(_) => None,
    };
    let read = reads.iter().map(read).sum::<Option<u64>>();
    read.is_some_and(|read| written <= read.saturating_mul(2).saturating_add(SPARE))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::unary::{Unary, launch};
    use crate::model::ValueId;
    use crate::testing::ramp;

    fn run(read: Read, write: usize) -> Step {
        Step::Launch {
            launch: launch(Unary::Relu, 0.0, 0.0, 1),
            reads: vec![read],
            write: BufferId(write),
            node: 0,
        }
    }

    fn constant() -> Read {
        Read::Constant(Arc::new(ramp(&[4])))
    }

    fn buffer(number: usize) -> Read {
        Read::Buffer(BufferId(number))
    }

    #[test]
    fn what_is_made_of_constants_is_made_once() {
        let steps = vec![run(constant(), 0), run(buffer(0), 1)];
        let left = once(steps, &[16, 16]);
        let [Step::Launch { reads, write, .. }] = &left[..] else {
            panic!("{left:?}");
        };
        assert_eq!(*write, BufferId(1));
        assert!(matches!(&reads[..], [Read::Made(made)] if made.bytes == 16));
    }

    #[test]
    fn what_goes_to_the_host_is_computed_with_each_run() {
        let download = Step::Download {
            buffer: BufferId(0),
            value: ValueId(0),
            tensor_type: ramp(&[4]).tensor_type(),
        };
        assert_eq!(once(vec![run(constant(), 0), download], &[16]).len(), 2);
    }

    #[test]
    fn a_buffer_of_two_launches_is_no_constant() {
        let steps = vec![run(constant(), 0), run(buffer(1), 0), run(buffer(0), 2)];
        assert_eq!(once(steps, &[16; 3]).len(), 3);
    }

    #[test]
    fn a_value_that_is_repeated_everywhere_is_not_kept() {
        let bytes = 2 * 16 + SPARE + 4;
        assert_eq!(once(vec![run(constant(), 0), run(buffer(0), 1)], &[bytes, 16]).len(), 2);
    }

    #[test]
    fn the_same_launch_of_the_same_constant_makes_the_same() {
        let made = |read: Read, bytes: u64| Made {
            launch: launch(Unary::Relu, 0.0, 0.0, 1),
            reads: vec![read],
            bytes,
        };
        let read = constant();
        assert_eq!(made(read.clone(), 16).key(), made(read.clone(), 16).key());
        assert_ne!(made(read.clone(), 16).key(), made(constant(), 16).key());
        assert_ne!(made(read.clone(), 16).key(), made(read, 32).key());
    }
}
