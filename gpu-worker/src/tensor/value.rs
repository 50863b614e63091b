//! What a value of a graph can be besides a tensor.

use std::fmt;
use std::sync::Arc;

use thiserror::Error;

use super::{Tensor, Text};

/// A value of another kind than an operator takes.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
#[error("expected {expected}, found {found}")]
pub struct ValueError {
    /// The kind that was asked for.
    pub expected: &'static str,
    /// The kind of the value.
    pub found: String,
}

/// A value of a graph.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A tensor.
    Tensor(Arc<Tensor>),
    /// Tensors, sequences or optionals in an order.
    Sequence(Vec<Value>),
    /// A value, or none.
    Optional(Option<Box<Value>>),
}

impl Value {
    /// The tensor, if it is one, or holds one.
    pub fn tensor(&self) -> Result<&Arc<Tensor>, ValueError> {
        match self {
            Self::Tensor(tensor) => Ok(tensor),
            Self::Optional(Some(inner)) => inner.tensor(),
            _ => Err(self.unlike("a tensor")),
        }
    }

    /// The elements, if it is a sequence, or holds one.
    pub fn sequence(&self) -> Result<&[Self], ValueError> {
        match self {
            Self::Sequence(elements) => Ok(elements),
            Self::Optional(Some(inner)) => inner.sequence(),
            _ => Err(self.unlike("a sequence")),
        }
    }

    /// Bytes of all elements.
    pub fn bytes(&self) -> u64 {
        match self {
            Self::Tensor(tensor) => {
                let texts = tensor.as_slice::<Text>().unwrap_or_default();
                let lengths = texts.iter().map(|text| text.len() as u64).sum::<u64>();
                lengths.saturating_add(tensor.tensor_type().bytes() as u64)
            }
            Self::Sequence(elements) => elements.iter().map(Self::bytes).fold(0, u64::saturating_add),
            Self::Optional(inner) => inner.as_deref().map_or(0, Self::bytes),
        }
    }

    fn unlike(&self, expected: &'static str) -> ValueError {
        ValueError {
            expected,
            found: self.to_string(),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tensor(tensor) => write!(formatter, "{}", tensor.tensor_type()),
            Self::Sequence(elements) => write!(formatter, "a sequence of {}", elements.len()),
            Self::Optional(None) => formatter.write_str("an empty optional"),
            Self::Optional(Some(inner)) => write!(formatter, "an optional of {inner}"),
        }
    }
}

impl From<Tensor> for Value {
    fn from(tensor: Tensor) -> Self {
        Self::Tensor(Arc::new(tensor))
    }
}
