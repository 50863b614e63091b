//! Copies between host and device.

use std::sync::{Mutex, mpsc};

use super::filling::device_bytes;
use super::{Engine, GpuError, lock};
use crate::model::ValueId;
use crate::tensor::{Tensor, TensorError, TensorType};

/// A buffer that is copied to the host.
#[derive(Debug)]
pub struct Download {
    /// The buffer.
    pub from: wgpu::Buffer,
    /// Where the host reads it.
    pub staging: Staging,
    /// The value that it becomes.
    pub value: ValueId,
    /// Its type.
    pub tensor_type: TensorType,
}

/// Buffers that the host can read, for copies of one size: as many as copies were under way at the same time.
#[derive(Debug)]
pub struct Staging {
    bytes: u64,
    free: Mutex<Vec<wgpu::Buffer>>,
}

impl Staging {
    /// For copies of so many bytes.
    pub fn new(bytes: u64) -> Self {
        let free = Mutex::new(Vec::new());
        Self { bytes, free }
    }

    fn take(&self, engine: &Engine) -> wgpu::Buffer {
        if let Some(buffer) = lock(&self.free).pop() {
            return buffer;
        }
        let usage = wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST;
        engine.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("staging"),
            size: self.bytes,
            usage,
            mapped_at_creation: false,
        })
    }

    fn give_back(&self, buffer: wgpu::Buffer) {
        lock(&self.free).push(buffer);
    }
}

/// Copies to the host that are under way. The device goes on with what is given to it meanwhile.
#[derive(Debug)]
pub struct Fetch {
    buffers: Vec<wgpu::Buffer>,
    mapped: mpsc::Receiver<Result<(), wgpu::BufferAsyncError>>,
    submission: wgpu::SubmissionIndex,
}

/// Copies a tensor to a buffer, as one word an element.
pub fn upload(engine: &Engine, tensor: &Tensor, buffer: &wgpu::Buffer) -> Result<(), TensorError> {
    engine.queue.write_buffer(buffer, 0, &device_bytes(tensor)?);
    Ok(())
}

/// Begins to copy all the buffers.
pub fn begin(engine: &Engine, downloads: &[Download]) -> Fetch {
    let mut encoder = engine
        .device
        .create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    let mut buffers = Vec::with_capacity(downloads.len());
    for Download { from, staging, .. } in downloads {
        let buffer = staging.take(engine);
        encoder.copy_buffer_to_buffer(from, 0, &buffer, 0, staging.bytes);
        buffers.push(buffer);
    }
    let submission = engine.queue.submit([encoder.finish()]);
    let (sender, mapped) = mpsc::channel();
    for buffer in &buffers {
        let sender = sender.clone();
        buffer.map_async(wgpu::MapMode::Read, .., move |result| {
            // The receiver is gone only when an earlier buffer failed, which is reported.
            drop(sender.send(result));
        });
    }
    Fetch {
        buffers,
        mapped,
        submission,
    }
}

/// Copies all the buffers and waits for them.
pub fn fetch(engine: &Engine, downloads: &[Download]) -> Result<Vec<Vec<u32>>, GpuError> {
    begin(engine, downloads).finish(engine, downloads)
}

impl Fetch {
    /// Waits for the copies that were begun for `downloads`, and gives the words of each.
    pub fn finish(self, engine: &Engine, downloads: &[Download]) -> Result<Vec<Vec<u32>>, GpuError> {
        let waited = engine.device.poll(wgpu::PollType::Wait {
            submission_index: Some(self.submission),
            timeout: None,
        });
        if let Err(error) = waited {
            // A device that is lost never took the submission; why it did not is told with whatever else it reports.
            engine.wait()?;
            return Err(GpuError::Device(error.to_string()));
        }
        for result in self.mapped {
            if let Err(error) = result {
                engine.check()?;
                return Err(GpuError::Device(error.to_string()));
            }
        }
        let mut fetched = Vec::with_capacity(downloads.len());
        for (buffer, Download { staging, .. }) in self.buffers.into_iter().zip(downloads) {
            let view = buffer
                .get_mapped_range(..)
                .map_err(|error| GpuError::Device(error.to_string()))?;
            fetched.push(words_of(&view));
            drop(view);
            buffer.unmap();
            staging.give_back(buffer);
        }
        Ok(fetched)
    }
}

/// Mapped memory as words. It is aligned for them wherever a driver maps it; elsewhere they are put together byte by byte.
fn words_of(mapped: &[u8]) -> Vec<u32> {
    match bytemuck::try_cast_slice(mapped) {
        Ok(words) => words.to_vec(),
        Err(_) => bytemuck::pod_collect_to_vec(mapped),
    }
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
