//! Operators of ai.onnx.ml that walk trees, compare with support vectors or rearrange features. Rows are few and branches many, so the
//! host runs them.

mod features;
mod svm;
mod trees;

pub use self::features::{feature_vectorizer, imputer, one_hot_encoder};
pub use self::svm::{classifier as svm_classifier, regressor as svm_regressor};
pub use self::trees::{classifier as tree_classifier, ensemble as tree_ensemble, regressor as tree_regressor};
use super::doubles::doubles;
use super::{OpError, Operands};
use crate::model::{Attributes, Classes};
use crate::tensor::{DataType, Shape, Tensor, TensorType, Text};

/// What turns raw scores into what a model promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Transform {
    None,
    Softmax,
    Logistic,
    SoftmaxZero,
    Probit,
}

impl Transform {
    /// Reads the attribute of that name as text.
    fn read(attributes: &mut Attributes) -> Result<Self, OpError> {
        Ok(match attributes.text("post_transform")?.as_deref() {
            None | Some("NONE") => Self::None,
            Some("SOFTMAX") => Self::Softmax,
            Some("LOGISTIC") => Self::Logistic,
            Some("SOFTMAX_ZERO") => Self::SoftmaxZero,
            Some("PROBIT") => Self::Probit,
            Some(other) => return Err(OpError::invalid(format!("post_transform '{other}'"))),
        })
    }

    /// Applies it to the scores of a row.
    fn apply(self, scores: &mut [f64]) {
        let greatest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        match self {
            Self::None => {}
            Self::Logistic => scores.iter_mut().for_each(|score| *score = logistic(*score)),
            Self::Probit => scores.iter_mut().for_each(|score| *score = probit(*score)),
            Self::Softmax | Self::SoftmaxZero => {
                // SoftmaxZero leaves scores of zero at zero.
                let keeps_zero = self == Self::SoftmaxZero;
                for score in scores.iter_mut() {
                    let is_zero = score.abs() <= 1e-7;
                    *score = if keeps_zero && is_zero {
                        *score * (-greatest).exp()
                    } else {
                        (*score - greatest).exp()
                    };
                }
                let sum: f64 = scores.iter().sum();
                scores
                    .iter_mut()
                    .for_each(|score| *score = if sum == 0.0 { 0.5 } else { *score / sum });
            }
        }
    }

    /// The scores of two classes of which one has the score, and whether that one wins.
    fn of_two(self, score: f64, all_positive: bool) -> (bool, [f64; 2]) {
        if all_positive {
            // Such a score is a probability.
            return (score > 0.5, [1.0 - score, score]);
        }
        let mut scores = [-score, score];
        if self != Self::Probit {
            self.apply(&mut scores);
        }
        (score > 0.0, scores)
    }
}

fn logistic(score: f64) -> f64 {
    1.0 / (1.0 + (-score).exp())
}

/// The inverse of the normal distribution, by Winitzki's approximation of the inverse error function.
fn probit(share: f64) -> f64 {
    let x = 2.0 * share - 1.0;
    let logarithm = ((1.0 - x) * (1.0 + x)).ln();
    if !logarithm.is_finite() {
        return 0.0;
    }
    let half = 2.0 / (std::f64::consts::PI * 0.147) + 0.5 * logarithm;
    let root = (-half + (half * half - logarithm / 0.147).sqrt()).sqrt();
    std::f64::consts::SQRT_2 * root.copysign(x)
}

/// The classes that two attributes name, the one of integers or the one of strings.
fn classes(attributes: &mut Attributes, integers: &str, texts: &str) -> Result<Classes, OpError> {
    let found = match (attributes.ints(integers)?, attributes.texts(texts)?) {
        (Some(integers), _) if !integers.is_empty() => Classes::Integers(integers),
        (_, Some(texts)) => Classes::Texts(texts),
        _ => return Err(OpError::invalid("no classes are given")),
    };
    Ok(found)
}

/// Number of classes.
fn count(classes: &Classes) -> usize {
    match classes {
        Classes::Integers(integers) => integers.len(),
        Classes::Texts(texts) => texts.len(),
    }
}

/// The type of labels.
fn label_type(classes: &Classes) -> DataType {
    match classes {
        Classes::Integers(_) => DataType::Int64,
        Classes::Texts(_) => DataType::Text,
    }
}

/// The classes of these numbers.
fn labels(classes: &Classes, chosen: &[usize]) -> Result<Tensor, OpError> {
    let beyond = || OpError::invalid("a class without a label wins");
    match classes {
        Classes::Integers(integers) => {
            let labels = chosen.iter().map(|&at| integers.get(at).copied().ok_or_else(beyond));
            Ok(Tensor::vector(labels.collect::<Result<Vec<_>, _>>()?)?)
        }
        Classes::Texts(texts) => {
            let labels = chosen
                .iter()
                .map(|&at| texts.get(at).map(|text| Text::from(text.as_str())).ok_or_else(beyond));
            Ok(Tensor::vector(labels.collect::<Result<Vec<_>, _>>()?)?)
        }
    }
}

/// The number of the greatest score; the first of equals.
fn best(scores: &[f64]) -> usize {
    (1..scores.len()).fold(0, |best, at| if scores[at] > scores[best] { at } else { best })
}

/// Rows and columns of a matrix of features; a vector is one row.
fn matrix(shape: &Shape) -> Result<(usize, usize), OpError> {
    match *shape.dims() {
        [columns] => Ok((1, columns)),
        [rows, columns] => Ok((rows, columns)),
        _ => Err(OpError::invalid(format!(
            "{shape} is not a row of features for each sample"
        ))),
    }
}

/// Refuses inputs that are no numbers.
fn expect_numbers(inputs: &Operands) -> Result<DataType, OpError> {
    let numbers = [DataType::Float32, DataType::Float64, DataType::Int32, DataType::Int64];
    inputs.expect_type(0, &numbers)
}

/// The rows of a matrix of features in double precision.
fn rows(x: &Tensor) -> Result<Vec<Vec<f64>>, OpError> {
    let (rows, columns) = matrix(x.shape())?;
    let elements = doubles(x)?;
    Ok((0..rows)
        .map(|row| elements[row * columns..(row + 1) * columns].to_vec())
        .collect())
}

/// The types of labels and scores.
fn classified(inputs: &Operands, classes: &Classes, columns: usize) -> Result<Vec<TensorType>, OpError> {
    expect_numbers(inputs)?;
    let (rows, _) = matrix(inputs.shape(0)?)?;
    Ok(vec![
        TensorType::new(label_type(classes), Shape::vector(rows)?),
        TensorType::new(DataType::Float32, Shape::new([rows, columns])?),
    ])
}

/// Numbers of an attribute that is a list or, in double precision, a tensor called `…_as_tensor`.
fn numbers(attributes: &mut Attributes, name: &str) -> Result<Option<Vec<f64>>, OpError> {
    if let Some(tensor) = attributes.tensor(&format!("{name}_as_tensor"))? {
        return Ok(Some(doubles(&tensor)?));
    }
    let floats = attributes.floats(name)?;
    Ok(floats.map(|floats| floats.into_iter().map(f64::from).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probit_inverts_the_normal_distribution() {
        assert!((probit(0.975) - 1.96).abs() < 0.01);
        assert!((probit(0.5)).abs() < 1e-9);
        assert!((probit(0.1) + probit(0.9)).abs() < 1e-9);
    }

    #[test]
    fn scores_of_two_classes_are_mirrored() {
        assert_eq!(Transform::None.of_two(0.75, true), (true, [0.25, 0.75]));
        assert_eq!(Transform::None.of_two(-2.0, false), (false, [2.0, -2.0]));
        let (wins, [no, yes]) = Transform::Logistic.of_two(1.0, false);
        assert!(wins && (no + yes - 1.0).abs() < 1e-12);
    }
}
