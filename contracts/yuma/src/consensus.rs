//! Steps 6 to 8: the stake-weighted median, clipping, and what servers earn by it.

use alloc::{vec, vec::Vec};

use crate::fixed::{normalise, wrapping_sum, I32F32};
use crate::sparse::{is_ascending, unpack, SparseMatrix};
use crate::weights::RowMask;
use crate::{Error, Neurons, Params};

/// The most cells of a stripe of columns: 32 KiB.
const STRIPE: usize = 4096;
/// Bits of a vote that tell who cast it.
const VOICE_BITS: u32 = 16;
/// Those bits.
const VOICE: u64 = (1 << VOICE_BITS) - 1;

/// What the validators agree on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Agreement {
    /// Sum of the raw weights of each row that count.
    pub row_sums: Vec<u64>,
    /// C_j: the largest weight of each neuron that a majority of stake supports.
    pub consensus: Vec<I32F32>,
    /// I_j: each neuron's share of the servers' half.
    pub incentive: Vec<I32F32>,
    /// The sum of each neuron's clipped weights.
    pub validator_trust: Vec<I32F32>,
}

impl Agreement {
    /// C_j = weighted median of column j; R_j = sum_i active_i * clip(W_ij, C_j); I = normalise(R).
    ///
    /// Works through stripes of columns, so that beside the weights it needs no second copy of them.
    pub fn reach(
        params: &Params,
        neurons: &Neurons<'_>,
        weights: &SparseMatrix,
        active: &[I32F32],
    ) -> Result<Self, Error> {
        let n = active.len();
        let mut ballots = Ballots::new(active, I32F32::from_proportion(params.kappa))?;
        let mut voices = voices(params, neurons, weights, active, &ballots.stake);
        let mut agreement = Self {
            row_sums: vec![0; n],
            consensus: Vec::with_capacity(n),
            incentive: Vec::with_capacity(n),
            validator_trust: vec![I32F32::ZERO; n],
        };
        // Rows that are not ascending are read whole, for one stripe.
        let in_order = voices.iter().all(|voice| is_ascending(voice.entries, n));
        let width = if in_order {
            STRIPE.checked_div(voices.len()).unwrap_or(n).clamp(1, n.max(1))
        } else {
            n
        };
        let mut stripe = Stripe::new(width, voices.len());
        for start in (0..n).step_by(width.max(1)) {
            stripe.fill(start, n, &mut voices);
            for column in 0..width.min(n.saturating_sub(start)) {
                let votes = stripe.column(column);
                let agreed = ballots.median(votes, &voices);
                agreement.consensus.push(agreed);
                agreement.incentive.push(rank(votes, agreed, &mut voices));
            }
        }
        normalise(&mut agreement.incentive);
        for voice in &voices {
            if let Some(sum) = agreement.row_sums.get_mut(voice.row) {
                *sum = voice.sum;
            }
            if let Some(trust) = agreement.validator_trust.get_mut(voice.row) {
                *trust = voice.trust;
            }
        }
        Ok(agreement)
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

/// Step 8 of one column: R_j, and what the column adds to its validators' trust.
fn rank(votes: &[u64], agreed: I32F32, voices: &mut [Voice<'_>]) -> I32F32 {
    let mut rank = I32F32::ZERO;
    if agreed <= I32F32::ZERO {
        return rank;
    }
    for &vote in votes {
        if let Some(voice) = voices.get_mut(who(vote)) {
            let clipped = value(vote).min(agreed);
            rank = rank.saturating_add(voice.stake.saturating_mul(clipped));
            voice.trust = voice.trust.saturating_add(clipped);
        }
    }
    rank
}

/// A row of weights that counts.
struct Voice<'a> {
    row: usize,
    mask: RowMask<'a>,
    entries: &'a [u32],
    /// How many entries the stripes so far had.
    read: usize,
    sum: u64,
    stake: I32F32,
    /// Its stake among those who vote; `None` where it is not active.
    vote: Option<I32F32>,
    trust: I32F32,
}

fn voices<'a>(
    params: &Params,
    neurons: &Neurons<'a>,
    weights: &'a SparseMatrix,
    active: &[I32F32],
    votes: &[Option<I32F32>],
) -> Vec<Voice<'a>> {
    let rows = || {
        (0..weights.rows()).filter_map(|row| {
            let entries = weights.packed(row);
            let mask = RowMask::new(params, neurons, row);
            (mask.counts() && !entries.is_empty()).then_some((row, mask, entries))
        })
    };
    let mut voices = Vec::with_capacity(rows().count());
    voices.extend(rows().map(|(row, mask, entries)| {
        // At most 2^15 entries below 2^16 each: far from overflowing.
        let raw = mask.entries(entries).map(|(_, raw)| u64::from(raw));
        Voice {
            row,
            mask,
            entries,
            read: 0,
            sum: raw.fold(0, u64::saturating_add),
            stake: active.get(row).copied().unwrap_or_default(),
            vote: votes.get(row).copied().flatten(),
            trust: I32F32::ZERO,
        }
    }));
    voices
}

/// The positive weights of some columns, each column's in the order of the rows, as votes: the weight above
/// [`VOICE_BITS`], the voice below them. Weights are at most one, so a vote has 49 bits.
struct Stripe {
    voices: usize,
    cells: Vec<u64>,
    counts: Vec<usize>,
}

impl Stripe {
    fn new(width: usize, voices: usize) -> Self {
        Self {
            voices,
            cells: vec![0; width.saturating_mul(voices)],
            counts: vec![0; width],
        }
    }

    /// Takes the columns from `start` on.
    fn fill(&mut self, start: usize, columns: usize, voices: &mut [Voice<'_>]) {
        self.counts.fill(0);
        let end = start.saturating_add(self.counts.len()).min(columns);
        for (number, voice) in (0u64..).zip(voices) {
            while let Some(&entry) = voice.entries.get(voice.read) {
                let (uid, raw) = unpack(entry);
                let column = usize::from(uid);
                if column >= end {
                    break;
                }
                voice.read = voice.read.saturating_add(1);
                if raw == 0 || !voice.mask.admits(uid) {
                    continue;
                }
                let column = column.saturating_sub(start);
                let Some(count) = self.counts.get_mut(column) else {
                    continue;
                };
                let place = column.saturating_mul(self.voices).saturating_add(*count);
                if let Some(cell) = self.cells.get_mut(place) {
                    *cell = (I32F32::ratio(raw, voice.sum).to_bits().unsigned_abs() << VOICE_BITS) | number;
                    *count = count.saturating_add(1);
                }
            }
        }
    }

    fn column(&self, column: usize) -> &[u64] {
        let start = column.saturating_mul(self.voices);
        let count = self.counts.get(column).copied().unwrap_or(0);
        self.cells.get(start..start.saturating_add(count)).unwrap_or(&[])
    }
}

fn who(vote: u64) -> usize {
    usize::try_from(vote & VOICE).unwrap_or(usize::MAX)
}

fn value(vote: u64) -> I32F32 {
    I32F32::from_bits(i64::try_from(vote >> VOICE_BITS).unwrap_or(i64::MAX))
}

/// Step 6: the stake-weighted median of one column at a time.
///
/// The protocol searches it by pivots: of the index list, take the element in the middle, split the rest into lower
/// and higher values, continue among the lower if minority < stake below the pivot, else among the higher if stake up
/// to the pivot <= minority. Sums of stake are exact, so whatever pivots are met, that ends at the least value v for
/// which the stake on values <= v exceeds the minority, or at the greatest value if there is none. This computes that
/// value by sorting the non-zero entries, in O(k log k) whatever the weights are, so that nobody can make an epoch
/// expensive by arranging them.
struct Ballots {
    /// Stake of the rows that vote, normalised among them; `None` for the others.
    stake: Vec<Option<I32F32>>,
    voters: usize,
    total: I32F32,
    minority: I32F32,
    sorted: Vec<u64>,
}

impl Ballots {
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

    /// The median over all voters, where those without a positive weight vote zero.
    fn median(&mut self, votes: &[u64], voices: &[Voice<'_>]) -> I32F32 {
        self.sorted.clear();
        let stake_of = |vote: u64| voices.get(who(vote)).and_then(|voice| voice.vote);
        let mut stake_on_zero = self.total;
        for &vote in votes {
            if let Some(stake) = stake_of(vote) {
                stake_on_zero = stake_on_zero.saturating_sub(stake);
                self.sorted.push(vote);
            }
        }
        let someone_votes_zero = self.sorted.len() < self.voters;
        if someone_votes_zero && stake_on_zero > self.minority {
            return I32F32::ZERO;
        }
        self.sorted.sort_unstable();
        let mut stake_up_to = stake_on_zero;
        for &vote in &self.sorted {
            stake_up_to = stake_up_to.saturating_add(stake_of(vote).unwrap_or_default());
            if stake_up_to > self.minority {
                return value(vote);
            }
        }
        self.sorted.last().map_or(I32F32::ZERO, |&vote| value(vote))
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
