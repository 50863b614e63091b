//! Elements as they lie in the file that they came in.
//!
//! A model's weights are most of its bytes, and most of them only go to the device, which takes them as they are. So they are neither
//! copied nor converted before the host itself asks for them. What would only be put in another order need not even be that: a kernel
//! may read it where it lies.

use std::fmt;
use std::sync::{Arc, LazyLock, OnceLock};

use half::{bf16, f16};
use prost::bytes::Bytes;

use super::{DataType, Element, TensorData};

/// Little-endian elements that share their memory with the rest of a file, or are made of such when they are first asked for.
#[derive(Clone)]
pub struct Stored {
    data_type: DataType,
    bytes: Arc<LazyLock<Bytes, Make>>,
    decoded: Arc<OnceLock<TensorData>>,
}

/// Makes the bytes of elements.
type Make = Box<dyn FnOnce() -> Bytes + Send + Sync>;

/// Converts bytes to elements, whatever they are.
type Decode = fn(&[u8]) -> TensorData;

fn decode<T: Element, const N: usize>(bytes: &[u8], element: fn([u8; N]) -> T) -> TensorData {
    let (chunks, _) = bytes.as_chunks::<N>();
    T::wrap(chunks.iter().map(|&chunk| element(chunk)).collect())
}

/// How elements of a type are decoded; `None` for those that are packed, or of which not every pattern of bits is one.
fn decoder(data_type: DataType) -> Option<Decode> {
    Some(match data_type {
        DataType::Float32 => |bytes| decode(bytes, f32::from_le_bytes),
        DataType::Float64 => |bytes| decode(bytes, f64::from_le_bytes),
        DataType::Float16 => |bytes| decode(bytes, f16::from_le_bytes),
        DataType::Bfloat16 => |bytes| decode(bytes, bf16::from_le_bytes),
        DataType::Int8 => |bytes| decode(bytes, i8::from_le_bytes),
        DataType::Int16 => |bytes| decode(bytes, i16::from_le_bytes),
        DataType::Int32 => |bytes| decode(bytes, i32::from_le_bytes),
        DataType::Int64 => |bytes| decode(bytes, i64::from_le_bytes),
        DataType::Uint8 => |bytes| decode(bytes, u8::from_le_bytes),
        DataType::Uint16 => |bytes| decode(bytes, u16::from_le_bytes),
        DataType::Uint32 => |bytes| decode(bytes, u32::from_le_bytes),
        DataType::Uint64 => |bytes| decode(bytes, u64::from_le_bytes),
        _ => return None,
    })
}

impl Stored {
    /// Elements of a type that needs no check; `None` for others.
    pub fn new(data_type: DataType, bytes: Bytes) -> Option<Self> {
        Self::later(data_type, || bytes)
    }

    /// The same of bytes that are made when somebody asks for the elements.
    pub fn later(data_type: DataType, make: impl FnOnce() -> Bytes + Send + Sync + 'static) -> Option<Self> {
        decoder(data_type)?;
        let make: Make = Box::new(make);
        Some(Self {
            data_type,
            bytes: Arc::new(LazyLock::new(make)),
            decoded: Arc::default(),
        })
    }

    /// The type of the elements.
    pub fn data_type(&self) -> DataType {
        self.data_type
    }

    /// The elements as they lie in the file.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The elements for the host, which are decoded once.
    pub fn data(&self) -> &TensorData {
        let empty = |_: &[u8]| TensorData::Uint8(Vec::new());
        self.decoded
            .get_or_init(|| decoder(self.data_type).unwrap_or(empty)(self.bytes()))
    }

    /// Elements `from` to `to`, which share memory with these; `None` where these are fewer.
    pub fn slice(&self, from: usize, to: usize) -> Option<Self> {
        let size = self.data_type.size();
        let (start, end) = (from.checked_mul(size)?, to.checked_mul(size)?);
        let bytes = self.bytes();
        (start <= end && end <= bytes.len())
            .then(|| Self::new(self.data_type, bytes.slice(start..end)))
            .flatten()
    }
}

impl fmt::Debug for Stored {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} as in a file", self.data_type)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tensor::{Shape, Tensor};

    fn words() -> Bytes {
        [1.0_f32, -2.5, 3.0]
            .iter()
            .flat_map(|number| number.to_le_bytes())
            .collect()
    }

    #[test]
    fn what_lies_in_a_file_is_what_was_decoded() {
        let shape = Shape::new([3]).expect("small");
        let stored = Tensor::stored(shape, DataType::Float32, words())
            .expect("three")
            .expect("floats");
        assert_eq!(stored.data_type(), DataType::Float32);
        assert_eq!(stored, Tensor::vector(vec![1.0_f32, -2.5, 3.0]).expect("small"));
    }

    #[test]
    fn bytes_must_fill_the_shape() {
        let shape = Shape::new([4]).expect("small");
        assert!(Tensor::stored(shape, DataType::Float32, words()).is_err());
    }

    #[test]
    fn a_slice_shares_memory() {
        let whole = Stored::new(DataType::Float32, words()).expect("floats");
        let slice = whole.slice(1, 3).expect("within");
        assert_eq!(slice.data(), &TensorData::Float32(vec![-2.5, 3.0]));
        assert_eq!(slice.bytes().as_ptr(), whole.bytes()[4..].as_ptr());
        assert!(whole.slice(2, 4).is_none() && whole.slice(2, 1).is_none() && whole.slice(0, usize::MAX).is_none());
    }

    #[test]
    fn bytes_are_made_when_they_are_asked_for() {
        static MADE: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let shape = Shape::new([3]).expect("small");
        let later = Tensor::stored_later(shape, DataType::Float32, || {
            MADE.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            words()
        });
        let later = later.expect("floats");
        let copy = (later.clone(), format!("{later:?} {}", later.tensor_type())).0;
        assert_eq!(MADE.load(std::sync::atomic::Ordering::Relaxed), 0);
        assert_eq!(copy, Tensor::vector(vec![1.0_f32, -2.5, 3.0]).expect("small"));
        assert_eq!(later.stored_bytes(), Some(&words()));
        assert_eq!(MADE.load(std::sync::atomic::Ordering::Relaxed), 1);
    }

    #[test]
    fn packed_types_and_truth_values_are_decoded_at_once() {
        for data_type in [DataType::Int4, DataType::Bool, DataType::Text, DataType::Float8E5M2] {
            assert!(Stored::new(data_type, words()).is_none());
        }
    }
}
