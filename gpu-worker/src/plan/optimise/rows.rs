//! Recognises what exporters write out step by step over rows, and puts the kernel for it in place: layer normalisation and that by
//! the root mean square, without scale and bias, which become the kernel's epilogue; and softmax.

use super::replaced;
use super::uses::Uses;
use crate::gpu::to_words;
use crate::kernels::binary::Binary;
use crate::kernels::element::{Operation, Walk};
use crate::kernels::layer_norm::{self, Rows};
use crate::kernels::reduce::Reduction;
use crate::kernels::unary::Unary;
use crate::kernels::{Launch, MAX_ROUNDS, Role, softmax};
use crate::plan::{BufferId, Read, Step};

/// Puts kernels in place of the last step of every pattern. The steps before it are left without a reader.
pub fn recognise(steps: Vec<Step>, bytes: &[u64]) -> Vec<Step> {
    let uses = Uses::of(&steps, bytes.len());
    let finder = Finder { steps: &steps, uses };
    let found: Vec<Option<(Launch, Vec<Read>)>> = (0..steps.len())
        .map(|index| finder.softmax(index).or_else(|| finder.normalisation(index)))
        .collect();
    replaced(steps, found)
}

/// Number of rows, and elements of each.
type Extent = (usize, usize);

struct Finder<'a> {
    steps: &'a [Step],
    uses: Uses,
}

/// What a step that reads two tensors computes.
struct Pair<'a> {
    op: Binary,
    left: (&'a Read, &'a Walk),
    right: (&'a Read, &'a Walk),
    count: usize,
}

impl<'a> Finder<'a> {
    /// The launch that makes what is read, and what that reads.
    fn maker(&self, read: &Read) -> Option<(&'a Launch, &'a [Read])> {
        self.launch(self.uses.writer(read.buffer()?)?)
    }

    fn launch(&self, index: usize) -> Option<(&'a Launch, &'a [Read])> {
        match &self.steps[index] {
            Step::Launch { launch, reads, .. } if self.uses.is_free(self.steps, index) => Some((launch, reads)),
            _ => None,
        }
    }

    fn pair(&self, (launch, reads): (&'a Launch, &'a [Read])) -> Option<Pair<'a>> {
        let (expression, count) = launch.expression()?;
        match (expression.operations(), reads) {
            (
                [
                    Operation::Read { walk: x, .. },
                    Operation::Read { walk: y, .. },
                    Operation::Binary(op, 0, 1),
                ],
                [left, right],
            ) => Some(Pair {
                op: *op,
                left: (left, x),
                right: (right, y),
                count,
            }),
            _ => None,
        }
    }

    /// What a function of one number, element by element, is taken of.
    fn function(&self, read: &Read, wanted: Unary) -> Option<&'a Read> {
        let (launch, reads) = self.maker(read)?;
        let (expression, count) = launch.expression()?;
        match (expression.operations(), reads) {
            ([Operation::Read { walk, .. }, Operation::Unary(op, ..)], [x])
                if *op == wanted && *walk == Walk::straight(count) =>
            {
                Some(x)
            }
            _ => None,
        }
    }

    /// Of what rows something is the summary.
    fn summary(&self, read: &Read, wanted: Reduction) -> Option<(&'a Read, Extent)> {
        match (self.maker(read)?, wanted) {
            (
                (
                    Launch {
                        role: Role::Rows { op, rows, length },
                        ..
                    },
                    [x],
                ),
                _,
            ) if *op == wanted => Some((x, (*rows, *length))),
            _ => None,
        }
    }

    /// Exponentials of rows, less their greatest element, over their sum.
    fn softmax(&self, index: usize) -> Option<(Launch, Vec<Read>)> {
        let pair = self.pair(self.launch(index)?)?;
        let (powers, sum) = over_rows(&pair, Binary::Divide)?;
        let (summed, extent) = self.summary(sum, Reduction::Sum)?;
        let exponents = self.function(powers, Unary::Exp)?;
        let shifted = self.pair(self.maker(exponents)?)?;
        let (x, greatest) = over_rows(&shifted, Binary::Subtract)?;
        let (compared, other_extent) = self.summary(greatest, Reduction::Max)?;
        let fits = same(summed, powers) && same(compared, x) && extent == other_extent;
        let fits = fits && is_of_rows(&pair, extent) && is_of_rows(&shifted, extent);
        let launch = softmax::launch(false, (extent.0, extent.1, 1));
        (fits && launch.rounds <= MAX_ROUNDS).then(|| (launch, vec![x.clone()]))
    }

    /// Rows, perhaps less their mean, over the root of their mean square.
    fn normalisation(&self, index: usize) -> Option<(Launch, Vec<Read>)> {
        let pair = self.pair(self.launch(index)?)?;
        let (values, root) = match pair.op {
            Binary::Divide => over_rows(&pair, Binary::Divide)?,
            Binary::Multiply => {
                let (values, inverse) = self.either_way(&pair)?;
                (values, self.inverted(inverse)?)
            }
            _ => return None,
        };
        let variance = self.function(root, Unary::Sqrt)?;
        let (mean, epsilon) = self.plus_number(variance)?;
        let (squares, extent) = self.summary(mean, Reduction::Mean)?;
        let squared = self.squared(squares)?;
        if !same(squared, values) || !is_of_rows(&pair, extent) {
            return None;
        }
        let centred = self.centred(values, extent);
        let (rows, length) = extent;
        let rows = Rows {
            rows,
            length,
            distinct: 1,
            scales: 0,
            shared: length,
            epsilon,
            centres: centred.is_some(),
            has_bias: false,
        };
        let one = || Read::Words(vec![1.0_f32.to_bits()]);
        let launch = layer_norm::launch(&rows);
        let fits = rows.fit() && launch.rounds <= MAX_ROUNDS && launch.reads.len() == 3;
        fits.then(|| (launch, vec![centred.unwrap_or(values).clone(), one(), one()]))
    }

    /// What `values` are, less their mean.
    fn centred(&self, values: &Read, extent: Extent) -> Option<&'a Read> {
        let pair = self.pair(self.maker(values)?)?;
        let (x, mean) = over_rows(&pair, Binary::Subtract)?;
        let (averaged, other_extent) = self.summary(mean, Reduction::Mean)?;
        (same(averaged, x) && extent == other_extent && is_of_rows(&pair, extent)).then_some(x)
    }

    /// A product whose factors may stand either way: the one that is walked straight, and the other.
    fn either_way(&self, pair: &Pair<'a>) -> Option<(&'a Read, &'a Read)> {
        let straight = Walk::straight(pair.count);
        match (pair.left, pair.right) {
            ((x, walk), (factor, _)) if *walk == straight && self.inverted(factor).is_some() => Some((x, factor)),
            ((factor, _), (x, walk)) if *walk == straight => Some((x, factor)),
            _ => None,
        }
    }

    /// What something is the reciprocal of.
    fn inverted(&self, read: &Read) -> Option<&'a Read> {
        if let Some(x) = self.function(read, Unary::Reciprocal) {
            return Some(x);
        }
        let pair = self.pair(self.maker(read)?)?;
        let is_inverse = pair.op == Binary::Divide && number(pair.left.0) == Some(1.0);
        (is_inverse && *pair.right.1 == Walk::straight(pair.count)).then_some(pair.right.0)
    }

    /// What something is the sum of with a number that is known, and that number.
    fn plus_number(&self, read: &Read) -> Option<(&'a Read, f32)> {
        let pair = self.pair(self.maker(read)?)?;
        let straight = Walk::straight(pair.count);
        match (number(pair.left.0), number(pair.right.0)) {
            _ if pair.op != Binary::Add => None,
            (None, Some(added)) if *pair.left.1 == straight => Some((pair.left.0, added)),
            (Some(added), None) if *pair.right.1 == straight => Some((pair.right.0, added)),
            _ => None,
        }
    }

    /// What something is the square of.
    fn squared(&self, read: &Read) -> Option<&'a Read> {
        let pair = self.pair(self.maker(read)?)?;
        let straight = Walk::straight(pair.count);
        let is_square = match pair.op {
            Binary::Multiply => same(pair.left.0, pair.right.0) && *pair.right.1 == straight,
            Binary::Power => number(pair.right.0) == Some(2.0),
            _ => false,
        };
        (is_square && *pair.left.1 == straight).then_some(pair.left.0)
    }
}

/// The operands of `wanted`, the first of which is walked straight.
fn over_rows<'a>(pair: &Pair<'a>, wanted: Binary) -> Option<(&'a Read, &'a Read)> {
    let is_straight = *pair.left.1 == Walk::straight(pair.count);
    (pair.op == wanted && is_straight).then_some((pair.left.0, pair.right.0))
}

/// Whether one operand is an element for each row of the other.
fn is_of_rows(pair: &Pair, (rows, length): Extent) -> bool {
    let walk = Walk::of_rows(rows, length);
    pair.count == rows * length && (*pair.right.1 == walk || *pair.left.1 == walk)
}

fn same(left: &Read, right: &Read) -> bool {
    left.buffer().is_some_and(|left| Some(left) == right.buffer())
}

/// The number that is known to be read.
pub fn number(read: &Read) -> Option<f32> {
    word(read).map(f32::from_bits)
}

/// The only word of what is read, if it is known.
pub fn word(read: &Read) -> Option<u32> {
    match read {
        Read::Buffer(BufferId(_)) | Read::Made(_) => None,
        Read::Words(words) => match words[..] {
            [word] => Some(word),
            _ => None,
        },
        Read::Constant(tensor) if tensor.shape().elements() == 1 => to_words(tensor).ok()?.first().copied(),
        Read::Constant(_) => None,
    }
}
