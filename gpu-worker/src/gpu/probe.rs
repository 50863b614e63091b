//! What kernels an adapter is given, found out by asking it and, where its answer does not tell, by running small ones.

mod matrices;

use wgpu::util::{BufferInitDescriptor, DeviceExt};

use super::{AdapterInfo, GpuError};
use crate::kernels::{Abilities, Target};

/// Threads of the probing workgroup, more than any CPU's vector has lanes.
const THREADS: usize = 64;

/// Bytes that a workgroup of the largest tile of a product shares, and one of attention.
const SHARED_BYTES: u32 = 16_896;

/// What an open device can do besides what all can, if it is a GPU or is treated as one.
pub fn abilities(info: &AdapterInfo, device: &wgpu::Device, queue: &wgpu::Queue) -> Result<Abilities, GpuError> {
    let matrices = matrices::matrices(&info.limits, device, queue)?;
    Ok(Abilities { matrices })
}

/// How kernels are to be chosen for an open device.
pub fn target(
    info: &AdapterInfo,
    abilities: Abilities,
    device: &wgpu::Device,
    queue: &wgpu::Queue,
) -> Result<Target, GpuError> {
    let features = device.features();
    if info.kind != "software" {
        let limits = &info.limits;
        let is_large = limits.workgroup_threads >= 256 && limits.workgroup_bytes >= SHARED_BYTES;
        return Ok(if is_large { Target::Gpu(abilities) } else { Target::Any });
    }
    if !features.contains(wgpu::Features::SUBGROUP | wgpu::Features::SHADER_INT64) {
        return Ok(Target::Any);
    }
    Ok(lanes(&lanes_of_threads(device, queue)?).map_or(Target::Any, Target::Lanes))
}

/// The size of subgroups, if they are vectors of neighbouring threads and a kernel is written for their size.
fn lanes(of_threads: &[[u32; 2]]) -> Option<u32> {
    let size = of_threads.first()?[1];
    let in_order = (0_u32..)
        .zip(of_threads)
        .all(|(thread, &[lane, its_size])| its_size == size && lane == thread % size);
    (matches!(size, 4 | 8 | 16) && in_order).then_some(size)
}

/// The lane of each thread of a workgroup, and the size of its subgroup.
fn lanes_of_threads(device: &wgpu::Device, queue: &wgpu::Queue) -> Result<Vec<[u32; 2]>, GpuError> {
    let written = run(device, queue, include_str!("probe/lanes.wgsl"), &[0; 8 * THREADS])?;
    Ok(bytemuck::pod_collect_to_vec(&written))
}

/// Runs one workgroup of a shader, and gives back what it makes of the only buffer that it is given.
fn run(device: &wgpu::Device, queue: &wgpu::Queue, source: &str, contents: &[u8]) -> Result<Vec<u8>, GpuError> {
    let failed = |error: String| GpuError::Device(format!("it cannot be probed: {error}"));
    let label = Some("probe");
    let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
        label,
        source: wgpu::ShaderSource::Wgsl(source.into()),
    });
    let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
        label,
        layout: None,
        module: &module,
        entry_point: Some("main"),
        compilation_options: wgpu::PipelineCompilationOptions::default(),
        cache: None,
    });
    let written = device.create_buffer_init(&BufferInitDescriptor {
        label,
        contents,
        usage: wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC,
    });
    let staging = device.create_buffer(&wgpu::BufferDescriptor {
        label,
        size: written.size(),
        usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
        mapped_at_creation: false,
    });
    let bindings = device.create_bind_group(&wgpu::BindGroupDescriptor {
        label,
        layout: &pipeline.get_bind_group_layout(0),
        entries: &[wgpu::BindGroupEntry {
            binding: 0,
            resource: written.as_entire_binding(),
        }],
    });
    let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    {
        let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
        pass.set_pipeline(&pipeline);
        pass.set_bind_group(0, &bindings, &[]);
        pass.dispatch_workgroups(1, 1, 1);
    }
    encoder.copy_buffer_to_buffer(&written, 0, &staging, 0, staging.size());
    queue.submit([encoder.finish()]);
    // A buffer that could not be mapped is refused below.
    staging.map_async(wgpu::MapMode::Read, .., |_| {});
    device
        .poll(wgpu::PollType::wait_indefinitely())
        .map_err(|error| failed(error.to_string()))?;
    let view = staging
        .get_mapped_range(..)
        .map_err(|error| failed(error.to_string()))?;
    Ok(view.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_vectors_of_neighbours_count_as_lanes() {
        let of = |size: u32| (0..64).map(|thread| [thread % size, size]).collect::<Vec<_>>();
        assert_eq!(lanes(&of(8)), Some(8));
        assert_eq!(lanes(&of(32)), None);
        let mut scrambled = of(8);
        scrambled.swap(3, 4);
        assert_eq!(lanes(&scrambled), None);
        assert_eq!(lanes(&[]), None);
    }
}
