//! Codes of quantised constants in the form in which kernels read them.

/// Codes of an input that is known, less their zero points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Codes {
    /// Which input.
    pub input: usize,
    /// The input that holds their zero points, and is known as well; without one they are zero.
    pub zero: Option<usize>,
    /// The code at `at` has the zero point at `at / inner`, where there is more than one; they begin again after the last.
    pub inner: usize,
    /// What of them is taken, if not all.
    pub piece: Option<Piece>,
}

/// Some indices of a dimension.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Piece {
    /// The dimension.
    pub axis: usize,
    /// The first index.
    pub from: usize,
    /// The index after the last one.
    pub to: usize,
}
