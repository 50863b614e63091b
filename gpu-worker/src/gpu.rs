//! The device: finding an adapter, compiling kernels, and replaying plans. All use of wgpu is in here.

mod adapters;
mod recording;
mod transfer;
mod words;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use thiserror::Error;

pub use self::adapters::{Adapter, AdapterChoice, AdapterInfo, AdapterLimits, adapters};
pub use self::recording::{Constants, Host, Recording};
pub(crate) use self::words::to_words;
use crate::kernels::{Kernel, Launch};

/// What went wrong on the device, or on the way to it.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum GpuError {
    /// There is no adapter at all.
    #[error(
        "no GPU adapter was found; install your GPU's Vulkan driver, or a software one (on Debian and Ubuntu: mesa-vulkan-drivers)"
    )]
    NoAdapter,
    /// There is no adapter of the wanted name.
    #[error("no adapter's name contains '{wanted}'; there are: {}", .found.join(", "))]
    NoSuchAdapter {
        /// What was asked for.
        wanted: String,
        /// Names of the adapters.
        found: Vec<String>,
    },
    /// The driver refuses to open the device.
    #[error("the adapter '{adapter}' cannot be opened: {reason}")]
    Open {
        /// Name of the adapter.
        adapter: String,
        /// What its driver says.
        reason: String,
    },
    /// A tensor that the adapter cannot bind.
    #[error("a tensor of {bytes} bytes is beyond the {limit} that the adapter binds; use smaller batches")]
    TooLarge {
        /// Bytes of the tensor.
        bytes: u64,
        /// Bytes that the adapter binds.
        limit: u64,
    },
    /// The device reported an error.
    #[error("the device failed: {0}")]
    Device(String),
    /// The device is gone.
    #[error("the device was lost: {0}")]
    Lost(String),
}

/// A compiled kernel.
#[derive(Debug)]
pub(crate) struct Pipeline {
    pipeline: wgpu::ComputePipeline,
    layout: wgpu::BindGroupLayout,
}

/// Tells one variant of a kernel from another.
type PipelineKey = (&'static str, Vec<(&'static str, u32)>);

/// An open device with its compiled kernels. Models share it.
#[derive(Debug)]
pub struct Engine {
    info: AdapterInfo,
    device: wgpu::Device,
    queue: wgpu::Queue,
    pipelines: Mutex<HashMap<PipelineKey, Arc<Pipeline>>>,
    failure: Arc<Mutex<Option<GpuError>>>,
}

impl Engine {
    /// Opens the adapter of choice with all the limits that it has.
    pub fn new(choice: &AdapterChoice) -> Result<Self, GpuError> {
        let adapter = adapters::choose(choice)?;
        let info = adapter.info().clone();
        let (device, queue) = adapter.open()?;
        let failure = Arc::new(Mutex::new(None));
        let uncaptured = Arc::clone(&failure);
        device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| {
            lock(&uncaptured).get_or_insert_with(|| GpuError::Device(error.to_string()));
        }));
        let lost = Arc::clone(&failure);
        device.set_device_lost_callback(move |reason, message| {
            if reason != wgpu::DeviceLostReason::Destroyed {
                lock(&lost).get_or_insert_with(|| GpuError::Lost(message));
            }
        });
        Ok(Self {
            info,
            device,
            queue,
            pipelines: Mutex::new(HashMap::new()),
            failure,
        })
    }

    /// The adapter.
    pub fn info(&self) -> &AdapterInfo {
        &self.info
    }

    /// The first error that the device reported since the last call.
    fn check(&self) -> Result<(), GpuError> {
        match lock(&self.failure).take() {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    fn pipeline(&self, launch: &Launch) -> Arc<Pipeline> {
        let key = (launch.kernel.name, launch.constants.clone());
        let mut pipelines = lock(&self.pipelines);
        Arc::clone(
            pipelines
                .entry(key)
                .or_insert_with(|| Arc::new(self.compile(launch.kernel, &launch.constants))),
        )
    }

    /// Compiles a variant of a kernel. Shader modules made this way keep all of naga's run-time checks.
    fn compile(&self, kernel: &Kernel, constants: &[(&'static str, u32)]) -> Pipeline {
        let module = self.device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some(kernel.name),
            source: wgpu::ShaderSource::Wgsl(kernel.source.into()),
        });
        let entry = |binding: usize, ty| wgpu::BindGroupLayoutEntry {
            binding: binding as u32,
            visibility: wgpu::ShaderStages::COMPUTE,
            ty: wgpu::BindingType::Buffer {
                ty,
                has_dynamic_offset: false,
                min_binding_size: None,
            },
            count: None,
        };
        let mut entries = vec![entry(0, wgpu::BufferBindingType::Uniform)];
        entries.extend((1..=kernel.inputs).map(|at| entry(at, wgpu::BufferBindingType::Storage { read_only: true })));
        entries.push(entry(
            kernel.inputs + 1,
            wgpu::BufferBindingType::Storage { read_only: false },
        ));
        let layout = self.device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some(kernel.name),
            entries: &entries,
        });
        let pipeline_layout = self.device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some(kernel.name),
            bind_group_layouts: &[Some(&layout)],
            immediate_size: 0,
        });
        let constants: Vec<(&str, f64)> = constants
            .iter()
            .map(|&(name, value)| (name, f64::from(value)))
            .collect();
        let pipeline = self.device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some(kernel.name),
            layout: Some(&pipeline_layout),
            module: &module,
            entry_point: Some("main"),
            compilation_options: wgpu::PipelineCompilationOptions {
                constants: &constants,
                ..Default::default()
            },
            cache: None,
        });
        Pipeline { pipeline, layout }
    }
}

/// Locks even after another thread panicked: what is guarded here is valid between any two statements.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
