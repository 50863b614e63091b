//! Finds launches that compute the same from the same, and keeps the first of them.

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use super::uses::Uses;
use crate::gpu::to_words;
use crate::plan::{BufferId, Made, Read, Step};

/// Elements of a constant that is told by its elements; a larger one is told by where it lies.
const SMALL: usize = 64;

/// What a launch computes. A kernel is a function of its parameters and of what it reads.
#[derive(PartialEq, Eq, Hash)]
struct Key<'a> {
    kernel: &'static str,
    constants: &'a [(&'static str, u32)],
    params: Vec<u32>,
    epilogue: Option<(&'a str, &'a [u32])>,
    grid: [u32; 3],
    reads: Vec<ReadKey<'a>>,
    bytes: u64,
}

#[derive(PartialEq, Eq, Hash)]
enum ReadKey<'a> {
    Buffer(BufferId),
    Constant(*const crate::tensor::Tensor),
    Words(Cow<'a, [u32]>),
    Made(*const Made),
}

/// The steps without repetitions.
pub fn merge(mut steps: Vec<Step>, bytes: &[u64]) -> Vec<Step> {
    let same = repeated(&steps, bytes);
    let resolve = |buffer: &mut BufferId| {
        if let Some(first) = same.get(buffer) {
            *buffer = *first;
        }
    };
    steps.retain_mut(|step| {
        match step {
            Step::Launch { reads, write, .. } => {
                if same.contains_key(write) {
                    return false;
                }
                for read in reads {
                    if let Read::Buffer(buffer) = read {
                        resolve(buffer);
                    }
                }
            }
            Step::Download { buffer, .. } => resolve(buffer),
            Step::Upload { .. } | Step::Host { .. } => {}
        }
        true
    });
    steps
}

/// Buffers that hold the same as an earlier one.
fn repeated(steps: &[Step], bytes: &[u64]) -> HashMap<BufferId, BufferId> {
    let uses = Uses::of(steps, bytes.len());
    let mut same: HashMap<BufferId, BufferId> = HashMap::new();
    let mut known: HashMap<Key, BufferId> = HashMap::new();
    for (index, step) in steps.iter().enumerate() {
        let Step::Launch {
            launch, reads, write, ..
        } = step
        else {
            continue;
        };
        if !uses.is_free(steps, index) {
            continue;
        }
        let key = Key {
            kernel: launch.kernel.name,
            constants: &launch.constants,
            params: launch.params.words(),
            epilogue: launch
                .epilogue
                .as_ref()
                .map(|epilogue| (&*epilogue.source, &*epilogue.numbers)),
            grid: launch.grid,
            reads: reads.iter().map(|read| read_key(read, &same)).collect(),
            bytes: bytes[write.0],
        };
        match known.entry(key) {
            Entry::Occupied(first) => {
                same.insert(*write, *first.get());
            }
            Entry::Vacant(place) => {
                place.insert(*write);
            }
        }
    }
    same
}

fn read_key<'a>(read: &'a Read, same: &HashMap<BufferId, BufferId>) -> ReadKey<'a> {
    match read {
        Read::Buffer(buffer) => ReadKey::Buffer(*same.get(buffer).unwrap_or(buffer)),
        Read::Words(words) => ReadKey::Words(Cow::Borrowed(words)),
        Read::Made(made) => ReadKey::Made(Arc::as_ptr(made)),
        Read::Constant(tensor) => {
            let is_small = tensor.shape().elements() <= SMALL;
            match is_small.then(|| to_words(tensor)) {
                Some(Ok(words)) => ReadKey::Words(Cow::Owned(words)),
                _ => ReadKey::Constant(Arc::as_ptr(tensor)),
            }
        }
    }
}
