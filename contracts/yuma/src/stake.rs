//! Steps 1 to 4: who is active, how much stake counts, who may validate.

use alloc::{vec, vec::Vec};

use crate::fixed::{normalise, I32F32};
use crate::wide::I64F64;
use crate::{Block, Neurons, Params, Rao};

/// Blocks without an update after which a neuron is inactive: max(1, factor * tempo / 1000).
pub fn activity_cutoff(factor_permille: u32, tempo: u64) -> Block {
    let blocks = u128::from(factor_permille).saturating_mul(u128::from(tempo)) / 1000;
    u64::try_from(blocks).unwrap_or(u64::MAX).max(1)
}

/// Whether a UID is the subnet owner's.
pub(crate) fn is_owner(params: &Params, index: usize) -> bool {
    params.owner.is_some_and(|owner| usize::from(owner) == index)
}

/// The permit under which a neuron's weights count in this epoch: the old one, or being the owner.
pub(crate) fn may_validate(params: &Params, neurons: &Neurons<'_>, index: usize) -> bool {
    is_owner(params, index) || neurons.permits.get(index).copied().unwrap_or(false)
}

/// Whether a neuron set no weights for longer than stake counts without.
fn is_inactive(params: &Params, last_update: Block) -> bool {
    last_update.saturating_add(params.activity_cutoff) < params.block
}

/// Step 2: stakes below the threshold count as zero, except the owner's; s_i = stake_i / sum.
///
/// The sum is a plain addition and wraps. Where it is zero nothing is divided, be it for want of stake or for wrapping.
pub(crate) fn normalised_stake(params: &Params, stake: &[Rao]) -> Vec<I32F32> {
    normalised_below(params, stake, Rao::MAX)
}

/// Step 2 once more where stakes are capped, with none above the cap; `stake` as it is where they are not.
pub(crate) fn capped_stake(params: &Params, neurons: &Neurons<'_>, stake: Vec<I32F32>) -> Vec<I32F32> {
    match cap(params, neurons) {
        Some(cap) => normalised_below(params, neurons.stake, cap),
        None => stake,
    }
}

fn normalised_below(params: &Params, stake: &[Rao], cap: Rao) -> Vec<I32F32> {
    let counted = |(index, &stake): (usize, &Rao)| {
        if passes_threshold(params, index, stake) {
            I64F64::from_int(stake.min(cap))
        } else {
            I64F64::ZERO
        }
    };
    let sum = stake
        .iter()
        .enumerate()
        .map(counted)
        .fold(I64F64::ZERO, I64F64::wrapping_add);
    let share = |stake: I64F64| {
        if sum == I64F64::ZERO {
            stake
        } else {
            stake.div_or_zero(sum)
        }
    };
    stake
        .iter()
        .enumerate()
        .map(|entry| share(counted(entry)).narrow())
        .collect()
}

/// The stake that no neuron counts with more than: the percentile `stake_cap` of 65535, by nearest rank, of the stakes that vote in
/// this epoch; none where caps are off or nobody votes.
///
/// Stakes vote that are not zero, pass the threshold, are active and have the old permit: nobody moves the percentile with stake that
/// has no say, and permits are few.
fn cap(params: &Params, neurons: &Neurons<'_>) -> Option<Rao> {
    if params.stake_cap == 0 {
        return None;
    }
    let mut voting: Vec<Rao> = neurons
        .stake
        .iter()
        .zip(neurons.last_update)
        .enumerate()
        .filter(|&(index, (&stake, &updated))| {
            stake != 0
                && passes_threshold(params, index, stake)
                && may_validate(params, neurons, index)
                && !is_inactive(params, updated)
        })
        .map(|(_, (&stake, _))| stake)
        .collect();
    voting.sort_unstable();
    // ceil(cap / 65535 * count): from 1 to count, as the cap is at least 1 and at most 65535.
    let rank = usize::from(params.stake_cap)
        .saturating_mul(voting.len())
        .div_ceil(usize::from(u16::MAX));
    voting.get(rank.checked_sub(1)?).copied()
}

fn passes_threshold(params: &Params, index: usize, stake: Rao) -> bool {
    // Fixed point holds no more than 2^63 - 1.
    I64F64::from_int(stake).whole() >= params.stake_threshold || is_owner(params, index)
}

/// Step 3: the `max_validators` largest non-zero stakes, where equal stakes favour the higher UID, and the owner.
pub(crate) fn new_permits(params: &Params, stake: &[I32F32]) -> Vec<bool> {
    let mut permits: Vec<bool> = stake.iter().map(|&stake| stake != I32F32::ZERO).collect();
    // Sorting by (stake, UID) is the protocol's ascending stable sort by stake.
    let mut ascending: Vec<(I32F32, usize)> = stake.iter().enumerate().map(|(uid, &stake)| (stake, uid)).collect();
    ascending.sort_unstable();
    let surplus = stake.len().saturating_sub(usize::from(params.max_validators));
    for &(_, uid) in ascending.iter().take(surplus) {
        if let Some(permit) = permits.get_mut(uid) {
            *permit = false;
        }
    }
    if let Some(permit) = params.owner.and_then(|owner| permits.get_mut(usize::from(owner))) {
        *permit = true;
    }
    permits
}

/// Step 4: stake without that of inactive neurons and of those without the old permit, normalised.
pub(crate) fn active_stake(params: &Params, neurons: &Neurons<'_>, stake: &[I32F32]) -> Vec<I32F32> {
    let mut active = vec![I32F32::ZERO; stake.len()];
    for (index, ((active, &stake), &updated)) in active.iter_mut().zip(stake).zip(neurons.last_update).enumerate() {
        if !is_inactive(params, updated) && may_validate(params, neurons, index) {
            *active = stake;
        }
    }
    normalise(&mut active);
    active
}
