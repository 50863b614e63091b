//! Copies between host and device.

use std::sync::mpsc;

use super::{Engine, GpuError};
use crate::model::ValueId;
use crate::tensor::{DataType, Tensor, TensorError, TensorType};

/// A buffer that is copied to the host.
#[derive(Debug)]
pub struct Download {
    /// The buffer.
    pub from: wgpu::Buffer,
    /// Where the host reads it.
    pub staging: wgpu::Buffer,
    /// The value that it becomes.
    pub value: ValueId,
    /// Its type.
    pub tensor_type: TensorType,
}

/// Copies a tensor to a buffer, as one word an element.
pub fn upload(engine: &Engine, tensor: &Tensor, buffer: &wgpu::Buffer) -> Result<(), TensorError> {
    if tensor.data_type() == DataType::Float32 {
        // No conversion, so no copy before wgpu's own.
        engine
            .queue
            .write_buffer(buffer, 0, bytemuck::cast_slice(tensor.as_slice::<f32>()?));
    } else {
        engine
            .queue
            .write_buffer(buffer, 0, bytemuck::cast_slice(&to_words(tensor)?));
    }
    Ok(())
}

/// Copies all the buffers and waits for them.
pub fn fetch(engine: &Engine, downloads: &[Download]) -> Result<Vec<Vec<u32>>, GpuError> {
    let mut encoder = engine
        .device
        .create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    for Download { from, staging, .. } in downloads {
        encoder.copy_buffer_to_buffer(from, 0, staging, 0, staging.size());
    }
    engine.queue.submit([encoder.finish()]);
    let (sender, receiver) = mpsc::channel();
    for download in downloads {
        let sender = sender.clone();
        download.staging.map_async(wgpu::MapMode::Read, .., move |result| {
            // The receiver is gone only when an earlier buffer failed, which is reported.
            drop(sender.send(result));
        });
    }
    drop(sender);
    engine
        .device
        .poll(wgpu::PollType::wait_indefinitely())
        .map_err(|error| GpuError::Device(error.to_string()))?;
    for result in receiver {
        if let Err(error) = result {
            engine.check()?;
            return Err(GpuError::Device(error.to_string()));
        }
    }
    let mut fetched = Vec::with_capacity(downloads.len());
    for Download { staging, .. } in downloads {
        let view = staging
            .get_mapped_range(..)
            .map_err(|error| GpuError::Device(error.to_string()))?;
        fetched.push(bytemuck::pod_collect_to_vec(&view));
        drop(view);
        staging.unmap();
    }
    Ok(fetched)
}

/// Waits for a buffer that the host can map, and reads it.
pub fn read<T: bytemuck::Pod>(engine: &Engine, staging: &wgpu::Buffer) -> Result<Vec<T>, GpuError> {
    let (sender, receiver) = mpsc::channel();
    // The receiver lives to the end of this function.
    staging.map_async(wgpu::MapMode::Read, .., move |result| drop(sender.send(result)));
    engine.wait()?;
    let failed = |error: &dyn std::fmt::Display| GpuError::Device(error.to_string());
    match receiver.recv() {
        Ok(mapped) => mapped.map_err(|error| failed(&error))?,
        Err(error) => return Err(failed(&error)),
    }
    let view = staging.get_mapped_range(..).map_err(|error| failed(&error))?;
    let read = bytemuck::pod_collect_to_vec(&view);
    drop(view);
    staging.unmap();
    Ok(read)
}

/// The elements as the device has them: one word each.
pub fn to_words(tensor: &Tensor) -> Result<Vec<u32>, TensorError> {
    Ok(match tensor.data_type() {
        DataType::Bool => tensor.as_slice::<bool>()?.iter().map(|&truth| truth.into()).collect(),
        _ => tensor.as_slice::<f32>()?.iter().map(|value| value.to_bits()).collect(),
    })
}

/// The elements of words that came from the device.
pub fn from_words(tensor_type: &TensorType, mut words: Vec<u32>) -> Result<Tensor, TensorError> {
    words.truncate(tensor_type.shape.elements());
    let shape = tensor_type.shape.clone();
    match tensor_type.data_type {
        DataType::Bool => Tensor::new(shape, words.into_iter().map(|word| word != 0).collect()),
        _ => Tensor::new(shape, words.into_iter().map(f32::from_bits).collect()),
    }
}
