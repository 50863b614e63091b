//! Recognises attention, a product whose rows become shares by softmax and are multiplied with values, and puts one kernel in the place of
//! its last product. What is done to the scores on the way, such as to scale and to mask them, is done to them in the kernel.
//!
//! Scores and shares that anybody else reads are left as they are: then they have to be written anyway. Shares that are rounded to half
//! precision before they meet the values are left, too, as the kernel has them only when it is through.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use super::chains::{BINDINGS, OPERATIONS, VARIANTS};
use super::join::Join;
use super::replaced;
use super::rows::number;
use super::uses::Uses;
use crate::kernels::attention::{Attention, Matrices, launch};
use crate::kernels::element::{Expression, Operation, Walk};
use crate::kernels::matmul::{Product, Steps};
use crate::kernels::unary::Unary;
use crate::kernels::{Launch, Role, Strided, Target};
use crate::model::MAX_RANK;
use crate::plan::{BufferId, Read, Step, dead};
use crate::tensor::Shape;

/// Puts kernels in place of attentions, for targets that have one.
pub fn recognise(steps: Vec<Step>, bytes: &[u64], target: Target) -> Vec<Step> {
    // Where a workgroup shares no fast memory, three launches are as good.
    if !target.is_gpu() {
        return steps;
    }
    let finder = Finder {
        uses: Uses::of(&steps, bytes.len()),
        steps: &steps,
        bytes,
    };
    let mut sources: HashSet<Arc<str>> = HashSet::new();
    let mut is_affordable = |launch: &Launch| match &launch.epilogue {
        Some(epilogue) if sources.len() >= VARIANTS => sources.contains(&epilogue.source),
        Some(epilogue) => {
            sources.insert(Arc::clone(&epilogue.source));
            true
        }
        None => true,
    };
    let found: Vec<Option<(Launch, Vec<Read>)>> = (0..steps.len())
        .map(|index| finder.attention(index).filter(|(launch, _)| is_affordable(launch)))
        .collect();
    dead::remove_unread(replaced(steps, found))
}

struct Finder<'a> {
    steps: &'a [Step],
    uses: Uses,
    bytes: &'a [u64],
}

/// The rows of shares that a product reads.
struct Shares<'a> {
    /// The softmax that makes them.
    softmax: usize,
    scores: &'a Read,
    extent: (usize, usize),
    /// What stands in a row where softmax gives no number.
    unseen: f32,
}

/// What is done to the scores of a product before their softmax.
struct Scores<'a> {
    product: &'a Product,
    reads: &'a [Read],
    expression: Expression,
    /// What the expression reads.
    others: Vec<Read>,
}

impl<'a> Finder<'a> {
    fn attention(&self, index: usize) -> Option<(Launch, Vec<Read>)> {
        let (Role::Product(values), [a, v, ..]) = self.launch(index)? else {
            return None;
        };
        let shares = self.shares(index, a).filter(|_| reads_rows(values))?;
        let count = shares.extent.0.checked_mul(shares.extent.1)?;
        let scores = self.scores(shares.softmax, shares.scores.buffer()?, count)?;
        let [q, k, ..] = scores.reads else { return None };
        let product = scores.product;
        let matrices = product.batch.elements();
        let fits = product.m == values.m
            && [product.n, values.k] == [shares.extent.1; 2]
            && matrices == values.batch.elements()
            && matrices * product.m == shares.extent.0;
        let walk = |batch: &Shape, strides: &[usize]| {
            let strides: Vec<i64> = strides.iter().map(|&stride| stride as i64).collect();
            Walk::new(batch, &strides, 0)
        };
        let walks = [
            walk(&product.batch, &product.a_batch),
            walk(&product.batch, &product.b_batch),
            walk(&values.batch, &values.b_batch),
        ];
        let (dims, strides) = Walk::common(walks.each_ref(), matrices).filter(|_| fits)?;
        let batch = Shape::new(dims).ok().filter(|batch| batch.rank() as u64 <= MAX_RANK)?;
        let mut strides = strides.into_iter();
        let mut of = |steps: Steps| {
            let batch = strides.next()?.into_iter().map(|stride| usize::try_from(stride).ok());
            Some(Matrices {
                batch: batch.collect::<Option<_>>()?,
                steps,
            })
        };
        let attention = Attention {
            batch,
            q: of(product.a)?,
            k: of(product.b)?,
            v: of(values.b)?,
            rows: product.m,
            keys: product.n,
            terms: product.k,
            columns: values.n,
            unseen: shares.unseen,
        };
        let launch = launch(&attention, &scores.expression, scores.others.len())?;
        let reads: Vec<Read> = [q, k, v].into_iter().cloned().chain(scores.others).collect();
        // What it writes is bound as well.
        (reads.len() < BINDINGS).then_some((launch, reads))
    }

    /// What a launch that may run later computes, and what it reads.
    fn launch(&self, index: usize) -> Option<(&'a Role, &'a [Read])> {
        match &self.steps[index] {
            Step::Launch { launch, reads, .. } if self.uses.is_free(self.steps, index) => Some((&launch.role, reads)),
            _ => None,
        }
    }

    /// The launch that makes what is read, if nobody reads that but `readers`.
    fn maker(&self, read: &Read, readers: &[usize]) -> Option<usize> {
        let buffer = read.buffer()?;
        let is_own = self.uses.readers(buffer).iter().all(|reader| readers.contains(reader));
        self.uses.writer(buffer).filter(|_| is_own)
    }

    /// The shares that step `index` reads as they are, or with zeros in the rows that are no numbers.
    fn shares(&self, index: usize, read: &'a Read) -> Option<Shares<'a>> {
        let last = self.maker(read, &[index])?;
        let (softmax, unseen) = match self.launch(last)? {
            (Role::Softmax { .. }, _) => (last, f32::NAN),
            (Role::Element { expression, count }, [condition, zero, shares]) => {
                let is_choice = matches!(
                    expression.operations(),
                    [
                        Operation::Read { walk: first, .. },
                        Operation::Read { .. },
                        Operation::Read { walk: last, .. },
                        Operation::Select(0, 1, 2),
                    ] if [first, last] == [&Walk::straight(*count); 2]
                );
                let test = self.maker(condition, &[last])?;
                let (Role::Element { expression, count }, [tested]) = self.launch(test)? else {
                    return None;
                };
                let is_test = matches!(
                    expression.operations(),
                    [Operation::Read { walk, .. }, Operation::Unary(Unary::IsNaN, ..)] if *walk == Walk::straight(*count)
                );
                let fits = is_choice && is_test && number(zero) == Some(0.0) && tested.buffer() == shares.buffer();
                (self.maker(shares, &[test, last]).filter(|_| fits)?, 0.0)
            }
            _ => return None,
        };
        match self.launch(softmax)? {
            (&Role::Softmax { rows, length }, [scores]) => Some(Shares {
                softmax,
                scores,
                extent: (rows, length),
                unseen,
            }),
            _ => None,
        }
    }

    /// The scores that a buffer of `count` of them holds, which step `reader` alone reads.
    fn scores(&self, reader: usize, buffer: BufferId, count: usize) -> Option<Scores<'a>> {
        let path = self.path(reader, buffer, count, OPERATIONS)?;
        let (&first, others) = path.split_first()?;
        let (Role::Product(product), reads) = self.launch(first)? else {
            return None;
        };
        let mut join = Join::default();
        join.take_value(self.written(first)?);
        for &index in others {
            let (Role::Element { expression, .. }, reads) = self.launch(index)? else {
                return None;
            };
            join.add(expression, reads, self.written(index)?);
        }
        let (expression, others) = join.finish();
        let fits = expression.operations().len() <= OPERATIONS && expression.gives_float();
        fits.then_some(Scores {
            product,
            reads,
            expression,
            others,
        })
    }

    fn written(&self, index: usize) -> Option<BufferId> {
        match self.steps[index] {
            Step::Launch { write, .. } => Some(write),
            _ => None,
        }
    }

    /// The steps that lead from a product to a buffer element by element, the product first. Nobody else reads what they write, so that
    /// no step is come to twice.
    fn path(&self, reader: usize, buffer: BufferId, count: usize, most: usize) -> Option<Vec<usize>> {
        let index = self.maker(&Read::Buffer(buffer), &[reader])?;
        let (role, reads) = self.launch(index)?;
        let is_whole = self.bytes[buffer.0] == 4 * count as u64;
        let (expression, elements) = match role {
            Role::Product(_) if is_whole => return Some(vec![index]),
            Role::Element { expression, count } => (expression, *count),
            _ => return None,
        };
        if !is_whole || elements != count || most == 0 {
            return None;
        }
        let walks = |wanted: BufferId| {
            expression
                .operations()
                .iter()
                .filter_map(move |operation| match operation {
                    Operation::Read { input, walk } if reads.get(*input)?.buffer() == Some(wanted) => Some(walk),
                    _ => None,
                })
        };
        let buffers: BTreeSet<BufferId> = reads.iter().filter_map(Read::buffer).collect();
        let straight = Walk::straight(count);
        let mut own = buffers
            .into_iter()
            .filter(|&buffer| walks(buffer).all(|walk| *walk == straight));
        let mut path = own.find_map(|buffer| self.path(index, buffer, count, most - 1))?;
        path.push(index);
        Some(path)
    }
}

/// Whether the rows of the first operand follow each other through the whole batch, and each is a row of the results.
fn reads_rows(product: &Product) -> bool {
    let Product { m, k, a, .. } = product;
    let strides: Vec<i64> = product.a_batch.iter().map(|&stride| stride as i64).collect();
    let is_row = (a.column == 1 || *k == 1) && (a.row == *k || *m == 1);
    is_row && Strided::new(&product.batch, &[strides]).is_row_of((m * k) as i64)
}
