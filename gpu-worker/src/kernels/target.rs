//! What kernels are chosen by.

/// How an adapter runs kernels, as far as the choice of kernels depends on it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Target {
    /// Nothing is known of it: kernels that run well enough anywhere.
    #[default]
    Any,
    /// A CPU whose driver runs a subgroup as one vector of so many lanes, a power of two from 4 to 16.
    Lanes(u32),
    /// A GPU, whose workgroups share fast memory.
    Gpu(Abilities),
}

impl Target {
    /// A GPU that can do what all can.
    pub const PLAIN_GPU: Self = Self::Gpu(Abilities { matrices: None });

    /// Whether it is a GPU.
    pub fn is_gpu(self) -> bool {
        matches!(self, Self::Gpu(_))
    }

    /// The matrices that its subgroups multiply, if they do.
    pub fn matrices(self) -> Option<Matrices> {
        match self {
            Self::Gpu(abilities) => abilities.matrices,
            Self::Any | Self::Lanes(_) => None,
        }
    }
}

/// What a GPU can do besides what all can.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Abilities {
    /// The matrices that its subgroups multiply, if they do.
    pub matrices: Option<Matrices>,
}

/// Square matrices of float16 that a subgroup multiplies as one, adding up in single precision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Matrices {
    /// Rows and columns: 8 or 16.
    pub side: u32,
    /// Threads of the largest subgroup: 8, 16, 32 or 64.
    pub subgroup: u32,
}
