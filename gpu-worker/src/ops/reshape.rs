//! Operators whose output is their input in another shape: nothing is computed.

use super::operand::{axes, axis};
use super::{Lowered, OpError, Operands, Operator, Runner, Spec};
use crate::tensor::{Shape, Tensor, TensorType, Value};

/// Which shape the output has.
#[derive(Debug)]
enum Reshape {
    /// Identity, and Dropout outside of training.
    Same,
    /// Reshape to the shape in input 1, where 0 keeps a dimension unless `allow_zero`.
    To { allow_zero: bool },
    /// Two dimensions, split at an axis.
    Flatten { axis: i64 },
    /// Without dimensions of one: those named, or all.
    Squeeze { axes: Option<Vec<i64>> },
    /// With dimensions of one.
    Unsqueeze { axes: Option<Vec<i64>> },
}

/// Builds Identity.
pub fn identity(_: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    Ok(Box::new(Reshape::Same))
}

/// Builds Reshape.
pub fn reshape(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    Ok(Box::new(Reshape::To {
        allow_zero: spec.attributes.flag("allowzero", false)?,
    }))
}

/// Builds Flatten.
pub fn flatten(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    Ok(Box::new(Reshape::Flatten {
        axis: spec.attributes.int("axis")?.unwrap_or(1),
    }))
}

/// Builds Squeeze; the axes became an input with version 13.
pub fn squeeze(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    Ok(Box::new(Reshape::Squeeze {
        axes: spec.attributes.ints("axes")?,
    }))
}

/// Builds Unsqueeze; the axes became an input with version 13.
pub fn unsqueeze(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    Ok(Box::new(Reshape::Unsqueeze {
        axes: spec.attributes.ints("axes")?,
    }))
}

impl Reshape {
    fn shape(&self, inputs: &Operands) -> Result<Shape, OpError> {
        let shape = inputs.shape(0)?;
        let dims = shape.dims();
        let target = match self {
            Self::Same => {
                if inputs.scalar::<bool>(2, "training_mode")?.unwrap_or(false) {
                    return Err(OpError::unsupported("training mode"));
                }
                dims.to_vec()
            }
            Self::To { allow_zero } => {
                let target = inputs
                    .integers(1, "shape")?
                    .ok_or_else(|| OpError::invalid("input 1 (shape) is missing"))?;
                resolve(shape, &target, *allow_zero)?
            }
            Self::Flatten { axis: at } => {
                // The axis may also lie behind the last dimension.
                let at = if *at == dims.len() as i64 {
                    dims.len()
                } else {
                    axis(*at, dims.len())?
                };
                vec![dims[..at].iter().product(), dims[at..].iter().product()]
            }
            Self::Squeeze { axes: named } => match named
                .clone()
                .map_or_else(|| inputs.integers(1, "axes"), |axes| Ok(Some(axes)))?
            {
                None => dims.iter().copied().filter(|&dim| dim != 1).collect(),
                Some(named) => {
                    let named = axes(&named, dims.len())?;
                    if let Some(axis) = named.iter().find(|&&axis| dims[axis] != 1) {
                        return Err(OpError::invalid(format!(
                            "dimension {axis} of {shape} is not 1, so it cannot go"
                        )));
                    }
                    let kept = |axis: &usize| !named.contains(axis);
                    (0..dims.len()).filter(kept).map(|axis| dims[axis]).collect()
                }
            },
            Self::Unsqueeze { axes: named } => {
                let named = named
                    .clone()
                    .map_or_else(|| inputs.integers(1, "axes"), |axes| Ok(Some(axes)))?;
                let named = named.ok_or_else(|| OpError::invalid("the axes are missing"))?;
                let rank = dims.len() + named.len();
                let named = axes(&named, rank)?;
                let mut rest = dims.iter().copied();
                (0..rank)
                    .map(|axis| {
                        if named.contains(&axis) {
                            1
                        } else {
                            rest.next().unwrap_or(1)
                        }
                    })
                    .collect()
            }
        };
        Ok(Shape::new(target)?)
    }
}

/// Resolves the 0 and -1 of a Reshape.
fn resolve(shape: &Shape, target: &[i64], allow_zero: bool) -> Result<Vec<usize>, OpError> {
    let wrong = || OpError::invalid(format!("{shape} does not reshape to {target:?}"));
    let mut free = None;
    let mut dims = Vec::with_capacity(target.len());
    for (axis, &length) in target.iter().enumerate() {
        dims.push(match length {
            -1 if free.is_none() => {
                free = Some(axis);
                1
            }
            0 if !allow_zero => *shape.dims().get(axis).ok_or_else(wrong)?,
            length => usize::try_from(length).map_err(|_| wrong())?,
        });
    }
    let elements = Shape::new(dims.clone())?.elements();
    if let Some(axis) = free {
        if elements == 0 || !shape.elements().is_multiple_of(elements) {
            return Err(wrong());
        }
        dims[axis] = shape.elements() / elements;
    } else if elements != shape.elements() {
        return Err(wrong());
    }
    Ok(dims)
}

impl Operator for Reshape {
    fn infer(&self, inputs: &Operands) -> Result<Vec<TensorType>, OpError> {
        Ok(vec![TensorType::new(inputs.data_type(0)?, self.shape(inputs)?)])
    }

    fn lower(&self, _: &Operands, _: &[TensorType]) -> Result<Lowered, OpError> {
        Ok(Lowered::View)
    }

    fn evaluate(&self, inputs: &[Option<&Tensor>], outputs: &[TensorType]) -> Result<Vec<Tensor>, OpError> {
        let input = inputs
            .first()
            .copied()
            .flatten()
            .ok_or_else(|| OpError::invalid("input 0 is missing"))?;
        outputs
            .iter()
            .map(|output| Ok(input.reshaped(output.shape.clone())?))
            .collect()
    }

    fn run(&self, inputs: &[Option<Value>], _: &mut dyn Runner) -> Option<Result<Vec<Value>, OpError>> {
        match (self, inputs) {
            (Self::Same, [Some(value @ (Value::Sequence(_) | Value::Optional(_)))]) => Some(Ok(vec![value.clone()])),
            _ => None,
        }
    }

    fn flops(&self, _: &Operands, _: &[TensorType]) -> u64 {
        0
    }
}
