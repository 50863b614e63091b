//! One epoch, step by step.

use alloc::vec::Vec;

use crate::bonds::Version;
use crate::fixed::I32F32;
use crate::sparse::SparseMatrix;
use crate::{Block, Error, Input, Progress, Rao, Stage, Uid};

/// What holds for the whole subnet in this epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Params {
    /// The block of the epoch.
    pub block: Block,
    /// Blocks between two epochs.
    pub tempo: u64,
    /// The block of the subnet's last epoch; 0 before the first.
    pub last_step: Block,
    /// Blocks without an update after which stake stops counting; see [`activity_cutoff`](crate::activity_cutoff).
    pub activity_cutoff: Block,
    /// The majority, as a proportion of 65535.
    pub kappa: u16,
    /// How much of the old bonds stays, in millionths.
    pub bonds_moving_average: u64,
    /// How far bonds follow clipped instead of given weights, as a proportion of 65535.
    pub bonds_penalty: u16,
    /// Permits to give, the owner's not counted.
    pub max_validators: u16,
    /// The subnet owner's UID.
    pub owner: Option<Uid>,
    /// Stakes below this count as zero, except the owner's.
    pub stake_threshold: Rao,
    /// What the subnet accrued, without the owner's cut.
    pub emission: Rao,
    /// How bonds evolve.
    pub version: Version,
}

/// The subnet's neurons: one value per UID in each list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Neurons<'a> {
    /// Stake that counts for the neuron, in rao.
    pub stake: &'a [Rao],
    /// Block of the last weights (of their commit, where weights are committed).
    pub last_update: &'a [Block],
    /// Block of the registration.
    pub registered_at: &'a [Block],
    /// Permits given by the epoch before.
    pub permits: &'a [bool],
    /// Block of each neuron's earliest commit that is not yet revealed, [`NO_COMMIT`](Self::NO_COMMIT) where there is
    /// none; empty where the subnet does not use commit-reveal.
    pub earliest_commit: &'a [Block],
}

impl Neurons<'_> {
    /// A neuron without live commits.
    pub const NO_COMMIT: Block = Block::MAX;
}

/// All that an epoch depends on.
#[derive(Clone, Copy, Debug)]
pub struct Epoch<'a> {
    /// The subnet's parameters.
    pub params: &'a Params,
    /// Its neurons.
    pub neurons: Neurons<'a>,
    /// The weights that each neuron gives to others, as stored (max-upscaled).
    pub weights: &'a SparseMatrix,
    /// The bonds that the last epoch left.
    pub bonds: &'a SparseMatrix,
}

/// What an epoch leaves: one value per UID in each list. Proportions are of 65535.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Rao for the neuron as a server (miner), to be paid as it is.
    pub server_emission: Vec<Rao>,
    /// The neuron's share as a validator; [`payout::split`](crate::payout::split) turns it into what is paid.
    pub validator_emission: Vec<Rao>,
    /// Both together, for display and for choosing whom to prune.
    pub emission: Vec<Rao>,
    /// Share of the subnet's stake.
    pub stake_weight: Vec<u16>,
    /// The weight that a majority of stake supports.
    pub consensus: Vec<u16>,
    /// Share of the servers' half.
    pub incentive: Vec<u16>,
    /// Share of the validators' half.
    pub dividends: Vec<u16>,
    /// How much of the neuron's weights the consensus supports.
    pub validator_trust: Vec<u16>,
    /// Permits for the next epoch.
    pub permits: Vec<bool>,
    /// Bonds for the next epoch: rows of neurons with a new permit, ascending unless liquid alpha follows the
    /// weights' order.
    pub bonds: SparseMatrix,
}

impl Epoch<'_> {
    /// Most neurons an epoch takes: sums of as many raw weights stay below 2^31.
    pub const MAX_NEURONS: usize = 1 << 15;

    /// Computes the epoch.
    ///
    /// All proportions are [`I32F32`](crate::fixed::I32F32) unless said otherwise; "normalised" means divided by the
    /// sum, unless that is zero.
    ///
    /// 1. Inactive: last_update_i + activity_cutoff < block.
    /// 2. Stake s: zero below the threshold, except the owner's; normalised in 64 fraction bits, then cut to 32.
    /// 3. New permits: the largest non-zero stakes, ties to the higher UID. The owner has a permit, before and after.
    /// 4. Active stake a: s, zero where inactive or without the *old* permit; normalised.
    /// 5. Weights W: rows of old permits; of a row, not its own neuron (except the owner's row), none that registered
    ///    at or after the row's last update, none that registered after its earliest commit still hidden; rows
    ///    normalised.
    /// 6. Consensus C_j: median of column j, weighted by active stake; an absent entry votes zero.
    /// 7. Clipped weights W': min(W_ij, C_j), dropped where C_j = 0 < W_ij. Validator trust is the sum of a row.
    /// 8. Incentive I = normalise(R), R_j = sum_i a_i * W'_ij.
    /// 9. Weights for bonds WB = W + penalty * (W' - W).
    /// 10. Bonds E and dividends D from old bonds, WB, C, I and a: see [`Version`].
    /// 11. Shares of the emission: I / es, D / es and (I + D) / es with es = sum I + sum D; where es = 0, validators
    ///     share by a, or by s if nobody is active.
    /// 12. Emission = floor(share * emission), proportions stored as floor(65535 * p), bonds kept under a new permit
    ///     only.
    ///
    /// # Errors
    /// [`Error`] where lists and matrices do not describe the same neurons, or stakes overflow any order.
    pub fn run(&self) -> Result<Outcome, Error> {
        self.check()?;
        let Self {
            params,
            neurons,
            weights,
            bonds,
        } = *self;
        let mut progress = Progress::begin(params, &neurons)?;
        progress.agree(params, &neurons, weights)?;
        let mut kept = SparseMatrix::with_capacity(neurons.stake.len());
        while let Stage::Bonds { row, .. } = progress.stage(params) {
            if let Some(row) = progress.bond(params, &neurons, weights.packed(row), bonds.packed(row))? {
                kept.push_packed(row);
            }
        }
        Ok(Outcome {
            bonds: kept,
            ..progress.finish(params)
        })
    }

    /// Every list and matrix has a row per stake, and every UID exists.
    fn check(&self) -> Result<(), Error> {
        check_lists(self.params, &self.neurons)?;
        let n = self.neurons.stake.len();
        self.weights.check(Input::Weights, n)?;
        self.bonds.check(Input::Bonds, n)
    }
}

/// Every list has a value per stake, and the owner is a neuron.
pub(crate) fn check_lists(params: &Params, neurons: &Neurons<'_>) -> Result<(), Error> {
    let n = neurons.stake.len();
    if n > Epoch::MAX_NEURONS {
        return Err(Error::TooManyNeurons {
            found: n,
            limit: Epoch::MAX_NEURONS,
        });
    }
    let same_length = |input, found| {
        if found == n {
            Ok(())
        } else {
            Err(Error::LengthMismatch {
                input,
                expected: n,
                found,
            })
        }
    };
    same_length(Input::LastUpdate, neurons.last_update.len())?;
    same_length(Input::RegisteredAt, neurons.registered_at.len())?;
    same_length(Input::Permits, neurons.permits.len())?;
    if !neurons.earliest_commit.is_empty() {
        same_length(Input::EarliestCommit, neurons.earliest_commit.len())?;
    }
    match params.owner {
        Some(uid) if usize::from(uid) >= n => Err(Error::OwnerOutOfRange { uid, neurons: n }),
        _ => Ok(()),
    }
}

/// Proportions as they are stored.
pub(crate) fn proportions(values: &[I32F32]) -> Vec<u16> {
    values.iter().map(|value| value.to_proportion()).collect()
}
