//! Model commitments: which bytes a miner stands for, what came before, and who was first.
//!
//! Every commitment is kept in one log, in the order in which they came. A neuron's latest points to the one before it, and a hash to
//! the first that named it, so that history and lineage can be followed without a list that grows.
//!
//! Invariant: a commitment's place in the log never changes, and it is never removed.

use crate::text::check_model;
use ink::prelude::vec::Vec;
use ink::storage::Mapping;
use inktensor_primitives::events::registry::ModelPublished;
use inktensor_primitives::registry::{Error, ModelCommitment, ModelRecord, Task};
use inktensor_primitives::{AccountId, BlockNumber, Hash, NetUid, Page, Uid};

/// The most UIDs, or commitments of one neuron, in a page: so many of the longest fit a call's result of 16 KiB.
pub const MAX_PAGE: u32 = 16;

/// All commitments.
#[ink::storage_item]
#[derive(Debug, Default)]
pub struct Models {
    /// How many commitments there are, on all subnets.
    sequence: u64,
    log: Mapping<u64, ModelRecord>,
    /// The commitment that each neuron stands for now.
    current: Mapping<(NetUid, Uid), u64>,
    /// The first commitment to an artifact.
    origins: Mapping<Hash, u64>,
}

impl Models {
    /// Commits a neuron to a model; says also whether it stood for another one before.
    ///
    /// # Errors
    /// Those of the texts and of the task's limits, [`Error::OwnParent`].
    pub fn publish(
        &mut self,
        netuid: NetUid,
        uid: Uid,
        hotkey: AccountId,
        commitment: ModelCommitment,
        task: &Task,
        now: BlockNumber,
    ) -> Result<(ModelPublished, bool), Error> {
        check_model(&commitment, task)?;
        let former = self.get(netuid, uid);
        let replaces = former
            .as_ref()
            .is_some_and(|former| former.commitment.hash != commitment.hash);
        let previous = former.as_ref().map(|former| former.sequence);
        let revision = match former {
            Some(former) => former.revision.checked_add(1).ok_or(Error::Overflow)?,
            None => 0,
        };
        let sequence = self.sequence;
        self.sequence = sequence.checked_add(1).ok_or(Error::Overflow)?;
        let model = commitment.hash;
        let record = ModelRecord {
            netuid,
            uid,
            hotkey,
            commitment,
            committed_at: now,
            sequence,
            revision,
            previous,
        };
        self.log.insert(sequence, &record);
        self.current.insert((netuid, uid), &sequence);
        if !self.origins.contains(model) {
            self.origins.insert(model, &sequence);
        }
        let event = ModelPublished {
            netuid,
            hotkey,
            model,
            uid,
            revision,
            sequence,
        };
        Ok((event, replaces))
    }

    /// Lets a slot that got a new holder stand for no model.
    pub fn forget(&mut self, netuid: NetUid, uid: Uid) {
        self.current.remove((netuid, uid));
    }

    /// Writes the new hotkey of a neuron into what it stands for now; earlier commitments keep the key that made them.
    pub fn rename(&mut self, netuid: NetUid, uid: Uid, hotkey: AccountId) {
        if let Some(mut record) = self.get(netuid, uid) {
            record.hotkey = hotkey;
            self.log.insert(record.sequence, &record);
        }
    }

    /// The model of a slot.
    pub fn get(&self, netuid: NetUid, uid: Uid) -> Option<ModelRecord> {
        self.commitment(self.current.get((netuid, uid))?)
    }

    /// A commitment by its place in the order.
    pub fn commitment(&self, sequence: u64) -> Option<ModelRecord> {
        self.log.get(sequence)
    }

    /// The first commitment to an artifact: from here lineage is followed from parent to parent.
    pub fn origin(&self, model: &Hash) -> Option<ModelRecord> {
        self.commitment(self.origins.get(model)?)
    }

    /// What a neuron committed to, the latest first; `total` counts all of its commitments.
    ///
    /// # Errors
    /// [`Error::PageTooLarge`]
    pub fn history(&self, netuid: NetUid, uid: Uid, start: u32, limit: u32) -> Result<Page<ModelRecord>, Error> {
        if limit > MAX_PAGE {
            return Err(Error::PageTooLarge);
        }
        let mut next = self.get(netuid, uid);
        let total = next.as_ref().map_or(0, |latest| latest.revision.saturating_add(1));
        let mut items = Vec::new();
        let mut place = 0_u32;
        let end = start.saturating_add(limit);
        while let Some(record) = next.filter(|_| place < end) {
            next = record.previous.and_then(|previous| self.commitment(previous));
            if place >= start {
                items.push(record);
            }
            place = place.saturating_add(1);
        }
        Ok(Page { items, total })
    }

    /// Models by UID; `total` counts the subnet's UIDs.
    ///
    /// # Errors
    /// [`Error::PageTooLarge`]
    pub fn page(&self, netuid: NetUid, neurons: u16, start: u32, limit: u32) -> Result<Page<ModelRecord>, Error> {
        if limit > MAX_PAGE {
            return Err(Error::PageTooLarge);
        }
        let total = u32::from(neurons);
        let uids = start..start.saturating_add(limit).min(total);
        let items = uids
            .filter_map(|uid| u16::try_from(uid).ok())
            .filter_map(|uid| self.get(netuid, Uid(uid)))
            .collect::<Vec<_>>();
        Ok(Page { items, total })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{account, commitment, task};

    const NETUID: NetUid = NetUid(3);

    fn publish(models: &mut Models, uid: u16, hash: u8) -> (ModelPublished, bool) {
        let commitment = ModelCommitment {
            hash: Hash::from([hash; 32]),
            ..commitment()
        };
        models
            .publish(NETUID, Uid(uid), account(1), commitment, &task(), 5)
            .unwrap()
    }

    fn hashes(page: &Page<ModelRecord>) -> Vec<Hash> {
        page.items.iter().map(|record| record.commitment.hash).collect()
    }

    #[ink::test]
    fn history_goes_back_from_the_latest() {
        let mut models = Models::default();
        for hash in [1, 2, 2, 4] {
            publish(&mut models, 0, hash);
        }
        publish(&mut models, 1, 9);
        let history = models.history(NETUID, Uid(0), 0, 16).unwrap();
        assert_eq!(history.total, 4);
        assert_eq!(hashes(&history), [4, 2, 2, 1].map(|hash| Hash::from([hash; 32])));
        let part = models.history(NETUID, Uid(0), 3, 16).unwrap();
        assert_eq!(hashes(&part), [Hash::from([1; 32])]);
        assert_eq!(models.history(NETUID, Uid(0), 0, 17), Err(Error::PageTooLarge));
        assert_eq!(models.history(NETUID, Uid(7), 0, 16).unwrap().total, 0);
    }

    #[ink::test]
    fn only_another_model_replaces_one() {
        let mut models = Models::default();
        assert!(!publish(&mut models, 0, 1).1);
        assert!(!publish(&mut models, 0, 1).1, "only its address may have changed");
        assert!(publish(&mut models, 0, 2).1);
    }

    #[ink::test]
    fn the_first_to_commit_to_an_artifact_is_its_origin() {
        let mut models = Models::default();
        publish(&mut models, 4, 1);
        publish(&mut models, 5, 1);
        let origin = models.origin(&Hash::from([1; 32])).unwrap();
        assert_eq!((origin.uid, origin.sequence), (Uid(4), 0));
        assert_eq!(models.origin(&Hash::from([8; 32])), None);
    }

    #[ink::test]
    fn a_new_holder_of_a_slot_starts_without_history() {
        let mut models = Models::default();
        publish(&mut models, 0, 1);
        models.forget(NETUID, Uid(0));
        assert_eq!(models.get(NETUID, Uid(0)), None);
        let (event, replaces) = publish(&mut models, 0, 2);
        assert_eq!((event.revision, replaces), (0, false));
        assert_eq!(models.history(NETUID, Uid(0), 0, 16).unwrap().total, 1);
        assert!(models.commitment(0).is_some(), "the log forgets nothing");
    }

    #[ink::test]
    fn a_swapped_hotkey_stands_for_the_same_model() {
        let mut models = Models::default();
        publish(&mut models, 0, 1);
        models.rename(NETUID, Uid(0), account(9));
        assert_eq!(models.get(NETUID, Uid(0)).unwrap().hotkey, account(9));
    }
}
