//! Planes of rows that are one short of whole eights, such as the 7 by 7 of a network's last stage, lie on the device with an element of no
//! meaning after each row. Kernels for [`Target::Lanes`] then read whole texels and store whole eights.
//!
//! Convolutions lay them out so, or take them; what goes element by element keeps them; summaries close them up. A value lies so only if all
//! that is made of it ends in such operators. Where one of them has no kernel for it after all, what it reads is copied once.

#[cfg(test)]
mod tests;

use std::collections::HashSet;

use super::{Planner, Value};
use crate::kernels::copy::{self, View};
use crate::kernels::{Binding, EIGHT, Launches, Target};
use crate::model::{Model, Node, ValueId};
use crate::ops::{Lowered, OpError, Operator, Spacing};
use crate::plan::{PlanError, Step};
use crate::tensor::{DataType, Shape, TensorType};

/// The values whose rows are to follow each other, because something that is made of them needs that.
pub(super) fn tight(model: &Model, needed: &HashSet<usize>) -> HashSet<ValueId> {
    let graph = model.graph();
    let mut tight: HashSet<ValueId> = graph.outputs.iter().map(|output| output.id).collect();
    let nodes = graph.nodes.iter().enumerate().rev();
    for (index, node) in nodes.filter(|(index, _)| needed.contains(index)) {
        let spacing = model.operators()[index].spacing();
        let is_output_tight = node.outputs.iter().flatten().any(|output| tight.contains(output));
        let takes = |place: usize| match spacing {
            Spacing::Tight => false,
            Spacing::Kept => !is_output_tight,
            Spacing::Free | Spacing::Closed => place == 0,
        };
        let inputs = node.inputs.iter().enumerate().filter(|(place, _)| !takes(*place));
        tight.extend(
            inputs
                .filter_map(|(_, input)| *input)
                .chain(node.captures.iter().copied()),
        );
    }
    tight
}

/// What is known of a value, as if its rows followed each other.
pub(super) fn closed(value: Value) -> Value {
    Value { columns: None, ..value }
}

/// The type with as many columns as lie from a row to the next.
fn spaced(tensor_type: &TensorType) -> Result<TensorType, OpError> {
    let mut dims = tensor_type.shape.dims().to_vec();
    if let Some(columns) = dims.last_mut() {
        *columns = columns.next_multiple_of(EIGHT);
    }
    Ok(TensorType::new(tensor_type.data_type, Shape::new(dims)?))
}

/// Whether it pays for a value.
fn pays(tensor_type: &TensorType) -> bool {
    match *tensor_type.shape.dims() {
        [_, _, rows, columns] => columns % EIGHT == EIGHT - 1 && !rows.is_multiple_of(EIGHT),
        _ => false,
    }
}

impl Planner<'_> {
    /// How to run a node that is given rows apart, or lays them out so, and the type of its output as it lies then. `None` where it does neither.
    pub(super) fn lower_spaced(
        &self,
        node: &Node,
        operator: &dyn Operator,
        types: &[TensorType],
    ) -> Result<Option<(Launches, TensorType)>, OpError> {
        let (&[Some(output)], [own]) = (&node.outputs[..], types) else {
            return Ok(None);
        };
        let inputs = node.inputs.iter();
        let values = inputs.map(|input| input.map(|input| stored(&self.values[input.0])).transpose());
        let values: Vec<Option<Value>> = values.collect::<Result<_, _>>()?;
        let is_given = values.iter().flatten().any(|value| value.columns.is_some());
        let is_wanted = self.options.optimise
            && matches!(self.options.target, Some(Target::Lanes(_)))
            && !self.tight.contains(&output)
            && pays(own);
        if own.data_type != DataType::Float32 {
            return Ok(None);
        }
        let operands = self.operands(&values)?;
        let stored = match operator.spacing() {
            Spacing::Free if is_wanted => spaced(own)?,
            Spacing::Free | Spacing::Closed if is_given => own.clone(),
            // What it is given together with those need not fit them.
            Spacing::Kept if is_given => match operator.infer(&operands) {
                Ok(found) if found == [spaced(own)?] => spaced(own)?,
                _ => return Ok(None),
            },
            _ => return Ok(None),
        };
        Ok(match operator.lower(&operands, std::slice::from_ref(&stored))? {
            Lowered::Device(launches) => Some((launches.into(), stored)),
            Lowered::Composed { launches, scratch } => Some((Launches { launches, scratch }, stored)),
            Lowered::View | Lowered::Host => None,
        })
    }

    /// Runs a node so.
    pub(super) fn run_spaced(
        &mut self,
        index: usize,
        node: &Node,
        launches: Launches,
        (stored, own): (TensorType, TensorType),
        flops: u64,
    ) -> Result<(), PlanError> {
        let columns = own.shape.dims().last().copied().filter(|_| stored != own);
        for output in node.outputs.iter().flatten() {
            self.check_size(*output, &stored)?;
        }
        self.run(index, node, launches, vec![stored], flops)?;
        for output in node.outputs.iter().flatten() {
            self.values[output.0].tensor_type = Some(own.clone());
            self.values[output.0].columns = columns;
        }
        Ok(())
    }

    /// Copies those inputs of a node whose rows lie apart, so that they follow each other.
    pub(super) fn close_up(&mut self, index: usize, node: &Node) -> Result<(), OpError> {
        for id in node.reads() {
            let value = self.values[id.0].clone();
            let (Some(_), Some(tensor_type)) = (value.columns, &value.tensor_type) else {
                continue;
            };
            let shape = &tensor_type.shape;
            let [from, to] = [&spaced(tensor_type)?.shape, shape].map(|lying| View {
                offset: 0,
                strides: lying.strides().into_iter().map(|stride| stride as i64).collect(),
            });
            let read = self.read(id)?;
            let write = self.buffer(tensor_type);
            self.steps.push(Step::Launch {
                launch: copy::launch(Binding::Input(0), shape, &from, &to),
                reads: vec![read],
                write,
                node: index,
            });
            self.values[id.0].buffer = Some(write);
            self.values[id.0].columns = None;
        }
        Ok(())
    }
}

/// What is known of a value, with the type as which it lies on the device.
fn stored(value: &Value) -> Result<Value, OpError> {
    let mut value = value.clone();
    if let (Some(_), Some(tensor_type)) = (value.columns, &mut value.tensor_type) {
        *tensor_type = spaced(tensor_type)?;
    }
    Ok(value)
}
