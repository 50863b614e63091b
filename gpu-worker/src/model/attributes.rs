//! The attributes of a node. Reading one takes it out; what is left in the end was not understood, and the node is refused.

use std::collections::BTreeMap;
use std::sync::Arc;

use thiserror::Error;

use super::graph::Subgraph;
use super::proto::{AttributeKind, AttributeProto};
use super::tensors::{TensorProtoError, decode_tensor};
use crate::ops::Body;
use crate::tensor::Tensor;

/// The value of an attribute.
#[derive(Debug, Clone)]
pub enum Attribute {
    /// One number.
    Float(f32),
    /// One integer.
    Int(i64),
    /// One string.
    Text(String),
    /// One tensor.
    Tensor(Arc<Tensor>),
    /// Numbers.
    Floats(Vec<f32>),
    /// Integers.
    Ints(Vec<i64>),
    /// Strings.
    Texts(Vec<String>),
    /// A graph, as it was read.
    Graph(Arc<Subgraph>),
    /// A graph whose operators are resolved.
    Body(Arc<Body>),
    /// A kind that no operator here reads, such as a sparse tensor.
    Other(&'static str),
}

impl PartialEq for Attribute {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Float(one), Self::Float(other)) => one == other,
            (Self::Int(one), Self::Int(other)) => one == other,
            (Self::Text(one), Self::Text(other)) => one == other,
            (Self::Tensor(one), Self::Tensor(other)) => one == other,
            (Self::Floats(one), Self::Floats(other)) => one == other,
            (Self::Ints(one), Self::Ints(other)) => one == other,
            (Self::Texts(one), Self::Texts(other)) => one == other,
            (Self::Graph(one), Self::Graph(other)) => Arc::ptr_eq(one, other),
            (Self::Body(one), Self::Body(other)) => Arc::ptr_eq(one, other),
            (Self::Other(one), Self::Other(other)) => one == other,
            _ => false,
        }
    }
}

impl Attribute {
    fn kind(&self) -> &'static str {
        match self {
            Self::Float(_) => "a number",
            Self::Int(_) => "an integer",
            Self::Text(_) => "a string",
            Self::Tensor(_) => "a tensor",
            Self::Floats(_) => "numbers",
            Self::Ints(_) => "integers",
            Self::Texts(_) => "strings",
            Self::Graph(_) | Self::Body(_) => "a sub-graph",
            Self::Other(kind) => kind,
        }
    }
}

/// Why an attribute cannot be used.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
pub enum AttributeError {
    /// It is of another kind than its operator defines.
    #[error("attribute '{name}' should be {expected}, but is {found}")]
    WrongKind {
        /// Name of the attribute.
        name: String,
        /// Kind in the operator's definition.
        expected: &'static str,
        /// Kind in the model.
        found: &'static str,
    },
    /// The operator requires it.
    #[error("attribute '{0}' is missing")]
    Missing(String),
    /// It appears twice.
    #[error("attribute '{0}' is given twice")]
    Duplicate(String),
    /// Its string is not UTF-8.
    #[error("attribute '{0}' is not UTF-8 text")]
    NotText(String),
    /// Its tensor is not one.
    #[error("attribute '{name}': {error}")]
    Tensor {
        /// Name of the attribute.
        name: String,
        /// What is wrong with its tensor.
        error: TensorProtoError,
    },
}

/// Attributes by name.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Attributes(BTreeMap<String, Attribute>);

macro_rules! take {
    ($(#[$doc:meta])* $name:ident, $variant:ident, $type:ty, $expected:literal) => {
        $(#[$doc])*
        pub fn $name(&mut self, name: &str) -> Result<Option<$type>, AttributeError> {
            match self.0.remove(name) {
                None => Ok(None),
                Some(Attribute::$variant(value)) => Ok(Some(value)),
                Some(other) => {
                    Err(AttributeError::WrongKind { name: name.into(), expected: $expected, found: other.kind() })
                }
            }
        }
    };
}

impl Attributes {
    /// Decodes the attributes of a node.
    pub(crate) fn decode(protos: Vec<AttributeProto>) -> Result<Self, AttributeError> {
        let mut attributes = BTreeMap::new();
        for proto in protos {
            let name = proto.name.clone();
            if attributes.insert(name.clone(), decode(proto)?).is_some() {
                return Err(AttributeError::Duplicate(name));
            }
        }
        Ok(Self(attributes))
    }

    /// The same attributes and one more, in place of one of that name.
    pub fn with(mut self, name: &str, attribute: Attribute) -> Self {
        self.0.insert(name.into(), attribute);
        self
    }

    take!(/** Takes a number. */ float, Float, f32, "a number");
    take!(/** Takes an integer. */ int, Int, i64, "an integer");
    take!(/** Takes a string. */ text, Text, String, "a string");
    take!(/** Takes a tensor. */ tensor, Tensor, Arc<Tensor>, "a tensor");
    take!(/** Takes numbers. */ floats, Floats, Vec<f32>, "numbers");
    take!(/** Takes integers. */ ints, Ints, Vec<i64>, "integers");
    take!(/** Takes a sub-graph whose operators are resolved. */ body, Body, Arc<Body>, "a sub-graph");
    take!(/** Takes strings. */ texts, Texts, Vec<String>, "strings");

    /// Takes an integer that is a truth value.
    pub fn flag(&mut self, name: &str, default: bool) -> Result<bool, AttributeError> {
        Ok(self.int(name)?.map_or(default, |value| value != 0))
    }

    /// Takes an attribute that changes no result here, whatever it holds.
    pub fn ignore(&mut self, name: &str) {
        self.0.remove(name);
    }

    /// Every attribute, to change it in place.
    pub(crate) fn values_mut(&mut self) -> impl Iterator<Item = &mut Attribute> {
        self.0.values_mut()
    }

    /// Names of the attributes that nobody took.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Bytes of all tensors among the attributes.
    pub fn tensor_bytes(&self) -> u64 {
        self.0
            .values()
            .map(|attribute| match attribute {
                Attribute::Tensor(tensor) => tensor.tensor_type().bytes() as u64,
                Attribute::Floats(values) => 4 * values.len() as u64,
                Attribute::Ints(values) => 8 * values.len() as u64,
                _ => 0,
            })
            .sum()
    }
}

fn decode(proto: AttributeProto) -> Result<Attribute, AttributeError> {
    let name = proto.name.clone();
    let text =
        |bytes: &[u8]| String::from_utf8(bytes.to_vec()).map_err(|_| AttributeError::NotText(proto.name.clone()));
    if !proto.ref_attr_name.is_empty() {
        return Ok(Attribute::Other("a reference to a function's attribute"));
    }
    Ok(match proto.kind() {
        AttributeKind::Float => Attribute::Float(proto.f),
        AttributeKind::Int => Attribute::Int(proto.i),
        AttributeKind::String => Attribute::Text(text(&proto.s)?),
        AttributeKind::Floats => Attribute::Floats(proto.floats),
        AttributeKind::Ints => Attribute::Ints(proto.ints),
        AttributeKind::Strings => Attribute::Texts(
            proto
                .strings
                .iter()
                .map(|bytes| text(bytes))
                .collect::<Result<_, _>>()?,
        ),
        AttributeKind::Tensor => {
            let tensor = proto.t.ok_or_else(|| AttributeError::Missing(name.clone()))?;
            let tensor = decode_tensor(&tensor).map_err(|error| AttributeError::Tensor { name, error })?;
            Attribute::Tensor(Arc::new(tensor))
        }
        AttributeKind::Undefined => Attribute::Other("of no stated kind"),
        AttributeKind::Graph | AttributeKind::Graphs => Attribute::Other("a sub-graph"),
        AttributeKind::Tensors => Attribute::Other("tensors"),
        AttributeKind::SparseTensor | AttributeKind::SparseTensors => Attribute::Other("a sparse tensor"),
        AttributeKind::TypeProto | AttributeKind::TypeProtos => Attribute::Other("a type"),
    })
}
