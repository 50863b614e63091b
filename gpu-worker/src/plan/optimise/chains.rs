//! Joins element-wise steps whose results nobody else reads into one kernel, and makes that the epilogue of the kernel before them
//! where it has one. It looks from the last step of each chain backwards, so that a value that several steps of a chain read is computed
//! once.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use super::join::{Join, is_same};
use super::rows::word;
use super::uses::Uses;
use crate::kernels::element::{Expression, Operation, Walk, epilogue, goes_by_fours, launch};
use crate::kernels::{Epilogue, Launch, Target};
use crate::plan::{BufferId, Read, Step};

/// Tensors that one kernel binds at most, the one that it writes included; WebGPU guarantees as many.
pub const BINDINGS: usize = 8;
/// Operations of one generated expression.
pub const OPERATIONS: usize = 64;
/// Different expressions of one plan. Each is compiled, which a hostile model must not ask for without end.
pub const VARIANTS: usize = 256;

/// Joins what can be joined.
pub fn fuse(steps: Vec<Step>, bytes: &[u64], target: Target) -> Vec<Step> {
    let mut fuser = Fuser {
        target,
        uses: Uses::of(&steps, bytes.len()),
        steps: &steps,
        bytes,
        is_joined: vec![false; steps.len()],
        sources: HashSet::new(),
    };
    let mut joined: Vec<Option<Joined>> = steps.iter().map(|_| None).collect();
    for index in (0..steps.len()).rev() {
        joined[index] = fuser.end_at(index);
    }
    let is_joined = fuser.is_joined;
    let mut steps: Vec<Option<Step>> = steps.into_iter().map(Some).collect();
    let mut kept = Vec::with_capacity(steps.len());
    for (index, joined) in joined.into_iter().enumerate() {
        match joined {
            Some(joined) => {
                let before = joined.after.and_then(|before| steps[before].take());
                kept.extend(joined.step(before, target));
            }
            None if is_joined[index] => {}
            None => kept.extend(steps[index].take()),
        }
    }
    kept
}

/// What stands in the place of the last step of a chain.
struct Joined {
    /// The step whose epilogue it is.
    after: Option<usize>,
    expression: Expression,
    epilogue: Option<Epilogue>,
    reads: Vec<Read>,
    write: BufferId,
    /// The node of its last step.
    node: usize,
    count: usize,
}

impl Joined {
    fn step(self, before: Option<Step>, target: Target) -> Option<Step> {
        let write = self.write;
        match (before, self.epilogue) {
            (
                Some(Step::Launch {
                    mut launch,
                    mut reads,
                    node,
                    ..
                }),
                Some(epilogue),
            ) => {
                launch.epilogue = Some(Arc::new(epilogue));
                reads.extend(self.reads);
                Some(Step::Launch {
                    launch,
                    reads,
                    write,
                    node,
                })
            }
            _ => Some(Step::Launch {
                launch: launch(self.expression, self.reads.len(), self.count, target),
                reads: self.reads,
                write,
                node: self.node,
            }),
        }
    }
}

/// An element-wise step.
#[derive(Clone, Copy)]
struct Element<'a> {
    expression: &'a Expression,
    reads: &'a [Read],
    write: BufferId,
    node: usize,
    count: usize,
}

struct Fuser<'a> {
    target: Target,
    steps: &'a [Step],
    uses: Uses,
    bytes: &'a [u64],
    is_joined: Vec<bool>,
    sources: HashSet<Arc<str>>,
}

/// Steps that become one.
struct Chain<'a> {
    count: usize,
    members: BTreeSet<usize>,
    operations: usize,
    /// What it reads, and whether only element by element.
    reads: Vec<(&'a Read, bool)>,
}

impl<'a> Chain<'a> {
    fn add(&mut self, index: usize, element: Element<'a>) {
        self.members.insert(index);
        self.operations += element.expression.operations().len();
        self.reads.retain(|(read, _)| read.buffer() != Some(element.write));
        let straight = Walk::straight(self.count);
        for operation in element.expression.operations() {
            let Operation::Read { input, walk } = operation else {
                continue;
            };
            let (read, is_straight) = (&element.reads[*input], *walk == straight);
            if word(read).is_some() {
                continue;
            }
            match self.reads.iter_mut().find(|(known, _)| is_same(known, read)) {
                Some((_, all_straight)) => *all_straight &= is_straight,
                None => self.reads.push((read, is_straight)),
            }
        }
    }

    /// Whether there is room for another step, which makes one of the tensors that are read.
    fn takes(&self, element: Element) -> bool {
        let new = element
            .reads
            .iter()
            .filter(|read| word(read).is_none() && !self.reads.iter().any(|(known, _)| is_same(known, read)));
        let operations = self.operations + element.expression.operations().len();
        self.reads.len() - 1 + new.count() < BINDINGS && operations <= OPERATIONS
    }
}

impl<'a> Fuser<'a> {
    /// The element-wise step of a number, if it fills its output.
    fn element(&self, index: usize) -> Option<Element<'a>> {
        let Step::Launch {
            launch,
            reads,
            write,
            node,
        } = &self.steps[index]
        else {
            return None;
        };
        let (expression, count) = launch.expression()?;
        let is_whole = 4 * count as u64 == self.bytes[write.0];
        let reads_itself = reads.iter().any(|read| read.buffer() == Some(*write));
        let element = Element {
            expression,
            reads,
            write: *write,
            node: *node,
            count,
        };
        (is_whole && !reads_itself).then_some(element)
    }

    /// Joins what leads to step `index`, if that is element-wise and there is anything to join.
    fn end_at(&mut self, index: usize) -> Option<Joined> {
        let last = self.element(index).filter(|_| !self.is_joined[index])?;
        let mut chain = Chain {
            count: last.count,
            members: BTreeSet::new(),
            operations: 0,
            reads: Vec::new(),
        };
        chain.add(index, last);
        let mut refused = HashSet::new();
        while let Some((before, element)) = self.latest(&chain, &refused) {
            if chain.takes(element) {
                chain.add(before, element);
            } else {
                refused.insert(before);
            }
        }
        let as_epilogue = self.epilogue(&chain, last);
        let joined = as_epilogue.or_else(|| self.kernel(&chain, last))?;
        self.is_joined[index] = true;
        for &member in chain.members.iter().chain(&joined.after) {
            self.is_joined[member] = true;
        }
        Some(joined)
    }

    /// The steps that make what a chain reads element by element, and nobody else reads.
    fn before<'c>(&'c self, chain: &'c Chain<'a>) -> impl Iterator<Item = usize> + 'c {
        let makers = chain
            .reads
            .iter()
            .filter(|(_, is_straight)| *is_straight)
            .filter_map(|(read, _)| {
                let buffer = read.buffer()?;
                let is_own = self
                    .uses
                    .readers(buffer)
                    .iter()
                    .all(|reader| chain.members.contains(reader));
                self.uses.writer(buffer).filter(|_| is_own)
            });
        makers.filter(|&maker| !self.is_joined[maker] && self.uses.is_free(self.steps, maker))
    }

    /// The latest element-wise step that a chain could begin with instead.
    fn latest(&self, chain: &Chain<'a>, refused: &HashSet<usize>) -> Option<(usize, Element<'a>)> {
        let before = self.before(chain).filter(|maker| !refused.contains(maker));
        let elements = before.filter_map(|maker| Some((maker, self.element(maker)?)));
        elements
            .filter(|(_, element)| element.count == chain.count)
            .max_by_key(|(maker, _)| *maker)
    }

    /// The chain as the epilogue of a kernel that makes something that it reads.
    fn epilogue(&mut self, chain: &Chain<'a>, last: Element<'a>) -> Option<Joined> {
        let takes = |&before: &usize| match &self.steps[before] {
            Step::Launch {
                launch, reads, write, ..
            } => {
                launch.takes_epilogue()
                    && self.bytes[write.0] == 4 * chain.count as u64
                    && reads.len() == launch.kernel.inputs
                    // What it writes counts, what the chain no longer reads does not.
                    && reads.len() + chain.reads.len() <= BINDINGS
            }
            _ => false,
        };
        let after = self.before(chain).filter(takes).max()?;
        let Step::Launch { launch, write, .. } = &self.steps[after] else {
            return None;
        };
        let kernel = launch.kernel_on(self.target).0;
        let mut join = Join::default();
        join.take_value(*write);
        let (expression, reads) = self.join(join, chain);
        if !expression.gives_float() {
            return None;
        }
        let epilogue = epilogue(&expression, reads.len(), chain.count, kernel);
        self.is_affordable(&epilogue).then_some(Joined {
            after: Some(after),
            expression,
            epilogue: Some(epilogue),
            reads,
            write: last.write,
            node: last.node,
            count: chain.count,
        })
    }

    /// The chain as a kernel of its own, if it is more than one step, or one that is faster by fours.
    fn kernel(&mut self, chain: &Chain<'a>, last: Element<'a>) -> Option<Joined> {
        if chain.members.len() < 2 && !goes_by_fours(last.count, self.target) {
            return None;
        }
        let (expression, reads) = self.join(Join::default(), chain);
        let launch: Launch = launch(expression.clone(), reads.len(), chain.count, self.target);
        let is_affordable = launch.epilogue.is_some_and(|source| self.is_affordable(&source));
        is_affordable.then_some(Joined {
            after: None,
            expression,
            epilogue: None,
            reads,
            write: last.write,
            node: last.node,
            count: chain.count,
        })
    }

    fn join(&self, mut join: Join, chain: &Chain<'a>) -> (Expression, Vec<Read>) {
        let members = chain.members.iter().filter_map(|&member| self.element(member));
        for element in members {
            join.add(element.expression, element.reads, element.write);
        }
        join.finish()
    }

    /// Whether one more expression is to be compiled, or it is one that is compiled already.
    fn is_affordable(&mut self, epilogue: &Epilogue) -> bool {
        if self.sources.len() >= VARIANTS {
            return self.sources.contains(&epilogue.source);
        }
        self.sources.insert(Arc::clone(&epilogue.source));
        true
    }
}
