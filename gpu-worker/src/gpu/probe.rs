//! What kernels an adapter is given, found out by asking it and, where its answer does not tell, by running small ones.

mod matrices;

use wgpu::util::{BufferInitDescriptor, DeviceExt};

use super::{AdapterInfo, GpuError};
use crate::kernels::{Abilities, Target, uniform};

/// Threads of the probing workgroup, more than any CPU's vector has lanes.
const THREADS: usize = 64;

/// Bytes that a workgroup of the largest tile of a product shares, and one of attention.
const SHARED_BYTES: u32 = 16_896;

/// What kernels for [`Target::Lanes`] use besides subgroups.
const OF_LANES: wgpu::Features = wgpu::Features::SHADER_INT64.union(wgpu::Features::IMMEDIATES);

/// A thread of the probing workgroup: its lane, the size and the number of its subgroup, and how many subgroups there are.
type Thread = [u32; 4];

/// How kernels are to be chosen for an open device, and what it can do besides what all GPUs can, even if it is none.
pub fn target(info: &AdapterInfo, device: &wgpu::Device, queue: &wgpu::Queue) -> Result<(Target, Abilities), GpuError> {
    let features = device.features();
    let threads = match features.contains(wgpu::Features::SUBGROUP) {
        true => threads(device, queue)?,
        false => Vec::new(),
    };
    let abilities = Abilities {
        has_subgroups: are_neighbours(&threads),
        matrices: matrices::matrices(&info.limits, device, queue)?,
    };
    let limits = &info.limits;
    let is_large = limits.workgroup_threads >= 256 && limits.workgroup_bytes >= SHARED_BYTES;
    let target = match info.kind {
        "software" if features.contains(OF_LANES) && device.limits().max_immediate_size >= uniform::TABLE_BYTES => {
            lanes(&threads).map_or(Target::Any, Target::Lanes)
        }
        "software" => Target::Any,
        _ if is_large => Target::Gpu(abilities),
        _ => Target::Any,
    };
    Ok((target, abilities))
}

/// The size of subgroups, if they are vectors of neighbouring threads and a kernel is written for their size.
fn lanes(threads: &[Thread]) -> Option<u32> {
    let size = threads.first()?[1];
    let is_in_order = (0_u32..)
        .zip(threads)
        .all(|(thread, &[lane, its_size, ..])| its_size == size && lane == thread % size);
    (matches!(size, 4 | 8 | 16) && is_in_order).then_some(size)
}

/// Whether all subgroups are full and their lanes are neighbouring threads in their order.
fn are_neighbours(threads: &[Thread]) -> bool {
    let size = threads.first().map_or(0, |thread| thread[1]);
    let are_full = size.is_power_of_two() && threads.len() == THREADS && THREADS.is_multiple_of(size as usize);
    let expected = |thread: u32| [thread % size, size, thread / size, THREADS as u32 / size];
    are_full && (0_u32..).zip(threads).all(|(thread, &found)| found == expected(thread))
}

/// The threads of a workgroup; none where it cannot be told.
fn threads(device: &wgpu::Device, queue: &wgpu::Queue) -> Result<Vec<Thread>, GpuError> {
    let source = include_str!("probe/lanes.wgsl");
    let written = run(device, queue, source, &[0; size_of::<Thread>() * THREADS])?;
    Ok(written.map_or_else(Vec::new, |written| bytemuck::pod_collect_to_vec(&written)))
}

/// Runs one workgroup of a shader, and gives back what it makes of the only buffer that it is given; `None` if it is refused.
fn run(device: &wgpu::Device, queue: &wgpu::Queue, source: &str, contents: &[u8]) -> Result<Option<Vec<u8>>, GpuError> {
    let scope = device.push_error_scope(wgpu::ErrorFilter::Validation);
    let written = run_at_once(device, queue, source, contents);
    match pollster::block_on(scope.pop()) {
        Some(_) => Ok(None),
        None => written.map(Some),
    }
}

fn run_at_once(device: &wgpu::Device, queue: &wgpu::Queue, source: &str, contents: &[u8]) -> Result<Vec<u8>, GpuError> {
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
        let of = |size: u32| -> Vec<Thread> {
            (0..64)
                .map(|thread| [thread % size, size, thread / size, 64 / size])
                .collect()
        };
        assert_eq!(lanes(&of(8)), Some(8));
        assert_eq!(lanes(&of(32)), None);
        assert!([4, 8, 16, 32, 64].into_iter().all(|size| are_neighbours(&of(size))));
        let mut scrambled = of(8);
        scrambled.swap(3, 4);
        assert_eq!(lanes(&scrambled), None);
        assert!(!are_neighbours(&scrambled));
        let mut partial = of(32);
        partial.iter_mut().for_each(|thread| thread[3] = 3);
        assert!(!are_neighbours(&partial));
        assert!(!are_neighbours(&of(128)), "half of it is missing");
        assert_eq!(lanes(&[]), None);
        assert!(!are_neighbours(&[]));
    }
}
