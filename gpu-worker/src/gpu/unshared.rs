//! What stands in for `shared` on systems whose drivers are not known to share memory between buffers and textures.

use super::slots::Slot;
use super::{AdapterInfo, Engine};

/// Whether an adapter can share memory.
pub(super) fn is_possible(_: &AdapterInfo, _: &wgpu::Device) -> bool {
    false
}

/// Memory in both forms.
pub(super) fn slot(_: &Engine, _: u64) -> Option<Slot> {
    None
}
