//! What of a model stays on the device from run to run.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use super::GpuError;
use super::recording::{Reads, Recorder, compute};
use super::slots::Slot;
use super::texels::Memory;
use crate::kernels::Form;
use crate::plan::{Made, MadeKey, Read, constant_bytes_of};
use crate::tensor::Tensor;

/// The constants of a model on the device, shared by its recordings.
#[derive(Debug, Default)]
pub struct Constants {
    /// Holds each tensor, so that its address stays its own, in each form in which it is read.
    tensors: HashMap<(*const Tensor, Form), (Arc<Tensor>, Memory)>,
    /// What is made of constants, in each form. The recordings that read it keep it.
    made: HashMap<(MadeKey, bool), Weak<Kept>>,
}

/// What was made of constants, which it holds so that their addresses stay their own.
#[derive(Debug)]
pub(super) struct Kept {
    memory: Memory,
    _made: Arc<Made>,
}

impl Constants {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Recorder<'_> {
    /// A constant on the device, in the form in which it is read.
    pub(super) fn constant(&mut self, tensor: &Arc<Tensor>, form: Form) -> Result<Memory, GpuError> {
        let memory = self.copy_of(tensor, form)?;
        let held = (Arc::clone(tensor), memory.clone());
        let key = (Arc::as_ptr(tensor), form);
        self.constants.tensors.entry(key).or_insert(held);
        Ok(memory)
    }

    /// A constant on the device: where it is kept, or else memory that goes with its last user.
    fn copy_of(&mut self, tensor: &Arc<Tensor>, form: Form) -> Result<Memory, GpuError> {
        if let Some((_, memory)) = self.constants.tensors.get(&(Arc::as_ptr(tensor), form)) {
            return Ok(memory.clone());
        }
        let bytes = constant_bytes_of(tensor, form);
        self.check_size(bytes)?;
        let as_texels = form == Form::Texels;
        let slot = Slot::new(self.engine, bytes, as_texels)?;
        self.filling.fill(self.engine, tensor, form, &slot.buffer)?;
        self.kept_as(slot, as_texels)
    }

    /// What is made of constants, which is made now unless a recording that is kept has it. The constants themselves leave the device
    /// again, so that no more than one of them is there in two forms at once.
    pub(super) fn made(&mut self, made: &Arc<Made>, as_texels: bool) -> Result<Memory, GpuError> {
        let key = (made.key(), as_texels);
        if let Some(kept) = self.constants.made.get(&key).and_then(Weak::upgrade) {
            let memory = kept.memory.clone();
            self.kept.push(kept);
            return Ok(memory);
        }
        self.check_size(made.bytes)?;
        let slot = Slot::new(self.engine, made.bytes, as_texels)?;
        let reads = made.reads.iter().enumerate().map(|(place, read)| match read {
            Read::Constant(tensor) => self.copy_of(tensor, Form::of(&made.launch, place)),
            Read::Words(words) => self.words(words, made.launch.reads_texels(place)),
            Read::Buffer(_) | Read::Made(_) => Err(GpuError::Device("a constant is made of what changes".into())),
        });
        let reads = Reads::known(reads.collect::<Result<_, _>>()?);
        let kernel = made.launch.kernel_on(self.plan.target);
        let dispatch = self.dispatch_of(kernel, &made.launch, &reads, &slot.buffer);
        compute(self.engine, &[dispatch]);
        self.engine.wait()?;
        let memory = self.kept_as(slot, as_texels)?;
        let kept = Arc::new(Kept {
            memory: memory.clone(),
            _made: Arc::clone(made),
        });
        self.constants.made.retain(|_, kept| kept.strong_count() > 0);
        self.constants.made.insert(key, Arc::downgrade(&kept));
        self.kept.push(kept);
        Ok(memory)
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
