//! Steps 6 to 8: the stake-weighted median, clipping, and what servers earn by it.

use alloc::{vec, vec::Vec};

use crate::fixed::{normalise, wrapping_sum, I32F32};
use crate::weights::CountedWeights;
use crate::{Error, Params};

/// What the validators agree on.
pub(crate) struct Agreement {
    /// C_j: the largest weight of each neuron that a majority of stake supports.
    pub consensus: Vec<I32F32>,
    /// I_j: each neuron's share of the servers' half.
    pub incentive: Vec<I32F32>,
    /// The sum of each neuron's clipped weights.
    pub validator_trust: Vec<I32F32>,
}

impl Agreement {
    /// C_j = weighted median of column j; R_j = sum_i active_i * clip(W_ij, C_j); I = normalise(R).
    pub fn reach(params: &Params, weights: &CountedWeights<'_>, active: &[I32F32]) -> Result<Self, Error> {
        let mut consensus = Vec::with_capacity(weights.neurons());
        let mut incentive = Vec::with_capacity(weights.neurons());
        let mut validator_trust = vec![I32F32::ZERO; weights.neurons()];

        let columns = weights.by_column();
        let mut median = Median::new(active, I32F32::from_proportion(params.kappa))?;
        for column in columns.iter() {
            let entries = || {
                column
                    .iter()
                    .map(|&(row, raw)| (usize::from(row), weights.value(usize::from(row), raw)))
            };
            let agreed = median.of(entries());
            let mut rank = I32F32::ZERO;
            for (row, value) in entries() {
                let Some(clipped) = clip(value, agreed) else { continue };
                let stake = active.get(row).copied().unwrap_or_default();
                rank = rank.saturating_add(stake.saturating_mul(clipped));
                if let Some(trust) = validator_trust.get_mut(row) {
                    *trust = trust.saturating_add(clipped);
                }
            }
            consensus.push(agreed);
            incentive.push(rank);
        }
        normalise(&mut incentive);
        Ok(Self {
            consensus,
            incentive,
            validator_trust,
        })
    }

    /// Whether any neuron has a consensus.
    pub fn is_any(&self) -> bool {
        self.consensus.iter().any(|&agreed| agreed != I32F32::ZERO)
    }
}

/// Step 7: a weight above the consensus becomes the consensus; it ceases to be an entry where the consensus is zero.
pub(crate) fn clip(value: I32F32, consensus: I32F32) -> Option<I32F32> {
    if value <= consensus {
        Some(value)
    } else if consensus > I32F32::ZERO {
        Some(consensus)
    } else {
        None
    }
}

/// Step 6: the stake-weighted median of one column at a time.
///
/// The protocol searches it by pivots: of the index list, take the element in the middle, split the rest into lower
/// and higher values, continue among the lower if minority < stake below the pivot, else among the higher if stake up
/// to the pivot <= minority. Sums of stake are exact, so whatever pivots are met, that ends at the least value v for
/// which the stake on values <= v exceeds the minority, or at the greatest value if there is none. This computes that
/// value by sorting the non-zero entries, in O(k log k) whatever the weights are, so that nobody can make an epoch
/// expensive by arranging them.
struct Median {
    /// Stake of the rows that vote, normalised among them; `None` for the others.
    stake: Vec<Option<I32F32>>,
    voters: usize,
    total: I32F32,
    minority: I32F32,
    sorted: Vec<(I32F32, usize)>,
}

impl Median {
    fn new(active: &[I32F32], majority: I32F32) -> Result<Self, Error> {
        let mut voting: Vec<I32F32> = active.iter().copied().filter(|&stake| stake > I32F32::ZERO).collect();
        normalise(&mut voting);
        if !sums_exactly(&voting) {
            return Err(Error::StakeOverflow);
        }
        let total = wrapping_sum(&voting);
        let voters = voting.len();
        let mut voting = voting.into_iter();
        let stake = active
            .iter()
            .map(|&stake| if stake > I32F32::ZERO { voting.next() } else { None })
            .collect();
        let minority = total.saturating_sub(majority);
        Ok(Self {
            stake,
            voters,
            total,
            minority,
            sorted: Vec::with_capacity(voters),
        })
    }

    /// The median over all voters, where those without an entry vote zero.
    fn of(&mut self, entries: impl Iterator<Item = (usize, I32F32)>) -> I32F32 {
        self.sorted.clear();
        let mut stake_on_zero = self.total;
        for (row, value) in entries {
            if let (true, Some(stake)) = (value > I32F32::ZERO, self.stake_of(row)) {
                stake_on_zero = stake_on_zero.saturating_sub(stake);
                self.sorted.push((value, row));
            }
        }
        let someone_votes_zero = self.sorted.len() < self.voters;
        if someone_votes_zero && stake_on_zero > self.minority {
            return I32F32::ZERO;
        }
        self.sorted.sort_unstable();
        let mut stake_up_to = stake_on_zero;
        for &(value, row) in &self.sorted {
            stake_up_to = stake_up_to.saturating_add(self.stake_of(row).unwrap_or_default());
            if stake_up_to > self.minority {
                return value;
            }
        }
        self.sorted.last().map_or(I32F32::ZERO, |&(value, _)| value)
    }

    fn stake_of(&self, row: usize) -> Option<I32F32> {
        self.stake.get(row).copied().flatten()
    }
}

/// Whether no partial sum of these stakes can leave the range, in whatever order. Always so unless the normalising
/// sums wrapped around, which takes stakes of more than 2^63 rao.
fn sums_exactly(stakes: &[I32F32]) -> bool {
    let sum = stakes
        .iter()
        .try_fold(0i64, |sum, stake| sum.checked_add(stake.to_bits()));
    sum.is_some() && stakes.iter().all(|&stake| stake >= I32F32::ZERO)
}
