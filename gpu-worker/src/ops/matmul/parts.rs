//! Products with a matrix that is larger than what an adapter binds: its rows are taken some at a time.
//!
//! It is written out as products of parts, so it is the same to the kernels, whichever they are. Where the rows are terms of the sums,
//! the parts' results are added up, else they are put beside each other.

use super::Gemm;
use crate::kernels::matmul::panel_columns;
use crate::kernels::{Target, pack_columns};
use crate::model::{Attribute, Attributes};
use crate::ops::compose::{Composer, Composition, Value};
use crate::ops::{OpError, Operands};

/// A product of which one operand is known and too large.
#[derive(Debug)]
pub struct Parts<'g> {
    /// Factors and layouts; NumPy's product without.
    gemm: Option<&'g Gemm>,
    /// Which operand is too large.
    large: usize,
    /// Rows, as they lie in memory, of one part.
    rows: usize,
}

/// Rows of a matrix of so many columns that an adapter binds with its padding, whether they or the columns are cut into panels. Whole
/// panels, or eights where there is not one of them, so that no part but the last is padded.
fn bound_rows(columns: usize, target: Target, most_bytes: u64) -> usize {
    let panel = |length| panel_columns(target).filter(|panel| length > *panel);
    let row = 4 * panel(columns).map_or(pack_columns(columns), |panel| columns.next_multiple_of(panel)) as u64;
    let rows = usize::try_from(most_bytes / row.max(1)).unwrap_or(usize::MAX);
    rows - rows % panel(rows).unwrap_or(8)
}

impl<'g> Parts<'g> {
    /// The parts of a product that has to be taken in such.
    pub fn of(inputs: &Operands, gemm: Option<&'g Gemm>) -> Option<Self> {
        [1, 0].into_iter().find_map(|large| {
            let operand = inputs.optional(large).filter(|operand| operand.value.is_some())?;
            let &[rows, columns] = operand.tensor_type.shape.dims() else {
                return None;
            };
            let bound = bound_rows(columns, inputs.target(), inputs.most_bytes());
            (bound > 0 && rows > bound).then_some(Self {
                gemm,
                large,
                rows: bound,
            })
        })
    }

    /// Whether an operand is read transposed.
    fn transposes(&self, operand: usize) -> bool {
        self.gemm
            .is_some_and(|gemm| [gemm.transposes_a, gemm.transposes_b][operand])
    }

    /// The product of two values, one of which is a part.
    fn product<'a>(&self, composer: &mut Composer<'a>, pair: [&Value<'a>; 2]) -> Result<Value<'a>, OpError> {
        let Some(gemm) = self.gemm else {
            return composer.call("MatMul", &pair);
        };
        let attributes = Attributes::default()
            .with("alpha", Attribute::Float(gemm.alpha))
            .with("transA", Attribute::Int(gemm.transposes_a.into()))
            .with("transB", Attribute::Int(gemm.transposes_b.into()));
        composer.apply("Gemm", &pair, attributes)
    }

    /// The results of all parts as one.
    fn join<'a>(
        &self,
        composer: &mut Composer<'a>,
        parts: &[Value<'a>],
        are_terms: bool,
    ) -> Result<Value<'a>, OpError> {
        let [first, others @ ..] = parts else {
            return Err(OpError::invalid("a product of no parts"));
        };
        if are_terms {
            return others
                .iter()
                .try_fold(first.clone(), |sum, part| composer.call("Add", &[&sum, part]));
        }
        // Rows of the second operand are columns of the result here.
        let from_the_end = if self.large == 1 { 1 } else { 2 };
        let axis = first.rank().saturating_sub(from_the_end);
        composer.concat(&parts.iter().collect::<Vec<_>>(), axis)
    }
}

impl Composition for Parts<'_> {
    fn compose<'a>(&self, composer: &mut Composer<'a>) -> Result<Vec<Option<Value<'a>>>, OpError> {
        let other = composer.input(1 - self.large)?;
        let rows = composer.input(self.large)?.dims().first().copied().unwrap_or(0);
        let are_terms = (self.large == 1) != self.transposes(self.large);
        // The terms lie along the other operand's last dimension if it comes first, else along its rows; transposed, the other way round.
        let along_last = (self.large == 1) != self.transposes(1 - self.large);
        let terms = other.rank().saturating_sub(if along_last { 1 } else { 2 });
        let mut parts = Vec::with_capacity(rows.div_ceil(self.rows));
        for first in (0..rows).step_by(self.rows) {
            let count = self.rows.min(rows - first);
            let part = composer.rows(self.large, first, count)?;
            let other = if are_terms {
                composer.slice(&other, terms, (first, first + count, 1))?
            } else {
                other.clone()
            };
            let pair = if self.large == 1 {
                [&other, &part]
            } else {
                [&part, &other]
            };
            parts.push(self.product(composer, pair)?);
        }
        let mut result = self.join(composer, &parts, are_terms)?;
        if let (Some(gemm), Some(addend)) = (self.gemm, composer.optional(2)) {
            let addend = if gemm.beta == 1.0 {
                addend
            } else {
                composer.call_number("Mul", &addend, gemm.beta)?
            };
            result = composer.call("Add", &[&result, &addend])?;
        }
        Ok(vec![Some(result)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tensor::Tensor;
    use crate::testing::{Case, assert_close, ramp, targets, tensor};

    /// Results with a large operand in one piece and in parts, for every kind of kernel.
    fn agree(case: impl Fn() -> Case, most_bytes: u64) {
        for target in targets() {
            let whole = case().on(target).run();
            let parts = case().on(target).binding(most_bytes).run();
            assert_eq!(whole.shape(), parts.shape());
            assert_close(&parts, &whole, 1e-5);
        }
    }

    fn matrix(rows: usize, columns: usize) -> Tensor {
        let elements: Vec<f32> = (0..rows * columns)
            .map(|at| ((at * 7) % 23) as f32 / 23.0 - 0.5)
            .collect();
        tensor(&[rows, columns], elements)
    }

    #[test]
    fn terms_are_added_up_over_parts() {
        // 8 rows of 24 columns are 768 bytes: 37 rows come in five parts.
        agree(
            || Case::new("MatMul").input(ramp(&[2, 3, 37])).known(matrix(37, 21)),
            800,
        );
        agree(|| Case::new("MatMul").input(ramp(&[37])).known(matrix(37, 21)), 800);
        agree(
            || {
                let case = Case::new("Gemm").float("alpha", 0.5).float("beta", 2.0);
                case.input(ramp(&[3, 37])).known(matrix(37, 21)).known(ramp(&[21]))
            },
            800,
        );
        agree(
            || {
                let case = Case::new("Gemm").int("transA", 1).int("transB", 1);
                case.known(matrix(37, 21)).input(ramp(&[5, 37]))
            },
            800,
        );
        agree(
            || {
                Case::new("Gemm")
                    .int("transA", 1)
                    .input(ramp(&[37, 4]))
                    .known(matrix(37, 21))
            },
            800,
        );
    }

    #[test]
    fn rows_and_columns_of_the_result_are_put_beside_each_other() {
        agree(
            || {
                Case::new("Gemm")
                    .int("transB", 1)
                    .input(ramp(&[3, 21]))
                    .known(matrix(37, 21))
                    .known(ramp(&[37]))
            },
            800,
        );
        agree(
            || Case::new("MatMul").known(matrix(37, 21)).input(ramp(&[2, 21, 3])),
            800,
        );
        agree(|| Case::new("MatMul").known(matrix(37, 21)).input(ramp(&[21])), 800);
        agree(
            || {
                Case::new("Gemm")
                    .known(matrix(37, 21))
                    .input(ramp(&[21, 3]))
                    .known(ramp(&[3]))
            },
            800,
        );
    }

    #[test]
    fn what_no_part_of_eight_rows_fits_stays_whole() {
        agree(|| Case::new("MatMul").input(ramp(&[3, 37])).known(matrix(37, 21)), 700);
    }

    /// The fully connected layers of AlexNet and VGG: padded to panels of 64 columns, 1,337 rows would be more than what is bound.
    #[test]
    fn a_part_is_within_bounds_in_panels_too() {
        let most = 128 << 20;
        for target in targets() {
            for columns in [9_216, 25_088, 4_096, 1_000] {
                let rows = bound_rows(columns, target, most);
                let padded =
                    |length: usize| panel_columns(target).map_or(length, |panel| length.next_multiple_of(panel));
                assert!(
                    4 * (padded(rows) * columns) as u64 <= most,
                    "{rows} x {columns}, in panels of rows"
                );
                assert!(
                    4 * (rows * padded(columns)) as u64 <= most,
                    "{rows} x {columns}, in panels of columns"
                );
            }
        }
    }
}
