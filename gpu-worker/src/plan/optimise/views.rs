//! Reads what steps before only moved, repeated or picked where it lay. Those that nobody reads any more go.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::chains::{BINDINGS, OPERATIONS, VARIANTS};
use super::join::is_same;
use super::replaced;
use super::rows::word;
use super::uses::Uses;
use crate::kernels::binary::Binary;
use crate::kernels::element::{Expression, Operation, Walk, is_cheap, launch};
use crate::kernels::unary::Unary;
use crate::kernels::{Launch, Target};
use crate::plan::{BufferId, Read, Step, dead};

/// Readers of what is moved that may each read four elements apart, where the move itself is one of them.
const FEW: usize = 2;

/// Lets element-wise steps read in place what they can.
pub fn read_in_place(steps: Vec<Step>, bytes: &[u64], target: Target) -> Vec<Step> {
    let mut viewer = Viewer {
        uses: Uses::of(&steps, bytes.len()),
        steps: &steps,
        makers: HashMap::new(),
        sources: HashSet::new(),
    };
    let viewed: Vec<Option<(Launch, Vec<Read>)>> = (0..steps.len())
        .map(|index| viewer.step(index, bytes, target))
        .collect();
    dead::remove_unread(replaced(steps, viewed))
}

/// A step of which others may compute what they read of it.
struct Maker {
    expression: Expression,
    reads: Vec<Read>,
    count: usize,
}

impl Maker {
    /// Whether it only moves elements.
    fn moves(&self) -> bool {
        self.expression.operations().len() == 1
    }
}

struct Viewer<'a> {
    steps: &'a [Step],
    uses: Uses,
    makers: HashMap<BufferId, Maker>,
    sources: HashSet<Arc<str>>,
}

impl Viewer<'_> {
    /// The launch for a step that reads in place, if that makes a difference. Remembers the step for those that read it.
    fn step(&mut self, index: usize, bytes: &[u64], target: Target) -> Option<(Launch, Vec<Read>)> {
        let Step::Launch {
            launch: before,
            reads,
            write,
            ..
        } = &self.steps[index]
        else {
            return None;
        };
        let (expression, count) = before.expression()?;
        let is_whole = 4 * count as u64 == bytes[write.0] && count > 0;
        if !is_whole || !self.uses.is_free(self.steps, index) {
            return None;
        }
        let mut view = View::default();
        let changed = view.add(self, index, count, expression, reads)?;
        let View { expression, reads, .. } = view;
        let fits = expression.operations().len() <= OPERATIONS && reads.len() < BINDINGS;
        if !fits {
            return None;
        }
        let viewed = changed.then(|| launch(expression.clone(), reads.len(), count, target));
        if let Some(source) = viewed.as_ref().and_then(|viewed| viewed.epilogue.as_ref()) {
            if self.sources.len() >= VARIANTS && !self.sources.contains(&source.source) {
                return None;
            }
            self.sources.insert(Arc::clone(&source.source));
        }
        if is_simple(&expression) && reads.iter().all(|read| read.buffer().is_some()) {
            let maker = Maker {
                expression,
                reads: reads.clone(),
                count,
            };
            self.makers.insert(*write, maker);
        }
        viewed.map(|viewed| (viewed, reads))
    }

    /// What makes what step `index` reads by a walk, and the walks by which that reads, if it is to be computed there.
    fn maker(&self, index: usize, count: usize, read: &Read, walk: &Walk) -> Option<(&Maker, Vec<Walk>)> {
        let buffer = read.buffer()?;
        let maker = self.makers.get(&buffer)?;
        let readers = self.uses.readers(buffer);
        let is_own = readers.iter().all(|reader| *reader == index);
        // What is computed element by element is joined later.
        if !maker.moves() && (!is_own || *walk == Walk::straight(count)) {
            return None;
        }
        let walks = maker
            .expression
            .operations()
            .iter()
            .filter_map(|operation| match operation {
                Operation::Read { walk, .. } | Operation::Below(walk, _) => Some(walk),
                _ => None,
            });
        let walks: Vec<Walk> = walks
            .map(|second| second.after(walk, count, maker.count))
            .collect::<Option<_>>()?;
        let pays = is_own || readers.len() <= FEW || walks.iter().all(is_cheap);
        pays.then_some((maker, walks))
    }
}

/// Whether an expression reads one tensor at one place, and costs little to compute again.
fn is_simple(expression: &Expression) -> bool {
    let operations = expression.operations();
    let reads = operations
        .iter()
        .filter(|operation| matches!(operation, Operation::Read { .. }));
    let is_light = |operation: &Operation| match operation {
        Operation::Value => false,
        Operation::Unary(op, ..) => matches!(op, Unary::Neg | Unary::Abs | Unary::Relu | Unary::Clip),
        Operation::Binary(op, ..) => matches!(op, Binary::Add | Binary::Subtract | Binary::Multiply),
        Operation::Number(_) | Operation::Read { .. } | Operation::Below(..) | Operation::Select(..) => true,
    };
    reads.count() == 1 && operations.iter().all(is_light)
}

/// An expression in the making, and what it reads.
#[derive(Default)]
struct View {
    expression: Expression,
    reads: Vec<Read>,
}

impl View {
    /// Adds the expression of step `index`, which reads in place what it can; tells whether it reads anything so. `None` where that
    /// becomes too long.
    fn add(
        &mut self,
        viewer: &Viewer,
        index: usize,
        count: usize,
        expression: &Expression,
        reads: &[Read],
    ) -> Option<bool> {
        let mut changed = false;
        let mut places: Vec<usize> = Vec::with_capacity(expression.operations().len());
        for operation in expression.operations() {
            let place = match operation {
                Operation::Read { input, walk } => match viewer.maker(index, count, reads.get(*input)?, walk) {
                    Some((maker, walks)) => {
                        changed = true;
                        self.inline(maker, walks)?
                    }
                    None => self.read(reads.get(*input)?, walk.clone()),
                },
                operation => self.expression.add(renumbered(operation, &places)?),
            };
            places.push(place);
            if self.expression.operations().len() > OPERATIONS {
                return None;
            }
        }
        self.expression.set_result(*places.get(expression.result())?);
        Some(changed)
    }

    /// Adds what a maker computes, read by other walks than its own.
    fn inline(&mut self, maker: &Maker, walks: Vec<Walk>) -> Option<usize> {
        let mut walks = walks.into_iter();
        let mut places: Vec<usize> = Vec::with_capacity(maker.expression.operations().len());
        for operation in maker.expression.operations() {
            let place = match operation {
                Operation::Read { input, .. } => self.read(maker.reads.get(*input)?, walks.next()?),
                Operation::Below(_, bound) => self.expression.add(Operation::Below(walks.next()?, *bound)),
                operation => self.expression.add(renumbered(operation, &places)?),
            };
            places.push(place);
        }
        places.get(maker.expression.result()).copied()
    }

    fn read(&mut self, read: &Read, walk: Walk) -> usize {
        if let Some(word) = word(read) {
            return self.expression.add(Operation::Number(word));
        }
        let known = self.reads.iter().position(|known| is_same(known, read));
        let input = known.unwrap_or_else(|| {
            self.reads.push(read.clone());
            self.reads.len() - 1
        });
        self.expression.add(Operation::Read { input, walk })
    }
}

/// An operation that reads no tensor, of operands that are at other places.
fn renumbered(operation: &Operation, places: &[usize]) -> Option<Operation> {
    let place = |operand: &usize| places.get(*operand).copied();
    Some(match operation {
        Operation::Unary(op, a, b, x) => Operation::Unary(*op, *a, *b, place(x)?),
        Operation::Binary(op, x, y) => Operation::Binary(*op, place(x)?, place(y)?),
        Operation::Select(c, x, y) => Operation::Select(place(c)?, place(x)?, place(y)?),
        operation => operation.clone(),
    })
}
