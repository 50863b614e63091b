//! Numbers by chance, which a seed repeats.

/// A generator of numbers (splitmix64).
pub struct Chance(pub u64);

impl Chance {
    /// Any number.
    #[expect(clippy::should_implement_trait, reason = "it never ends, so it is no iterator")]
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`, which is not zero.
    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// A number of 16 bits.
    pub fn number(&mut self) -> u16 {
        u16::try_from(self.below(65_536)).unwrap()
    }

    /// One of these, of which there is at least one.
    pub fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[usize::try_from(self.below(of.len() as u64)).unwrap()]
    }
}

/// The seeds that a test of random sequences runs: SEED alone, or the first SEQUENCES of them. They are the same on every run, so a change
/// is what makes a run that passed fail.
pub fn seeds(sequences: u64) -> Vec<u64> {
    let number = |name: &str| -> Option<u64> { std::env::var(name).ok()?.parse().ok() };
    if let Some(seed) = number("SEED") {
        return vec![seed];
    }
    let sequences = number("SEQUENCES").unwrap_or(sequences);
    (1..=sequences).collect()
}
