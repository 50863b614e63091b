//! Puts one kernel in the place of a convolution that makes many channels of few, what is done to its results one by one, and the convolution
//! of each of its channels after it, where a target has such a kernel and nobody else reads what lies between.

use super::replaced;
use super::uses::Uses;
use crate::kernels::conv::Convolution;
use crate::kernels::element::{Operation, Walk};
use crate::kernels::inverted::{Activation, launch};
use crate::kernels::{Launch, Role, Target};
use crate::plan::{Read, Step, dead};

/// Puts kernels in place of such convolutions.
pub fn recognise(steps: Vec<Step>, bytes: &[u64], target: Target) -> Vec<Step> {
    let finder = Finder {
        uses: Uses::of(&steps, bytes.len()),
        steps: &steps,
        bytes,
        target,
    };
    let found = (0..steps.len()).map(|index| finder.inverted(index)).collect();
    dead::remove_unread(replaced(steps, found))
}

struct Finder<'a> {
    steps: &'a [Step],
    uses: Uses,
    bytes: &'a [u64],
    target: Target,
}

impl<'a> Finder<'a> {
    /// What may stand in the place of a step that convolves each channel.
    fn inverted(&self, index: usize) -> Option<(Launch, Vec<Read>)> {
        let Step::Launch {
            launch: last, reads, ..
        } = &self.steps[index]
        else {
            return None;
        };
        let (Role::ByChannel(by_channel), [between, filters, bias]) = (&last.role, &reads[..]) else {
            return None;
        };
        let (activation, (reader, results)) = self.activation(index, between)?;
        let (first, [x, first_filters, first_bias]) = self.first(reader, results)?;
        let launch = launch(first, activation, by_channel, self.target)?;
        let reads = [x, first_filters, filters, first_bias, bias];
        Some((launch, reads.map(Read::clone).into()))
    }

    /// What is done to results that step `reader` alone reads as `read`, and where they are read first.
    fn activation(&self, reader: usize, read: &'a Read) -> Option<(Activation, (usize, &'a Read))> {
        let maker = self.maker(reader, read)?;
        let Step::Launch {
            launch, reads, write, ..
        } = &self.steps[maker]
        else {
            return None;
        };
        let Some((expression, count)) = launch.expression() else {
            return Some((Activation::Linear, (reader, read)));
        };
        let (&[Operation::Read { input: 0, ref walk }, Operation::Unary(op, a, b, 0)], [results]) =
            (expression.operations(), &reads[..])
        else {
            return None;
        };
        let is_whole = *walk == Walk::straight(count) && self.bytes[write.0] == 4 * count as u64;
        let activation = Activation::of(op, a, b).filter(|_| is_whole && expression.result() == 1)?;
        Some((activation, (maker, results)))
    }

    /// The first convolution, whose results step `reader` alone reads, and its own input, filters and bias.
    fn first(&self, reader: usize, read: &Read) -> Option<(&'a Convolution, [&'a Read; 3])> {
        let Step::Launch { launch, reads, .. } = &self.steps[self.maker(reader, read)?] else {
            return None;
        };
        match (&launch.role, &reads[..]) {
            (Role::Pointwise(conv), [filters, x, bias]) | (Role::Few(conv), [x, filters, bias]) => {
                Some((conv, [x, filters, bias]))
            }
            _ => None,
        }
    }

    /// The launch that makes what step `reader` alone reads, if it may run later.
    fn maker(&self, reader: usize, read: &Read) -> Option<usize> {
        let buffer = read.buffer()?;
        let is_own = self.uses.readers(buffer) == [reader];
        let maker = self.uses.writer(buffer).filter(|_| is_own)?;
        self.uses.is_free(self.steps, maker).then_some(maker)
    }
}
