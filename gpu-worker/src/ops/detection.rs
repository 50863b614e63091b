//! NonMaxSuppression. How many boxes it keeps depends on the data, so its inputs must be known when its shape is asked for.

use super::doubles::doubles;
use super::{Lowered, OpError, Operand, Operands, Operator, Spec};
use crate::tensor::{DataType, Shape, Tensor, TensorType};

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

    /// Sample, class and box of what is kept.
    fn selected(&self, inputs: &Operands) -> Result<Vec<i64>, OpError> {
        let (boxes, scores) = (inputs.shape(0)?, inputs.shape(1)?);
        let wrong = || OpError::invalid(format!("scores {scores} do not fit boxes {boxes}"));
        let (&[batch, count, 4], &[samples, classes, scored]) = (boxes.dims(), scores.dims()) else {
            return Err(wrong());
        };
        if batch != samples || count != scored {
            return Err(wrong());
        }
        let boxes = doubles(inputs.known(0, "boxes")?)?;
        let scores = doubles(inputs.known(1, "scores")?)?;
        let limit = |index: usize, name: &'static str| {
            let given = |operand: Operand| operand.tensor_type.shape.elements() > 0;
            if !inputs.optional(index).is_some_and(given) {
                return Ok(None);
            }
            Ok::<_, OpError>(doubles(inputs.known(index, name)?)?.first().copied())
        };
        let most = limit(2, "max_output_boxes_per_class")?.unwrap_or(0.0).max(0.0) as usize;
        let overlap = limit(3, "iou_threshold")?.unwrap_or(0.0);
        let threshold = limit(4, "score_threshold")?;
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
        Ok(selected)
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
    fn infer(&self, inputs: &Operands) -> Result<Vec<TensorType>, OpError> {
        let selected = self.selected(inputs)?;
        Ok(vec![TensorType::new(
            DataType::Int64,
            Shape::new([selected.len() / 3, 3])?,
        )])
    }

    fn lower(&self, _: &Operands, _: &[TensorType]) -> Result<Lowered, OpError> {
        Ok(Lowered::Host)
    }

    fn evaluate(&self, inputs: &[Option<&Tensor>], outputs: &[TensorType]) -> Result<Vec<Tensor>, OpError> {
        let selected = super::transpose::with_operands(inputs, |operands| self.selected(operands))?;
        Ok(vec![Tensor::new(outputs[0].shape.clone(), selected)?])
    }

    fn flops(&self, inputs: &Operands, _: &[TensorType]) -> u64 {
        let count = inputs.shape(1).map_or(0, |shape| shape.elements() as u64);
        let boxes = inputs.dims(0).ok().and_then(|dims| dims.get(1).copied()).unwrap_or(0) as u64;
        count.saturating_mul(boxes)
    }
}
