//! Epochs that are cut off and wait to go on.
//!
//! All that an epoch depends on is fixed when it begins and kept here in pages: a value in storage has 16 KiB at most. Only weights stay
//! where they are; whoever replaces some while an epoch runs sets the old ones aside for it ([`crate::weights`]).
//!
//! The pages of a finished epoch stay and are written over by the next one, so that a deposit is paid once for a subnet, not by one who
//! begins an epoch to another who ends it.

use ink::prelude::vec::Vec;
use ink::storage::Mapping;
use inktensor_primitives::registry::{Slot, Terms};
use inktensor_primitives::{AccountId, BlockNumber, NetUid, Rao};
use yuma::Progress;

/// How many neurons' keys share a page.
const KEYS: usize = 128;

/// What an epoch is, and how far it is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[ink::scale_derive(Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "std", derive(ink::storage::traits::StorageLayout))]
pub struct Head {
    /// When it began: the block that it is an epoch of.
    pub at: BlockNumber,
    /// The subnet's owner and rules then.
    pub terms: Terms,
    /// How many epochs were before it.
    pub epoch: u32,
    /// The block of the last of them; the subnet's creation before the first.
    pub last_epoch_at: BlockNumber,
    /// The owner's lowest UID.
    pub owner: Option<u16>,
    /// All that the subnet was due with the owner's cut in it.
    pub gross: Rao,
    /// The owner's cut.
    pub owner_cut: Rao,
    /// What neurons share.
    pub emission: Rao,
    /// Whether no validator is active: nothing is paid.
    pub silent: bool,
    /// The least stake that earns a permit, where all permits are given.
    pub permit_floor: Rao,
    /// The first UID that is not paid yet.
    pub next: u16,
    /// What was paid so far.
    pub paid: Rao,
    /// Steps done and steps in all.
    pub steps: (u32, u32),
}

/// What weights and bonds are judged by, by UID.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[ink::scale_derive(Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "std", derive(ink::storage::traits::StorageLayout))]
pub struct Facts {
    /// When it was registered.
    pub registered_at: Vec<BlockNumber>,
    /// When it last set or committed weights.
    pub last_update: Vec<BlockNumber>,
    /// When it made its earliest commit that is not revealed, [`Self::NO_COMMIT`] for none; empty without commit-reveal.
    pub earliest_commit: Vec<BlockNumber>,
    /// [`Self::PERMIT`] and [`Self::KEEPS_BONDS`].
    pub flags: Vec<u8>,
}

impl Facts {
    /// No commit waits.
    pub const NO_COMMIT: BlockNumber = BlockNumber::MAX;
    /// The neuron had a permit.
    pub const PERMIT: u8 = 1;
    /// Bonds on the neuron count: it did not lose them with its model.
    pub const KEEPS_BONDS: u8 = 2;

    /// Whether a neuron has a flag.
    pub fn is(&self, uid: u16, flag: u8) -> bool {
        self.flags.get(usize::from(uid)).is_some_and(|flags| flags & flag != 0)
    }
}

/// Who is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[ink::scale_derive(Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "std", derive(ink::storage::traits::StorageLayout))]
pub struct Keys {
    /// The neuron's hotkey.
    pub hotkey: AccountId,
    /// Its owner.
    pub coldkey: AccountId,
}

/// All epochs that run.
#[ink::storage_item]
#[derive(Debug, Default)]
pub struct Epochs {
    heads: Mapping<NetUid, Head>,
    facts: Mapping<NetUid, Facts>,
    keys: Mapping<(NetUid, u16), Vec<Keys>>,
    progress: Mapping<(NetUid, u16), Vec<u64>>,
}

impl Epochs {
    /// The epoch of a subnet that waits to go on.
    pub fn head(&self, netuid: NetUid) -> Option<Head> {
        self.heads.get(netuid)
    }

    /// What its weights and bonds are judged by.
    pub fn facts(&self, netuid: NetUid) -> Facts {
        self.facts.get(netuid).unwrap_or_default()
    }

    /// How far Yuma is with it; `None` where that is not readable.
    pub fn progress(&self, netuid: NetUid) -> Option<Progress> {
        let lists = (0_u16..).take(Progress::LISTS);
        let lists: Option<Vec<_>> = lists.map(|list| self.progress.get((netuid, list))).collect();
        Progress::from_lists(lists?)
    }

    /// Who holds some UIDs: the page of a UID.
    pub fn keys_page(&self, netuid: NetUid, page: u16) -> Vec<Keys> {
        self.keys.get((netuid, page)).unwrap_or_default()
    }

    /// The page that a UID is on, and its place there.
    pub fn place(uid: u16) -> (u16, usize) {
        let uid = usize::from(uid);
        let page = uid.checked_div(KEYS).unwrap_or_default();
        let place = uid.checked_rem(KEYS).unwrap_or_default();
        (u16::try_from(page).unwrap_or(u16::MAX), place)
    }

    /// Keeps how far an epoch is.
    pub fn save(&mut self, netuid: NetUid, head: &Head) {
        self.heads.insert(netuid, head);
    }

    /// Keeps what does not change while an epoch runs.
    pub fn save_inputs(&mut self, netuid: NetUid, facts: &Facts, slots: &[Slot]) {
        self.facts.insert(netuid, facts);
        for (page, slots) in (0_u16..).zip(slots.chunks(KEYS)) {
            let keys: Vec<Keys> = slots.iter().map(keys).collect();
            self.keys.insert((netuid, page), &keys);
        }
    }

    /// Keeps how far Yuma is.
    pub fn save_progress(&mut self, netuid: NetUid, progress: Progress) {
        for (list, numbers) in (0_u16..).zip(progress.into_lists()) {
            self.progress.insert((netuid, list), &numbers);
        }
    }

    /// Forgets that an epoch runs.
    pub fn end(&mut self, netuid: NetUid) {
        self.heads.remove(netuid);
    }
}

/// Who holds a slot.
pub fn keys(slot: &Slot) -> Keys {
    Keys {
        hotkey: slot.hotkey,
        coldkey: slot.coldkey,
    }
}
