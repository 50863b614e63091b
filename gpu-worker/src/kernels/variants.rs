//! Kernels among which a launch has the choice.

use super::{Kernel, Launch};

/// Kernels that do the same from the same parameters and tensors.
#[derive(Debug, Clone)]
pub struct Variants {
    /// Launches for which the same kernel is the fastest.
    pub class: String,
    /// The kernels, and workgroups along x, y and z.
    pub kernels: Vec<(&'static Kernel, [u32; 3])>,
    /// Kernels that do the same where the first two tensors hold numbers of float16 alone.
    pub on_halves: Option<Box<Variants>>,
}

impl Launch {
    /// The same launch, known to have variants.
    pub fn varying(mut self, class: String, kernels: Vec<(&'static Kernel, [u32; 3])>) -> Self {
        self.variants = Some(Box::new(Variants {
            class,
            kernels,
            on_halves: None,
        }));
        self
    }

    /// The same launch, which has other variants where the first two tensors hold numbers of float16 alone, the best one first.
    pub fn varying_on_halves(mut self, halves: Option<Variants>) -> Self {
        if let Some(variants) = &mut self.variants {
            variants.on_halves = halves.map(Box::new);
        }
        self
    }

    /// Whether it has kernels for numbers of float16.
    pub fn has_halves(&self) -> bool {
        self.variants
            .as_ref()
            .is_some_and(|variants| variants.on_halves.is_some())
    }

    /// The same launch by kernels for numbers of float16, if there are some; those for all numbers are left for measurements.
    pub fn for_halves(mut self) -> Self {
        let Some(variants) = &mut self.variants else {
            return self;
        };
        let Some(mut halves) = variants.on_halves.take() else {
            return self;
        };
        halves.kernels.append(&mut variants.kernels);
        if let Some(&best) = halves.kernels.first() {
            (self.kernel, self.grid) = best;
        }
        self.variants = Some(halves);
        self
    }
}
