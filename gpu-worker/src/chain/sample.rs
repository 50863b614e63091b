//! From which seed a model's samples are drawn.
//!
//! It depends on the hash of a block made after the model was committed, so its miner could not know it, and every validator draws the
//! same samples.

use crate::evaluation::Seed;
use inktensor_primitives::{BlockNumber, Hash};

/// Separates this use of the hash function from every other.
const DOMAIN: &[u8] = b"inktensor/sample/v1";

/// The seed's block comes so many blocks after the commitment, out of reach of whoever made the commitment's own block.
pub const SEED_DELAY: BlockNumber = 2;

/// The seed for a model, by the hash of the block that is due for it.
pub fn seed(block: &Hash, model: &Hash) -> Seed {
    Seed::of(&[DOMAIN, block.as_ref(), model.as_ref()].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_block_and_every_model_has_a_seed_of_its_own() {
        let hash = |byte| Hash::from([byte; 32]);
        assert_eq!(seed(&hash(1), &hash(2)), seed(&hash(1), &hash(2)));
        assert_ne!(seed(&hash(1), &hash(2)), seed(&hash(3), &hash(2)));
        assert_ne!(seed(&hash(1), &hash(2)), seed(&hash(1), &hash(3)));
    }
}
