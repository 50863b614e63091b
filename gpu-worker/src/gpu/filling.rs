//! Constants on their way to the device, a piece at a time.
//!
//! A copy to the device goes through memory that the host can write, which is taken again only after the device is done with it. A model
//! that went there at once would take its size once more.

use std::borrow::Cow;

use super::words::{half_bytes, to_words, widened};
use super::{Engine, GpuError};
use crate::kernels::Form;
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
    /// Copies a tensor to a buffer of its size, in the form in which it is read.
    pub fn fill(
        &mut self,
        engine: &Engine,
        tensor: &Tensor,
        form: Form,
        buffer: &wgpu::Buffer,
    ) -> Result<(), GpuError> {
        let wrong = |error: TensorError| GpuError::Device(error.to_string());
        let data_type = tensor.data_type();
        let mut offset = 0;
        if form == Form::Pairs {
            let bytes = half_bytes(tensor).map_err(wrong)?;
            // Copies are of whole words, and an element may be left over.
            let (words, left) = bytes.split_at(bytes.len() / 4 * 4);
            for piece in words.chunks(UNDER_WAY) {
                offset = self.piece(engine, piece, buffer, offset)?;
            }
            if let &[low, high] = left {
                self.piece(engine, &[low, high, 0, 0], buffer, offset)?;
            }
            return Ok(());
        }
        if data_type.is_half() {
            for piece in half_bytes(tensor).map_err(wrong)?.chunks(UNDER_WAY / 2) {
                let words = widened(data_type, piece);
                offset = self.piece(engine, bytemuck::cast_slice(&words), buffer, offset)?;
            }
            return Ok(());
        }
        for piece in device_bytes(tensor).map_err(wrong)?.chunks(UNDER_WAY) {
            offset = self.piece(engine, piece, buffer, offset)?;
        }
        Ok(())
    }

    /// Copies bytes to a buffer from an offset on, and gives the one after them.
    fn piece(&mut self, engine: &Engine, piece: &[u8], buffer: &wgpu::Buffer, offset: u64) -> Result<u64, GpuError> {
        if self.under_way + piece.len() > UNDER_WAY {
            engine.queue.submit([]);
            engine.wait()?;
            self.under_way = 0;
        }
        engine.queue.write_buffer(buffer, offset, piece);
        self.under_way += piece.len();
        Ok(offset + piece.len() as u64)
    }
}
