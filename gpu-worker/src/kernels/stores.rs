//! How kernels that compute eight neighbouring results in a row store them: `store`, `finish_stored` and `finish_neighbours` of
//! stores/*.wgsl, which come after a kernel's own source.

use super::pack::EIGHT;
use super::{EIGHTS, Target};

/// How many neighbouring results go to memory at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stores {
    /// Each by itself.
    One,
    /// Four, as one vector.
    Four,
    /// Eight, as 64-bit words, for [`Target::Lanes`].
    Eight,
}

impl Stores {
    /// All there are.
    pub const ALL: [Self; 3] = [Self::One, Self::Four, Self::Eight];

    /// As many as all places and lengths of rows are whole multiples of.
    pub fn of(places: &[usize], target: Target) -> Self {
        let are_multiples = |of: usize| places.iter().all(|place| place.is_multiple_of(of));
        match target {
            Target::Lanes(_) if are_multiples(EIGHT) => Self::Eight,
            _ if are_multiples(4) => Self::Four,
            _ => Self::One,
        }
    }

    /// What a kernel's name says of it.
    pub fn name(self) -> &'static str {
        match self {
            Self::One => "scalars",
            Self::Four => "vectors",
            Self::Eight => "eights",
        }
    }

    /// What a kernel's source goes on with.
    pub fn source(self) -> &'static str {
        match self {
            Self::One => include_str!("stores/one.wgsl"),
            Self::Four => include_str!("stores/four.wgsl"),
            Self::Eight => include_str!("stores/eight.wgsl"),
        }
    }

    /// The functions that this source uses, which some kernels have in any case.
    pub fn functions(self) -> &'static str {
        match self {
            Self::One | Self::Four => "",
            Self::Eight => EIGHTS,
        }
    }
}
