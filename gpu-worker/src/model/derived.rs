//! What planning makes of a model's constants, kept for the plans of other shapes: it is computed once, and is one constant on the device.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::graph::ValueId;
use crate::kernels::Piece;
use crate::ops::OpError;
use crate::tensor::Tensor;

/// What was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Derivation {
    /// The outputs of a node of which all inputs follow from the model alone.
    Node(usize),
    /// Rows of a value: the first, and how many.
    Rows(ValueId, usize, usize),
    /// Codes less their zero points: the codes, the zero points, the elements for each of them, and what is taken.
    Codes(ValueId, Option<ValueId>, usize, Option<Piece>),
}

/// Tensors that follow from a model alone.
#[derive(Debug, Default)]
pub struct Derived(Mutex<HashMap<Derivation, Vec<Arc<Tensor>>>>);

impl Derived {
    /// What was made before, or is made now. What cannot be made, or fails, is tried again the next time.
    pub fn get_or_make(
        &self,
        derivation: Derivation,
        make: impl FnOnce() -> Option<Result<Vec<Arc<Tensor>>, OpError>>,
    ) -> Option<Result<Vec<Arc<Tensor>>, OpError>> {
        // It is valid between any two statements, so a thread that panicked meanwhile is no matter.
        let lock = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(made) = lock().get(&derivation) {
            return Some(Ok(made.clone()));
        }
        let made = make()?;
        if let Ok(made) = &made {
            lock().insert(derivation, made.clone());
        }
        Some(made)
    }
}
