//! Codes of 8 bits that are known while planning, and what they stand for.

use crate::kernels::Codes;
use crate::ops::OpError;
use crate::tensor::{Tensor, TensorData};

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

/// Calls a function with the channel of each code, and the code.
pub fn each(tensor: &Tensor, of: Channels, mut call: impl FnMut(usize, i32)) -> Result<(), OpError> {
    let mut channel = 0;
    let mut left = of.inner;
    let mut next = |code: i32| {
        call(channel, code);
        left = left.saturating_sub(1);
        if left == 0 {
            left = of.inner;
            channel = if channel + 1 < of.count { channel + 1 } else { 0 };
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
            each(tensor, Channels::ONE, |_, zero| zeros.push(zero))?;
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
    let channels = Channels {
        inner: of.inner,
        count: zeros.all().len(),
    };
    let mut numbers = Vec::with_capacity(tensor.shape().elements());
    // At most 255 and as little as -255.
    each(tensor, channels, |channel, code| {
        numbers.push(of.part.of(code - zeros.at(channel)) as i16);
    })?;
    Ok(Tensor::new(tensor.shape().clone(), numbers)?)
}
