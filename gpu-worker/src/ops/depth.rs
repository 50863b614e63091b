//! DepthToSpace and SpaceToDepth: blocks of pixels become channels, or the other way round. Either is one transposition in six
//! dimensions.

use super::movement::{self, Move, Source, whole};
use super::transpose::with_operands;
use super::{Lowered, OpError, Operands, Operator, Spec};
use crate::kernels::copy::View;
use crate::tensor::{Shape, Tensor, TensorType};

/// Which way, and how channels are numbered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    /// Channels to blocks; the block's position is the outer part of a channel's number.
    Space,
    /// Channels to blocks; the block's position is the inner part, as in PyTorch's pixel shuffle.
    SpaceInner,
    /// Blocks to channels.
    Depth,
}

#[derive(Debug)]
struct Blocks {
    direction: Direction,
    block: i64,
}

/// Builds DepthToSpace or SpaceToDepth.
pub fn build(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let block = spec.attributes.int("blocksize")?.unwrap_or(0);
    let direction = match (spec.kind, spec.attributes.text("mode")?.as_deref()) {
        ("SpaceToDepth", None) => Direction::Depth,
        (_, None | Some("DCR")) => Direction::Space,
        (_, Some("CRD")) => Direction::SpaceInner,
        (_, Some(other)) => return Err(OpError::invalid(format!("mode '{other}'"))),
    };
    Ok(Box::new(Blocks { direction, block }))
}

impl Blocks {
    fn plan(&self, inputs: &Operands) -> Result<(Shape, Move), OpError> {
        let shape = inputs.shape(0)?;
        let wrong = || OpError::invalid(format!("{shape} has no blocks of {}", self.block));
        let (&[samples, channels, rows, columns], Ok(block)) = (shape.dims(), usize::try_from(self.block)) else {
            return Err(wrong());
        };
        let area = block.checked_mul(block).filter(|&area| area > 0).ok_or_else(wrong)?;
        // Dimensions of the input with the blocks apart, and the order in which the output has them.
        let (split, order, output) = if self.direction == Direction::Depth {
            if !rows.is_multiple_of(block) || !columns.is_multiple_of(block) {
                return Err(wrong());
            }
            let (rows, columns) = (rows / block, columns / block);
            let deep = channels.checked_mul(area).ok_or_else(wrong)?;
            (
                [samples, channels, rows, block, columns, block],
                [0, 3, 5, 1, 2, 4],
                [samples, deep, rows, columns],
            )
        } else {
            if !channels.is_multiple_of(area) {
                return Err(wrong());
            }
            let flat = channels / area;
            let wide = |length: usize| length.checked_mul(block).ok_or_else(wrong);
            let output = [samples, flat, wide(rows)?, wide(columns)?];
            match self.direction {
                Direction::SpaceInner => ([samples, flat, block, block, rows, columns], [0, 1, 4, 2, 5, 3], output),
                _ => ([samples, block, block, flat, rows, columns], [0, 3, 4, 1, 5, 2], output),
            }
        };
        let strides = whole(&Shape::new(split)?).strides;
        let extent = Shape::new(order.map(|axis| split[axis]))?;
        let from = View {
            offset: 0,
            strides: order.iter().map(|&axis| strides[axis]).collect(),
        };
        let to = whole(&extent);
        Ok((
            Shape::new(output)?,
            Move {
                source: Source::Input(0),
                extent,
                from,
                output: 0,
                to,
            },
        ))
    }
}

impl Operator for Blocks {
    fn infer(&self, inputs: &Operands) -> Result<Vec<TensorType>, OpError> {
        Ok(vec![TensorType::new(inputs.data_type(0)?, self.plan(inputs)?.0)])
    }

    fn lower(&self, inputs: &Operands, outputs: &[TensorType]) -> Result<Lowered, OpError> {
        movement::lower(&[self.plan(inputs)?.1], inputs, outputs)
    }

    fn evaluate(&self, inputs: &[Option<&Tensor>], outputs: &[TensorType]) -> Result<Vec<Tensor>, OpError> {
        with_operands(inputs, |operands| {
            movement::evaluate(&[self.plan(operands)?.1], inputs, outputs)
        })
    }

    fn flops(&self, _: &Operands, _: &[TensorType]) -> u64 {
        0
    }
}
