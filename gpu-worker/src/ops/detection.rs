//! NonMaxSuppression. How many boxes it keeps depends on the data, so only a run tells its shape.

use super::doubles::doubles;
use super::host_op::{Given, tensors};
use super::{Lowered, OpError, Operands, Operator, Runner, Spec};
use crate::tensor::{Shape, Tensor, TensorType, Value};

#[derive(Debug)]
struct NonMaxSuppression {
    /// Whether a box is its centre and its size, and not two corners.
    is_centred: bool,
}

/// Builds NonMaxSuppression.
pub fn non_max_suppression(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    Ok(Box::new(NonMaxSuppression {
        is_centred: spec.attributes.flag("center_point_box", false)?,
    }))
}

/// A box by its corners: least row and column, greatest row and column.
type Corners = [f64; 4];

impl NonMaxSuppression {
    fn corners(&self, [a, b, c, d]: [f64; 4]) -> Corners {
        if self.is_centred {
            [b - d / 2.0, a - c / 2.0, b + d / 2.0, a + c / 2.0]
        } else {
            [a.min(c), b.min(d), a.max(c), b.max(d)]
        }
    }

    /// Boxes and scores that belong together: the dimensions of the scores, which are samples, classes and boxes.
    fn extents(inputs: Given) -> Result<[usize; 3], OpError> {
        let (boxes, scores) = (inputs.get(0)?.shape(), inputs.get(1)?.shape());
        match (boxes.dims(), scores.dims()) {
            (&[batch, count, 4], &[samples, classes, scored]) if batch == samples && count == scored => {
                Ok([samples, classes, count])
            }
            _ => Err(OpError::invalid(format!("scores {scores} do not fit boxes {boxes}"))),
        }
    }

    /// Sample, class and box of what is kept.
    fn selected(&self, inputs: Given) -> Result<Tensor, OpError> {
        let [batch, classes, count] = Self::extents(inputs)?;
        let (boxes, scores) = (doubles(inputs.get(0)?)?, doubles(inputs.get(1)?)?);
        let limit = |index: usize| match inputs.optional(index) {
            None => Ok(None),
            Some(given) => Ok::<_, OpError>(doubles(given)?.first().copied()),
        };
        let most = limit(2)?.unwrap_or(0.0).max(0.0) as usize;
        let overlap = limit(3)?.unwrap_or(0.0);
        let threshold = limit(4)?;
        let corners: Vec<Corners> = boxes
            .chunks_exact(4)
            .map(|one| self.corners([one[0], one[1], one[2], one[3]]))
            .collect();
        let mut selected = Vec::new();
        for sample in 0..batch {
            let corners = &corners[sample * count..(sample + 1) * count];
            for class in 0..classes {
                let first = (sample * classes + class) * count;
                let scores = &scores[first..first + count];
                for kept in keep(corners, scores, (most, overlap, threshold)) {
                    selected.extend([sample as i64, class as i64, kept as i64]);
                }
            }
        }
        Ok(Tensor::new(Shape::new([selected.len() / 3, 3])?, selected)?)
    }

    /// Operations of comparing each box with each that may be kept, about ten for a pair.
    fn cost(inputs: Given) -> Result<u64, OpError> {
        let [batch, classes, count] = Self::extents(inputs)?;
        let lengths = [batch, classes, count, count];
        Ok(lengths
            .iter()
            .fold(10, |cost: u64, &length| cost.saturating_mul(length as u64)))
    }
}

/// The best boxes that do not overlap better ones.
fn keep(corners: &[Corners], scores: &[f64], (most, overlap, threshold): (usize, f64, Option<f64>)) -> Vec<usize> {
    let is_good = |&at: &usize| threshold.is_none_or(|threshold| scores[at] > threshold);
    let mut order: Vec<usize> = (0..scores.len()).filter(is_good).collect();
    order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]).then(a.cmp(&b)));
    let mut kept: Vec<usize> = Vec::new();
    for candidate in order {
        if kept.len() == most {
            break;
        }
        let is_covered = |&better: &usize| intersection_over_union(corners[better], corners[candidate]) > overlap;
        if !kept.iter().any(is_covered) {
            kept.push(candidate);
        }
    }
    kept
}

fn intersection_over_union(a: Corners, b: Corners) -> f64 {
    let area = |[top, left, bottom, right]: Corners| (bottom - top).max(0.0) * (right - left).max(0.0);
    let shared = area([a[0].max(b[0]), a[1].max(b[1]), a[2].min(b[2]), a[3].min(b[3])]);
    let union = area(a) + area(b) - shared;
    if shared > 0.0 && union > 0.0 {
        shared / union
    } else {
        0.0
    }
}

impl Operator for NonMaxSuppression {
    fn infer(&self, _: &Operands) -> Result<Vec<TensorType>, OpError> {
        Err(OpError::OnlyAtRunTime)
    }

    fn lower(&self, _: &Operands, _: &[TensorType]) -> Result<Lowered, OpError> {
        Err(OpError::OnlyAtRunTime)
    }

    fn run(&self, inputs: &[Option<Value>], runner: &mut dyn Runner) -> Option<Result<Vec<Value>, OpError>> {
        let mut run = || {
            let tensors = tensors(inputs)?;
            let given = Given(&tensors);
            runner.count_flops(Self::cost(given)?)?;
            Ok(vec![Value::from(self.selected(given)?)])
        };
        Some(run())
    }
}
