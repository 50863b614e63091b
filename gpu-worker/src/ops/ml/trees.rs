//! TreeEnsembleClassifier, TreeEnsembleRegressor and TreeEnsemble.

mod forest;

use self::forest::{Aggregate, Forest};
use super::{Transform, best, classes, classified, count, expect_numbers, labels, matrix, numbers, rows};
use crate::model::Classes;
use crate::ops::doubles::{doubles, from_doubles, given};
use crate::ops::{Lowered, OpError, Operands, Operator, Spec};
use crate::tensor::{DataType, Shape, Tensor, TensorType};

#[derive(Debug)]
struct Classifier {
    forest: Forest,
    classes: Classes,
    transform: Transform,
    base: Vec<f64>,
    /// The only class that leaves speak of, where two are told apart.
    is_binary: bool,
    all_positive: bool,
}

/// Builds TreeEnsembleClassifier.
pub fn classifier(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let forest = Forest::of_lists(spec.attributes, "class")?;
    let attributes = &mut *spec.attributes;
    let classes = classes(attributes, "classlabels_int64s", "classlabels_strings")?;
    let base = numbers(attributes, "base_values")?.unwrap_or_default();
    let transform = Transform::read(attributes)?;
    let count = count(&classes);
    let targets = forest.targets();
    if targets.is_some_and(|target| target >= count) || base.len() > count {
        return Err(OpError::invalid(format!(
            "leaves or base values beyond the {count} classes"
        )));
    }
    let is_binary = count <= 2 && forest.has_one_target();
    let all_positive = forest.all_positive();
    Ok(Box::new(Classifier {
        forest,
        classes,
        transform,
        base,
        is_binary,
        all_positive,
    }))
}

impl Classifier {
    fn columns(&self) -> usize {
        if self.is_binary { 2 } else { count(&self.classes) }
    }

    /// The class that wins, and the scores of all.
    fn judge(&self, row: &[f64]) -> Result<(usize, Vec<f64>), OpError> {
        let count = count(&self.classes);
        let mut scores = self.forest.sums(row, count, Aggregate::Sum)?;
        if self.is_binary {
            let own: f64 = scores.iter().sum();
            let base = self.base.last().copied().unwrap_or(0.0);
            let (is_positive, scores) = self
                .transform
                .of_two(own + base, self.all_positive && self.base.len() < 2);
            // A single label is that of the positive class.
            let winner = if count == 2 { usize::from(is_positive) } else { 0 };
            return Ok((winner, scores.to_vec()));
        }
        for (score, base) in scores.iter_mut().zip(&self.base) {
            *score += base;
        }
        let winner = best(&scores);
        self.transform.apply(&mut scores);
        Ok((winner, scores))
    }
}

impl Operator for Classifier {
    fn infer(&self, inputs: &Operands) -> Result<Vec<TensorType>, OpError> {
        self.forest.check_features(matrix(inputs.shape(0)?)?.1)?;
        classified(inputs, &self.classes, self.columns())
    }

    fn lower(&self, _: &Operands, _: &[TensorType]) -> Result<Lowered, OpError> {
        Ok(Lowered::Host)
    }

    fn evaluate(&self, inputs: &[Option<&Tensor>], outputs: &[TensorType]) -> Result<Vec<Tensor>, OpError> {
        let (mut chosen, mut all) = (Vec::new(), Vec::new());
        for row in rows(given(inputs, 0)?)? {
            let (winner, scores) = self.judge(&row)?;
            chosen.push(winner);
            all.extend(scores);
        }
        Ok(vec![labels(&self.classes, &chosen)?, from_doubles(&outputs[1], all)?])
    }

    fn flops(&self, inputs: &Operands, _: &[TensorType]) -> u64 {
        self.forest.cost(inputs)
    }
}

#[derive(Debug)]
struct Regressor {
    forest: Forest,
    targets: usize,
    aggregate: Aggregate,
    transform: Transform,
    base: Vec<f64>,
    /// Whether results have the input's type, and not float32.
    keeps_type: bool,
}

/// Builds TreeEnsembleRegressor.
pub fn regressor(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let forest = Forest::of_lists(spec.attributes, "target")?;
    let attributes = &mut *spec.attributes;
    let aggregate = match attributes.text("aggregate_function")?.as_deref() {
        None | Some("SUM") => Aggregate::Sum,
        Some("AVERAGE") => Aggregate::Average,
        Some("MIN") => Aggregate::Least,
        Some("MAX") => Aggregate::Greatest,
        Some(other) => return Err(OpError::invalid(format!("aggregate_function '{other}'"))),
    };
    let base = numbers(attributes, "base_values")?.unwrap_or_default();
    let transform = Transform::read(attributes)?;
    let targets = attributes.int("n_targets")?.unwrap_or(1);
    regression(forest, targets, aggregate, transform, base, false)
}

/// Builds TreeEnsemble, which came with version 5.
pub fn ensemble(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let forest = Forest::of_tensors(spec.attributes)?;
    let attributes = &mut *spec.attributes;
    let aggregate = match attributes.int("aggregate_function")? {
        Some(0) => Aggregate::Average,
        None | Some(1) => Aggregate::Sum,
        Some(2) => Aggregate::Least,
        Some(3) => Aggregate::Greatest,
        Some(other) => return Err(OpError::invalid(format!("aggregate_function {other}"))),
    };
    let transform = match attributes.int("post_transform")? {
        None | Some(0) => Transform::None,
        Some(1) => Transform::Softmax,
        Some(2) => Transform::Logistic,
        Some(3) => Transform::SoftmaxZero,
        Some(4) => Transform::Probit,
        Some(other) => return Err(OpError::invalid(format!("post_transform {other}"))),
    };
    let targets = attributes.int("n_targets")?.unwrap_or(1);
    regression(forest, targets, aggregate, transform, Vec::new(), true)
}

fn regression(
    forest: Forest,
    targets: i64,
    aggregate: Aggregate,
    transform: Transform,
    base: Vec<f64>,
    keeps_type: bool,
) -> Result<Box<dyn Operator>, OpError> {
    let wrong = || OpError::invalid(format!("attribute 'n_targets' is {targets}"));
    let count = usize::try_from(targets)
        .ok()
        .filter(|&count| count > 0 && count <= u16::MAX.into());
    let targets = count.ok_or_else(wrong)?;
    if forest.targets().is_some_and(|target| target >= targets) || base.len() > targets {
        return Err(OpError::invalid(format!(
            "leaves or base values beyond the {targets} targets"
        )));
    }
    Ok(Box::new(Regressor {
        forest,
        targets,
        aggregate,
        transform,
        base,
        keeps_type,
    }))
}

impl Operator for Regressor {
    fn infer(&self, inputs: &Operands) -> Result<Vec<TensorType>, OpError> {
        let found = expect_numbers(inputs)?;
        let (rows, columns) = matrix(inputs.shape(0)?)?;
        self.forest.check_features(columns)?;
        let data_type = if self.keeps_type { found } else { DataType::Float32 };
        Ok(vec![TensorType::new(data_type, Shape::new([rows, self.targets])?)])
    }

    fn lower(&self, _: &Operands, _: &[TensorType]) -> Result<Lowered, OpError> {
        Ok(Lowered::Host)
    }

    fn evaluate(&self, inputs: &[Option<&Tensor>], outputs: &[TensorType]) -> Result<Vec<Tensor>, OpError> {
        let x = given(inputs, 0)?;
        let (_, columns) = matrix(x.shape())?;
        let elements = doubles(x)?;
        let mut made = Vec::with_capacity(outputs[0].shape.elements());
        for row in elements.chunks(columns.max(1)) {
            let mut values = self.forest.sums(row, self.targets, self.aggregate)?;
            for (value, base) in values.iter_mut().zip(&self.base) {
                *value += base;
            }
            self.transform.apply(&mut values);
            made.extend(values);
        }
        Ok(vec![from_doubles(&outputs[0], made)?])
    }

    fn flops(&self, inputs: &Operands, _: &[TensorType]) -> u64 {
        self.forest.cost(inputs)
    }
}
