//! Which adapters there are, what they can do, and which one to take.

use serde::Serialize;

use super::GpuError;

/// What is used where the adapter has it.
const WANTED: wgpu::Features = wgpu::Features::TIMESTAMP_QUERY.union(wgpu::Features::SHADER_F16);

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
        let descriptor = wgpu::DeviceDescriptor {
            label: Some("inktensor"),
            required_features: self.adapter.features() & WANTED,
            required_limits: self.adapter.limits(),
            ..Default::default()
        };
        let opened = pollster::block_on(self.adapter.request_device(&descriptor));
        opened.map_err(|error| GpuError::Open {
            adapter: self.info.name.clone(),
            reason: error.to_string(),
        })
    }
}
