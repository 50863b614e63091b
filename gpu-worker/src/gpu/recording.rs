//! A plan on a device: buffers made, kernels compiled and bound once, replayed for every batch.

use std::sync::Arc;
use std::time::{Duration, Instant};

use wgpu::util::{BufferInitDescriptor, DeviceExt};

use super::constants::{Constants, Kept};
use super::filling::Filling;
use super::slots::{Slot, slots};
use super::texels::{Copy, Memory, Stages, of_constant};
use super::transfer::{Download, Fetch, Staging, begin, upload};
use super::words::from_words;
use super::{Engine, GpuError, Pipeline};
use crate::kernels::{Form, Kernel, Launch, Params, TEXEL, uniform};
use crate::model::ValueId;
use crate::plan::{BufferId, Plan, Read, Step};
use crate::tensor::{Tensor, TensorError, TensorType};

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
    /// What it leaves over.
    rest: Option<Box<Dispatch>>,
    /// What is copied before it.
    copies: Vec<Copy>,
}

impl Dispatch {
    /// Adds the copies that come before it to what is submitted.
    pub(super) fn copy(&self, encoder: &mut wgpu::CommandEncoder) {
        self.copies.iter().for_each(|copy| copy.encode(encoder));
    }

    /// Adds the launch to a pass.
    pub(super) fn encode(&self, pass: &mut wgpu::ComputePass) {
        if let Some(rest) = &self.rest {
            rest.encode(pass);
        }
        let [x, y, z] = self.grid;
        pass.set_pipeline(&self.pipeline.pipeline);
        pass.set_bind_group(0, &self.bindings, &[]);
        if self.pipeline.reads_digits {
            pass.set_immediates(0, bytemuck::cast_slice(&uniform::table()));
        }
        if let Some(epilogue) = &self.epilogue {
            pass.set_bind_group(1, epilogue, &[]);
        }
        pass.dispatch_workgroups(x, y, z);
    }
}

/// What a launch reads, and what is copied before it.
#[derive(Debug, Default)]
pub(super) struct Reads {
    memory: Vec<Memory>,
    copies: Vec<Copy>,
}

impl Reads {
    /// What needs no copies.
    pub(super) fn known(memory: Vec<Memory>) -> Self {
        let copies = Vec::new();
        Self { memory, copies }
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
    /// What was made of constants, which stays for as long as a recording reads it.
    _kept: Vec<Arc<Kept>>,
    compiling: Duration,
}

impl Recording {
    /// Makes the buffers of a plan and compiles and binds its kernels.
    pub fn new(engine: &Engine, plan: &Plan, constants: &mut Constants) -> Result<Self, GpuError> {
        let mut recorder = Recorder {
            engine,
            plan,
            slots: slots(engine, plan)?,
            constants,
            kept: Vec::new(),
            filling: Filling::default(),
            stages: Stages::default(),
            limit: engine.most_bytes(),
            phases: Vec::new(),
            compiling: Duration::ZERO,
        };
        for step in &plan.steps {
            recorder.step(step)?;
        }
        engine.check()?;
        Ok(Self {
            phases: recorder.phases,
            _kept: recorder.kept,
            compiling: recorder.compiling,
        })
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

pub(super) struct Recorder<'a> {
    pub(super) engine: &'a Engine,
    pub(super) plan: &'a Plan,
    slots: Vec<Slot>,
    pub(super) constants: &'a mut Constants,
    pub(super) kept: Vec<Arc<Kept>>,
    pub(super) filling: Filling,
    stages: Stages,
    limit: u64,
    phases: Vec<Phase>,
    compiling: Duration,
}

impl Recorder<'_> {
    fn step(&mut self, step: &Step) -> Result<(), GpuError> {
        match step {
            Step::Upload { value, buffer } => {
                self.stages.forget(*buffer);
                let upload = (*value, self.slot(*buffer).buffer.clone());
                match self.phases.last_mut() {
                    Some(Phase::Upload(uploads)) => uploads.push(upload),
                    _ => self.phases.push(Phase::Upload(vec![upload])),
                }
            }
            Step::Launch {
                launch, reads, write, ..
            } => {
                let reads = self.reads(launch, reads)?;
                let dispatch = self.dispatch(launch, &reads, &self.slot(*write).buffer.clone())?;
                self.stages.forget(*write);
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
                    from: self.slot(*id).buffer.clone(),
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

    fn slot(&self, BufferId(buffer): BufferId) -> &Slot {
        &self.slots[self.plan.slot_of[buffer]]
    }

    /// The dispatch of a launch, or of its fastest variant where that is measured.
    fn dispatch(&mut self, launch: &Launch, reads: &Reads, write: &wgpu::Buffer) -> Result<Dispatch, GpuError> {
        let preferred = launch.kernel_on(self.plan.target);
        let (Some(tuning), Some(variants)) = (self.engine.tuning(), &launch.variants) else {
            return Ok(self.dispatch_of(preferred, launch, reads, write));
        };
        if let Some(fastest) = tuning.fastest(&variants.class)
            && let Some(&known) = variants.kernels.iter().find(|(kernel, _)| kernel.name == fastest)
        {
            return Ok(self.dispatch_of(known, launch, reads, write));
        }
        let mut fastest: Option<(Duration, &str, Dispatch)> = None;
        for &variant in &variants.kernels {
            let dispatch = self.dispatch_of(variant, launch, reads, write);
            let time = self.time(&dispatch)?;
            if fastest.as_ref().is_none_or(|(least, ..)| time < *least) {
                fastest = Some((time, variant.0.name, dispatch));
            }
        }
        let Some((_, name, dispatch)) = fastest else {
            return Ok(self.dispatch_of(preferred, launch, reads, write));
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

    /// The dispatch of a kernel that stands in a launch. What is read are the kernel's own tensors, then those of the epilogue.
    pub(super) fn dispatch_of(
        &mut self,
        kernel: (&'static Kernel, [u32; 3]),
        launch: &Launch,
        reads: &Reads,
        write: &wgpu::Buffer,
    ) -> Dispatch {
        let mut dispatch = self.one_dispatch(kernel, &launch.params, launch, &reads.memory, write);
        dispatch.copies.clone_from(&reads.copies);
        if let Some(rest) = &launch.rest {
            let kernel = (rest.kernel, rest.grid);
            dispatch.rest = Some(Box::new(self.one_dispatch(
                kernel,
                &rest.params,
                launch,
                &reads.memory,
                write,
            )));
        }
        dispatch
    }

    fn one_dispatch(
        &mut self,
        (kernel, grid): (&'static Kernel, [u32; 3]),
        params: &Params,
        launch: &Launch,
        reads: &[Memory],
        write: &wgpu::Buffer,
    ) -> Dispatch {
        let start = Instant::now();
        let pipeline = self.engine.pipeline(kernel, launch);
        self.compiling += start.elapsed();
        let (own, others) = reads.split_at(kernel.inputs.min(reads.len()));
        let params = self.filled("params", &params.words(), wgpu::BufferUsages::UNIFORM);
        let written = Memory::Buffer(write.clone());
        let bindings = self.bind(kernel.name, &pipeline.layout, &params, own.iter().chain([&written]));
        let epilogue = launch.epilogue.as_deref().zip(pipeline.epilogue.as_ref());
        let epilogue = epilogue.map(|(epilogue, layout)| {
            let numbers = self.filled("numbers", &epilogue.numbers, wgpu::BufferUsages::UNIFORM);
            self.bind(kernel.name, layout, &numbers, others)
        });
        Dispatch {
            pipeline,
            bindings,
            epilogue,
            grid,
            rest: None,
            copies: Vec::new(),
        }
    }

    /// What a launch reads, in the forms in which it does.
    fn reads(&mut self, launch: &Launch, reads: &[Read]) -> Result<Reads, GpuError> {
        let mut all = Reads::default();
        for (place, read) in reads.iter().enumerate() {
            let form = Form::of(launch, place);
            let as_texels = form == Form::Texels;
            let memory = match read {
                Read::Buffer(buffer) if as_texels => Memory::Texels(self.texels(place, *buffer, &mut all.copies)?),
                Read::Buffer(buffer) => Memory::Buffer(self.slot(*buffer).buffer.clone()),
                Read::Words(words) => self.words(words, as_texels)?,
                Read::Constant(tensor) => self.constant(tensor, form)?,
                Read::Made(made) => self.made(made, as_texels)?,
            };
            all.memory.push(memory);
        }
        Ok(all)
    }

    /// The texture from which a launch reads a buffer of the plan as its tensor `place`: the buffer's own, or one that it is copied to;
    /// adds the copy if it is not there yet.
    fn texels(&mut self, place: usize, id: BufferId, copies: &mut Vec<Copy>) -> Result<wgpu::TextureView, GpuError> {
        if let Some(shared) = &self.slot(id).texels {
            return Ok(shared.clone());
        }
        let bytes = self.plan.buffer_bytes[id.0];
        let (view, must_be_copied) = self.stages.stage(self.engine, place, id, bytes)?;
        if must_be_copied {
            copies.push(Copy {
                from: self.slot(id).buffer.clone(),
                bytes,
                to: view.texture().clone(),
            });
        }
        Ok(view)
    }

    /// Known words.
    pub(super) fn words(&self, words: &[u32], as_texels: bool) -> Result<Memory, GpuError> {
        let usage = wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC;
        self.kept_as(self.filled("words", words, usage).into(), as_texels)
    }

    /// Memory that never changes, in the form in which it is read.
    pub(super) fn kept_as(&self, slot: Slot, as_texels: bool) -> Result<Memory, GpuError> {
        match (as_texels, slot.texels) {
            (false, _) => Ok(Memory::Buffer(slot.buffer)),
            (true, Some(shared)) => Ok(Memory::Texels(shared)),
            (true, None) => of_constant(self.engine, slot.buffer).map(Memory::Texels),
        }
    }

    fn bind<'b>(
        &self,
        label: &str,
        layout: &wgpu::BindGroupLayout,
        numbers: &'b wgpu::Buffer,
        tensors: impl IntoIterator<Item = &'b Memory>,
    ) -> wgpu::BindGroup {
        let resources = std::iter::once(numbers.as_entire_binding()).chain(tensors.into_iter().map(Memory::resource));
        let entry = |(binding, resource)| wgpu::BindGroupEntry {
            binding: binding as u32,
            resource,
        };
        let entries: Vec<wgpu::BindGroupEntry> = resources.enumerate().map(entry).collect();
        self.engine.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some(label),
            layout,
            entries: &entries,
        })
    }

    /// Whether the adapter can bind so many bytes.
    pub(super) fn check_size(&self, bytes: u64) -> Result<(), GpuError> {
        let limit = self.limit;
        match bytes > limit {
            true => Err(GpuError::TooLarge { bytes, limit }),
            false => Ok(()),
        }
    }

    /// A buffer of known words.
    pub(super) fn filled(&self, label: &str, words: &[u32], usage: wgpu::BufferUsages) -> wgpu::Buffer {
        // A binding must not be empty, and what is read as texels is whole ones.
        let mut words = words.to_vec();
        words.resize(words.len().next_multiple_of(TEXEL).max(TEXEL), 0);
        let contents = bytemuck::cast_slice(&words);
        self.engine.device.create_buffer_init(&BufferInitDescriptor {
            label: Some(label),
            contents,
            usage,
        })
    }
}

pub(super) fn compute(engine: &Engine, dispatches: &[Dispatch]) {
    let mut encoder = engine
        .device
        .create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    // Copies stand between passes.
    for together in dispatches.chunk_by(|_, next| next.copies.is_empty()) {
        together.iter().for_each(|dispatch| dispatch.copy(&mut encoder));
        let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
        for dispatch in together {
            dispatch.encode(&mut pass);
        }
    }
    engine.queue.submit([encoder.finish()]);
}
