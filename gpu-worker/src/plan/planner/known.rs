//! Values that are known while planning.

use std::sync::Arc;

use super::{Planner, Value, given};
use crate::kernels::element::Walk;
use crate::kernels::{Codes, Target};
use crate::model::{Derivation, Node, ValueId};
use crate::ops::{LARGE, Lowered, OpError, Operands, numbers_of_codes};
use crate::plan::PlanError;
use crate::tensor::{Tensor, TensorType};

impl Planner<'_> {
    /// What a node gives if that is known. What follows from the model alone is folded once, and is one constant for all plans.
    pub(super) fn fold(
        &self,
        index: usize,
        operands: &Operands,
        types: &[TensorType],
        is_fixed: bool,
    ) -> Option<Result<Vec<Arc<Tensor>>, OpError>> {
        let model = self.model;
        let make = || {
            let folded = model.operators()[index].fold(operands, types)?;
            Some(folded.map(|tensors| tensors.into_iter().map(Arc::new).collect()))
        };
        if is_fixed {
            model.derived().get_or_make(Derivation::Node(index), make)
        } else {
            make()
        }
    }

    /// What a large constant is a rearrangement of. Kernels that lay out constants anew read them where they lie, so that it need never
    /// be put in its own order, see [`Tensor::stored_later`]. Others would read it across its rows with each run.
    pub(super) fn known_source(
        &self,
        node: &Node,
        types: &[TensorType],
        lower: impl FnOnce() -> Result<Lowered, OpError>,
    ) -> Option<(ValueId, Walk)> {
        let packs = matches!(self.options.target, Some(Target::Lanes(_)));
        let is_large = matches!(types, [only] if only.bytes() >= LARGE);
        match (packs && is_large).then(lower) {
            Some(Ok(Lowered::Device(launches))) => self.source(node, &launches),
            _ => None,
        }
    }

    pub(super) fn set_known(
        &mut self,
        node: &Node,
        tensors: Vec<Arc<Tensor>>,
        is_fixed: bool,
        source: Option<(ValueId, Walk)>,
    ) -> Result<(), PlanError> {
        for (output, tensor) in node.outputs.iter().zip(tensors) {
            if let Some(output) = output {
                self.spend(tensor.tensor_type().bytes() as u64)?;
                let tensor_type = Some(tensor.tensor_type());
                self.values[output.0] = Value {
                    tensor_type,
                    known: Some(tensor),
                    is_fixed,
                    source: source.clone(),
                    ..Value::default()
                };
            }
        }
        Ok(())
    }

    /// Makes some rows of an input that is known a constant of their own, once for all that read them.
    pub(super) fn part(&mut self, node: &Node, input: usize, first: usize, count: usize) -> Result<(), PlanError> {
        let wrong = |error| PlanError::Operator {
            node: node.label(),
            error,
        };
        let id = given(node, input).map_err(wrong)?;
        let key = (id, first, count);
        if self.parts.contains_key(&key) {
            return Ok(());
        }
        let value = &self.values[id.0];
        let make = || {
            let rows = value.known.as_ref()?.rows(first, count)?;
            Some(Ok(vec![Arc::new(rows)]))
        };
        let made = if value.is_fixed {
            let derivation = Derivation::Rows(id, first, count);
            self.model.derived().get_or_make(derivation, make)
        } else {
            make()
        };
        let missing = || {
            wrong(OpError::Invalid(format!(
                "input {input} lacks rows {first} to {}",
                first + count
            )))
        };
        let rows = made.ok_or_else(missing)?.map_err(wrong)?.into_iter().next();
        let rows = rows.ok_or_else(missing)?;
        // What lies in the model's file takes no more memory.
        if rows.stored_bytes().is_none() {
            self.spend(rows.tensor_type().bytes() as u64)?;
        }
        self.parts.insert(key, rows);
        Ok(())
    }

    /// Makes what known codes stand for a constant of its own, once for all that read it.
    pub(super) fn codes(&mut self, node: &Node, codes: Codes) -> Result<(), PlanError> {
        let wrong = |error| PlanError::Operator {
            node: node.label(),
            error,
        };
        let key = derivation(node, codes).map_err(wrong)?;
        if self.codes.contains_key(&key) {
            return Ok(());
        }
        let missing = || {
            wrong(OpError::Invalid(format!(
                "the codes of input {} are not known",
                codes.input
            )))
        };
        let value = |input: usize| given(node, input).map(|id| &self.values[id.0]).map_err(wrong);
        let of = value(codes.input)?;
        let zero = codes.zero.map(value).transpose()?;
        let known = of.known.as_ref().ok_or_else(missing)?;
        let zeros = zero.map(|zero| zero.known.as_ref().ok_or_else(missing)).transpose()?;
        let make = || {
            let numbers = numbers_of_codes(known, zeros.map(AsRef::as_ref), codes);
            Some(numbers.map(|numbers| vec![Arc::new(numbers)]))
        };
        let is_fixed = of.is_fixed && zero.is_none_or(|zero| zero.is_fixed);
        let made = if is_fixed {
            self.model.derived().get_or_make(key, make)
        } else {
            make()
        };
        let made = made.ok_or_else(missing)?.map_err(wrong)?.into_iter().next();
        let made = made.ok_or_else(missing)?;
        self.spend(made.tensor_type().bytes() as u64)?;
        self.codes.insert(key, made);
        Ok(())
    }
}

/// What tells constants of codes apart.
pub(super) fn derivation(node: &Node, codes: Codes) -> Result<Derivation, OpError> {
    let zero = codes.zero.map(|zero| given(node, zero)).transpose()?;
    Ok(Derivation::Codes(
        given(node, codes.input)?,
        zero,
        codes.inner,
        codes.piece,
    ))
}

#[cfg(test)]
mod tests {
    use prost::bytes::Bytes;

    use super::*;
    use crate::plan::{PlanOptions, Read, Step, plan_with};
    use crate::tensor::{DataType, Shape};
    use crate::testing::{Network, Ready, ramp};

    /// A product with a table of 2 MiB turned round, as language models have it whose words and predictions share one. Once it lies in
    /// a file.
    fn product(kind: DataType) -> Ready {
        let (rows, columns) = (700, 768);
        let byte = |at: usize| (at * 37 % 101) as u8;
        let bytes: Bytes = match kind {
            // Numbers of small exponents: every upper byte is below 0x40.
            DataType::Float16 => (0..rows * columns)
                .flat_map(|at| [byte(at), byte(at / 7) % 0x3c])
                .collect(),
            _ => (0..rows * columns)
                .flat_map(|at| (f32::from(byte(at)) - 50.0).to_le_bytes())
                .collect(),
        };
        let shape = Shape::new([rows, columns]).expect("small");
        let table = Tensor::stored(shape, kind, bytes).expect("as many").expect("floats");
        let mut network = Network::default();
        let x = network.input(ramp(&[3, columns]).narrowed(kind).expect("of single precision"));
        let table = network.constant(table);
        let turned = network.transpose(table, &[1, 0]);
        let product = network.node("MatMul", &[x, turned]);
        network.output(product);
        network.finish()
    }

    #[test]
    fn a_product_with_a_large_constant_turned_round_reads_it_where_it_lies() {
        for kind in [DataType::Float32, DataType::Float16] {
            let types = [TensorType::new(kind, Shape::new([3, 768]).expect("small"))];
            let options = PlanOptions {
                target: Some(Target::Lanes(8)),
                ..PlanOptions::default()
            };
            let plan = plan_with(&product(kind).model(), &types, options).expect("a plan");
            let read = |read: &Read| match read {
                Read::Constant(tensor) => Some(tensor.shape().dims().to_vec()),
                _ => None,
            };
            let constants = plan.steps.iter().flat_map(|step| match step {
                Step::Launch { reads, .. } => reads.clone(),
                _ => Vec::new(),
            });
            let constants = constants.flat_map(|read| match read {
                Read::Made(made) => made.reads.clone(),
                read => vec![read],
            });
            let constants: Vec<Vec<usize>> = constants.filter_map(|constant| read(&constant)).collect();
            assert_eq!(constants, [[700, 768]], "{kind}");
        }
    }

    #[test]
    fn a_product_with_a_large_constant_turned_round_is_the_same_on_every_target() {
        product(DataType::Float32).agrees(1e-4);
    }
}
