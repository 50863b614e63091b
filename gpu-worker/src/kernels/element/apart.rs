//! Functions that are written apart from all others, so that an expression holds no more code than it calls.

/// A function of one word or two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Apart {
    /// Its name; the one of four words has `_four` at its end.
    pub name: &'static str,
    /// What it is defined in.
    pub source: &'static str,
    /// What the one of four words is defined in, after that.
    pub source_of_four: &'static str,
    /// Whether the one of four words calls the other.
    pub is_repeated: bool,
}

impl Apart {
    /// To half precision.
    pub const fn rounding(name: &'static str) -> Self {
        Self {
            name,
            source: include_str!("../unary/rounding.wgsl"),
            source_of_four: include_str!("rounding_four.wgsl"),
            is_repeated: false,
        }
    }

    /// From and to whole numbers.
    pub const fn whole(name: &'static str) -> Self {
        Self {
            name,
            source: include_str!("whole.wgsl"),
            source_of_four: include_str!("whole_four.wgsl"),
            is_repeated: false,
        }
    }

    /// Numbers of steps.
    pub const fn steps(name: &'static str) -> Self {
        Self {
            name,
            source: include_str!("steps.wgsl"),
            source_of_four: include_str!("steps_four.wgsl"),
            is_repeated: true,
        }
    }
}
