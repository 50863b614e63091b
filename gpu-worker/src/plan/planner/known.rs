//! Values that are known while planning.

use std::sync::Arc;

use super::{Planner, Value, given};
use crate::kernels::Codes;
use crate::model::{Derivation, Node};
use crate::ops::{OpError, Operands, numbers_of_codes};
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

    pub(super) fn set_known(
        &mut self,
        node: &Node,
        tensors: Vec<Arc<Tensor>>,
        is_fixed: bool,
    ) -> Result<(), PlanError> {
        for (output, tensor) in node.outputs.iter().zip(tensors) {
            if let Some(output) = output {
                self.spend(tensor.tensor_type().bytes() as u64)?;
                let tensor_type = Some(tensor.tensor_type());
                self.values[output.0] = Value {
                    tensor_type,
                    known: Some(tensor),
                    is_fixed,
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
        codes.part,
    ))
}
