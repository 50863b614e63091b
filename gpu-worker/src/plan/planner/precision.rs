//! Nodes of half precision. Kernels calculate in single precision, and half precision lies on the device as single precision that has no
//! more than its numbers. So such a node is lowered as one of single precision, whatever it consists of, and each of its results is
//! rounded once: by a step of its own, which the optimiser makes a part of the kernel before it.

use std::collections::HashMap;

use super::{Planner, Value};
use crate::kernels::element::Operation;
use crate::kernels::unary::{self, Unary};
use crate::kernels::{Binding, Launch, MAX_ROUNDS};
use crate::model::Node;
use crate::ops::{Lowered, OpError, Operands, Operator};
use crate::plan::{BufferId, Read, Step};
use crate::tensor::{DataType, Tensor, TensorType};

/// For each output and scratch memory of a node that was written so far, whether it holds no other numbers than those of half precision.
type Written = HashMap<usize, bool>;

/// The inputs of a node with those of half precision in single precision; `None` if there are none, or where the set of operators is
/// not defined for half precision.
pub(super) fn widened(node: &Node, values: &[Option<Value>]) -> Option<Vec<Option<Value>>> {
    let is_half = |value: &Value| {
        value
            .tensor_type
            .as_ref()
            .is_some_and(|known| known.data_type.is_half())
    };
    let widen = |value: &Value| {
        let mut value = value.clone();
        value.tensor_type = value.tensor_type.as_ref().map(wide);
        value.known = value.known.as_ref().map(|known| Tensor::widened(known).into());
        value
    };
    let has_half = node.operator.domain != "ai.onnx.ml" && values.iter().flatten().any(is_half);
    has_half.then(|| values.iter().map(|value| value.as_ref().map(widen)).collect())
}

fn wide(tensor_type: &TensorType) -> TensorType {
    TensorType::new(tensor_type.data_type.widened(), tensor_type.shape.clone())
}

/// The types of an operator's outputs, and why it has no form for half precision if it has none. Results that it gives in single
/// precision, told that its inputs are of that, are then of the inputs' half precision.
pub(super) fn infer(
    operator: &dyn Operator,
    given: &Operands,
    wide: Option<&Operands>,
) -> Result<(Vec<TensorType>, Option<OpError>), OpError> {
    let (refusal, wide) = match (operator.infer(given), wide) {
        (Err(refusal @ OpError::Unsupported(_)), Some(wide)) => (refusal, wide),
        (types, _) => return Ok((types?, None)),
    };
    let inputs = (0..given.count()).filter_map(|index| given.optional(index));
    let half = inputs
        .map(|input| input.tensor_type.data_type)
        .find(|data_type| data_type.is_half());
    let mut types = operator.infer(wide)?;
    for output in types.iter_mut().filter(|output| output.data_type == DataType::Float32) {
        output.data_type = half.unwrap_or(DataType::Float32);
    }
    Ok((types, Some(refusal)))
}

/// How to run an operator whose outputs are of these types. `refusal` says why it has no form for half precision, if it has none.
pub(super) fn lower(
    operator: &dyn Operator,
    given: &Operands,
    wide: Option<&Operands>,
    types: &[TensorType],
    refusal: Option<OpError>,
) -> Result<Lowered, OpError> {
    if wide.is_none() && !types.iter().any(|output| output.data_type.is_half()) {
        return operator.lower(given, types);
    }
    let wide_types: Vec<TensorType> = types.iter().map(self::wide).collect();
    match (operator.lower(wide.unwrap_or(given), &wide_types), refusal) {
        (Ok(Lowered::Host), Some(refusal)) => Err(refusal),
        (Ok(Lowered::View), _) if types[0].data_type.is_half() && given.data_type(0)? != types[0].data_type => {
            Ok(Lowered::Device(vec![rounding(&types[0])]))
        }
        // What kernels cannot do the host does in half precision.
        (Ok(Lowered::Device(launches) | Lowered::Composed { launches, .. }), None) if !fit(&launches) => {
            operator.lower(given, types)
        }
        (Err(OpError::Unsupported(_)), None) => operator.lower(given, types),
        (lowered, _) => lowered,
    }
}

fn fit(launches: &[Launch]) -> bool {
    launches.iter().all(|launch| launch.rounds <= MAX_ROUNDS)
}

/// Rounds the elements of input 0 to a type of half precision.
fn rounding(to: &TensorType) -> Launch {
    unary::launch(rounding_to(to.data_type), 0.0, 0.0, to.shape.elements())
}

fn rounding_to(half: DataType) -> Unary {
    match half {
        DataType::Bfloat16 => Unary::ToBfloat16,
        _ => Unary::ToFloat16,
    }
}

/// Whether the last that a launch does to each element is to round it to half precision.
fn ends_in_rounding(launch: &Launch, half: DataType) -> bool {
    let last = launch
        .expression()
        .map(|(expression, _)| &expression.operations()[expression.result()]);
    matches!(last, Some(Operation::Unary(op, ..)) if *op == rounding_to(half))
}

impl Planner<'_> {
    /// For each output of a node, whether it is of half precision and has to be rounded to it: not if its launches only move or pick
    /// elements that are.
    pub(super) fn rounds(&self, node: &Node, launches: &[Launch], types: &[TensorType]) -> Vec<bool> {
        let rounds = |(output, tensor_type): (usize, &TensorType)| {
            let half = tensor_type.data_type;
            half.is_half() && !self.are_of(half, node, launches, output)
        };
        types.iter().enumerate().map(rounds).collect()
    }

    /// Whether all numbers of an output are of half precision as they are.
    fn are_of(&self, half: DataType, node: &Node, launches: &[Launch], output: usize) -> bool {
        let mut written = Written::new();
        for launch in launches {
            self.note(half, node, launch, &mut written);
        }
        written.get(&output).copied().unwrap_or(true)
    }

    /// Notes whether a launch writes no other numbers than those of half precision.
    fn note(&self, half: DataType, node: &Node, launch: &Launch, written: &mut Written) {
        let has = |number: f32| half.has_number(number);
        let reads = |binding: &Binding| self.is_of(half, node, binding, written);
        let stays = ends_in_rounding(launch, half) || launch.stays_among(&reads, &has);
        *written.entry(launch.writes).or_insert(true) &= stays;
    }

    /// Whether what a launch of a node reads holds no other numbers than those of half precision.
    fn is_of(&self, half: DataType, node: &Node, binding: &Binding, written: &Written) -> bool {
        match binding {
            Binding::Input(input) | Binding::Source(input) | Binding::Rows { input, .. } => {
                let value = node.inputs.get(*input).copied().flatten();
                let tensor_type = value.and_then(|value| self.values[value.0].tensor_type.as_ref());
                tensor_type.is_some_and(|tensor_type| tensor_type.data_type == half)
            }
            Binding::Output(index) => written.get(index).copied().unwrap_or(false),
            Binding::Codes(_) => false,
            Binding::Words(words) => words.iter().all(|&word| half.has_number(f32::from_bits(word))),
        }
    }

    /// The launches of a node, those by kernels for float16 whose operands are of it.
    pub(super) fn for_halves(&self, node: &Node, launches: Vec<Launch>) -> Vec<Launch> {
        let mut written = Written::new();
        let mut chosen = Vec::with_capacity(launches.len());
        for launch in launches {
            self.note(DataType::Float16, node, &launch, &mut written);
            let is_of = |read| self.is_of(DataType::Float16, node, read, &written);
            chosen.push(match launch.has_halves() && launch.reads.iter().take(2).all(is_of) {
                true => launch.for_halves(),
                false => launch,
            });
        }
        chosen
    }

    /// Rounds what a node wrote to a buffer to half precision; gives the buffer of that.
    pub(super) fn round(&mut self, node: usize, raw: BufferId, to: &TensorType) -> BufferId {
        let write = self.buffer(to);
        self.steps.push(Step::Launch {
            launch: rounding(to),
            reads: vec![Read::Buffer(raw)],
            write,
            node,
        });
        write
    }
}
