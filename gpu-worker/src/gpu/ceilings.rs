//! What an adapter does at most, by shaders that do nothing else. Products of single precision are not here: the engine's own are the
//! ones to measure.

use std::time::{Duration, Instant};

use super::{Engine, GpuError};

/// A measurement repeats its work in one submission until that takes so long.
const ENOUGH: Duration = Duration::from_millis(40);
/// Repetitions in one submission at most.
const MAX_REPETITIONS: u32 = 1 << 12;
/// Submissions of which the fastest counts.
const TRIES: usize = 3;
/// Operations of a thread of `multiply_add.wgsl`: 1,024 rounds of 16 vectors of 4, each a product and a sum.
const OPERATIONS: f64 = 1024.0 * 16.0 * 4.0 * 2.0;
/// Products of matrices of a subgroup in `multiply_matrices.wgsl`: 1,024 rounds of 8.
const PRODUCTS: f64 = 1024.0 * 8.0;
/// Threads of a workgroup in these shaders.
const WORKGROUP: u32 = 64;

/// A shader with its two buffers.
struct Trial {
    pipeline: wgpu::ComputePipeline,
    bindings: wgpu::BindGroup,
    grid: [u32; 2],
}

impl Engine {
    /// Bytes that copying moves in a second, those read and those written: the better of a copy command and a shader.
    pub fn copy_ceiling(&self) -> Result<f64, GpuError> {
        // Beyond what caches hold, where that is to be had quickly.
        let wanted: u64 = if self.is_software() { 64 << 20 } else { 512 << 20 };
        // A workgroup copies 4,096 bytes, and a grid has 65,535 of them along x.
        let bytes = wanted.min(self.info.limits.tensor_bytes).min(65_535 * 4096) / 4096 * 4096;
        let (from, to) = (self.storage(bytes), self.storage(bytes));
        let command = self.fastest(|encoder| encoder.copy_buffer_to_buffer(&from, 0, &to, 0, bytes))?;
        let trial = self.trial(
            "copy",
            include_str!("ceilings/copy.wgsl"),
            &[],
            [&from, &to],
            [(bytes / 4096) as u32, 1],
        );
        let shader = self.fastest(|encoder| trial.encode(encoder))?;
        Ok(2.0 * bytes as f64 / command.min(shader))
    }

    /// Operations of single precision in a second, a multiplication and an addition at a time, without memory.
    pub fn multiply_add_ceiling(&self) -> Result<f64, GpuError> {
        let groups = if self.is_software() { 64 } else { 8192 };
        let (from, to) = (self.storage(1024), self.storage(u64::from(groups * WORKGROUP) * 16));
        let source = include_str!("ceilings/multiply_add.wgsl");
        let trial = self.trial("multiply_add", source, &[], [&from, &to], [groups, 1]);
        let seconds = self.fastest(|encoder| trial.encode(encoder))?;
        Ok(f64::from(groups * WORKGROUP) * OPERATIONS / seconds)
    }

    /// Operations of products of matrices of float16 by subgroups in a second, without memory; `None` where they multiply none.
    pub fn multiply_matrices_ceiling(&self) -> Result<Option<f64>, GpuError> {
        let Some(kind) = self.abilities.matrices else {
            return Ok(None);
        };
        let groups = if self.is_software() { 16 } else { 8192 };
        let (side, subgroups) = (f64::from(kind.side), WORKGROUP.div_ceil(kind.subgroup));
        let (from, to) = (
            self.storage(4 * 8 * u64::from(kind.side * kind.side)),
            self.storage(4 * u64::from(groups * WORKGROUP)),
        );
        let source = kind.shader(include_str!("ceilings/multiply_matrices.wgsl"));
        let trial = self.trial("multiply_matrices", &source, &[], [&from, &to], [groups, 1]);
        let seconds = self.fastest(|encoder| trial.encode(encoder))?;
        let operations = PRODUCTS * 2.0 * side.powi(3);
        Ok(Some(f64::from(groups * subgroups) * operations / seconds))
    }

    /// Operations of a product of matrices of half precision in a second; `None` where the adapter has no half precision.
    pub fn product_f16_ceiling(&self) -> Result<Option<f64>, GpuError> {
        if !self.device.features().contains(wgpu::Features::SHADER_F16) {
            return Ok(None);
        }
        let size: u32 = if self.is_software() { 256 } else { 4096 };
        let bytes = 2 * u64::from(size) * u64::from(size);
        let (from, to) = (self.storage(bytes), self.storage(bytes));
        let source = include_str!("ceilings/product_f16.wgsl");
        let constants = [("SIZE", f64::from(size))];
        let trial = self.trial("product_f16", source, &constants, [&from, &to], [size / 32; 2]);
        let seconds = self.fastest(|encoder| trial.encode(encoder))?;
        Ok(Some(2.0 * f64::from(size).powi(3) / seconds))
    }

    /// Whether the adapter is a program on the processor, which takes long for what takes a GPU no time.
    pub fn is_software(&self) -> bool {
        self.info.kind == "software"
    }

    fn storage(&self, size: u64) -> wgpu::Buffer {
        self.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("ceiling"),
            size,
            usage: wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        })
    }

    fn trial(
        &self,
        label: &str,
        source: &str,
        constants: &[(&str, f64)],
        buffers: [&wgpu::Buffer; 2],
        grid: [u32; 2],
    ) -> Trial {
        let label = Some(label);
        let module = self.device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label,
            source: wgpu::ShaderSource::Wgsl(source.into()),
        });
        let pipeline = self.device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label,
            layout: None,
            module: &module,
            entry_point: Some("main"),
            compilation_options: wgpu::PipelineCompilationOptions {
                constants,
                ..Default::default()
            },
            cache: None,
        });
        let entries = [0, 1].map(|at| wgpu::BindGroupEntry {
            binding: at,
            resource: buffers[at as usize].as_entire_binding(),
        });
        let bindings = self.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label,
            layout: &pipeline.get_bind_group_layout(0),
            entries: &entries,
        });
        Trial {
            pipeline,
            bindings,
            grid,
        }
    }

    /// Seconds of one repetition, in the fastest of a few submissions.
    fn fastest(&self, encode: impl Fn(&mut wgpu::CommandEncoder)) -> Result<f64, GpuError> {
        let time = |repetitions: u32| {
            let mut encoder = self.device.create_command_encoder(&Default::default());
            (0..repetitions).for_each(|_| encode(&mut encoder));
            let commands = encoder.finish();
            let start = Instant::now();
            self.queue.submit([commands]);
            self.wait()?;
            Ok::<_, GpuError>(start.elapsed())
        };
        // The first one may compile.
        time(1)?;
        let mut repetitions = 1;
        while repetitions < MAX_REPETITIONS && time(repetitions)? < ENOUGH {
            repetitions *= 2;
        }
        let tries = (0..TRIES).map(|_| time(repetitions)).collect::<Result<Vec<_>, _>>()?;
        let fastest = tries.into_iter().min().unwrap_or_default();
        Ok(fastest.as_secs_f64() / f64::from(repetitions))
    }
}

impl Trial {
    fn encode(&self, encoder: &mut wgpu::CommandEncoder) {
        let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, &self.bindings, &[]);
        pass.dispatch_workgroups(self.grid[0], self.grid[1], 1);
    }
}
