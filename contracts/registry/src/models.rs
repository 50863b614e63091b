//! Model commitments: which bytes a miner stands for, and who was first.

use crate::text::check_model;
use ink::prelude::vec::Vec;
use ink::storage::Mapping;
use inktensor_primitives::events::registry::ModelPublished;
use inktensor_primitives::registry::{Error, ModelCommitment, ModelRecord, Task};
use inktensor_primitives::{AccountId, BlockNumber, NetUid, Page, Uid};

/// The most UIDs in a page.
pub const MAX_PAGE: u32 = 16;

/// The model that each neuron stands for now.
#[ink::storage_item]
#[derive(Debug, Default)]
pub struct Models {
    /// Numbers commitments on all subnets.
    sequence: u64,
    records: Mapping<(NetUid, Uid), ModelRecord>,
}

impl Models {
    /// Commits a neuron to a model; says also whether it stood for another one before.
    ///
    /// # Errors
    /// Those of the texts and of the task's limits.
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
        // A record of the slot's former holder is not the neuron's.
        let former = self.model(netuid, uid, &hotkey);
        let replaces = former
            .as_ref()
            .is_some_and(|former| former.commitment.hash != commitment.hash);
        let revision = match former {
            Some(former) => former.revision.checked_add(1).ok_or(Error::Overflow)?,
            None => 0,
        };
        let sequence = self.sequence;
        self.sequence = sequence.checked_add(1).ok_or(Error::Overflow)?;
        let model = commitment.hash;
        let record = ModelRecord {
            uid,
            hotkey,
            commitment,
            committed_at: now,
            sequence,
            revision,
        };
        self.records.insert((netuid, uid), &record);
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

    /// Forgets the model of a slot that got a new holder.
    pub fn forget(&mut self, netuid: NetUid, uid: Uid) {
        self.records.remove((netuid, uid));
    }

    /// The model of a slot.
    pub fn get(&self, netuid: NetUid, uid: Uid) -> Option<ModelRecord> {
        self.records.get((netuid, uid))
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

    fn model(&self, netuid: NetUid, uid: Uid, hotkey: &AccountId) -> Option<ModelRecord> {
        self.get(netuid, uid).filter(|record| record.hotkey == *hotkey)
    }
}
