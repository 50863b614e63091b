//! Where sums of products lie.

/// Where numbers lie that codes stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    /// From so far below zero to so far above it.
    Between(u64, u64),
    /// Anywhere, but no further from each other, and with zero between them.
    Somewhere(u64),
}

impl Span {
    /// The greatest magnitude that any sum of products with weights has of which the positive ones, and the negative ones, add up to so much.
    pub fn most(self, positive: u64, negative: u64) -> u64 {
        let product = |(one, other): (u64, u64), (first, second): (u64, u64)| {
            one.saturating_mul(first).saturating_add(other.saturating_mul(second))
        };
        let weights = (positive, negative);
        match self {
            Self::Between(below, above) => product(weights, (below, above)).max(product(weights, (above, below))),
            Self::Somewhere(width) => width.saturating_mul(positive.max(negative)),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Span;

    proptest! {
        #[test]
        fn no_sum_of_some_terms_is_beyond_the_greatest(
            zero in 0..=255_i64,
            terms in prop::collection::vec((0..=255_i64, -128..128_i64, any::<bool>()), 1..20),
        ) {
            let add = |sign: i64| terms.iter().map(|term| (sign * term.1).max(0) as u64).sum::<u64>();
            let some: i64 = terms.iter().filter(|term| term.2).map(|(code, weight, _)| (code - zero) * weight).sum();
            let spans = [Span::Between(zero as u64, 255 - zero as u64), Span::Somewhere(255)];
            for span in spans {
                prop_assert!(some.unsigned_abs() <= span.most(add(1), add(-1)), "{:?}", span);
            }
        }
    }

    #[test]
    fn the_greatest_sum_is_there() {
        assert_eq!(Span::Between(128, 127).most(10, 3), 128 * 10 + 127 * 3);
        assert_eq!(Span::Somewhere(255).most(10, 3), 2550);
    }
}
