//! Tensors as textures of four floats a texel, for kernels that read them so: see [`Launch::texels`](crate::kernels::Launch::texels).
//!
//! Drivers that run kernels on a CPU load texels without a loop over lanes, so that what is read many times is worth a copy.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::{Engine, GpuError};
use crate::kernels::texels::{BYTES, ROW, ROW_BYTES, rows, staged_rows};
use crate::plan::BufferId;

/// What kernels can read.
pub(super) const FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba32Float;

/// What a kernel reads a tensor from.
#[derive(Debug, Clone)]
pub(super) enum Memory {
    Buffer(wgpu::Buffer),
    Texels(wgpu::TextureView),
}

impl Memory {
    /// What is bound.
    pub fn resource(&self) -> wgpu::BindingResource<'_> {
        match self {
            Self::Buffer(buffer) => buffer.as_entire_binding(),
            Self::Texels(view) => wgpu::BindingResource::TextureView(view),
        }
    }
}

/// A copy of a buffer that a launch reads as a texture.
#[derive(Debug, Clone)]
pub(super) struct Copy {
    pub from: wgpu::Buffer,
    pub bytes: u64,
    pub to: wgpu::Texture,
}

impl Copy {
    /// Adds the copy to what is submitted: whole rows, and what is left of the last one.
    pub fn encode(&self, encoder: &mut wgpu::CommandEncoder) {
        let (width, texels) = (ROW, self.bytes.div_ceil(BYTES));
        let (rows, left) = ((texels / u64::from(width)) as u32, (texels % u64::from(width)) as u32);
        let mut copy = |row: u32, width: u32, height: u32| {
            let layout = wgpu::TexelCopyBufferLayout {
                offset: u64::from(row) * ROW_BYTES,
                bytes_per_row: Some(ROW_BYTES as u32),
                rows_per_image: None,
            };
            let buffer = wgpu::TexelCopyBufferInfo {
                buffer: &self.from,
                layout,
            };
            let mut texture = self.to.as_image_copy();
            texture.origin.y = row;
            encoder.copy_buffer_to_texture(buffer, texture, size(width, height));
        };
        if rows > 0 {
            copy(0, width, rows);
        }
        if left > 0 {
            copy(rows, left, 1);
        }
    }
}

/// A texture of so many rows.
pub(super) fn described(rows: u32, usage: wgpu::TextureUsages) -> wgpu::TextureDescriptor<'static> {
    wgpu::TextureDescriptor {
        label: Some("texels"),
        size: size(ROW, rows),
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format: FORMAT,
        usage,
        view_formats: &[],
    }
}

pub(super) fn size(width: u32, height: u32) -> wgpu::Extent3d {
    wgpu::Extent3d {
        width,
        height,
        depth_or_array_layers: 1,
    }
}

/// A texture of so many rows.
fn texture(engine: &Engine, rows: u64) -> Result<wgpu::TextureView, GpuError> {
    let most = u64::from(engine.device.limits().max_texture_dimension_2d);
    if rows > most {
        let [bytes, limit] = [rows, most].map(|rows| rows * ROW_BYTES);
        return Err(GpuError::TooLarge { bytes, limit });
    }
    let usage = wgpu::TextureUsages::STORAGE_BINDING | wgpu::TextureUsages::COPY_DST;
    let texture = engine.device.create_texture(&described(rows as u32, usage));
    engine.check().map(|()| texture.create_view(&Default::default()))
}

/// The texture of a buffer that never changes, copied now, so that the buffer may go.
pub(super) fn of_constant(engine: &Engine, from: wgpu::Buffer) -> Result<wgpu::TextureView, GpuError> {
    let bytes = from.size();
    let view = texture(engine, rows(bytes))?;
    let to = view.texture().clone();
    let mut encoder = engine.device.create_command_encoder(&Default::default());
    Copy { from, bytes, to }.encode(&mut encoder);
    engine.queue.submit([encoder.finish()]);
    engine.wait()?;
    Ok(view)
}

/// Textures that buffers of a plan are copied to before they are read: launches run one after the other, so few are enough.
#[derive(Debug, Default)]
pub(super) struct Stages(HashMap<Key, Stage>);

/// Which of a launch's tensors is read from it, and its rows, a power of two.
type Key = (usize, u64);

#[derive(Debug)]
struct Stage {
    view: wgpu::TextureView,
    /// What was copied last, unless that was written since.
    holds: Option<BufferId>,
}

impl Stages {
    /// The texture from which a launch reads a buffer of so many bytes as its tensor `place`, and whether it must be copied first.
    pub fn stage(
        &mut self,
        engine: &Engine,
        place: usize,
        buffer: BufferId,
        bytes: u64,
    ) -> Result<(wgpu::TextureView, bool), GpuError> {
        let key = (place, staged_rows(bytes));
        let stage = match self.0.entry(key) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => {
                let view = texture(engine, key.1)?;
                new.insert(Stage { view, holds: None })
            }
        };
        let is_there = stage.holds.replace(buffer) == Some(buffer);
        Ok((stage.view.clone(), !is_there))
    }

    /// What was copied of a buffer is no longer what it holds.
    pub fn forget(&mut self, buffer: BufferId) {
        for stage in self.0.values_mut() {
            if stage.holds == Some(buffer) {
                stage.holds = None;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::engine;

    #[test]
    fn a_buffer_is_copied_again_only_after_something_else_was_or_it_was_written() {
        let (engine, mut stages) = (engine(), Stages::default());
        let must_be_copied = |buffer: usize, stages: &mut Stages| {
            let staged = stages.stage(&engine, 0, BufferId(buffer), 3 * ROW_BYTES);
            staged.expect("a texture").1
        };
        assert!(must_be_copied(0, &mut stages));
        assert!(!must_be_copied(0, &mut stages));
        assert!(must_be_copied(1, &mut stages));
        assert!(must_be_copied(0, &mut stages));
        stages.forget(BufferId(1));
        assert!(!must_be_copied(0, &mut stages));
        stages.forget(BufferId(0));
        assert!(must_be_copied(0, &mut stages));
        assert_eq!(stages.0.len(), 1, "they share a texture");
    }
}
