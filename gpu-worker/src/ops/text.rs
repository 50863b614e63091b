//! Operators on text.

use regex::Regex;

use super::host::pairs;
use super::host_op::{host_op, only_at_run_time};
use super::operand::broadcast;
use super::{OpError, Operator, Spec};
use crate::tensor::{DataType, Shape, Tensor, TensorType, Text};

/// Bytes of all texts that one node joins.
const MAX_BYTES: u64 = 256 << 20;

/// Builds StringConcat.
pub fn concat(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    host_op(
        spec.kind,
        |inputs| {
            Ok(vec![TensorType::new(
                DataType::Text,
                broadcast(inputs.shape(0)?, inputs.shape(1)?)?,
            )])
        },
        |inputs| {
            let (x, y) = (inputs.get(0)?, inputs.get(1)?);
            let shape = broadcast(x.shape(), y.shape())?;
            let (left, right) = (x.as_slice::<Text>()?, y.as_slice::<Text>()?);
            // A shape does not tell how long texts are, and each may be repeated for every element of the other input.
            let lengths =
                pairs(x.shape(), y.shape(), &shape).map(|(i, j)| left[i].len() as u64 + right[j].len() as u64);
            let bytes = lengths.fold(0, u64::saturating_add);
            if bytes > MAX_BYTES {
                return Err(OpError::invalid(format!(
                    "the joined texts take {bytes} bytes, more than the {MAX_BYTES} supported"
                )));
            }
            let joined = pairs(x.shape(), y.shape(), &shape).map(|(i, j)| Text::from([&*left[i], &*right[j]].concat()));
            let joined = joined.collect();
            Ok(vec![Tensor::new(shape, joined)?])
        },
    )
}

/// Builds StringSplit: the parts of each text, filled up with empty ones, and how many there are.
pub fn split(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let delimiter = spec
        .attributes
        .text("delimiter")?
        .filter(|delimiter| !delimiter.is_empty());
    let most = spec.attributes.int("maxsplit")?;
    let most = most.and_then(|most| usize::try_from(most).ok()).unwrap_or(usize::MAX);
    host_op(spec.kind, only_at_run_time, move |inputs| {
        let input = inputs.get(0)?;
        let texts = input.as_slice::<Text>()?;
        let parts: Vec<Vec<&str>> = texts
            .iter()
            .map(|text| match &delimiter {
                _ if text.is_empty() => Vec::new(),
                Some(delimiter) => text.splitn(most.saturating_add(1), delimiter.as_str()).collect(),
                None => words(text, most),
            })
            .collect();
        let longest = parts.iter().map(Vec::len).max().unwrap_or(0);
        let shape = Shape::new([input.shape().dims(), &[longest]].concat())?;
        let filled = parts.iter().flat_map(|parts| {
            let missing = longest - parts.len();
            parts
                .iter()
                .copied()
                .chain(std::iter::repeat_n("", missing))
                .map(Text::from)
        });
        let counts = parts.iter().map(|parts| parts.len() as i64).collect();
        Ok(vec![
            Tensor::new(shape, filled.collect())?,
            Tensor::new(input.shape().clone(), counts)?,
        ])
    })
}

/// The words of a text, the last one with all that is left after `most` splits.
fn words(text: &str, most: usize) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        match rest.find(char::is_whitespace).filter(|_| words.len() < most) {
            Some(end) => {
                words.push(&rest[..end]);
                rest = rest[end..].trim_start();
            }
            None => {
                words.push(rest);
                break;
            }
        }
    }
    words
}

/// A pattern whose classes of digits, words and spaces are of ASCII, as those of RE2, which ONNX names, are.
fn ascii_classes(pattern: &str) -> String {
    let mut translated = String::with_capacity(pattern.len());
    let mut letters = pattern.chars();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            translated.push(letter);
            continue;
        }
        match letters.next() {
            Some('d') => translated.push_str("[0-9]"),
            Some('D') => translated.push_str("[^0-9]"),
            Some('w') => translated.push_str("[0-9A-Za-z_]"),
            Some('W') => translated.push_str("[^0-9A-Za-z_]"),
            Some('s') => translated.push_str("[\\t\\n\\x0C\\r ]"),
            Some('S') => translated.push_str("[^\\t\\n\\x0C\\r ]"),
            Some('b') => translated.push_str("(?-u:\\b)"),
            Some(other) => translated.extend(['\\', other]),
            None => translated.push('\\'),
        }
    }
    translated
}

/// Builds RegexFullMatch. Matching takes time linear in the text, whatever the pattern.
pub fn full_match(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let pattern = spec.attributes.text("pattern")?;
    let pattern = pattern.ok_or_else(|| OpError::invalid("attribute 'pattern' is missing"))?;
    let regex = Regex::new(&format!("^(?:{})$", ascii_classes(&pattern)));
    let regex = regex.map_err(|error| OpError::unsupported(format!("the pattern '{pattern}': {error}")))?;
    host_op(
        spec.kind,
        |inputs| Ok(vec![TensorType::new(DataType::Bool, inputs.shape(0)?.clone())]),
        move |inputs| {
            let input = inputs.get(0)?;
            let matches = input.as_slice::<Text>()?.iter().map(|text| regex.is_match(text));
            Ok(vec![Tensor::new(input.shape().clone(), matches.collect())?])
        },
    )
}
