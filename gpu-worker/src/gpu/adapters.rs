//! Which adapters there are, what they can do, and which one to take.

use serde::Serialize;

use super::GpuError;

/// What is used where the adapter has it.
const WANTED: wgpu::Features = wgpu::Features::TIMESTAMP_QUERY
    .union(wgpu::Features::SHADER_F16)
    .union(wgpu::Features::SUBGROUP)
    .union(wgpu::Features::SHADER_INT64)
    .union(wgpu::Features::IMMEDIATES);

/// What multiplies matrices of float16 by subgroups.
const COOPERATIVE: wgpu::Features = wgpu::Features::SHADER_F16
    .union(wgpu::Features::SUBGROUP)
    .union(wgpu::Features::EXPERIMENTAL_COOPERATIVE_MATRIX);

/// Which adapter to open.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum AdapterChoice {
    /// The most capable: discrete before integrated, virtual, software.
    #[default]
    Best,
    /// The first whose name contains this, in any case.
    Named(String),
}

impl From<Option<String>> for AdapterChoice {
    fn from(name: Option<String>) -> Self {
        name.map_or(Self::Best, Self::Named)
    }
}

/// What is known of an adapter without opening it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AdapterInfo {
    /// Its name.
    pub name: String,
    /// Discrete, integrated, virtual or software.
    pub kind: &'static str,
    /// The interface to it, such as `vulkan`.
    pub backend: String,
    /// Name and version of its driver.
    pub driver: String,
    /// What it can do.
    pub limits: AdapterLimits,
}

/// The limits of an adapter that bound what models it runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AdapterLimits {
    /// Bytes of the largest tensor.
    pub tensor_bytes: u64,
    /// Bytes of the largest buffer.
    pub buffer_bytes: u64,
    /// Tensors that one kernel can see.
    pub bindings: u32,
    /// Threads of a workgroup.
    pub workgroup_threads: u32,
    /// Bytes of memory that a workgroup shares.
    pub workgroup_bytes: u32,
    /// Half precision in kernels.
    pub has_f16: bool,
    /// Operations across a subgroup.
    pub has_subgroups: bool,
    /// Threads of the largest subgroup.
    pub subgroup_threads: u32,
    /// Rows and columns of the largest square matrices of float16 that a subgroup multiplies, adding up in single precision; null where it
    /// multiplies none.
    pub cooperative_matrix: Option<u32>,
}

/// An adapter that can be opened.
#[derive(Debug)]
pub struct Adapter {
    adapter: wgpu::Adapter,
    info: AdapterInfo,
}

/// All adapters, the most capable first.
pub fn adapters() -> Vec<Adapter> {
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle_from_env());
    let found = pollster::block_on(instance.enumerate_adapters(wgpu::Backends::all()));
    let mut adapters: Vec<Adapter> = found.into_iter().map(Adapter::new).collect();
    adapters.sort_by_key(|adapter| rank(adapter.adapter.get_info().device_type));
    adapters
}

fn rank(kind: wgpu::DeviceType) -> u8 {
    match kind {
        wgpu::DeviceType::DiscreteGpu => 0,
        wgpu::DeviceType::IntegratedGpu => 1,
        wgpu::DeviceType::VirtualGpu => 2,
        wgpu::DeviceType::Other => 3,
        wgpu::DeviceType::Cpu => 4,
    }
}

/// The adapter of choice.
pub fn choose(choice: &AdapterChoice) -> Result<Adapter, GpuError> {
    let adapters = adapters();
    let names: Vec<String> = adapters.iter().map(|adapter| adapter.info.name.clone()).collect();
    let wanted = match choice {
        AdapterChoice::Best => return adapters.into_iter().next().ok_or(GpuError::NoAdapter),
        AdapterChoice::Named(wanted) => wanted,
    };
    if adapters.is_empty() {
        return Err(GpuError::NoAdapter);
    }
    let is_wanted = |adapter: &Adapter| adapter.info.name.to_lowercase().contains(&wanted.to_lowercase());
    let chosen = adapters.into_iter().find(is_wanted);
    chosen.ok_or_else(|| GpuError::NoSuchAdapter {
        wanted: wanted.clone(),
        found: names,
    })
}

impl Adapter {
    fn new(adapter: wgpu::Adapter) -> Self {
        let (info, limits, features) = (adapter.get_info(), adapter.limits(), adapter.features());
        let subgroup_threads = info.subgroup_max_size;
        let info = AdapterInfo {
            name: info.name,
            kind: match info.device_type {
                wgpu::DeviceType::DiscreteGpu => "discrete",
                wgpu::DeviceType::IntegratedGpu => "integrated",
                wgpu::DeviceType::VirtualGpu => "virtual",
                wgpu::DeviceType::Cpu => "software",
                wgpu::DeviceType::Other => "other",
            },
            backend: info.backend.to_string(),
            driver: format!("{} {}", info.driver, info.driver_info).trim().to_owned(),
            limits: AdapterLimits {
                tensor_bytes: limits.max_storage_buffer_binding_size,
                buffer_bytes: limits.max_buffer_size,
                bindings: limits.max_storage_buffers_per_shader_stage,
                workgroup_threads: limits.max_compute_invocations_per_workgroup,
                workgroup_bytes: limits.max_compute_workgroup_storage_size,
                has_f16: features.contains(wgpu::Features::SHADER_F16),
                has_subgroups: features.contains(wgpu::Features::SUBGROUP),
                subgroup_threads,
                cooperative_matrix: cooperative_matrix(&adapter),
            },
        };
        Self { adapter, info }
    }

    /// What is known of it.
    pub fn info(&self) -> &AdapterInfo {
        &self.info
    }

    /// Opens the device with every limit that the adapter has.
    pub(super) fn open(&self) -> Result<(wgpu::Device, wgpu::Queue), GpuError> {
        let mut required_features = self.adapter.features() & WANTED;
        let mut experimental_features = wgpu::ExperimentalFeatures::disabled();
        if self.info.limits.cooperative_matrix.is_some() {
            required_features |= COOPERATIVE;
            experimental_features = experimental();
        }
        let descriptor = wgpu::DeviceDescriptor {
            label: Some("inktensor"),
            required_features,
            required_limits: self.adapter.limits(),
            experimental_features,
            ..Default::default()
        };
        let opened = pollster::block_on(self.adapter.request_device(&descriptor));
        opened.map_err(|error| GpuError::Open {
            adapter: self.info.name.clone(),
            reason: error.to_string(),
        })
    }
}

/// The side of the largest square matrices that kernels are written for.
fn cooperative_matrix(adapter: &wgpu::Adapter) -> Option<u32> {
    use wgpu::CooperativeScalarType::{F16, F32};
    if !adapter.features().contains(COOPERATIVE) {
        return None;
    }
    let kinds = adapter.cooperative_matrix_properties();
    let usable = kinds.iter().filter(|kind| {
        let is_square = kind.m_size == kind.n_size && kind.n_size == kind.k_size;
        is_square && kind.ab_type == F16 && kind.cr_type == F32
    });
    usable.map(|kind| kind.m_size).max()
}

/// Leave to use what wgpu calls experimental: products of matrices by subgroups.
#[allow(unsafe_code)]
fn experimental() -> wgpu::ExperimentalFeatures {
    // SAFETY: what is asked for is that its bugs are acknowledged and reported. It is only asked for together with products of matrices,
    // which kernels of our own alone use, in shared memory whose bounds they state; models bring no shaders.
    unsafe { wgpu::ExperimentalFeatures::enabled() }
}
