//! SVMClassifier and SVMRegressor, as libsvm computes them.

use super::{Transform, best, classes, classified, count, expect_numbers, labels, matrix, rows};
use crate::model::{Attributes, Classes};
use crate::ops::doubles::{from_doubles, given};
use crate::ops::{Lowered, OpError, Operands, Operator, Spec};
use crate::tensor::{DataType, Shape, Tensor, TensorType};

/// How near two rows are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Linear,
    Polynomial,
    Radial,
    Sigmoid,
}

#[derive(Debug)]
struct Kernel {
    kind: Kind,
    gamma: f64,
    offset: f64,
    degree: f64,
}

impl Kernel {
    fn read(attributes: &mut Attributes) -> Result<Self, OpError> {
        let kind = match attributes.text("kernel_type")?.as_deref() {
            None | Some("LINEAR") => Kind::Linear,
            Some("POLY") => Kind::Polynomial,
            Some("RBF") => Kind::Radial,
            Some("SIGMOID") => Kind::Sigmoid,
            Some(other) => return Err(OpError::invalid(format!("kernel_type '{other}'"))),
        };
        let parameters = attributes.floats("kernel_params")?.unwrap_or_default();
        let parameter = |at: usize| parameters.get(at).copied().map_or(0.0, f64::from);
        Ok(Self {
            kind,
            gamma: parameter(0),
            offset: parameter(1),
            degree: parameter(2),
        })
    }

    fn of(&self, a: &[f64], b: &[f64]) -> f64 {
        let dot = || a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        match self.kind {
            Kind::Linear => dot(),
            Kind::Polynomial => (self.gamma * dot() + self.offset).powf(self.degree),
            Kind::Sigmoid => (self.gamma * dot() + self.offset).tanh(),
            Kind::Radial => {
                let distance: f64 = a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum();
                (-self.gamma * distance).exp()
            }
        }
    }
}

fn floats(attributes: &mut Attributes, name: &str) -> Result<Vec<f64>, OpError> {
    let found = attributes.floats(name)?.unwrap_or_default();
    Ok(found.into_iter().map(f64::from).collect())
}

/// Splits numbers into `count` rows of equal length.
fn split(numbers: &[f64], count: usize, name: &str) -> Result<Vec<Vec<f64>>, OpError> {
    if count == 0 || numbers.is_empty() || !numbers.len().is_multiple_of(count) {
        let found = numbers.len();
        return Err(OpError::invalid(format!(
            "{found} numbers of '{name}' for {count} rows"
        )));
    }
    Ok(numbers.chunks(numbers.len() / count).map(<[f64]>::to_vec).collect())
}

#[derive(Debug)]
struct Regressor {
    kernel: Kernel,
    vectors: Vec<Vec<f64>>,
    coefficients: Vec<f64>,
    rho: f64,
    /// Whether the result is only on which side of the boundary a row lies.
    one_class: bool,
}

/// Builds SVMRegressor.
pub fn regressor(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let attributes = &mut *spec.attributes;
    if Transform::read(attributes)? != Transform::None {
        return Err(OpError::unsupported("a post_transform of a regression"));
    }
    attributes.ignore("n_targets");
    let supports = attributes.int("n_supports")?.unwrap_or(0);
    let count = usize::try_from(supports).map_err(|_| OpError::invalid(format!("{supports} supports")))?;
    let (coefficients, vectors) = (
        floats(attributes, "coefficients")?,
        floats(attributes, "support_vectors")?,
    );
    let mut kernel = Kernel::read(attributes)?;
    // Without support vectors the coefficients are the only one, of weight one.
    let (vectors, coefficients) = if count == 0 {
        kernel.kind = Kind::Linear;
        (vec![coefficients], vec![1.0])
    } else {
        (split(&vectors, count, "support_vectors")?, coefficients)
    };
    if vectors.len() != coefficients.len() {
        return Err(OpError::invalid("a coefficient is needed for each support vector"));
    }
    Ok(Box::new(Regressor {
        kernel,
        vectors,
        coefficients,
        rho: floats(attributes, "rho")?.first().copied().unwrap_or(0.0),
        one_class: attributes.flag("one_class", false)?,
    }))
}

fn check_columns(vectors: &[Vec<f64>], inputs: &Operands) -> Result<usize, OpError> {
    expect_numbers(inputs)?;
    let (rows, columns) = matrix(inputs.shape(0)?)?;
    match vectors.first() {
        Some(vector) if vector.len() != columns => Err(OpError::invalid(format!(
            "support vectors of {} features for rows of {columns}",
            vector.len()
        ))),
        _ => Ok(rows),
    }
}

fn cost(vectors: &[Vec<f64>], inputs: &Operands) -> u64 {
    let elements = inputs.shape(0).map_or(0, |shape| shape.elements() as u64);
    elements.saturating_mul(4 * vectors.len() as u64)
}

impl Operator for Regressor {
    fn infer(&self, inputs: &Operands) -> Result<Vec<TensorType>, OpError> {
        let rows = check_columns(&self.vectors, inputs)?;
        Ok(vec![TensorType::new(DataType::Float32, Shape::new([rows, 1])?)])
    }

    fn lower(&self, _: &Operands, _: &[TensorType]) -> Result<Lowered, OpError> {
        Ok(Lowered::Host)
    }

    fn evaluate(&self, inputs: &[Option<&Tensor>], outputs: &[TensorType]) -> Result<Vec<Tensor>, OpError> {
        let value = |row: &Vec<f64>| {
            let terms = self.vectors.iter().zip(&self.coefficients);
            let sum: f64 = terms.map(|(vector, weight)| weight * self.kernel.of(row, vector)).sum();
            match (self.one_class, sum + self.rho) {
                (false, value) => value,
                (true, value) if value > 0.0 => 1.0,
                (true, _) => -1.0,
            }
        };
        let values = rows(given(inputs, 0)?)?.iter().map(value).collect();
        Ok(vec![from_doubles(&outputs[0], values)?])
    }

    fn flops(&self, inputs: &Operands, _: &[TensorType]) -> u64 {
        cost(&self.vectors, inputs)
    }
}

#[derive(Debug)]
struct Classifier {
    kernel: Kernel,
    classes: Classes,
    vectors: Vec<Vec<f64>>,
    /// Where the vectors of each class start, and where the last ones end.
    starts: Vec<usize>,
    /// Of each vector, one against each other class; without vectors a row of weights for each class.
    coefficients: Vec<Vec<f64>>,
    rho: Vec<f64>,
    /// Parameters of the logistic function that makes probabilities of decisions.
    probabilities: Option<(Vec<f64>, Vec<f64>)>,
    transform: Transform,
}

/// Builds SVMClassifier.
pub fn classifier(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let attributes = &mut *spec.attributes;
    let classes = classes(attributes, "classlabels_ints", "classlabels_strings")?;
    let count = count(&classes);
    let per_class = attributes.ints("vectors_per_class")?.unwrap_or_default();
    let mut starts = vec![0];
    for &vectors in &per_class {
        let vectors = usize::try_from(vectors).map_err(|_| OpError::invalid(format!("{vectors} vectors")))?;
        let last = starts.last().copied().unwrap_or(0);
        starts.push(
            vectors
                .checked_add(last)
                .ok_or_else(|| OpError::invalid("too many vectors"))?,
        );
    }
    let total = starts.last().copied().unwrap_or(0);
    let (coefficients, vectors) = (
        floats(attributes, "coefficients")?,
        floats(attributes, "support_vectors")?,
    );
    let mut kernel = Kernel::read(attributes)?;
    let rho = floats(attributes, "rho")?;
    let (prob_a, prob_b) = (floats(attributes, "prob_a")?, floats(attributes, "prob_b")?);
    let pairs = count * count.saturating_sub(1) / 2;
    let (vectors, coefficients) = if total == 0 {
        kernel.kind = Kind::Linear;
        (Vec::new(), split(&coefficients, count, "coefficients")?)
    } else {
        if per_class.len() != count || rho.len() < pairs || count < 2 {
            return Err(OpError::invalid(format!(
                "{} groups of vectors for {count} classes",
                per_class.len()
            )));
        }
        let coefficients = split(&coefficients, count - 1, "coefficients")?;
        if coefficients.iter().any(|row| row.len() != total) {
            return Err(OpError::invalid("coefficients are needed for each support vector"));
        }
        (split(&vectors, total, "support_vectors")?, coefficients)
    };
    let probabilities = match (prob_a.len(), prob_b.len()) {
        (0, _) => None,
        (a, b) if a >= pairs && b >= pairs && total > 0 => Some((prob_a, prob_b)),
        _ => {
            return Err(OpError::invalid(
                "prob_a and prob_b need a number for each pair of classes",
            ));
        }
    };
    Ok(Box::new(Classifier {
        kernel,
        classes,
        vectors,
        starts,
        coefficients,
        rho,
        probabilities,
        transform: Transform::read(attributes)?,
    }))
}

impl Classifier {
    fn columns(&self) -> usize {
        let count = count(&self.classes);
        match (self.vectors.is_empty(), &self.probabilities) {
            (true, _) | (_, Some(_)) => count,
            (false, None) => (count * (count - 1) / 2).max(2),
        }
    }

    /// The class that wins, and the scores.
    fn judge(&self, row: &[f64]) -> (usize, Vec<f64>) {
        let count = count(&self.classes);
        if self.vectors.is_empty() {
            let rho = self.rho.first().copied().unwrap_or(0.0);
            let mut scores: Vec<f64> = self
                .coefficients
                .iter()
                .map(|weights| rho + self.kernel.of(row, weights))
                .collect();
            let winner = best(&scores);
            self.transform.apply(&mut scores);
            return (winner, scores);
        }
        let kernels: Vec<f64> = self.vectors.iter().map(|vector| self.kernel.of(row, vector)).collect();
        let (mut decisions, mut votes) = (Vec::new(), vec![0.0; count]);
        for i in 0..count {
            for j in i + 1..count {
                let sum = |of: usize, against: usize| -> f64 {
                    let vectors = self.starts[of]..self.starts[of + 1];
                    vectors.map(|at| self.coefficients[against][at] * kernels[at]).sum()
                };
                let decision = self.rho[decisions.len()] + sum(i, j - 1) + sum(j, i);
                votes[if decision > 0.0 { i } else { j }] += 1.0;
                decisions.push(decision);
            }
        }
        // As in libsvm the votes decide also where there are probabilities, which may favour another class.
        let winner = best(&votes);
        if let Some((a, b)) = &self.probabilities {
            let mut scores = coupled(count, &decisions, a, b);
            self.transform.apply(&mut scores);
            return (winner, scores);
        }
        if let [decision] = decisions[..] {
            // The sign of a decision between two is that of the first; scores are the second's last.
            let (_, scores) = self.transform.of_two(-decision, false);
            return (winner, scores.to_vec());
        }
        self.transform.apply(&mut decisions);
        (winner, decisions)
    }
}

/// Probabilities of all classes from the decisions between pairs: Wu, Lin and Weng's second method, as in libsvm.
fn coupled(count: usize, decisions: &[f64], a: &[f64], b: &[f64]) -> Vec<f64> {
    let mut pairwise = vec![vec![0.0; count]; count];
    let pairs = (0..count).flat_map(|i| (i + 1..count).map(move |j| (i, j)));
    for ((i, j), ((decision, a), b)) in pairs.zip(decisions.iter().zip(a).zip(b)) {
        let share = 1.0 - super::logistic(decision * a + b);
        let share = share.clamp(1e-7, 1.0 - 1e-7);
        pairwise[i][j] = share;
        pairwise[j][i] = 1.0 - share;
    }
    let mut q = vec![vec![0.0; count]; count];
    for t in 0..count {
        for j in (0..count).filter(|&j| j != t) {
            q[t][t] += pairwise[j][t] * pairwise[j][t];
            q[t][j] = -pairwise[j][t] * pairwise[t][j];
        }
    }
    let mut shares = vec![1.0 / count as f64; count];
    for _ in 0..count.max(100) {
        let mut qp: Vec<f64> = q
            .iter()
            .map(|row| row.iter().zip(&shares).map(|(q, p)| q * p).sum())
            .collect();
        let mut pqp: f64 = shares.iter().zip(&qp).map(|(p, qp)| p * qp).sum();
        let error = qp.iter().map(|qp| (qp - pqp).abs()).fold(0.0, f64::max);
        if error < 0.005 / count as f64 {
            break;
        }
        for t in 0..count {
            let step = (pqp - qp[t]) / q[t][t];
            shares[t] += step;
            pqp = (pqp + step * (step * q[t][t] + 2.0 * qp[t])) / ((1.0 + step) * (1.0 + step));
            for j in 0..count {
                qp[j] = (qp[j] + step * q[t][j]) / (1.0 + step);
                shares[j] /= 1.0 + step;
            }
        }
    }
    shares
}

impl Operator for Classifier {
    fn infer(&self, inputs: &Operands) -> Result<Vec<TensorType>, OpError> {
        let vectors = if self.vectors.is_empty() {
            &self.coefficients
        } else {
            &self.vectors
        };
        check_columns(vectors, inputs)?;
        classified(inputs, &self.classes, self.columns())
    }

    fn lower(&self, _: &Operands, _: &[TensorType]) -> Result<Lowered, OpError> {
        Ok(Lowered::Host)
    }

    fn evaluate(&self, inputs: &[Option<&Tensor>], outputs: &[TensorType]) -> Result<Vec<Tensor>, OpError> {
        let (mut chosen, mut all) = (Vec::new(), Vec::new());
        for row in rows(given(inputs, 0)?)? {
            let (winner, scores) = self.judge(&row);
            chosen.push(winner);
            all.extend(scores);
        }
        Ok(vec![labels(&self.classes, &chosen)?, from_doubles(&outputs[1], all)?])
    }

    fn flops(&self, inputs: &Operands, _: &[TensorType]) -> u64 {
        cost(&self.vectors, inputs)
    }
}
