//! Removes steps whose results nobody needs, such as those of a tensor of which only the shape is read.

use std::collections::HashSet;

use super::{BufferId, Read, Step};
use crate::model::{Node, ValueId};

/// The steps that the `wanted` values depend on, in their order.
pub fn remove(steps: Vec<Step>, nodes: &[Node], wanted: impl Iterator<Item = ValueId>) -> Vec<Step> {
    let mut needs = Needs {
        values: wanted.collect(),
        buffers: HashSet::new(),
    };
    let mut kept: Vec<Step> = steps.into_iter().rev().filter(|step| needs.take(step, nodes)).collect();
    kept.reverse();
    kept
}

/// The steps without launches whose results no other step reads.
pub fn remove_unread(steps: Vec<Step>) -> Vec<Step> {
    let mut needs = Needs {
        values: HashSet::new(),
        buffers: HashSet::new(),
    };
    let mut is_read = |step: &Step| match step {
        Step::Launch { .. } => needs.take(step, &[]),
        Step::Download { buffer, .. } => {
            needs.buffers.insert(*buffer);
            true
        }
        Step::Upload { .. } | Step::Host { .. } => true,
    };
    let mut kept: Vec<Step> = steps.into_iter().rev().filter(|step| is_read(step)).collect();
    kept.reverse();
    kept
}

/// What the steps that come later need.
struct Needs {
    values: HashSet<ValueId>,
    buffers: HashSet<BufferId>,
}

impl Needs {
    /// Whether the step makes something that is needed; if so, its inputs are needed, too.
    fn take(&mut self, step: &Step, nodes: &[Node]) -> bool {
        match step {
            Step::Upload { value, buffer } => {
                let is_needed = self.buffers.contains(buffer);
                if is_needed {
                    self.values.insert(*value);
                }
                is_needed
            }
            Step::Download { value, buffer, .. } => {
                let is_needed = self.values.contains(value);
                if is_needed {
                    self.buffers.insert(*buffer);
                }
                is_needed
            }
            Step::Launch { reads, write, .. } => {
                let is_needed = self.buffers.contains(write);
                if is_needed {
                    self.buffers.extend(reads.iter().filter_map(Read::buffer));
                }
                is_needed
            }
            Step::Host { node, .. } => {
                let node = &nodes[*node];
                let is_needed = node.outputs.iter().flatten().any(|output| self.values.contains(output));
                if is_needed {
                    self.values.extend(node.reads());
                }
                is_needed
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::unary::{Unary, launch};

    #[test]
    fn what_leads_nowhere_goes() {
        let run = |read: usize, write: usize| Step::Launch {
            launch: launch(Unary::Relu, 0.0, 0.0, 1),
            reads: vec![Read::Buffer(BufferId(read))],
            write: BufferId(write),
            node: 0,
        };
        let shape = crate::tensor::Shape::scalar();
        let tensor_type = crate::tensor::TensorType::new(crate::tensor::DataType::Float32, shape);
        let steps = vec![
            Step::Upload {
                value: ValueId(0),
                buffer: BufferId(0),
            },
            run(0, 1),
            run(1, 2),
            run(0, 3),
            Step::Download {
                buffer: BufferId(3),
                value: ValueId(1),
                tensor_type,
            },
        ];
        let kept = remove(steps, &[], std::iter::once(ValueId(1)));
        assert_eq!(kept.len(), 3);
        assert!(matches!(kept[1], Step::Launch { write: BufferId(3), .. }));
    }
}
