//! Half precision seen as single precision.
//!
//! Operators that are planned for single precision look at few of a model's weights, and the device widens them itself. So they are
//! widened on the host only if somebody asks for them.

use std::fmt;
use std::sync::{Arc, OnceLock};

use half::{bf16, f16};

use super::{DataType, Elements, Tensor, TensorData, TensorError};

/// The elements of another tensor, widened.
#[derive(Clone)]
pub struct Widened {
    narrow: Arc<Tensor>,
    elements: Arc<OnceLock<TensorData>>,
}

impl Widened {
    /// The tensor as it is.
    pub fn narrow(&self) -> &Arc<Tensor> {
        &self.narrow
    }

    /// The elements in single precision.
    pub fn data(&self) -> &TensorData {
        self.elements.get_or_init(|| widen(self.narrow.data()))
    }
}

impl fmt::Debug for Widened {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}, widened", self.narrow.tensor_type())
    }
}

/// Elements of half precision in single precision; others as they are.
fn widen(data: &TensorData) -> TensorData {
    match data {
        TensorData::Float16(elements) => TensorData::Float32(elements.iter().map(|half| half.to_f32()).collect()),
        TensorData::Bfloat16(elements) => TensorData::Float32(elements.iter().map(|half| half.to_f32()).collect()),
        other => other.clone(),
    }
}

impl Tensor {
    /// A tensor of half precision as one of single precision; others are copied. Elements of half precision are widened when they are
    /// first asked for.
    pub fn widened(tensor: &Arc<Self>) -> Self {
        if !tensor.data_type().is_half() {
            return tensor.as_ref().clone();
        }
        let widened = Widened {
            narrow: Arc::clone(tensor),
            elements: Arc::default(),
        };
        Self {
            shape: tensor.shape.clone(),
            elements: Elements::Widened(widened),
        }
    }

    /// A tensor of single precision rounded to half precision; one of another type is given back as it is.
    pub fn narrowed(self, to: DataType) -> Result<Self, TensorError> {
        let Ok(elements) = self.as_slice::<f32>() else {
            return Ok(self);
        };
        let shape = self.shape.clone();
        match to {
            DataType::Float16 => Self::new(shape, elements.iter().map(|&number| f16::from_f32(number)).collect()),
            DataType::Bfloat16 => Self::new(shape, elements.iter().map(|&number| bf16::from_f32(number)).collect()),
            _ => Ok(self),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tensor::Shape;

    fn halves() -> Arc<Tensor> {
        let elements = [1.0, -0.5, 65504.0, f32::NEG_INFINITY].map(f16::from_f32);
        Arc::new(Tensor::new(Shape::new([2, 2]).expect("small"), elements.to_vec()).expect("four"))
    }

    #[test]
    fn halves_are_seen_as_single_precision() {
        let wide = Tensor::widened(&halves());
        let expected = Tensor::new(wide.shape().clone(), vec![1.0_f32, -0.5, 65504.0, f32::NEG_INFINITY]);
        assert_eq!((&wide, wide.data_type()), (&expected.expect("four"), DataType::Float32));
        assert!(wide.stored_bytes().is_none());
        assert_eq!(wide.narrowed(DataType::Float16).as_ref(), Ok(&*halves()));
    }

    #[test]
    fn rows_and_other_shapes_of_them_are_widened_too() {
        let wide = Tensor::widened(&halves());
        let row = wide.rows(1, 1).expect("within");
        assert_eq!(
            (row.shape().dims(), row.as_slice::<f32>()),
            (&[1, 2][..], Ok(&[65504.0, f32::NEG_INFINITY][..]))
        );
        let flat = wide.reshaped(Shape::new([4]).expect("small")).expect("as many");
        assert_eq!(flat.rows(2, 1).expect("within").as_slice::<f32>(), Ok(&[65504.0][..]));
    }

    #[test]
    fn integers_and_single_precision_stay_as_they_are() {
        for tensor in [Tensor::scalar(3_i64), Tensor::scalar(0.1_f32)] {
            assert_eq!(Tensor::widened(&Arc::new(tensor.clone())), tensor);
            assert_eq!(tensor.clone().narrowed(DataType::Int64), Ok(tensor));
        }
    }
}
