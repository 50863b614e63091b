//! QuantizeLinear right before DequantizeLinear, as quantised models have them around each layer: numbers rounded to those that codes
//! stand for. Codes are integers, which kernels do not hold, but nobody else reads them, so both together run on the device.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::model::{Graph, INTERNAL, Node, OperatorName, ValueId};
use crate::ops::compose::{Composer, Composition, Value, lower_as};
use crate::ops::{Lowered, OpError, Operand, Operands, Operator};
use crate::tensor::{DataType, Tensor, TensorType};

/// What both are called together.
const NAME: &str = "QuantizeDequantize";

/// Inputs of either: the data or its codes, their scale, and their zero point.
const INPUTS: usize = 3;

/// Both operators. Inputs are the data, scale and zero point of the codes, and the scale and zero point that they are read with.
#[derive(Debug)]
struct Pair {
    quantize: Arc<dyn Operator>,
    dequantize: Arc<dyn Operator>,
}

/// Replaces each pair by one node. The first of two stays where something else reads its codes.
pub fn join(graph: &Graph, nodes: &mut Vec<Node>, operators: &mut Vec<Arc<dyn Operator>>) {
    let mut makers: HashMap<ValueId, usize> = HashMap::new();
    for (index, node) in nodes.iter().enumerate() {
        if let (true, [Some(codes)]) = (node.operator == OperatorName::onnx("QuantizeLinear"), &node.outputs[..]) {
            makers.insert(*codes, index);
        }
    }
    if makers.is_empty() {
        return;
    }
    for index in 0..nodes.len() {
        let codes = nodes[index].inputs.first().copied().flatten();
        let maker = codes.and_then(|codes| makers.get(&codes));
        let is_read = nodes[index].operator == OperatorName::onnx("DequantizeLinear");
        let Some(&first) = maker.filter(|_| is_read) else {
            continue;
        };
        let given = |node: &Node, at: usize| node.inputs.get(at).copied().flatten();
        let inputs = (0..INPUTS).map(|at| given(&nodes[first], at));
        let inputs = inputs.chain((1..INPUTS).map(|at| given(&nodes[index], at))).collect();
        operators[index] = Arc::new(Pair {
            quantize: Arc::clone(&operators[first]),
            dequantize: Arc::clone(&operators[index]),
        });
        nodes[index].inputs = inputs;
        nodes[index].operator = OperatorName {
            domain: INTERNAL.into(),
            kind: NAME.into(),
        };
    }
    let mut read: HashSet<ValueId> = graph.outputs.iter().map(|output| output.id).collect();
    read.extend(nodes.iter().flat_map(Node::reads));
    let is_needed = |node: &Node| {
        let is_maker = |codes: &ValueId| makers.contains_key(codes);
        !node
            .outputs
            .iter()
            .flatten()
            .all(|output| is_maker(output) && !read.contains(output))
            || node.outputs.is_empty()
    };
    let kept: Vec<bool> = nodes.iter().map(is_needed).collect();
    let mut at = kept.iter();
    nodes.retain(|_| at.next().copied().unwrap_or(true));
    let mut at = kept.iter();
    operators.retain(|_| at.next().copied().unwrap_or(true));
}

impl Pair {
    /// The type of the codes.
    fn codes(&self, inputs: &Operands) -> Result<TensorType, OpError> {
        let operands = Operands::new((0..INPUTS).map(|at| inputs.optional(at)).collect());
        let types = self.quantize.infer(&operands)?;
        types
            .into_iter()
            .next()
            .ok_or_else(|| OpError::invalid("it has no output"))
    }
}

impl Operator for Pair {
    fn infer(&self, inputs: &Operands) -> Result<Vec<TensorType>, OpError> {
        let codes = self.codes(inputs)?;
        let codes = Operand {
            tensor_type: &codes,
            value: None,
            walk: None,
        };
        let others = (INPUTS..2 * INPUTS - 1).map(|at| inputs.optional(at));
        let operands = Operands::new(std::iter::once(Some(codes)).chain(others).collect());
        self.dequantize.infer(&operands)
    }

    fn lower(&self, inputs: &Operands, outputs: &[TensorType]) -> Result<Lowered, OpError> {
        let is_single = |data_type| data_type == DataType::Float32;
        if !is_single(inputs.data_type(0)?) || !is_single(outputs[0].data_type) {
            return Ok(Lowered::Host);
        }
        match Rounding::of(inputs, self.codes(inputs)?.data_type) {
            Some(rounding) => lower_as(&rounding, inputs, outputs),
            None => Ok(Lowered::Host),
        }
    }

    fn evaluate(&self, inputs: &[Option<&Tensor>], outputs: &[TensorType]) -> Result<Vec<Tensor>, OpError> {
        let given = |at: usize| inputs.get(at).copied().flatten();
        let data: Vec<_> = (0..INPUTS).map(given).collect();
        let codes = self.quantize.evaluate(&data, &[])?;
        let others = (INPUTS..2 * INPUTS - 1).map(given);
        let codes: Vec<_> = std::iter::once(codes.first()).chain(others).collect();
        self.dequantize.evaluate(&codes, outputs)
    }

    fn flops(&self, _: &Operands, outputs: &[TensorType]) -> u64 {
        (outputs[0].shape.elements() as u64).saturating_mul(6)
    }
}

/// (clamp(round(x / scale) + zero) - other zero) * other scale, with one scale for all.
#[derive(Debug)]
struct Rounding {
    scale: f32,
    zero: f32,
    range: (f32, f32),
    other_scale: f32,
    other_zero: f32,
}

impl Rounding {
    /// `None` where scales are not known or not single numbers, or single precision does not hold all codes.
    fn of(inputs: &Operands, codes: DataType) -> Option<Self> {
        let (low, high) = codes.integer_range().filter(|&(_, high)| high <= u16::MAX.into())?;
        let number = |at: usize| {
            let tensor = inputs
                .optional(at)?
                .value
                .filter(|tensor| tensor.shape().elements() == 1)?;
            Some(tensor.floats().ok()?(0) as f32)
        };
        let zero = |at: usize| inputs.optional(at).map_or(Some(0.0), |_| number(at));
        Some(Self {
            scale: number(1)?,
            zero: zero(2)?,
            range: (low as f32, high as f32),
            other_scale: number(3)?,
            other_zero: zero(4)?,
        })
    }
}

impl Composition for Rounding {
    fn compose<'a>(&self, composer: &mut Composer<'a>) -> Result<Vec<Option<Value<'a>>>, OpError> {
        let x = composer.input(0)?;
        let quotient = composer.call_number("Div", &x, self.scale)?;
        let mut codes = composer.call("Round", &[&quotient])?;
        if self.zero != 0.0 {
            codes = composer.call_number("Add", &codes, self.zero)?;
        }
        let (low, high) = (composer.scalar(self.range.0, &x)?, composer.scalar(self.range.1, &x)?);
        codes = composer.call("Clip", &[&codes, &low, &high])?;
        if self.other_zero != 0.0 {
            codes = composer.call_number("Sub", &codes, self.other_zero)?;
        }
        Ok(vec![Some(composer.call_number("Mul", &codes, self.other_scale)?)])
    }
}

#[cfg(test)]
mod tests;
