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

/// Rows of a subnet that an epoch which runs still needs, although others are in force now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[ink::scale_derive(Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "std", derive(ink::storage::traits::StorageLayout))]
pub struct SetAside {
    /// How many epochs were before that one.
    epoch: u32,
    /// Whose rows.
    uids: Vec<u16>,
}

/// All weights.
#[ink::storage_item]
#[derive(Debug, Default)]
pub struct Weights {
    rows: Mapping<(NetUid, Uid), Row>,
    /// Rows as they were when an epoch began, where they were replaced since.
    aside: Mapping<(NetUid, Uid), Row>,
    set_aside: Mapping<NetUid, SetAside>,
    /// By UID, 0 for never; shorter than the subnet where the last neurons never set any.
    updates: Mapping<NetUid, Vec<BlockNumber>>,
}

impl Weights {
    /// Puts weights in force. Where an epoch of the subnet runs (after so many others), those until now are set aside for it.
    pub fn set(&mut self, netuid: NetUid, uid: Uid, row: &Row, running: Option<u32>) {
        if let Some(epoch) = running {
            let mut set_aside = self.set_aside(netuid, epoch);
            if !set_aside.uids.contains(&uid.0) {
                let until_now = self.rows.get((netuid, uid)).unwrap_or_default();
                self.aside.insert((netuid, uid), &until_now);
                set_aside.uids.push(uid.0);
                self.set_aside.insert(netuid, &set_aside);
            }
        }
        self.rows.insert((netuid, uid), row);
    }

    /// The rows that were set aside for an epoch.
    pub fn set_aside(&self, netuid: NetUid, epoch: u32) -> SetAside {
        let last = self.set_aside.get(netuid).filter(|set_aside| set_aside.epoch == epoch);
        last.unwrap_or(SetAside {
            epoch,
            uids: Vec::new(),
        })
    }

    /// A neuron's weights as an epoch that runs sees them: those of its beginning.
    pub fn row_of_epoch(
        &self,
        netuid: NetUid,
        uid: Uid,
        registered_at: BlockNumber,
        set_aside: &SetAside,
    ) -> Option<Row> {
        if set_aside.uids.contains(&uid.0) {
            let row = self.aside.get((netuid, uid));
            row.filter(|row| row.set_at >= registered_at)
        } else {
            self.row(netuid, uid, registered_at)
        }
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
        weights.set(NetUid(0), Uid(3), &row, None);
        assert_eq!(weights.row(NetUid(0), Uid(3), 10), Some(row));
        assert_eq!(weights.row(NetUid(0), Uid(3), 11), None);
    }

    #[ink::test]
    fn an_epoch_that_runs_sees_the_weights_of_its_beginning() {
        let row = |set_at| Row {
            set_at,
            entries: vec![yuma::pack(1, 65_535)],
        };
        let mut weights = Weights::default();
        let mut set = |uid, set_at, running| weights.set(NetUid(0), Uid(uid), &row(set_at), running);
        set(3, 10, None);
        for (set_at, running) in [(20, Some(4)), (21, Some(4))] {
            set(3, set_at, running);
            set(5, set_at, running);
        }
        let seen = |weights: &Weights, uid, epoch| {
            let set_aside = weights.set_aside(NetUid(0), epoch);
            weights.row_of_epoch(NetUid(0), Uid(uid), 1, &set_aside)
        };
        assert_eq!(seen(&weights, 3, 4), Some(row(10)));
        assert_eq!(seen(&weights, 5, 4), None, "it had none then");
        assert_eq!(weights.row(NetUid(0), Uid(3), 1), Some(row(21)));
        assert_eq!(seen(&weights, 3, 5), Some(row(21)), "the next epoch begins later");
        weights.set(NetUid(0), Uid(3), &row(30), Some(5));
        assert_eq!(seen(&weights, 3, 5), Some(row(21)));
        assert_eq!(seen(&weights, 5, 5), Some(row(21)));
    }
}
