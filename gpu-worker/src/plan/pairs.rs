//! Which constants of half precision lie on the device as they are, see [`crate::kernels::Launch::read_pairs`].

use std::collections::HashSet;
use std::sync::Arc;

use super::{Read, Step};
use crate::kernels::{Launch, Target};
use crate::tensor::Tensor;

/// Has kernels for GPUs read constants of half precision in pairs, unless another one must have them in another form as well.
pub fn read(mut steps: Vec<Step>, target: Target) -> Vec<Step> {
    if !target.is_gpu() {
        return steps;
    }
    let mut in_words: HashSet<*const Tensor> = HashSet::new();
    for (launch, reads) in steps.iter().filter_map(launch) {
        let reads = reads.iter().enumerate();
        let others = reads.filter(|(place, _)| !launch.can_read_pairs(*place) && !launch.stands_in(*place));
        in_words.extend(others.filter_map(|(_, read)| half(read)).map(Arc::as_ptr));
    }
    for step in &mut steps {
        let Step::Launch { launch, reads, .. } = step else {
            continue;
        };
        for (place, read) in reads.iter().enumerate() {
            let tensor = half(read).filter(|tensor| !in_words.contains(&Arc::as_ptr(tensor)));
            if let Some(tensor) = tensor.filter(|_| launch.can_read_pairs(place)) {
                launch.read_pairs(place, tensor.data_type());
            }
        }
    }
    steps
}

fn launch(step: &Step) -> Option<(&Launch, &[Read])> {
    match step {
        Step::Launch { launch, reads, .. } => Some((launch, reads)),
        Step::Upload { .. } | Step::Download { .. } | Step::Host { .. } => None,
    }
}

/// A constant of half precision.
fn half(read: &Read) -> Option<&Arc<Tensor>> {
    match read {
        Read::Constant(tensor) if tensor.data_type().is_half() => Some(tensor),
        _ => None,
    }
}
