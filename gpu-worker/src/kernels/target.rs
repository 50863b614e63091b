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
    Gpu,
}
