//! The inputs that a caller gives against those that the model states.

use std::collections::HashMap;

use super::PlanError;
use crate::model::{Dim, Graph, Input};
use crate::tensor::{Shape, TensorError, TensorType};

/// Checks number, types and shapes, and that dimensions of one name agree.
pub fn check(graph: &Graph, given: &[TensorType]) -> Result<(), PlanError> {
    if given.len() != graph.inputs.len() {
        return Err(PlanError::InputCount {
            expected: graph.inputs.len(),
            found: given.len(),
        });
    }
    let mut named: HashMap<&str, usize> = HashMap::new();
    for (input, found) in graph.inputs.iter().zip(given) {
        let dims = input.dims.as_deref();
        let fits = input.data_type == found.data_type
            && dims.is_none_or(|dims| {
                dims.len() == found.shape.rank()
                    && dims.iter().zip(found.shape.dims()).all(|(dim, &length)| match dim {
                        Dim::Fixed(expected) => *expected == length,
                        Dim::Named(name) => *named.entry(name).or_insert(length) == length,
                        Dim::Unknown => true,
                    })
            });
        if !fits {
            let (name, expected) = (graph.name(input.id).to_owned(), describe(input));
            return Err(PlanError::Input {
                name,
                expected,
                found: found.clone(),
            });
        }
    }
    Ok(())
}

/// How a message states an input: its type, and its dimensions with the names of those that vary.
pub fn describe(input: &Input) -> String {
    match &input.dims {
        None => format!("{} of any shape", input.data_type),
        Some(dims) => {
            let dims: Vec<String> = dims.iter().map(Dim::to_string).collect();
            format!("{}[{}]", input.data_type, dims.join(", "))
        }
    }
}

/// The types of a model's inputs for a batch of `batch` samples: every first dimension that is not fixed is the batch, every other
/// one that is not fixed is 1. `None` for an input that does not even state its rank.
pub fn types_for_batch(graph: &Graph, batch: usize) -> Result<Option<Vec<TensorType>>, TensorError> {
    let of = |input: &Input| {
        let Some(dims) = &input.dims else { return Ok(None) };
        let length = |(axis, dim): (usize, &Dim)| match dim {
            Dim::Fixed(length) => *length,
            _ if axis == 0 => batch,
            _ => 1,
        };
        let shape = Shape::new(dims.iter().enumerate().map(length).collect::<Vec<_>>())?;
        Ok(Some(TensorType::new(input.data_type, shape)))
    };
    graph.inputs.iter().map(of).collect()
}
