//! A walk over the protobuf wire format that allocates nothing: it counts what decoding would create, so that a small file that
//! unfolds into a huge structure is refused before it is decoded.

use thiserror::Error;

use super::limits::{LimitExceeded, Limits};

/// Messages and strings besides nodes: attributes, tensors, names, dimensions. Each costs at most a few hundred bytes when decoded.
const MAX_RECORDS: u64 = 500_000;
/// Messages inside messages. ONNX needs six, and three more for each sub-graph inside another.
const MAX_DEPTH: u32 = 40;

/// Why the bytes are not worth decoding.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
pub enum ScanError {
    /// The bytes end inside a field.
    #[error("the file is truncated: a field that starts at byte {0} goes on beyond its end")]
    Truncated(usize),
    /// The bytes are not protobuf.
    #[error("the file is not an ONNX model: byte {0} starts no protobuf field")]
    NotProtobuf(usize),
    /// Messages are nested deeper than any model needs.
    #[error("the file nests messages more than {MAX_DEPTH} deep")]
    TooDeep,
    /// More records than any model needs.
    #[error("the file holds more than {MAX_RECORDS} records")]
    TooManyRecords,
    /// More nodes than allowed.
    #[error(transparent)]
    Limit(#[from] LimitExceeded),
}

/// Messages whose fields the decoder follows.
#[derive(Clone, Copy)]
enum Kind {
    Model,
    Graph,
    Node,
    Attribute,
    Tensor,
    ValueInfo,
    Type,
    /// What a sequence or an optional holds.
    ElementType,
    Function,
    TensorType,
    Shape,
    /// Strings and messages of scalars: counted, not entered.
    Leaf,
}

/// What field `number` of a `kind` holds, when decoding makes a record of it. Must name every message, string and bytes field of
/// `proto.rs` that repeats or nests.
fn child(kind: Kind, number: u64) -> Option<Kind> {
    match (kind, number) {
        (Kind::Model, 7) => Some(Kind::Graph),
        (Kind::Graph, 1) => Some(Kind::Node),
        (Kind::Graph, 5) | (Kind::Attribute, 5) => Some(Kind::Tensor),
        (Kind::Graph, 11 | 12) => Some(Kind::ValueInfo),
        (Kind::Node, 5) => Some(Kind::Attribute),
        (Kind::ValueInfo, 2) => Some(Kind::Type),
        (Kind::Type, 1) => Some(Kind::TensorType),
        // Sequences and optionals hold a type in field 1, as a value's type lies in field 2.
        (Kind::Type, 4 | 9) => Some(Kind::ElementType),
        (Kind::ElementType, 1) | (Kind::Attribute, 14) => Some(Kind::Type),
        (Kind::Attribute, 6) => Some(Kind::Graph),
        (Kind::Model, 25) => Some(Kind::Function),
        (Kind::Function, 7) => Some(Kind::Node),
        (Kind::Function, 11) => Some(Kind::Attribute),
        (Kind::TensorType, 2) => Some(Kind::Shape),
        (Kind::Model, 8 | 14)
        | (Kind::Function, 4 | 5 | 6 | 9)
        | (Kind::Tensor, 6)
        | (Kind::Graph, 15)
        | (Kind::Node, 1 | 2)
        | (Kind::Attribute, 9)
        | (Kind::Tensor, 13)
        | (Kind::Shape, 1) => Some(Kind::Leaf),
        _ => None,
    }
}

/// Checks that `bytes` are well-formed protobuf of bounded extent.
pub fn scan(bytes: &[u8], limits: &Limits) -> Result<(), ScanError> {
    let mut scan = Scan {
        bytes,
        nodes: 0,
        records: 0,
        limits,
    };
    scan.message(Kind::Model, 0, bytes.len(), 0)
}

struct Scan<'a> {
    bytes: &'a [u8],
    nodes: u64,
    records: u64,
    limits: &'a Limits,
}

impl Scan<'_> {
    fn message(&mut self, kind: Kind, start: usize, end: usize, depth: u32) -> Result<(), ScanError> {
        if depth > MAX_DEPTH {
            return Err(ScanError::TooDeep);
        }
        let mut at = start;
        while at < end {
            let field = at;
            let key = self.varint(&mut at, end)?;
            match key & 7 {
                0 => {
                    self.varint(&mut at, end)?;
                }
                1 => skip(&mut at, 8, end, field)?,
                2 => {
                    let length = self.varint(&mut at, end)?;
                    let body = at;
                    skip(&mut at, length, end, field)?;
                    self.enter(child(kind, key >> 3), body, at, depth)?;
                }
                5 => skip(&mut at, 4, end, field)?,
                _ => return Err(ScanError::NotProtobuf(field)),
            }
        }
        Ok(())
    }

    fn enter(&mut self, kind: Option<Kind>, start: usize, end: usize, depth: u32) -> Result<(), ScanError> {
        let Some(kind) = kind else { return Ok(()) };
        self.records += 1;
        if self.records > MAX_RECORDS {
            return Err(ScanError::TooManyRecords);
        }
        match kind {
            Kind::Leaf => return Ok(()),
            Kind::Node => {
                self.nodes += 1;
                self.limits.check_nodes(self.nodes)?;
            }
            _ => {}
        }
        self.message(kind, start, end, depth + 1)
    }

    fn varint(&self, at: &mut usize, end: usize) -> Result<u64, ScanError> {
        let start = *at;
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            if *at >= end {
                return Err(ScanError::Truncated(start));
            }
            let byte = self.bytes[*at];
            *at += 1;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(ScanError::NotProtobuf(start))
    }
}

fn skip(at: &mut usize, length: u64, end: usize, field: usize) -> Result<(), ScanError> {
    let next = usize::try_from(length).ok().and_then(|length| at.checked_add(length));
    match next {
        Some(next) if next <= end => {
            *at = next;
            Ok(())
        }
        _ => Err(ScanError::Truncated(field)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(number: u8, body: &[u8]) -> Vec<u8> {
        let mut bytes = vec![number << 3 | 2];
        let mut length = body.len();
        while length >= 0x80 {
            bytes.push(length as u8 | 0x80);
            length >>= 7;
        }
        bytes.push(length as u8);
        bytes.extend_from_slice(body);
        bytes
    }

    #[test]
    fn nodes_are_counted_before_decoding() {
        let graph = field(7, &field(1, &[]).repeat(11));
        let limits = Limits {
            nodes: 10,
            ..Limits::default()
        };
        let refused = scan(&graph, &limits).expect_err("eleven nodes");
        assert_eq!(
            refused.to_string(),
            "the number of nodes is 11, over the limit of 10; --limit-nodes raises it"
        );
        assert_eq!(scan(&graph, &Limits::default()), Ok(()));
    }

    #[test]
    fn empty_strings_cannot_unfold_without_bound() {
        let node = field(1, &field(1, &[]).repeat(500_001));
        assert_eq!(
            scan(&field(7, &node), &Limits::default()),
            Err(ScanError::TooManyRecords)
        );
    }

    #[test]
    fn a_field_beyond_the_end_is_a_truncation() {
        assert_eq!(
            scan(&[7 << 3 | 2, 5, 0], &Limits::default()),
            Err(ScanError::Truncated(0))
        );
        assert_eq!(scan(&[0x80], &Limits::default()), Err(ScanError::Truncated(0)));
    }

    #[test]
    fn text_is_not_protobuf() {
        assert!(matches!(
            scan(b"<html></html>", &Limits::default()),
            Err(ScanError::NotProtobuf(_))
        ));
    }
}
