//! The device: finding an adapter, compiling kernels, and replaying plans. All use of wgpu is in here.

mod adapters;
mod ceilings;
mod constants;
mod filling;
mod llvmpipe;
mod probe;
mod profile;
mod recording;
#[cfg_attr(not(target_os = "linux"), path = "gpu/unshared.rs")]
mod shared;
mod slots;
mod texels;
mod transfer;
mod tuning;
mod words;

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use thiserror::Error;

pub use self::adapters::{Adapter, AdapterChoice, AdapterInfo, AdapterLimits, adapters};
pub use self::constants::Constants;
pub use self::llvmpipe::variable_for_wider_vectors;
pub use self::profile::{Clock, Profile};
pub use self::recording::{Host, Landing, Recording};
pub use self::tuning::Tuning;
pub(crate) use self::words::to_words;
use crate::kernels::{Abilities, Kernel, Launch, Target, uniform};

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
    /// What was measured cannot be kept.
    #[error("the fastest kernels cannot be kept: {0}; name a folder that can be written, or do not tune")]
    Tuning(String),
    /// The device has no memory left.
    #[error("the device is out of memory: {0}")]
    OutOfMemory(String),
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
    /// What its epilogue reads.
    epilogue: Option<wgpu::BindGroupLayout>,
    /// Whether it reads the table of digits.
    reads_digits: bool,
}

/// Tells one variant of a kernel from another: its name, pipeline constants, and the source of its epilogue.
type PipelineKey = (&'static str, Vec<(&'static str, u32)>, Option<Arc<str>>);

/// Compiled kernels with epilogues that are kept for models to come. Others are compiled again, lest the variety of models fills memory.
const KEPT_EPILOGUES: usize = 1024;

/// An open device with its compiled kernels. Models share it.
#[derive(Debug)]
pub struct Engine {
    info: AdapterInfo,
    abilities: Abilities,
    target: Target,
    stores_straight: bool,
    shares_texels: bool,
    tuning: Option<Tuning>,
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
            lock(&uncaptured).get_or_insert_with(|| match error {
                wgpu::Error::OutOfMemory { source } => GpuError::OutOfMemory(source.to_string()),
                other => GpuError::Device(other.to_string()),
            });
        }));
        let lost = Arc::clone(&failure);
        // Its end with this engine is reported as well, to nobody.
        device.set_device_lost_callback(move |_, message| {
            // Errors that follow from the loss may have come before the news of it.
            *lock(&lost) = Some(GpuError::Lost(message));
        });
        let (target, abilities) = probe::target(&info, &device, &queue)?;
        Ok(Self {
            shares_texels: shared::is_possible(&info, &device),
            stores_straight: llvmpipe::stores_straight(&info),
            info,
            abilities,
            target,
            tuning: None,
            device,
            queue,
            pipelines: Mutex::new(HashMap::new()),
            failure,
        })
    }

    /// The same engine, which measures the variants of kernels as they are first recorded and keeps the fastest in a folder.
    pub fn tuning_in(self, folder: &Path) -> Self {
        let tuning = Some(Tuning::open(folder, &self.info));
        Self { tuning, ..self }
    }

    /// What it measured, if it measures.
    pub fn tuning(&self) -> Option<&Tuning> {
        self.tuning.as_ref()
    }

    /// The adapter.
    pub fn info(&self) -> &AdapterInfo {
        &self.info
    }

    /// Bytes of the largest tensor that a kernel can be given.
    pub fn most_bytes(&self) -> u64 {
        self.info.limits.tensor_bytes.min(self.info.limits.buffer_bytes)
    }

    /// What it can do as a GPU besides what all can, as was found out by trying.
    pub fn abilities(&self) -> Abilities {
        self.abilities
    }

    /// Whether kernels read values as texels where they lie, and not copies of them.
    pub fn shares_texels(&self) -> bool {
        self.shares_texels
    }

    /// What kernels are chosen by.
    pub fn target(&self) -> Target {
        self.target
    }

    /// The first error that the device reported since the last call; that it was lost, in every call.
    fn check(&self) -> Result<(), GpuError> {
        let mut failure = lock(&self.failure);
        match &*failure {
            Some(lost @ GpuError::Lost(_)) => Err(lost.clone()),
            Some(_) => failure.take().map_or(Ok(()), Err),
            None => Ok(()),
        }
    }

    /// The compiled form of a kernel that stands in a launch.
    fn pipeline(&self, kernel: &'static Kernel, launch: &Launch) -> Arc<Pipeline> {
        let epilogue = launch.epilogue.as_ref().map(|epilogue| Arc::clone(&epilogue.source));
        let key = (kernel.name, launch.constants.clone(), epilogue);
        let mut pipelines = lock(&self.pipelines);
        if let Some(pipeline) = pipelines.get(&key) {
            return Arc::clone(pipeline);
        }
        if pipelines.keys().filter(|(.., epilogue)| epilogue.is_some()).count() >= KEPT_EPILOGUES {
            pipelines.retain(|(.., epilogue), _| epilogue.is_none());
        }
        let pipeline = Arc::new(self.compile(kernel, launch));
        pipelines.insert(key, Arc::clone(&pipeline));
        pipeline
    }

    /// Compiles a variant of a kernel. Shader modules made this way keep all of naga's run-time checks.
    fn compile(&self, kernel: &Kernel, launch: &Launch) -> Pipeline {
        let epilogue = launch.epilogue.as_deref();
        let finish = match epilogue {
            Some(epilogue) => &epilogue.source,
            None => kernel.plain(),
        };
        let module = self.device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some(kernel.name),
            source: wgpu::ShaderSource::Wgsl([kernel.source, finish].concat().into()),
        });
        let layout = self.layout(kernel.name, launch.texels as usize, kernel.inputs, true);
        let is_short = epilogue.map(|epilogue| epilogue.is_short);
        let epilogue = epilogue.map(|epilogue| self.layout(kernel.name, 0, epilogue.inputs, false));
        let groups: Vec<Option<&wgpu::BindGroupLayout>> = std::iter::once(&layout).chain(&epilogue).map(Some).collect();
        let pipeline_layout = self.device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some(kernel.name),
            bind_group_layouts: &groups,
            immediate_size: if kernel.reads_digits() { uniform::TABLE_BYTES } else { 0 },
        });
        let mut constants: Vec<(&str, f64)> = launch
            .constants
            .iter()
            .map(|&(name, value)| (name, f64::from(value)))
            .filter(|&(name, _)| name != uniform::STORES_STRAIGHT)
            .collect();
        if kernel.reads_digits() {
            let is_wanted = launch.constants.contains(&(uniform::STORES_STRAIGHT, 1));
            let is_straight = is_wanted && self.stores_straight;
            constants.push((uniform::STORES_STRAIGHT, f64::from(u8::from(is_straight))));
        }
        match is_short {
            Some(true) if kernel.finishes_at_once() => constants.push(("FINISHES_AT_ONCE", 1.0)),
            Some(_) if kernel.finishes_afterwards() => constants.push(("FINISHES", 1.0)),
            _ => {}
        }
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
        Pipeline {
            pipeline,
            layout,
            epilogue,
            reads_digits: kernel.reads_digits(),
        }
    }

    /// A uniform block, `inputs` tensors to read, of which the first are read as textures, and perhaps one to write.
    fn layout(&self, label: &str, texels: usize, inputs: usize, writes: bool) -> wgpu::BindGroupLayout {
        let buffer = |ty| wgpu::BindingType::Buffer {
            ty,
            has_dynamic_offset: false,
            min_binding_size: None,
        };
        let storage = |read_only| buffer(wgpu::BufferBindingType::Storage { read_only });
        let texture = wgpu::BindingType::StorageTexture {
            access: wgpu::StorageTextureAccess::ReadOnly,
            format: texels::FORMAT,
            view_dimension: wgpu::TextureViewDimension::D2,
        };
        let kinds = std::iter::once(buffer(wgpu::BufferBindingType::Uniform))
            .chain(std::iter::repeat_n(texture, texels))
            .chain(std::iter::repeat_n(storage(true), inputs - texels))
            .chain(writes.then(|| storage(false)));
        let entry = |(binding, ty): (usize, wgpu::BindingType)| wgpu::BindGroupLayoutEntry {
            binding: binding as u32,
            visibility: wgpu::ShaderStages::COMPUTE,
            ty,
            count: None,
        };
        let entries: Vec<wgpu::BindGroupLayoutEntry> = kinds.enumerate().map(entry).collect();
        self.device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some(label),
            entries: &entries,
        })
    }
}

/// Locks even after another thread panicked: what is guarded here is valid between any two statements.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use crate::model::{Limits, Model};
    use crate::session::{RunError, Session};
    use crate::testing::ramp;

    use super::*;

    #[test]
    fn a_device_that_is_gone_is_told_by_name_and_another_one_goes_on() {
        let open =
            || Arc::new(Engine::new(&AdapterChoice::from(std::env::var("INKTENSOR_ADAPTER").ok())).expect("opens"));
        let model = Model::load(include_bytes!("diagnosis/trial.onnx"), &Limits::default()).expect("a model");
        let model = Arc::new(model);
        let engine = open();
        let mut session = Session::new(Arc::clone(&engine), Arc::clone(&model));
        let input = [ramp(&[2, 3])];
        let before = session.run(&input).expect("it runs");
        engine.device.destroy();
        let lost = session.run(&input).expect_err("the device is gone");
        assert!(matches!(lost, RunError::Gpu(GpuError::Lost(_))), "{lost:?}");
        assert!(session.run(&input).is_err(), "it stays gone");
        let after = Session::new(open(), model).run(&input).expect("another device runs it");
        assert_eq!(before, after);
    }
}
