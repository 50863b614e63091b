//! How kernels that compute eight neighbouring results in a row finish and store them: `finished`, `store` and `finish_stored` of
//! stores/*.wgsl, which come after a kernel's own source.

use super::pack::EIGHT;
use super::{EIGHTS, Target};

/// How many neighbouring results go to memory at once. [`Target::Lanes`] takes as long for a 64-bit word as for a float.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stores {
    /// Each by itself.
    One,
    /// Two, as one 64-bit word, for [`Target::Lanes`].
    Two,
    /// Four, as one vector.
    Four,
    /// Four, as two 64-bit words, for [`Target::Lanes`].
    FourAsWords,
    /// Eight, as four 64-bit words, for [`Target::Lanes`].
    Eight,
}

impl Stores {
    /// Those for [`Target::Lanes`].
    pub const ON_LANES: [Self; 4] = [Self::One, Self::Two, Self::FourAsWords, Self::Eight];

    /// As many as all places and lengths of rows are whole multiples of.
    pub fn of(places: &[usize], target: Target) -> Self {
        let are_multiples = |of: usize| places.iter().all(|place| place.is_multiple_of(of));
        match target {
            Target::Lanes(_) if are_multiples(EIGHT) => Self::Eight,
            Target::Lanes(_) if are_multiples(4) => Self::FourAsWords,
            Target::Lanes(_) if are_multiples(2) => Self::Two,
            Target::Any | Target::Gpu(_) if are_multiples(4) => Self::Four,
            _ => Self::One,
        }
    }

    /// What a kernel's name says of it.
    pub fn name(self) -> &'static str {
        match self {
            Self::One => "scalars",
            Self::Two => "pairs",
            Self::Four => "vectors",
            Self::FourAsWords => "fours",
            Self::Eight => "eights",
        }
    }

    /// How many neighbouring results an element of the output holds.
    pub fn unit(self) -> u32 {
        match self {
            Self::One => 1,
            Self::Two => 2,
            Self::Four | Self::FourAsWords => 4,
            Self::Eight => 8,
        }
    }

    /// `part`, which gives an element of the output of eight neighbouring results, where it holds several, for [`Target::Lanes`].
    pub fn part(self) -> Option<&'static str> {
        match self {
            Self::One => None,
            Self::Two => Some(include_str!("stores/part_of_two.wgsl")),
            Self::Four | Self::FourAsWords => Some(include_str!("stores/part_of_four.wgsl")),
            Self::Eight => Some(include_str!("stores/part_of_eight.wgsl")),
        }
    }

    /// What a kernel's source goes on with that reads so many tensors.
    pub fn source(self, inputs: usize) -> String {
        let own = match self {
            Self::One => include_str!("stores/one.wgsl"),
            Self::Two => include_str!("stores/two.wgsl"),
            Self::Four => include_str!("stores/four.wgsl"),
            Self::FourAsWords => include_str!("stores/four_as_words.wgsl"),
            Self::Eight => include_str!("stores/eight.wgsl"),
        };
        let finish = match self {
            Self::One | Self::Two => include_str!("stores/apart.wgsl"),
            Self::Four | Self::FourAsWords | Self::Eight => include_str!("stores/together.wgsl"),
        };
        let own = own.replace("$BINDING", &(inputs + 1).to_string());
        [include_str!("stores/finished.wgsl"), &own, finish].concat()
    }

    /// The functions that this source uses, which some kernels have in any case.
    pub fn functions(self) -> &'static str {
        match self {
            Self::One | Self::Four => "",
            Self::Two | Self::FourAsWords | Self::Eight => EIGHTS,
        }
    }
}
