//! Constants on their way to the device, a piece at a time.
//!
//! A copy to the device goes through memory that the host can write, which is taken again only after the device is done with it. A model
//! that went there at once would take its size once more.

use std::borrow::Cow;

use super::words::to_words;
use super::{Engine, GpuError};
use crate::tensor::{DataType, Tensor, TensorError};

/// Bytes on their way at the same time; a whole number of words.
const UNDER_WAY: usize = 16 << 20;

/// The bytes of a tensor as the device has them, without a copy where they are so already.
pub fn device_bytes(tensor: &Tensor) -> Result<Cow<'_, [u8]>, TensorError> {
    if tensor.data_type() != DataType::Float32 {
        return Ok(Cow::Owned(bytemuck::cast_slice(&to_words(tensor)?).to_vec()));
    }
    // The device's words are little-endian, as those of files are.
    match tensor.stored_bytes() {
        Some(stored) => Ok(Cow::Borrowed(&stored[..])),
        None => Ok(Cow::Borrowed(bytemuck::cast_slice(tensor.as_slice::<f32>()?))),
    }
}

/// Copies constants to buffers, and waits whenever enough of them is under way.
#[derive(Debug, Default)]
pub struct Filling {
    under_way: usize,
}

impl Filling {
    /// Copies a tensor to a buffer of its size.
    pub fn fill(&mut self, engine: &Engine, tensor: &Tensor, buffer: &wgpu::Buffer) -> Result<(), GpuError> {
        let bytes = device_bytes(tensor).map_err(|error| GpuError::Device(error.to_string()))?;
        let mut offset = 0;
        for piece in bytes.chunks(UNDER_WAY) {
            if self.under_way + piece.len() > UNDER_WAY {
                engine.queue.submit([]);
                engine.wait()?;
                self.under_way = 0;
            }
            engine.queue.write_buffer(buffer, offset, piece);
            self.under_way += piece.len();
            offset += piece.len() as u64;
        }
        Ok(())
    }
}
