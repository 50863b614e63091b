//! Weights in force, and when each neuron last set or committed some.

use ink::prelude::vec::Vec;
use ink::storage::Mapping;
use inktensor_primitives::registry::Hyperparameters;
use inktensor_primitives::rewards::Error;
use inktensor_primitives::{BlockNumber, NetUid, Uid};
use yuma::upscale::max_upscale;

/// One validator's weights.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[ink::scale_derive(Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "std", derive(ink::storage::traits::StorageLayout))]
pub struct Row {
    /// When they were set, or committed: the slot's former holder set them if that is before the registration.
    pub set_at: BlockNumber,
    /// Max-upscaled weights by UID, ascending, each packed into one word as Yuma reads them: rows are encoded and decoded whole.
    pub entries: Vec<u32>,
}

/// All weights.
#[ink::storage_item]
#[derive(Debug, Default)]
pub struct Weights {
    rows: Mapping<(NetUid, Uid), Row>,
    /// By UID, 0 for never; shorter than the subnet where the last neurons never set any.
    updates: Mapping<NetUid, Vec<BlockNumber>>,
}

impl Weights {
    /// Puts weights in force.
    pub fn set(&mut self, netuid: NetUid, uid: Uid, row: &Row) {
        self.rows.insert((netuid, uid), row);
    }

    /// A neuron's weights; none of a former holder of the slot.
    pub fn row(&self, netuid: NetUid, uid: Uid, registered_at: BlockNumber) -> Option<Row> {
        self.rows.get((netuid, uid)).filter(|row| row.set_at >= registered_at)
    }

    /// When the subnet's neurons last set or committed weights.
    pub fn updates(&self, netuid: NetUid) -> Updates {
        Updates(self.updates.get(netuid).unwrap_or_default())
    }

    /// Notes that a neuron sets or commits weights now.
    ///
    /// # Errors
    /// [`Error::RateLimited`] where it did so too short a time ago.
    pub fn touch(
        &mut self,
        netuid: NetUid,
        uid: Uid,
        registered_at: BlockNumber,
        rules: &Hyperparameters,
        now: BlockNumber,
    ) -> Result<(), Error> {
        let mut updates = self.updates.get(netuid).unwrap_or_default();
        let place = usize::from(uid.0);
        if updates.len() <= place {
            updates.resize(place.saturating_add(1), 0);
        }
        let last = updates.get_mut(place).ok_or(Error::Overflow)?;
        let by_this_neuron = *last != 0 && *last >= registered_at;
        if by_this_neuron && now.saturating_sub(*last) < rules.weights_rate_limit {
            return Err(Error::RateLimited);
        }
        *last = now;
        self.updates.insert(netuid, &updates);
        Ok(())
    }
}

/// When neurons last set or committed weights, by UID.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Updates(Vec<BlockNumber>);

impl Updates {
    /// When one neuron did; its registration counts as the first time.
    pub fn of(&self, uid: Uid, registered_at: BlockNumber) -> BlockNumber {
        self.0
            .get(usize::from(uid.0))
            .copied()
            .unwrap_or_default()
            .max(registered_at)
    }
}

/// Checks weights against the subnet's rules and scales them up as they are stored.
///
/// # Errors
/// [`Error::VersionKeyTooLow`], [`Error::MalformedWeights`], [`Error::TooFewWeights`], [`Error::WeightTooLarge`]
pub fn checked(
    own: Uid,
    uids: &[Uid],
    values: &[u16],
    version_key: u64,
    rules: &Hyperparameters,
    neurons: u16,
) -> Result<Vec<u32>, Error> {
    if version_key < rules.weights_version_key {
        return Err(Error::VersionKeyTooLow);
    }
    let ascending = uids.iter().zip(uids.iter().skip(1)).all(|(one, next)| one < next);
    let known = uids.last().is_none_or(|last| last.0 < neurons);
    if uids.len() != values.len() || !ascending || !known {
        return Err(Error::MalformedWeights);
    }
    // Weight on oneself alone is a validator's way to abstain, whatever the limits.
    if uids != [own] {
        let fewest = usize::from(rules.min_allowed_weights.min(neurons).max(1));
        if uids.len() < fewest {
            return Err(Error::TooFewWeights);
        }
        if !is_spread(values, rules.max_weight_limit) {
            return Err(Error::WeightTooLarge);
        }
    }
    let entries = uids.iter().zip(max_upscale(values));
    Ok(entries.map(|(uid, value)| yuma::pack(uid.0, value)).collect())
}

/// Whether `value / sum <= limit / 65535` for every value.
fn is_spread(values: &[u16], limit: u16) -> bool {
    let largest = values.iter().copied().max().unwrap_or_default();
    let sum: u64 = values.iter().copied().map(u64::from).fold(0, u64::saturating_add);
    let scaled = u64::from(largest).saturating_mul(u64::from(u16::MAX));
    scaled <= sum.saturating_mul(u64::from(limit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::rules;

    fn check(uids: &[u16], values: &[u16]) -> Result<Vec<(u16, u16)>, Error> {
        let uids: Vec<Uid> = uids.iter().copied().map(Uid).collect();
        let entries = checked(Uid(0), &uids, values, 0, &rules(), 8)?;
        Ok(entries.into_iter().map(yuma::unpack).collect())
    }

    #[test]
    fn weights_are_scaled_up_to_the_largest() {
        assert_eq!(
            check(&[4, 5, 6, 7], &[1, 2, 3, 4]),
            Ok(vec![(4, 16_384), (5, 32_768), (6, 49_151), (7, 65_535)])
        );
    }

    #[test]
    fn malformed_weights_are_refused() {
        for (uids, values) in [
            (&[1, 2][..], &[1][..]),
            (&[2, 1], &[1, 1]),
            (&[1, 1], &[1, 1]),
            (&[8], &[1]),
        ] {
            assert_eq!(check(uids, values), Err(Error::MalformedWeights), "{uids:?}");
        }
    }

    #[test]
    fn limits_bind_all_but_an_abstention() {
        let limited = Hyperparameters {
            min_allowed_weights: 2,
            max_weight_limit: 40_000,
            ..rules()
        };
        let check = |uids: &[Uid], values: &[u16]| checked(Uid(0), uids, values, 0, &limited, 8).map(|row| row.len());
        assert_eq!(check(&[Uid(1)], &[9]), Err(Error::TooFewWeights));
        assert_eq!(check(&[], &[]), Err(Error::TooFewWeights));
        assert_eq!(check(&[Uid(1), Uid(2)], &[9, 1]), Err(Error::WeightTooLarge));
        assert_eq!(check(&[Uid(1), Uid(2)], &[6, 5]), Ok(2));
        assert_eq!(check(&[Uid(0)], &[9]), Ok(1));
    }

    #[test]
    fn an_old_version_is_refused() {
        let newer = Hyperparameters {
            weights_version_key: 3,
            ..rules()
        };
        assert_eq!(
            checked(Uid(0), &[Uid(1)], &[1], 2, &newer, 8),
            Err(Error::VersionKeyTooLow)
        );
    }

    #[ink::test]
    fn the_rate_is_limited_per_neuron_not_per_slot() {
        let rules = rules();
        let mut weights = Weights::default();
        let mut touch = |registered_at, now| weights.touch(NetUid(0), Uid(3), registered_at, &rules, now);
        assert_eq!(touch(1, 10), Ok(()));
        assert_eq!(touch(1, 9 + rules.weights_rate_limit), Err(Error::RateLimited));
        assert_eq!(touch(11, 12), Ok(()), "the slot has a new holder");
        assert_eq!(touch(11, 12 + rules.weights_rate_limit), Ok(()));
    }

    #[ink::test]
    fn a_new_holder_does_not_inherit_weights() {
        let mut weights = Weights::default();
        let row = Row {
            set_at: 10,
            entries: vec![yuma::pack(1, 65_535)],
        };
        weights.set(NetUid(0), Uid(3), &row);
        assert_eq!(weights.row(NetUid(0), Uid(3), 10), Some(row));
        assert_eq!(weights.row(NetUid(0), Uid(3), 11), None);
    }
}
