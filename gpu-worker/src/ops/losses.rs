//! NegativeLogLikelihoodLoss and SoftmaxCrossEntropyLoss. Their labels are integers, which live on the host.

use super::doubles::{doubles, from_doubles, given, input_doubles, integers};
use super::{Lowered, OpError, Operands, Operator, Spec};
use crate::kernels::around;
use crate::tensor::{DataType, Shape, Tensor, TensorType};

/// What becomes of the losses of all elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reduction {
    None,
    Sum,
    Mean,
}

#[derive(Debug)]
struct Loss {
    /// Whether inputs are scores, of which the logarithm of softmax is taken first.
    takes_softmax: bool,
    reduction: Reduction,
    ignored: Option<i64>,
    gives_logarithms: bool,
}

/// Builds NegativeLogLikelihoodLoss or SoftmaxCrossEntropyLoss.
pub fn loss(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let reduction = match spec.attributes.text("reduction")?.as_deref() {
        None | Some("mean") => Reduction::Mean,
        Some("sum") => Reduction::Sum,
        Some("none") => Reduction::None,
        Some(other) => return Err(OpError::invalid(format!("reduction '{other}'"))),
    };
    Ok(Box::new(Loss {
        takes_softmax: spec.kind == "SoftmaxCrossEntropyLoss",
        reduction,
        ignored: spec.attributes.int("ignore_index")?,
        gives_logarithms: spec.has_output(1),
    }))
}

impl Operator for Loss {
    fn infer(&self, inputs: &Operands) -> Result<Vec<TensorType>, OpError> {
        let (x, labels) = (inputs.shape(0)?, inputs.shape(1)?);
        inputs.expect_type(1, &[DataType::Int32, DataType::Int64])?;
        let wrong = || OpError::invalid(format!("labels {labels} do not fit scores {x}"));
        let &[batch, classes, ref rest @ ..] = x.dims() else {
            return Err(wrong());
        };
        if labels.dims() != [&[batch], rest].concat() {
            return Err(wrong());
        }
        if inputs.optional(2).is_some() && inputs.dims(2)? != [classes] {
            return Err(OpError::invalid(format!(
                "a weight is needed for each of {classes} classes"
            )));
        }
        let data_type = inputs.data_type(0)?;
        let shape = if self.reduction == Reduction::None {
            labels.clone()
        } else {
            Shape::scalar()
        };
        let mut outputs = vec![TensorType::new(data_type, shape)];
        if self.gives_logarithms {
            outputs.push(TensorType::new(data_type, x.clone()));
        }
        Ok(outputs)
    }

    fn lower(&self, _: &Operands, _: &[TensorType]) -> Result<Lowered, OpError> {
        Ok(Lowered::Host)
    }

    fn evaluate(&self, inputs: &[Option<&Tensor>], outputs: &[TensorType]) -> Result<Vec<Tensor>, OpError> {
        let x = given(inputs, 0)?;
        let mut logarithms = doubles(x)?;
        let sizes = around(x.shape(), 1);
        if self.takes_softmax {
            log_softmax(&mut logarithms, sizes);
        }
        let labels = integers(given(inputs, 1)?)?;
        let weights = match inputs.get(2) {
            Some(Some(_)) => Some(input_doubles(inputs, 2)?),
            _ => None,
        };
        let (_, classes, inner) = sizes;
        let (mut losses, mut total_weight) = (Vec::with_capacity(labels.len()), 0.0);
        for (at, &label) in labels.iter().enumerate() {
            if Some(label) == self.ignored {
                losses.push(0.0);
                continue;
            }
            let class = usize::try_from(label).ok().filter(|&class| class < classes);
            let class =
                class.ok_or_else(|| OpError::invalid(format!("the label {label} is none of {classes} classes")))?;
            let weight = weights.as_ref().map_or(1.0, |weights| weights[class]);
            let logarithm = logarithms[(at / inner * classes + class) * inner + at % inner];
            losses.push(-weight * logarithm);
            total_weight += weight;
        }
        let losses = match self.reduction {
            Reduction::None => losses,
            Reduction::Sum => vec![losses.iter().sum()],
            Reduction::Mean => vec![losses.iter().sum::<f64>() / total_weight],
        };
        let mut made = vec![from_doubles(&outputs[0], losses)?];
        if let Some(output) = outputs.get(1) {
            made.push(from_doubles(output, logarithms)?);
        }
        Ok(made)
    }

    fn flops(&self, inputs: &Operands, _: &[TensorType]) -> u64 {
        inputs.shape(0).map_or(0, |shape| 4 * shape.elements() as u64)
    }
}

/// x - log(sum(exp(x))) along the middle of three dimensions.
fn log_softmax(x: &mut [f64], (outer, length, inner): (usize, usize, usize)) {
    for row in 0..outer {
        for column in 0..inner {
            let at = |i: usize| (row * length + i) * inner + column;
            let greatest = (0..length).map(|i| x[at(i)]).fold(f64::NEG_INFINITY, f64::max);
            let sum: f64 = (0..length).map(|i| (x[at(i)] - greatest).exp()).sum();
            let shift = greatest + sum.ln();
            for i in 0..length {
                x[at(i)] -= shift;
            }
        }
    }
}
