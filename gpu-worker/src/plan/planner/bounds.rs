//! The limits of a model, held while it is planned.

use super::Planner;
use crate::kernels::{Binding, Launch};
use crate::model::{Node, ValueId};
use crate::plan::{Place, PlanError};
use crate::tensor::TensorType;

impl Planner<'_> {
    /// Bounds the dimensions and bytes of a value.
    pub(super) fn check_size(&self, value: ValueId, tensor_type: &TensorType) -> Result<(), PlanError> {
        let (limits, name) = (self.model.limits(), self.model.graph().name(value));
        limits.check_dims(name, tensor_type.shape.dims())?;
        Ok(limits.check_tensor_bytes(name, tensor_type.bytes() as u64)?)
    }

    /// Notes where a node runs and how much work it is, and bounds that of all.
    pub(super) fn count(&mut self, index: usize, place: Place, flops: u64) -> Result<(), PlanError> {
        self.places[index] = (place, flops);
        self.flops = self.flops.saturating_add(flops);
        Ok(self.model.limits().check_flops(self.flops)?)
    }

    /// Bounds what planning itself takes: a few nodes can ask for many launches, or for large tables again and again.
    pub(super) fn check_launches(&mut self, node: &Node, launches: &[Launch]) -> Result<(), PlanError> {
        self.model
            .limits()
            .check_launches((self.steps.len() + launches.len()) as u64)?;
        for read in launches.iter().flat_map(|launch| &launch.reads) {
            match read {
                Binding::Words(words) => self.spend(4 * words.len() as u64)?,
                Binding::Rows { input, first, count } => self.part(node, *input, *first, *count)?,
                Binding::Codes(codes) => self.codes(node, *codes)?,
                Binding::Input(_) | Binding::Source(_) | Binding::Output(_) => {}
            }
        }
        Ok(())
    }

    /// Bounds the memory that planning takes.
    pub(super) fn spend(&mut self, bytes: u64) -> Result<(), PlanError> {
        self.bytes = self.bytes.saturating_add(bytes);
        Ok(self.model.limits().check_memory_bytes(self.bytes)?)
    }
}
