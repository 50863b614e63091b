//! The contracts that rewards calls; none of them calls back.

use ink::prelude::vec::Vec;
use inktensor_primitives::call::{message, Unreachable};
use inktensor_primitives::registry::{self, NeuronUpdate, Slot, SubnetChange, Terms};
use inktensor_primitives::rewards::Error;
use inktensor_primitives::staking::{self, Payout};
use inktensor_primitives::{AccountId, BlockNumber, NetUid, Page, Rao, Uid};

/// The most changes in a page of the registry.
const CHANGES: u32 = 128;
/// The most changes that one call learns of: whoever opens and dissolves subnets all day must not make a call too long for a block.
const CHANGES_AT_ONCE: usize = 256;
/// The most slots in a page of the registry.
const SLOTS: u16 = 128;
/// The most hotkeys whose stakes are read at once.
const HOTKEYS: usize = 256;
/// The most payouts at once.
const PAYOUTS: usize = 128;

/// The registry.
#[derive(Clone, Copy, Debug)]
pub struct Registry(
    /// Its account.
    pub AccountId,
);

impl Registry {
    /// The next of the subnets that opened and dissolved after the first so many times that one did, at most [`CHANGES_AT_ONCE`], and
    /// whether these are all.
    pub fn changes(self, known: u32) -> Result<(Vec<SubnetChange>, bool), Error> {
        let mut changes = Vec::new();
        loop {
            let read = u32::try_from(changes.len()).map_err(|_| Error::Overflow)?;
            let start = known.checked_add(read).ok_or(Error::Overflow)?;
            let page: Page<SubnetChange> = answer(message(
                self.0,
                ink::selector_bytes!("subnet_changes"),
                (start, CHANGES),
            ))?;
            let nothing_came = page.items.is_empty();
            changes.extend(page.items);
            let are_all = page.total.saturating_sub(known) <= u32::try_from(changes.len()).unwrap_or(u32::MAX);
            if nothing_came || are_all || changes.len() >= CHANGES_AT_ONCE {
                return Ok((changes, are_all));
            }
        }
    }

    /// What an epoch needs of a subnet.
    pub fn terms(self, netuid: NetUid) -> Result<Terms, Error> {
        answer(message(self.0, ink::selector_bytes!("terms"), (netuid,)))
    }

    /// The slot of a hotkey.
    pub fn uid_of(self, netuid: NetUid, hotkey: AccountId) -> Result<Uid, Error> {
        let uid: Option<Uid> = answer(message(self.0, ink::selector_bytes!("uid_of"), (netuid, hotkey)))?;
        uid.ok_or(Error::NotRegistered)
    }

    /// Some slots and the number of all.
    pub fn slots(self, netuid: NetUid, start: u32, limit: u32) -> Result<Page<Slot>, Error> {
        answer(message(self.0, ink::selector_bytes!("slots"), (netuid, start, limit)))
    }

    /// One slot.
    pub fn slot(self, netuid: NetUid, uid: Uid) -> Result<Slot, Error> {
        let page = self.slots(netuid, u32::from(uid.0), 1)?;
        page.items.into_iter().next().ok_or(Error::NotRegistered)
    }

    /// All slots.
    pub fn all_slots(self, netuid: NetUid, neurons: u16) -> Result<Vec<Slot>, Error> {
        let mut slots = Vec::with_capacity(usize::from(neurons));
        for start in (0..neurons).step_by(usize::from(SLOTS)) {
            slots.extend(self.slots(netuid, u32::from(start), u32::from(SLOTS))?.items);
        }
        Ok(slots)
    }

    /// Writes what an epoch of a block decided.
    pub fn apply_epoch(self, netuid: NetUid, at: BlockNumber, updates: Vec<NeuronUpdate>) -> Result<(), Error> {
        answer(message(
            self.0,
            ink::selector_bytes!("apply_epoch"),
            (netuid, at, updates),
        ))
    }
}

/// The staking contract.
#[derive(Clone, Copy, Debug)]
pub struct Staking(
    /// Its account.
    pub AccountId,
);

impl Staking {
    /// What each hotkey counts with on a subnet.
    pub fn stakes(self, netuid: NetUid, hotkeys: &[AccountId]) -> Result<Vec<Rao>, Error> {
        let mut stakes = Vec::with_capacity(hotkeys.len());
        for page in hotkeys.chunks(HOTKEYS) {
            let page: Vec<Rao> = staked(message(self.0, ink::selector_bytes!("subnet_stakes"), (netuid, page)))?;
            stakes.extend(page);
        }
        Ok(stakes)
    }

    /// All stake on each hotkey.
    pub fn hotkey_stakes(self, hotkeys: &[AccountId]) -> Result<Vec<Rao>, Error> {
        let mut stakes = Vec::with_capacity(hotkeys.len());
        for page in hotkeys.chunks(HOTKEYS) {
            let page: Vec<Rao> = staked(message(self.0, ink::selector_bytes!("hotkey_stakes"), (page,)))?;
            stakes.extend(page);
        }
        Ok(stakes)
    }

    /// All staked TAO.
    pub fn total(self) -> Result<Rao, Error> {
        staked(message(self.0, ink::selector_bytes!("total_stake"), ()))
    }

    /// Credits what neurons of a subnet earned.
    pub fn distribute(self, netuid: NetUid, payouts: &[Payout]) -> Result<(), Error> {
        for page in payouts.chunks(PAYOUTS) {
            let _: Rao = staked(message(self.0, ink::selector_bytes!("distribute"), (netuid, page)))?;
        }
        Ok(())
    }
}

fn answer<T>(answer: Result<Result<T, registry::Error>, Unreachable>) -> Result<T, Error> {
    match answer {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(registry::Error::UnknownSubnet)) => Err(Error::UnknownSubnet),
        Ok(Err(_)) | Err(Unreachable) => Err(Error::RegistryCallFailed),
    }
}

fn staked<T>(answer: Result<Result<T, staking::Error>, Unreachable>) -> Result<T, Error> {
    match answer {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(_)) | Err(Unreachable) => Err(Error::StakingCallFailed),
    }
}
