//! What of a model stays on the device from run to run.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use super::GpuError;
use super::recording::{Recorder, compute, slot};
use crate::plan::{Made, MadeKey, Read};
use crate::tensor::Tensor;

/// The constants of a model on the device, shared by its recordings.
#[derive(Debug, Default)]
pub struct Constants {
    /// Holds each tensor, so that its address stays its own.
    tensors: HashMap<*const Tensor, (Arc<Tensor>, wgpu::Buffer)>,
    /// What is made of constants. The recordings that read it keep it.
    made: HashMap<MadeKey, Weak<Kept>>,
}

/// What was made of constants, which it holds so that their addresses stay their own.
#[derive(Debug)]
pub(super) struct Kept {
    buffer: wgpu::Buffer,
    _made: Arc<Made>,
}

impl Constants {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Recorder<'_> {
    /// The buffer of a constant.
    pub(super) fn constant(&mut self, tensor: &Arc<Tensor>) -> Result<wgpu::Buffer, GpuError> {
        let buffer = self.copy_of(tensor)?;
        let held = (Arc::clone(tensor), buffer.clone());
        self.constants.tensors.entry(Arc::as_ptr(tensor)).or_insert(held);
        Ok(buffer)
    }

    /// A constant on the device: where it is kept, or else a buffer that goes with its last user.
    fn copy_of(&mut self, tensor: &Arc<Tensor>) -> Result<wgpu::Buffer, GpuError> {
        if let Some((_, buffer)) = self.constants.tensors.get(&Arc::as_ptr(tensor)) {
            return Ok(buffer.clone());
        }
        let bytes = 4 * tensor.shape().elements() as u64;
        self.check_size(bytes)?;
        let buffer = self.engine.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("constant"),
            // A binding must not be empty.
            size: bytes.max(4),
            usage: wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        self.filling.fill(self.engine, tensor, &buffer)?;
        Ok(buffer)
    }

    /// The buffer of what is made of constants, which is made now unless a recording that is kept has it. The constants themselves leave
    /// the device again, so that no more than one of them is there in two forms at once.
    pub(super) fn made(&mut self, made: &Arc<Made>) -> Result<wgpu::Buffer, GpuError> {
        let key = made.key();
        if let Some(kept) = self.constants.made.get(&key).and_then(Weak::upgrade) {
            let buffer = kept.buffer.clone();
            self.kept.push(kept);
            return Ok(buffer);
        }
        self.check_size(made.bytes)?;
        let buffer = slot(self.engine, made.bytes)?;
        let reads = made.reads.iter().map(|read| match read {
            Read::Constant(tensor) => self.copy_of(tensor),
            Read::Words(words) => Ok(self.filled("words", words, wgpu::BufferUsages::STORAGE)),
            Read::Buffer(_) | Read::Made(_) => Err(GpuError::Device("a constant is made of what changes".into())),
        });
        let reads = reads.collect::<Result<Vec<_>, _>>()?;
        let kernel = made.launch.kernel_on(self.plan.target);
        let dispatch = self.dispatch_of(kernel, &made.launch, &reads, &buffer);
        compute(self.engine, &[dispatch]);
        self.engine.wait()?;
        let kept = Arc::new(Kept {
            buffer: buffer.clone(),
            _made: Arc::clone(made),
        });
        self.constants.made.retain(|_, kept| kept.strong_count() > 0);
        self.constants.made.insert(key, Arc::downgrade(&kept));
        self.kept.push(kept);
        Ok(buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpu::Recording;
    use crate::plan::{PlanOptions, plan_with};
    use crate::tensor::TensorType;
    use crate::testing::{Network, engine, ramp};

    #[test]
    fn what_is_made_of_constants_is_shared_and_goes_with_the_last_recording() {
        let mut network = Network::default();
        let x = network.input(ramp(&[2, 3, 4, 4]));
        let (left, right) = (network.constant(ramp(&[3, 4, 3])), network.constant(ramp(&[3, 4])));
        let product = network.node("MatMul", &[left, right]);
        let sum = network.node("Add", &[x, product]);
        network.output(sum);
        let (engine, model) = (engine(), network.finish().model());
        let mut constants = Constants::new();
        // A sum larger than the product is no epilogue of it.
        let record = |batch: usize, constants: &mut Constants| {
            let options = PlanOptions {
                target: Some(engine.target()),
                ..PlanOptions::default()
            };
            let types: Vec<TensorType> = vec![ramp(&[batch, 3, 4, 4]).tensor_type()];
            let plan = plan_with(&model, &types, options).expect("a plan");
            assert_eq!(
                plan.constant_bytes,
                4 * 3 * 4 * 4,
                "what is made counts, and not what it is made of"
            );
            Recording::new(&engine, &plan, constants).expect("records")
        };
        let recordings = [record(2, &mut constants), record(3, &mut constants)];
        let kept: Vec<_> = constants.made.values().cloned().collect();
        assert_eq!((kept.len(), kept[0].strong_count()), (1, 2));
        assert!(
            constants.tensors.is_empty(),
            "the kernels that run read no constant as it is"
        );
        drop(recordings);
        assert_eq!(kept[0].strong_count(), 0);
        let _again = record(2, &mut constants);
        assert_eq!(constants.made.len(), 1);
    }
}
