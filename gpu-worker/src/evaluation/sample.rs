//! Drawing a sample of a data set from a seed that nobody could know when the model was committed.

use serde::{Deserialize, Serialize};

use crate::hash::Hash;

/// What the drawing depends on, such as a block hash.
pub type Seed = Hash;

/// How many samples to draw, and from which seed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// The seed.
    pub seed: Seed,
    /// Number of samples; never more than there are.
    pub size: usize,
}

impl Sample {
    /// Draws distinct numbers below `population`, every set of them as likely as any other, ascending.
    pub fn draw(&self, population: usize) -> Vec<usize> {
        let size = self.size.min(population);
        let mut numbers = Numbers {
            seed: self.seed,
            block: 0,
            pending: Vec::new(),
        };
        let mut deck: Vec<usize> = (0..population).collect();
        for place in 0..size {
            let pick = place + numbers.below((population - place) as u64) as usize;
            deck.swap(place, pick);
        }
        deck.truncate(size);
        deck.sort_unstable();
        deck
    }
}

/// A stream of numbers: the words of BLAKE2-256(seed, 0), BLAKE2-256(seed, 1) and so on.
struct Numbers {
    seed: Seed,
    block: u64,
    pending: Vec<u64>,
}

impl Numbers {
    fn next(&mut self) -> u64 {
        loop {
            if let Some(number) = self.pending.pop() {
                return number;
            }
            let block = Hash::of(&[&self.seed.0[..], &self.block.to_le_bytes()].concat());
            self.block += 1;
            self.pending.extend(
                block
                    .0
                    .as_chunks::<8>()
                    .0
                    .iter()
                    .rev()
                    .map(|&word| u64::from_le_bytes(word)),
            );
        }
    }

    /// A number below `bound`, without the bias of a plain remainder: the incomplete last round of numbers is thrown away.
    fn below(&mut self, bound: u64) -> u64 {
        let end = u64::MAX - u64::MAX % bound;
        loop {
            let number = self.next();
            if number < end {
                return number % bound;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(seed: u8, size: usize) -> Sample {
        Sample {
            seed: Hash([seed; 32]),
            size,
        }
    }

    #[test]
    fn the_same_seed_draws_the_same_samples() {
        assert_eq!(sample(1, 10).draw(100), sample(1, 10).draw(100));
        assert_ne!(sample(1, 10).draw(100), sample(2, 10).draw(100));
    }

    #[test]
    fn samples_are_distinct_and_no_more_than_there_are() {
        let mut drawn = sample(3, 50).draw(60);
        drawn.dedup();
        assert_eq!(drawn.len(), 50);
        assert_eq!(sample(3, 99).draw(4), [0, 1, 2, 3]);
        assert_eq!(sample(3, 1).draw(0), [0; 0]);
    }

    #[test]
    fn every_number_is_drawn_about_as_often() {
        let mut counts = [0_u32; 10];
        for seed in 0..200 {
            for number in sample(seed, 3).draw(10) {
                counts[number] += 1;
            }
        }
        // 60 each on average; seven standard deviations either side.
        assert!(counts.iter().all(|count| (15..=105).contains(count)), "{counts:?}");
    }
}
