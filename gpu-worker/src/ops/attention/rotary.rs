//! RotaryEmbedding, composed of products and moves.

use super::split_heads;
use crate::ops::compose::{Composer, Composition, Value, composed};
use crate::ops::{OpError, Operator, Spec};

/// Rotates pairs of elements by angles that grow with the position.
#[derive(Debug)]
struct RotaryEmbedding {
    is_interleaved: bool,
    rotated: i64,
    heads: Option<i64>,
}

/// Builds RotaryEmbedding.
pub fn rotary_embedding(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let composition = RotaryEmbedding {
        is_interleaved: spec.attributes.flag("interleaved", false)?,
        rotated: spec.attributes.int("rotary_embedding_dim")?.unwrap_or(0),
        heads: spec.attributes.int("num_heads")?,
    };
    Ok(composed(spec, composition))
}

impl Composition for RotaryEmbedding {
    fn compose<'a>(&self, composer: &mut Composer<'a>) -> Result<Vec<Option<Value<'a>>>, OpError> {
        let x = composer.input(0)?;
        let heads_first = split_heads(composer, &x, self.heads, "num_heads")?;
        let &[batch, heads, length, size] = heads_first.dims() else {
            return Err(OpError::invalid("the input needs three or four dimensions"));
        };
        let rotated = match usize::try_from(self.rotated) {
            Ok(0) => size,
            Ok(rotated) if rotated <= size => rotated,
            _ => {
                return Err(OpError::invalid(format!(
                    "rotary_embedding_dim {} of {size}",
                    self.rotated
                )));
            }
        };
        if !rotated.is_multiple_of(2) {
            return Err(OpError::invalid(format!("{rotated} elements are not pairs")));
        }
        let (cos, sin) = (self.angles(composer, 1)?, self.angles(composer, 2)?);
        let turned = composer.slice(&heads_first, 3, (0, rotated, 1))?;
        let half = rotated / 2;
        let (first, second) = if self.is_interleaved {
            ((0, rotated, 2), (1, rotated, 2))
        } else {
            ((0, half, 1), (half, rotated, 1))
        };
        let (first, second) = (composer.slice(&turned, 3, first)?, composer.slice(&turned, 3, second)?);
        let (a, b) = (
            composer.call("Mul", &[&cos, &first])?,
            composer.call("Mul", &[&sin, &second])?,
        );
        let real = composer.call("Sub", &[&a, &b])?;
        let (a, b) = (
            composer.call("Mul", &[&sin, &first])?,
            composer.call("Mul", &[&cos, &second])?,
        );
        let imaginary = composer.call("Add", &[&a, &b])?;
        let turned = if self.is_interleaved {
            let pair = [batch, heads, length, half, 1];
            let (real, imaginary) = (composer.reshape(&real, &pair)?, composer.reshape(&imaginary, &pair)?);
            let pairs = composer.concat(&[&real, &imaginary], 4)?;
            composer.reshape(&pairs, &[batch, heads, length, rotated])?
        } else {
            composer.concat(&[&real, &imaginary], 3)?
        };
        let result = if rotated < size {
            let rest = composer.slice(&heads_first, 3, (rotated, size, 1))?;
            composer.concat(&[&turned, &rest], 3)?
        } else {
            turned
        };
        if x.rank() == 4 {
            return Ok(vec![Some(result)]);
        }
        let result = composer.transpose(&result, &[0, 2, 1, 3])?;
        Ok(vec![Some(composer.reshape(&result, x.dims())?)])
    }
}

impl RotaryEmbedding {
    /// Cosines or sines as [batch, 1, length, half]; position ids, if given, pick their rows.
    fn angles<'a>(&self, composer: &mut Composer<'a>, index: usize) -> Result<Value<'a>, OpError> {
        let mut table = composer.input(index)?;
        if let Some(positions) = composer.optional(3) {
            table = composer.call("Gather", &[&table, &positions])?;
        }
        let &[batch, length, half] = table.dims() else {
            return Err(OpError::invalid("cosines and sines need a row for each position"));
        };
        composer.reshape(&table, &[batch, 1, length, half])
    }
}
