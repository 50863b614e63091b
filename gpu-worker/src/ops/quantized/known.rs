//! Codes of 8 bits that are known while planning, and what they stand for.

use crate::kernels::{Codes, around};
use crate::ops::OpError;
use crate::tensor::{Shape, Tensor, TensorData};

/// How codes are shared by channels: `inner` in a row are of one, and after the last of `count` channels the first one comes again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Channels {
    /// Codes in a row.
    pub inner: usize,
    /// Number of channels.
    pub count: usize,
}

impl Channels {
    /// Of which each has one code.
    pub const ONE: Self = Self { inner: 1, count: 1 };
}

/// Calls a function with the channel of each code, its number among all of that channel, and the code.
pub fn each(tensor: &Tensor, of: Channels, mut call: impl FnMut(usize, usize, i32)) -> Result<(), OpError> {
    let (mut channel, mut first, mut along) = (0, 0, 0);
    let mut next = |code: i32| {
        call(channel, first + along, code);
        along += 1;
        if along >= of.inner {
            along = 0;
            channel += 1;
        }
        if channel >= of.count.max(1) {
            channel = 0;
            first += of.inner;
        }
    };
    match tensor.data() {
        TensorData::Int8(codes) => codes.iter().for_each(|&code| next(code.into())),
        TensorData::Uint8(codes) => codes.iter().for_each(|&code| next(code.into())),
        _ => return Err(OpError::unsupported(format!("{} as codes", tensor.tensor_type()))),
    }
    Ok(())
}

/// Zero points: none, which are zero, one for all, or one for each channel.
#[derive(Debug)]
pub struct Zeros(Vec<i32>);

impl Zeros {
    /// Those that a tensor holds.
    pub fn of(tensor: Option<&Tensor>) -> Result<Self, OpError> {
        let mut zeros = Vec::new();
        if let Some(tensor) = tensor {
            each(tensor, Channels::ONE, |_, _, zero| zeros.push(zero))?;
        }
        Ok(Self(zeros))
    }

    /// All of them.
    pub fn all(&self) -> &[i32] {
        &self.0
    }

    /// Whether nothing is taken away.
    pub fn are_zero(&self) -> bool {
        self.0.iter().all(|&zero| zero == 0)
    }

    /// That of a channel.
    pub fn at(&self, channel: usize) -> i32 {
        self.0.get(channel).or(self.0.first()).copied().unwrap_or(0)
    }
}

/// What known codes stand for, see [`Codes`].
pub fn numbers(tensor: &Tensor, zeros: Option<&Tensor>, of: Codes) -> Result<Tensor, OpError> {
    let zeros = Zeros::of(zeros)?;
    let mut dims = tensor.shape().dims().to_vec();
    let (outer, length, inner) = match of.piece {
        Some(piece) if piece.axis < dims.len() => around(tensor.shape(), piece.axis),
        _ => (1, 1, tensor.shape().elements()),
    };
    let (from, to) = of.piece.map_or((0, length), |piece| (piece.from, piece.to));
    if from > to || to > length {
        return Err(OpError::invalid(format!("{from} to {to} of {}", tensor.shape())));
    }
    if let Some(dim) = of.piece.and_then(|piece| dims.get_mut(piece.axis)) {
        *dim = to - from;
    }
    let shape = Shape::new(dims)?;
    let ranges = (0..outer).map(|block| (block * length + from) * inner..(block * length + to) * inner);
    let mut numbers = Vec::with_capacity(shape.elements());
    let mut add = |at: usize, code: i32| {
        let zero = match zeros.all() {
            [] => 0,
            [zero] => *zero,
            all => all[at / of.inner.max(1) % all.len()],
        };
        // At most 255 and as little as -255.
        numbers.push((code - zero) as i16);
    };
    match tensor.data() {
        TensorData::Int8(codes) => ranges.flatten().for_each(|at| add(at, codes[at].into())),
        TensorData::Uint8(codes) => ranges.flatten().for_each(|at| add(at, codes[at].into())),
        _ => return Err(OpError::unsupported(format!("{} as codes", tensor.tensor_type()))),
    }
    Ok(Tensor::new(shape, numbers)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::Piece;
    use crate::testing::tensor;

    #[test]
    fn a_piece_holds_the_codes_of_its_indices_less_their_zero_points() {
        let codes = tensor::<i8>(&[2, 3, 2], (0..12).collect::<Vec<i8>>());
        let zeros = tensor::<i8>(&[2], [10, 20]);
        let piece = Piece {
            axis: 1,
            from: 1,
            to: 3,
        };
        let of = |zero, inner, piece| Codes {
            input: 0,
            zero,
            inner,
            piece,
        };
        let found = numbers(&codes, Some(&zeros), of(Some(1), 6, Some(piece))).expect("there are some");
        assert_eq!(found, tensor::<i16>(&[2, 2, 2], [-8, -7, -6, -5, -12, -11, -10, -9]));
        let found = numbers(&codes, Some(&zeros), of(Some(1), 1, None)).expect("there are some");
        assert_eq!(found.as_slice::<i16>().expect("numbers")[..4], [-10, -19, -8, -17]);
        let beyond = Piece {
            axis: 1,
            from: 1,
            to: 4,
        };
        assert!(numbers(&codes, None, of(None, 1, Some(beyond))).is_err());
    }

    #[test]
    fn codes_are_numbered_within_their_channel() {
        let codes = tensor::<u8>(&[3, 2], [0, 1, 2, 3, 4, 5]);
        let mut found = Vec::new();
        let columns = Channels { inner: 1, count: 2 };
        each(&codes, columns, |channel, term, code| found.push((channel, term, code))).expect("codes");
        assert_eq!(
            found,
            [(0, 0, 0), (1, 0, 1), (0, 1, 2), (1, 1, 3), (0, 2, 4), (1, 2, 5)]
        );
        found.clear();
        let rows = Channels { inner: 2, count: 3 };
        each(&codes, rows, |channel, term, code| found.push((channel, term, code))).expect("codes");
        assert_eq!(found[2..4], [(1, 0, 2), (1, 1, 3)]);
    }
}
