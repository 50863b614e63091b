//! The memory of a plan.

use std::collections::HashSet;

use super::{Engine, GpuError, shared};
use crate::kernels::texels::BYTES;
use crate::plan::{Plan, read_as_texels};

/// Memory that kernels write, and read.
#[derive(Debug, Clone)]
pub(super) struct Slot {
    pub buffer: wgpu::Buffer,
    /// The same memory as texels, where it is read so and the adapter can share it. Elsewhere it is copied first.
    pub texels: Option<wgpu::TextureView>,
}

impl Slot {
    /// Memory of so many bytes, which is read as texels if `as_texels`.
    pub fn new(engine: &Engine, bytes: u64, as_texels: bool) -> Result<Self, GpuError> {
        // A binding must not be empty.
        let bytes = bytes.next_multiple_of(BYTES).max(BYTES);
        let shared = (as_texels && engine.shares_texels()).then(|| shared::slot(engine, bytes));
        if let Some(slot) = shared.flatten() {
            return Ok(slot);
        }
        let buffer = engine.device.create_buffer(&described(bytes));
        // Told at once: drivers crash that compile kernels with no memory left.
        engine.check().map(|()| Self::from(buffer))
    }
}

impl From<wgpu::Buffer> for Slot {
    fn from(buffer: wgpu::Buffer) -> Self {
        Self { buffer, texels: None }
    }
}

/// The slots of a plan.
pub(super) fn slots(engine: &Engine, plan: &Plan) -> Result<Vec<Slot>, GpuError> {
    let limit = engine.most_bytes();
    if let Some(&bytes) = plan.slots.iter().find(|&&bytes| bytes > limit) {
        return Err(GpuError::TooLarge { bytes, limit });
    }
    let as_texels: HashSet<usize> = read_as_texels(&plan.steps)
        .map(|(_, buffer)| plan.slot_of[buffer.0])
        .collect();
    let slots = plan.slots.iter().enumerate();
    slots
        .map(|(slot, &bytes)| Slot::new(engine, bytes, as_texels.contains(&slot)))
        .collect()
}

/// A slot's buffer of so many bytes.
pub(super) fn described(bytes: u64) -> wgpu::BufferDescriptor<'static> {
    wgpu::BufferDescriptor {
        label: Some("slot"),
        size: bytes,
        usage: wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::COPY_SRC,
        mapped_at_creation: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::Target;
    use crate::plan::{PlanOptions, plan_with};
    use crate::testing::{Network, engine, ramp};

    #[test]
    fn values_that_products_read_are_not_copied_where_memory_can_be_shared() {
        let mut network = Network::default();
        let x = network.input(ramp(&[32, 64]));
        let (first, second) = (network.constant(ramp(&[64, 72])), network.constant(ramp(&[72, 40])));
        let hidden = network.node("MatMul", &[x, first]);
        let product = network.node("MatMul", &[hidden, second]);
        network.output(product);
        let (engine, ready) = (engine(), network.finish());
        let options = PlanOptions {
            target: Some(engine.target()),
            shares_texels: engine.shares_texels(),
            ..PlanOptions::default()
        };
        let plan = plan_with(&ready.model(), &ready.types(), options).expect("a plan");
        let slots = slots(&engine, &plan).expect("there is memory");
        let read: HashSet<usize> = read_as_texels(&plan.steps)
            .map(|(_, buffer)| plan.slot_of[buffer.0])
            .collect();
        assert_eq!(!read.is_empty(), matches!(engine.target(), Target::Lanes(_)));
        for (place, slot) in slots.iter().enumerate() {
            assert_eq!(slot.texels.is_some(), read.contains(&place) && engine.shares_texels());
            assert_eq!(slot.buffer.size() % BYTES, 0);
        }
        assert!(plan.staged_bytes == 0 || !engine.shares_texels());
        ready.agrees_on(engine.target(), 1e-4);
    }
}
