//! The weights that validators set.

use super::scenario::{Behaviour, Scenario};

/// What a validator knows when it sets weights.
pub struct View<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// The epoch the weights are for, from 0.
    pub epoch: u32,
    /// Consensus per UID of the newest epoch whose weights are public, if there is one.
    pub public: Option<&'a [u16]>,
}

impl View<'_> {
    /// What a validator gives each UID, max-upscaled as a contract stores it; `None` when it sets no weights.
    pub fn weights(&self, validator: usize) -> Option<Vec<(yuma::Uid, u16)>> {
        let measured = |epoch, noise| {
            let miners = self.scenario.miners.iter().enumerate();
            miners
                .map(|(uid, miner)| miner.quality.at(epoch) * (1.0 + noise * self.error(validator, uid)))
                .collect::<Vec<f64>>()
        };
        match &self.scenario.validators.get(validator)?.behaviour {
            Behaviour::Honest { noise } => Some(upscaled(&measured(self.epoch, *noise))),
            Behaviour::Stale => Some(upscaled(&measured(0, 0.0))),
            Behaviour::Collude { favours } => {
                let is_favourite = |name: &String| f64::from(favours.contains(name));
                let miners = self.scenario.miners.iter();
                Some(upscaled(
                    &miners.map(|miner| is_favourite(&miner.name)).collect::<Vec<_>>(),
                ))
            }
            Behaviour::Copy => {
                let seen = self.public?.iter().take(self.scenario.miners.len());
                Some(upscaled(
                    &seen.map(|consensus| f64::from(*consensus)).collect::<Vec<_>>(),
                ))
            }
            Behaviour::Silent => None,
        }
    }

    /// A measurement's error, -1 to 1: a function of seed, epoch, validator and miner, so that runs can be repeated.
    fn error(&self, validator: usize, miner: usize) -> f64 {
        let mut state = self.scenario.seed;
        for part in [u64::from(self.epoch), validator as u64, miner as u64] {
            state = scrambled(state ^ scrambled(part));
        }
        // 53 bits fill a double's fraction.
        (state >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }
}

/// SplitMix64's step: spreads whatever it is given over all 64 bits.
fn scrambled(value: u64) -> u64 {
    let mut mixed = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// The largest becomes 65535; what rounds to nothing is left out.
fn upscaled(weights: &[f64]) -> Vec<(yuma::Uid, u16)> {
    let largest = weights.iter().copied().fold(0.0, f64::max);
    if largest <= 0.0 {
        return Vec::new();
    }
    (0..)
        .zip(weights)
        .map(|(uid, weight)| (uid, (weight.max(0.0) / largest * f64::from(u16::MAX)).round() as u16))
        .filter(|(_, weight)| *weight > 0)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_relative_to_the_largest() {
        assert_eq!(upscaled(&[0.5, 0.0, 1.0]), [(0, 32_768), (2, 65_535)]);
        assert_eq!(upscaled(&[0.0, 0.0]), []);
    }

    #[test]
    fn errors_of_measurement_spread_over_both_sides_and_can_be_repeated() {
        let text =
            "name='n'\nepochs=1\n[[miner]]\nname='m'\nquality=1\n[[validator]]\nname='v'\nstake=1\nbehaviour='silent'";
        let scenario = Scenario::parse(text).unwrap();
        let errors = || -> Vec<f64> {
            let view = |epoch| View {
                scenario: &scenario,
                epoch,
                public: None,
            };
            (0..1_000).map(|epoch| view(epoch).error(0, 0)).collect()
        };
        assert_eq!(errors(), errors());
        assert!(errors().iter().all(|error| (-1.0..=1.0).contains(error)));
        let mean = errors().iter().sum::<f64>() / 1_000.0;
        assert!(mean.abs() < 0.1, "{mean}");
    }
}
