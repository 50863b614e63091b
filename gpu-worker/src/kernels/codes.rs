//! Codes of quantised constants in the forms in which kernels read them.

/// Codes of an input that is known, less their zero points, or a part of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Codes {
    /// Which input.
    pub input: usize,
    /// The input that holds their zero points, and is known as well; without one they are zero.
    pub zero: Option<usize>,
    /// The code at `at` has the zero point at `at / inner`, where there is more than one; they begin again after the last.
    pub inner: usize,
    /// What of each.
    pub part: Part,
}

/// What of a number is taken: 16 times the high part and the low part are the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    /// All of it.
    Whole,
    /// What is left beyond the low part, in sixteenths.
    High,
    /// From -8 to 7.
    Low,
}

impl Part {
    /// That part of a number.
    pub fn of(self, number: i32) -> i32 {
        let high = (number + 8).div_euclid(16);
        match self {
            Self::Whole => number,
            Self::High => high,
            Self::Low => number - 16 * high,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_a_number_are_small_and_make_the_whole() {
        for number in -255..=255 {
            let (high, low) = (Part::High.of(number), Part::Low.of(number));
            assert!((-16..=16).contains(&high) && (-8..8).contains(&low), "{number}");
            assert_eq!(16 * high + low, Part::Whole.of(number));
        }
    }
}
