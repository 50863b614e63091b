//! What kernels an adapter is given, found out by asking it and, where its answer does not tell, by running a small one.

use wgpu::util::{BufferInitDescriptor, DeviceExt};

use super::{AdapterInfo, GpuError};
use crate::kernels::Target;

/// Threads of the probing workgroup, more than any CPU's vector has lanes.
const THREADS: usize = 64;

/// Bytes that a workgroup of the largest tile of a product shares, and one of attention.
const SHARED_BYTES: u32 = 16_896;

/// How kernels are to be chosen for an open device.
pub fn target(info: &AdapterInfo, device: &wgpu::Device, queue: &wgpu::Queue) -> Result<Target, GpuError> {
    let features = device.features();
    if info.kind != "software" {
        let limits = &info.limits;
        let is_large = limits.workgroup_threads >= 256 && limits.workgroup_bytes >= SHARED_BYTES;
        return Ok(if is_large { Target::Gpu } else { Target::Any });
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
    let failed = |error: String| GpuError::Device(format!("its subgroups cannot be probed: {error}"));
    let module = device.create_shader_module(wgpu::include_wgsl!("probe.wgsl"));
    let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
        label: Some("probe"),
        layout: None,
        module: &module,
        entry_point: Some("main"),
        compilation_options: wgpu::PipelineCompilationOptions::default(),
        cache: None,
    });
    let written = device.create_buffer_init(&BufferInitDescriptor {
        label: Some("probe"),
        contents: &[0; 8 * THREADS],
        usage: wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC,
    });
    let staging = device.create_buffer(&wgpu::BufferDescriptor {
        label: Some("probe"),
        size: written.size(),
        usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
        mapped_at_creation: false,
    });
    let bindings = device.create_bind_group(&wgpu::BindGroupDescriptor {
        label: Some("probe"),
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
    Ok(bytemuck::pod_collect_to_vec(&view))
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
