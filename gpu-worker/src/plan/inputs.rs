//! The inputs that a caller gives against those that the model states.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::PlanError;
use crate::model::{Dim, Graph, Input};
use crate::tensor::{Shape, TensorType};

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

/// How long the dimensions are that a model leaves open.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lengths {
    /// Samples of a batch: the first dimension of an input, unless it has a name with another length.
    pub batch: usize,
    /// Lengths by the model's name of the dimension; one without a name is `INPUT.AXIS`, such as `words.1`.
    pub named: BTreeMap<String, usize>,
}

/// The types of a model's inputs for dimensions of these lengths; those that are not given are 1. `None` for an input that does not
/// even state its rank.
///
/// # Errors
/// When a length is given for a dimension that the model does not leave open, or a shape is too large.
pub fn types_for(graph: &Graph, lengths: &Lengths) -> Result<Option<Vec<TensorType>>, PlanError> {
    let mut open: BTreeSet<String> = BTreeSet::new();
    let mut types = Vec::with_capacity(graph.inputs.len());
    for input in &graph.inputs {
        let Some(dims) = &input.dims else { return Ok(None) };
        let mut shape = Vec::with_capacity(dims.len());
        for (axis, dim) in dims.iter().enumerate() {
            let name = match dim {
                Dim::Fixed(length) => {
                    shape.push(*length);
                    continue;
                }
                Dim::Named(name) => name.clone(),
                Dim::Unknown => format!("{}.{axis}", graph.name(input.id)),
            };
            let default = if axis == 0 { lengths.batch } else { 1 };
            shape.push(lengths.named.get(&name).copied().unwrap_or(default));
            open.insert(name);
        }
        let shape = Shape::new(shape).map_err(|error| PlanError::Operator {
            node: format!("input '{}'", graph.name(input.id)),
            error: error.into(),
        })?;
        types.push(TensorType::new(input.data_type, shape));
    }
    match lengths.named.keys().find(|name| !open.contains(*name)) {
        Some(name) => Err(PlanError::NotOpen {
            name: name.clone(),
            open: open.into_iter().collect(),
        }),
        None => Ok(Some(types)),
    }
}

/// The types of a model's inputs for a batch of `batch` samples, every other open dimension 1, see [`types_for`].
///
/// # Errors
/// When a shape is too large.
pub fn types_for_batch(graph: &Graph, batch: usize) -> Result<Option<Vec<TensorType>>, PlanError> {
    let named = BTreeMap::new();
    types_for(graph, &Lengths { batch, named })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Structure;
    use crate::tensor::DataType;

    fn graph() -> Graph {
        let mut graph = Graph::default();
        for (name, dims) in [
            ("words", vec![Dim::Unknown, Dim::Named("length".into())]),
            (
                "mask",
                vec![Dim::Unknown, Dim::Named("length".into()), Dim::Unknown, Dim::Fixed(4)],
            ),
        ] {
            let id = graph.add_value(name);
            graph.inputs.push(Input {
                id,
                data_type: DataType::Int64,
                dims: Some(dims),
                structure: Structure::Tensor,
            });
        }
        graph
    }

    fn lengths(named: &[(&str, usize)]) -> Lengths {
        let named = named.iter().map(|&(name, length)| (name.to_owned(), length)).collect();
        Lengths { batch: 3, named }
    }

    #[test]
    fn open_dimensions_take_the_lengths_that_are_given() {
        let types = types_for(&graph(), &lengths(&[("length", 128), ("mask.2", 7)]))
            .unwrap()
            .unwrap();
        assert_eq!(types[0].shape.dims(), [3, 128]);
        assert_eq!(types[1].shape.dims(), [3, 128, 7, 4]);
        let types = types_for(&graph(), &lengths(&[("mask.0", 5)])).unwrap().unwrap();
        assert_eq!(
            (types[0].shape.dims(), types[1].shape.dims()),
            (&[3, 1][..], &[5, 1, 1, 4][..])
        );
    }

    #[test]
    fn a_length_for_what_is_not_open_is_refused_with_what_is() {
        let error = types_for(&graph(), &lengths(&[("lenght", 128)]))
            .unwrap_err()
            .to_string();
        assert_eq!(
            error,
            "the model has no open dimension 'lenght'; it has: length, mask.0, mask.2, words.0"
        );
    }
}
