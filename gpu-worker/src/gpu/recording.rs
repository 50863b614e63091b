//! A plan on a device: buffers made, kernels compiled and bound once, replayed for every batch.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use wgpu::util::{BufferInitDescriptor, DeviceExt};

use super::filling::Filling;
use super::transfer::{Download, Fetch, Staging, begin, upload};
use super::words::from_words;
use super::{Engine, GpuError, Pipeline};
use crate::kernels::{Kernel, Launch};
use crate::model::ValueId;
use crate::plan::{BufferId, Plan, Read, Step};
use crate::tensor::{Tensor, TensorError, TensorType};

/// The constants of a model on the device, shared by its recordings. Holds each tensor, so that its address stays its own.
pub type Constants = HashMap<*const Tensor, (Arc<Tensor>, wgpu::Buffer)>;

/// Steps of one kind that follow each other.
#[derive(Debug)]
pub(super) enum Phase {
    Upload(Vec<(ValueId, wgpu::Buffer)>),
    Compute(Vec<Dispatch>),
    Download(Vec<Download>),
    Host(usize, Vec<TensorType>),
}

#[derive(Debug)]
pub(super) struct Dispatch {
    pipeline: Arc<Pipeline>,
    bindings: wgpu::BindGroup,
    /// What its epilogue reads.
    epilogue: Option<wgpu::BindGroup>,
    grid: [u32; 3],
}

impl Dispatch {
    /// Adds the launch to a pass.
    pub(super) fn encode(&self, pass: &mut wgpu::ComputePass) {
        let [x, y, z] = self.grid;
        pass.set_pipeline(&self.pipeline.pipeline);
        pass.set_bind_group(0, &self.bindings, &[]);
        if let Some(epilogue) = &self.epilogue {
            pass.set_bind_group(1, epilogue, &[]);
        }
        pass.dispatch_workgroups(x, y, z);
    }
}

/// What a replay asks of its caller.
pub trait Host {
    /// The error of host code.
    type Error: From<GpuError> + From<TensorError>;
    /// A value that is about to go to the device.
    fn value(&self, value: ValueId) -> Result<&Tensor, Self::Error>;
    /// A value that came from the device.
    fn set(&mut self, value: ValueId, tensor: Tensor);
    /// Runs node `node` on the host.
    fn run(&mut self, node: usize, outputs: &[TensorType]) -> Result<(), Self::Error>;
}

/// A plan that is ready to run.
#[derive(Debug)]
pub struct Recording {
    pub(super) phases: Vec<Phase>,
    compiling: Duration,
}

impl Recording {
    /// Makes the buffers of a plan and compiles and binds its kernels.
    pub fn new(engine: &Engine, plan: &Plan, constants: &mut Constants) -> Result<Self, GpuError> {
        let limit = engine.most_bytes();
        if let Some(&bytes) = plan.slots.iter().find(|&&bytes| bytes > limit) {
            return Err(GpuError::TooLarge { bytes, limit });
        }
        let usage = wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::COPY_SRC;
        let slots = plan
            .slots
            .iter()
            .map(|&bytes| {
                let slot = buffer(engine, "slot", bytes, usage);
                // Told at once: drivers crash that compile kernels with no memory left.
                engine.check().map(|()| slot)
            })
            .collect::<Result<_, _>>()?;
        let mut recorder = Recorder {
            engine,
            plan,
            slots,
            constants,
            filling: Filling::default(),
            limit,
            phases: Vec::new(),
            compiling: Duration::ZERO,
        };
        for step in &plan.steps {
            recorder.step(step)?;
        }
        let (phases, compiling) = (recorder.phases, recorder.compiling);
        engine.check()?;
        Ok(Self { phases, compiling })
    }

    /// How long its kernels took to compile, those left out that were compiled before. A driver may do a part with the first run.
    pub fn compiling(&self) -> Duration {
        self.compiling
    }

    /// Runs every step once. Copies to the host that come last are only begun, so that the next replay may begin meanwhile; they are
    /// brought home by [`Recording::land`].
    pub fn begin<H: Host>(&self, engine: &Engine, host: &mut H) -> Result<Landing, H::Error> {
        let mut landing = Landing(None);
        for (index, phase) in self.phases.iter().enumerate() {
            match phase {
                Phase::Upload(uploads) => {
                    for (value, buffer) in uploads {
                        upload(engine, host.value(*value)?, buffer)?;
                    }
                }
                Phase::Compute(dispatches) => compute(engine, dispatches),
                Phase::Download(downloads) => {
                    landing = Landing(Some(begin(engine, downloads)));
                    if index + 1 < self.phases.len() {
                        self.bring(engine, host, downloads, std::mem::replace(&mut landing, Landing(None)))?;
                    }
                }
                Phase::Host(node, outputs) => host.run(*node, outputs)?,
            }
        }
        Ok(landing)
    }

    /// Waits for the copies to the host that a replay of this recording has begun.
    pub fn land<H: Host>(&self, engine: &Engine, host: &mut H, landing: Landing) -> Result<(), H::Error> {
        if let Some(Phase::Download(downloads)) = self.phases.last() {
            self.bring(engine, host, downloads, landing)?;
        }
        Ok(engine.check()?)
    }

    fn bring<H: Host>(
        &self,
        engine: &Engine,
        host: &mut H,
        downloads: &[Download],
        landing: Landing,
    ) -> Result<(), H::Error> {
        let fetched = landing.0.map(|fetch| fetch.finish(engine, downloads)).transpose()?;
        for (download, words) in downloads.iter().zip(fetched.into_iter().flatten()) {
            host.set(download.value, from_words(&download.tensor_type, words)?);
        }
        Ok(())
    }
}

/// What a replay has on its way to the host.
#[derive(Debug)]
pub struct Landing(Option<Fetch>);

fn buffer(engine: &Engine, label: &str, bytes: u64, usage: wgpu::BufferUsages) -> wgpu::Buffer {
    let size = bytes.next_multiple_of(wgpu::COPY_BUFFER_ALIGNMENT);
    engine.device.create_buffer(&wgpu::BufferDescriptor {
        label: Some(label),
        size,
        usage,
        mapped_at_creation: false,
    })
}

struct Recorder<'a> {
    engine: &'a Engine,
    plan: &'a Plan,
    slots: Vec<wgpu::Buffer>,
    constants: &'a mut Constants,
    filling: Filling,
    limit: u64,
    phases: Vec<Phase>,
    compiling: Duration,
}

impl Recorder<'_> {
    fn step(&mut self, step: &Step) -> Result<(), GpuError> {
        match step {
            Step::Upload { value, buffer } => {
                let upload = (*value, self.slot(*buffer));
                match self.phases.last_mut() {
                    Some(Phase::Upload(uploads)) => uploads.push(upload),
                    _ => self.phases.push(Phase::Upload(vec![upload])),
                }
            }
            Step::Launch {
                launch, reads, write, ..
            } => {
                let dispatch = self.dispatch(launch, reads, *write)?;
                match self.phases.last_mut() {
                    Some(Phase::Compute(dispatches)) => dispatches.push(dispatch),
                    _ => self.phases.push(Phase::Compute(vec![dispatch])),
                }
            }
            Step::Download {
                buffer: id,
                value,
                tensor_type,
            } => {
                let staging = Staging::new(4 * tensor_type.shape.elements().max(1) as u64);
                let tensor_type = tensor_type.clone();
                let download = Download {
                    from: self.slot(*id),
                    staging,
                    value: *value,
                    tensor_type,
                };
                match self.phases.last_mut() {
                    Some(Phase::Download(downloads)) => downloads.push(download),
                    _ => self.phases.push(Phase::Download(vec![download])),
                }
            }
            Step::Host { node, outputs } => self.phases.push(Phase::Host(*node, outputs.clone())),
        }
        Ok(())
    }

    fn slot(&self, BufferId(buffer): BufferId) -> wgpu::Buffer {
        self.slots[self.plan.slot_of[buffer]].clone()
    }

    /// The dispatch of a launch, or of its fastest variant where that is measured.
    fn dispatch(&mut self, launch: &Launch, reads: &[Read], write: BufferId) -> Result<Dispatch, GpuError> {
        let preferred = launch.kernel_on(self.plan.target);
        let (Some(tuning), Some(variants)) = (self.engine.tuning(), &launch.variants) else {
            return self.dispatch_of(preferred, launch, reads, write);
        };
        if let Some(fastest) = tuning.fastest(&variants.class)
            && let Some(&known) = variants.kernels.iter().find(|(kernel, _)| kernel.name == fastest)
        {
            return self.dispatch_of(known, launch, reads, write);
        }
        let mut fastest: Option<(Duration, &str, Dispatch)> = None;
        for &variant in &variants.kernels {
            let dispatch = self.dispatch_of(variant, launch, reads, write)?;
            let time = self.time(&dispatch)?;
            if fastest.as_ref().is_none_or(|(least, ..)| time < *least) {
                fastest = Some((time, variant.0.name, dispatch));
            }
        }
        let Some((_, name, dispatch)) = fastest else {
            return self.dispatch_of(preferred, launch, reads, write);
        };
        tuning
            .keep(&variants.class, name)
            .map_err(|error| GpuError::Tuning(error.to_string()))?;
        Ok(dispatch)
    }

    /// The least time that a dispatch takes out of a few, after a first one.
    fn time(&self, dispatch: &Dispatch) -> Result<Duration, GpuError> {
        let mut least = Duration::MAX;
        for round in 0..4 {
            let start = Instant::now();
            compute(self.engine, std::slice::from_ref(dispatch));
            self.engine.wait()?;
            if round > 0 {
                least = least.min(start.elapsed());
            }
        }
        Ok(least)
    }

    fn dispatch_of(
        &mut self,
        (kernel, grid): (&'static Kernel, [u32; 3]),
        launch: &Launch,
        reads: &[Read],
        write: BufferId,
    ) -> Result<Dispatch, GpuError> {
        let start = Instant::now();
        let pipeline = self.engine.pipeline(kernel, launch);
        self.compiling += start.elapsed();
        let (own, others) = reads.split_at(kernel.inputs.min(reads.len()));
        let mut buffers = vec![self.filled("params", &launch.params.words(), wgpu::BufferUsages::UNIFORM)];
        for read in own {
            buffers.push(self.read(read)?);
        }
        buffers.push(self.slot(write));
        let bindings = self.bind(kernel.name, &pipeline.layout, &buffers);
        let epilogue = match launch.epilogue.as_deref().zip(pipeline.epilogue.as_ref()) {
            Some((epilogue, layout)) => {
                let mut buffers = vec![self.filled("numbers", &epilogue.numbers, wgpu::BufferUsages::UNIFORM)];
                for read in others {
                    buffers.push(self.read(read)?);
                }
                Some(self.bind(kernel.name, layout, &buffers))
            }
            None => None,
        };
        Ok(Dispatch {
            pipeline,
            bindings,
            epilogue,
            grid,
        })
    }

    fn read(&mut self, read: &Read) -> Result<wgpu::Buffer, GpuError> {
        Ok(match read {
            Read::Buffer(buffer) => self.slot(*buffer),
            Read::Words(words) => self.filled("words", words, wgpu::BufferUsages::STORAGE),
            Read::Constant(tensor) => self.constant(tensor)?,
        })
    }

    fn bind(&self, label: &str, layout: &wgpu::BindGroupLayout, buffers: &[wgpu::Buffer]) -> wgpu::BindGroup {
        let entry = |(binding, buffer)| wgpu::BindGroupEntry {
            binding: binding as u32,
            resource: wgpu::Buffer::as_entire_binding(buffer),
        };
        let entries: Vec<wgpu::BindGroupEntry> = buffers.iter().enumerate().map(entry).collect();
        self.engine.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some(label),
            layout,
            entries: &entries,
        })
    }

    fn filled(&self, label: &str, words: &[u32], usage: wgpu::BufferUsages) -> wgpu::Buffer {
        // A binding must not be empty.
        let words = if words.is_empty() { &[0][..] } else { words };
        let contents = bytemuck::cast_slice(words);
        self.engine.device.create_buffer_init(&BufferInitDescriptor {
            label: Some(label),
            contents,
            usage,
        })
    }

    fn constant(&mut self, tensor: &Arc<Tensor>) -> Result<wgpu::Buffer, GpuError> {
        if let Some((_, buffer)) = self.constants.get(&Arc::as_ptr(tensor)) {
            return Ok(buffer.clone());
        }
        let bytes = 4 * tensor.shape().elements() as u64;
        if bytes > self.limit {
            return Err(GpuError::TooLarge {
                bytes,
                limit: self.limit,
            });
        }
        let usage = wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_DST;
        // A binding must not be empty.
        let buffer = buffer(self.engine, "constant", bytes.max(4), usage);
        self.filling.fill(self.engine, tensor, &buffer)?;
        self.constants
            .insert(Arc::as_ptr(tensor), (Arc::clone(tensor), buffer.clone()));
        Ok(buffer)
    }
}

fn compute(engine: &Engine, dispatches: &[Dispatch]) {
    let mut encoder = engine
        .device
        .create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    {
        let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
        for dispatch in dispatches {
            dispatch.encode(&mut pass);
        }
    }
    engine.queue.submit([encoder.finish()]);
}
