//! Einsum: pairs of operands become matrix products; what stands alone is summed. Other types than single precision are summed up on
//! the host, by the definition.

mod equation;

use self::equation::{Equation, Label};
use super::compose::{Composer, Composition, Value, composed};
use super::doubles::{doubles, from_doubles};
use super::movement::{self, Move, Source, advance, whole};
use super::{Lowered, OpError, Operands, Operator, Spec};
use crate::kernels::copy::View;
use crate::model::{Attribute, Attributes};
use crate::tensor::{DataType, Shape, Tensor, TensorType};

#[derive(Debug, Clone)]
struct Einsum {
    text: String,
}

/// Builds Einsum.
pub fn einsum(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let text = spec.attributes.text("equation")?;
    let text = text.ok_or_else(|| OpError::invalid("attribute 'equation' is missing"))?;
    Ok(composed(spec, Einsum { text }))
}

/// An operand on its way: what each of its dimensions is.
#[derive(Clone)]
struct Term<'a> {
    value: Value<'a>,
    labels: Vec<Label>,
}

impl Composition for Einsum {
    fn compose<'a>(&self, composer: &mut Composer<'a>) -> Result<Vec<Option<Value<'a>>>, OpError> {
        let inputs = composer.inputs();
        let values = (0..inputs.count()).map(|index| composer.input(index));
        let values = values.collect::<Result<Vec<_>, _>>()?;
        let dims: Vec<&[usize]> = values.iter().map(Value::dims).collect();
        let equation = Equation::parse(&self.text, &dims)?;
        if values.iter().any(|value| value.data_type() != DataType::Float32) {
            let given: Vec<Option<&Value>> = values.iter().map(Some).collect();
            return Ok(vec![Some(composer.add(Box::new(ByDefinition(self.clone())), &given)?)]);
        }
        let mut terms = Vec::with_capacity(values.len());
        for (value, labels) in values.into_iter().zip(&equation.operands) {
            terms.push(simplified(composer, &equation, value, labels)?);
        }
        let mut rest = terms.split_off(1);
        let mut total = terms.remove(0);
        while !rest.is_empty() {
            let next = rest.remove(0);
            let is_needed =
                |label: &Label| equation.output.contains(label) || rest.iter().any(|term| term.labels.contains(label));
            total = contract(composer, &equation, total, next, is_needed)?;
        }
        let total = summed(composer, total, |label| equation.output.contains(label))?;
        let order: Vec<usize> = equation
            .output
            .iter()
            .filter_map(|label| total.labels.iter().position(|own| own == label))
            .collect();
        let mut result = total.value;
        if order.iter().enumerate().any(|(to, &from)| to != from) {
            result = composer.transpose(&result, &order)?;
        }
        let dims: Vec<usize> = equation.output.iter().map(|label| equation.length(*label)).collect();
        let result = composer.reshape(&result, &dims)?;
        Ok(vec![Some(result)])
    }
}

/// Takes the diagonal where a label stands twice, and drops dimensions of one element that stand for longer ones.
fn simplified<'a>(
    composer: &mut Composer<'a>,
    equation: &Equation,
    value: Value<'a>,
    labels: &[Label],
) -> Result<Term<'a>, OpError> {
    let mut unique: Vec<Label> = Vec::new();
    for label in labels {
        if !unique.contains(label) {
            unique.push(*label);
        }
    }
    let mut value = value;
    if unique.len() < labels.len() {
        let diagonal = Diagonal {
            kept: labels
                .iter()
                .filter_map(|label| unique.iter().position(|own| own == label))
                .collect(),
            count: unique.len(),
        };
        value = composer.add(Box::new(diagonal), &[Some(&value)])?;
    }
    let stretched = |label: Label, dim: usize| dim == 1 && equation.length(label) != 1;
    let kept: Vec<(Label, usize)> = unique
        .into_iter()
        .zip(value.dims().iter().copied())
        .filter(|&(label, dim)| !stretched(label, dim))
        .collect();
    let dims: Vec<usize> = kept.iter().map(|&(_, dim)| dim).collect();
    Ok(Term {
        value: composer.reshape(&value, &dims)?,
        labels: kept.into_iter().map(|(label, _)| label).collect(),
    })
}

/// Sums along the labels that are not needed.
fn summed<'a>(
    composer: &mut Composer<'a>,
    term: Term<'a>,
    is_needed: impl Fn(&Label) -> bool,
) -> Result<Term<'a>, OpError> {
    let axes: Vec<i64> = (0..term.labels.len())
        .filter(|&axis| !is_needed(&term.labels[axis]))
        .map(|axis| axis as i64)
        .collect();
    if axes.is_empty() {
        return Ok(term);
    }
    let axes = composer.integers(&axes)?;
    let attributes = Attributes::default().with("keepdims", Attribute::Int(0));
    let value = composer.apply("ReduceSum", &[&term.value, &axes], attributes)?;
    let labels = term.labels.into_iter().filter(is_needed).collect();
    Ok(Term { value, labels })
}

/// The product of two terms, summed along the labels that nobody needs afterwards.
fn contract<'a>(
    composer: &mut Composer<'a>,
    equation: &Equation,
    a: Term<'a>,
    b: Term<'a>,
    is_needed: impl Fn(&Label) -> bool,
) -> Result<Term<'a>, OpError> {
    let a = summed(composer, a, |label| is_needed(label) || b.labels.contains(label))?;
    let b = summed(composer, b, |label| is_needed(label) || a.labels.contains(label))?;
    let (shared, a_only): (Vec<Label>, Vec<Label>) = a.labels.iter().partition(|label| b.labels.contains(label));
    let b_only: Vec<Label> = b
        .labels
        .iter()
        .copied()
        .filter(|label| !a.labels.contains(label))
        .collect();
    let (batch, along): (Vec<Label>, Vec<Label>) = shared.into_iter().partition(|label| is_needed(label));
    let a_matrix = matrix(composer, equation, &a, [&batch, &a_only, &along])?;
    let b_matrix = matrix(composer, equation, &b, [&batch, &along, &b_only])?;
    let product = composer.call("MatMul", &[&a_matrix, &b_matrix])?;
    let labels = [batch, a_only, b_only].concat();
    let dims: Vec<usize> = labels.iter().map(|label| equation.length(*label)).collect();
    Ok(Term {
        value: composer.reshape(&product, &dims)?,
        labels,
    })
}

/// A term as a batch of matrices, whose three dimensions are these labels together.
fn matrix<'a>(
    composer: &mut Composer<'a>,
    equation: &Equation,
    term: &Term<'a>,
    groups: [&[Label]; 3],
) -> Result<Value<'a>, OpError> {
    let order: Vec<usize> = groups
        .concat()
        .iter()
        .filter_map(|label| term.labels.iter().position(|own| own == label))
        .collect();
    let ordered = composer.transpose(&term.value, &order)?;
    let length = |labels: &[Label]| labels.iter().map(|label| equation.length(*label)).product::<usize>();
    composer.reshape(&ordered, &groups.map(length))
}

/// Elements whose indices along some dimensions are equal.
#[derive(Debug)]
struct Diagonal {
    /// Which dimension of the output each of the input is.
    kept: Vec<usize>,
    /// Dimensions of the output.
    count: usize,
}

impl Diagonal {
    fn plan(&self, inputs: &Operands) -> Result<Move, OpError> {
        let shape = inputs.shape(0)?;
        let (mut dims, mut strides) = (vec![0; self.count], vec![0; self.count]);
        for ((&to, &dim), stride) in self.kept.iter().zip(shape.dims()).zip(shape.strides()) {
            dims[to] = dim;
            strides[to] += stride as i64;
        }
        let extent = Shape::new(dims)?;
        Ok(Move {
            source: Source::Input(0),
            from: View { offset: 0, strides },
            output: 0,
            to: whole(&extent),
            extent,
        })
    }
}

impl Operator for Diagonal {
    fn infer(&self, inputs: &Operands) -> Result<Vec<TensorType>, OpError> {
        Ok(vec![TensorType::new(inputs.data_type(0)?, self.plan(inputs)?.extent)])
    }

    fn lower(&self, inputs: &Operands, outputs: &[TensorType]) -> Result<Lowered, OpError> {
        movement::lower(&[self.plan(inputs)?], inputs, outputs)
    }

    fn evaluate(&self, inputs: &[Option<&Tensor>], outputs: &[TensorType]) -> Result<Vec<Tensor>, OpError> {
        super::transpose::with_operands(inputs, |operands| {
            movement::evaluate(&[self.plan(operands)?], inputs, outputs)
        })
    }
}

/// The sum over all labels, on the host.
#[derive(Debug)]
struct ByDefinition(Einsum);

impl ByDefinition {
    fn equation(&self, dims: &[&[usize]]) -> Result<Equation, OpError> {
        Equation::parse(&self.0.text, dims)
    }
}

fn all_dims<'a>(inputs: &Operands<'a>) -> Result<Vec<&'a [usize]>, OpError> {
    (0..inputs.count()).map(|index| inputs.dims(index)).collect()
}

impl Operator for ByDefinition {
    fn infer(&self, inputs: &Operands) -> Result<Vec<TensorType>, OpError> {
        let equation = self.equation(&all_dims(inputs)?)?;
        let data_type = inputs.data_type(0)?;
        for index in 0..inputs.count() {
            inputs.expect_type(index, &[data_type])?;
        }
        let dims: Vec<usize> = equation.output.iter().map(|label| equation.length(*label)).collect();
        Ok(vec![TensorType::new(data_type, Shape::new(dims)?)])
    }

    fn lower(&self, _: &Operands, _: &[TensorType]) -> Result<Lowered, OpError> {
        Ok(Lowered::Host)
    }

    fn evaluate(&self, inputs: &[Option<&Tensor>], outputs: &[TensorType]) -> Result<Vec<Tensor>, OpError> {
        let given: Vec<&Tensor> = inputs.iter().copied().flatten().collect();
        let dims: Vec<&[usize]> = given.iter().map(|tensor| tensor.shape().dims()).collect();
        let equation = self.equation(&dims)?;
        let operands = given
            .iter()
            .map(|tensor| doubles(tensor))
            .collect::<Result<Vec<_>, _>>()?;
        let space: Vec<usize> = equation.lengths.iter().map(|&(_, length)| length).collect();
        let stride = |labels: &[Label], shape: &Shape| {
            let mut strides = vec![0; space.len()];
            for ((label, stride), &dim) in labels.iter().zip(shape.strides()).zip(shape.dims()) {
                if let Some(at) = equation.lengths.iter().position(|(own, _)| own == label) {
                    strides[at] += if dim == 1 { 0 } else { stride };
                }
            }
            strides
        };
        let strides: Vec<Vec<usize>> = equation
            .operands
            .iter()
            .zip(&given)
            .map(|(labels, tensor)| stride(labels, tensor.shape()))
            .collect();
        let out_strides = stride(&equation.output, &outputs[0].shape);
        let mut made = vec![0.0; outputs[0].shape.elements()];
        let mut index = vec![0; space.len()];
        for _ in 0..space.iter().product::<usize>() {
            let at = |strides: &[usize]| {
                index
                    .iter()
                    .zip(strides)
                    .map(|(index, stride)| index * stride)
                    .sum::<usize>()
            };
            let product: f64 = operands
                .iter()
                .zip(&strides)
                .map(|(operand, strides)| operand[at(strides)])
                .product();
            made[at(&out_strides)] += product;
            advance(&mut index, &space);
        }
        Ok(vec![from_doubles(&outputs[0], made)?])
    }

    fn flops(&self, inputs: &Operands, _: &[TensorType]) -> u64 {
        let equation = all_dims(inputs).and_then(|dims| self.equation(&dims));
        let space = equation.map_or(0, |equation| {
            let lengths = equation.lengths.iter().map(|&(_, length)| length as u64);
            lengths.fold(1_u64, u64::saturating_mul)
        });
        space.saturating_mul(2 * inputs.count() as u64)
    }
}
