//! Subnets: which there are, what they ask, by which rules.
//!
//! Invariant: a number is never used twice, so nothing that anyone stored about a dissolved subnet can be mistaken for another's.

use crate::hyperparameters;
use crate::lock::{self, LastLock};
use crate::network;
use crate::text::{check_identity, check_task};
use ink::prelude::vec::Vec;
use ink::scale::Encode;
use ink::storage::{Lazy, Mapping};
use inktensor_primitives::events::registry::{NetworkRuleSet, SubnetCreated, SubnetDissolved};
use inktensor_primitives::registry::{
    Error, Hyperparameters, NetworkRule, NetworkRules, Subnet, SubnetChange, SubnetIdentity, Task,
};
use inktensor_primitives::{AccountId, BlockNumber, NetUid, Page, Rao, Uid};

mod owner;

/// The most subnets in a page.
pub const MAX_PAGE: u32 = 16;
/// The most changes in a page.
pub const MAX_CHANGES_PAGE: u32 = 128;
/// The most bytes of subnets in a page: a call's result has 16 KiB.
const MAX_PAGE_BYTES: usize = 12 * 1024;

/// What changes with every registration, in one cell.
#[derive(Clone, Debug, PartialEq, Eq)]
#[ink::scale_derive(Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "std", derive(ink::storage::traits::StorageLayout))]
pub struct Core {
    /// Who may change the rules.
    pub owner: AccountId,
    /// When it was created.
    pub created_at: BlockNumber,
    /// What the owner locked.
    pub lock: Rao,
    /// How many UIDs are taken.
    pub neurons: u16,
    /// The lowest UID of the owner's coldkey: it is never replaced.
    pub owner_uid: Option<Uid>,
    /// The registration price after the last registration.
    pub price: Rao,
    /// When the price was that.
    pub priced_at: BlockNumber,
    /// The block of the last epoch whose outcome was written; the creation before the first.
    pub last_epoch_at: BlockNumber,
}

/// All subnets.
#[ink::storage_item]
#[derive(Debug, Default)]
pub struct Subnets {
    next: u16,
    /// What governance set; the defaults until then.
    network: Option<NetworkRules>,
    /// Open subnets, oldest first. At most [`MAX_SUBNETS`](inktensor_primitives::registry::MAX_SUBNETS), and every page reads them: one cell.
    open: Lazy<Vec<NetUid>>,
    changes: u32,
    change: Mapping<u32, SubnetChange>,
    cores: Mapping<NetUid, Core>,
    identities: Mapping<NetUid, SubnetIdentity>,
    tasks: Mapping<NetUid, Task>,
    rules: Mapping<NetUid, Hyperparameters>,
    /// To whom owners offer their subnets.
    offers: Mapping<NetUid, AccountId>,
}

impl Subnets {
    /// What is the same for all subnets.
    pub fn network(&self) -> NetworkRules {
        self.network.clone().unwrap_or(network::DEFAULTS)
    }

    /// Changes a rule of the network; only governance may, which the caller checks.
    ///
    /// # Errors
    /// [`Error::ValueOutOfBounds`]
    pub fn set_network_rule(&mut self, new: NetworkRule) -> Result<NetworkRuleSet, Error> {
        let mut rules = self.network();
        let old = network::set(&mut rules, &new)?;
        self.network = Some(rules);
        Ok(NetworkRuleSet { old, new })
    }

    /// What opening a subnet locks now. The newest open subnet's lock decides: whoever opens and dissolves leaves the price as it was.
    pub fn lock_cost(&self, now: BlockNumber) -> Rao {
        let newest = self.open().last().and_then(|netuid| self.cores.get(netuid));
        let last = newest.map(|core| LastLock {
            amount: core.lock,
            at: core.created_at,
        });
        lock::cost(last, &self.network(), now)
    }

    /// Opens a subnet. The lock in the event must be taken with it.
    ///
    /// # Errors
    /// [`Error::PriceAboveMaximum`], [`Error::TooManySubnets`], and those of the texts.
    pub fn create(
        &mut self,
        owner: AccountId,
        identity: &SubnetIdentity,
        task: &Task,
        max_lock: Rao,
        now: BlockNumber,
    ) -> Result<SubnetCreated, Error> {
        check_identity(identity)?;
        check_task(task)?;
        let lock = self.lock_cost(now);
        if lock > max_lock {
            return Err(Error::PriceAboveMaximum);
        }
        let mut open = self.open();
        let next = self.next.checked_add(1);
        let (false, Some(next)) = (open.len() >= usize::from(self.network().max_subnets), next) else {
            return Err(Error::TooManySubnets);
        };
        let netuid = NetUid(self.next);
        self.note(netuid, now, true)?;
        self.next = next;
        open.push(netuid);
        self.open.set(&open);
        let core = Core {
            owner,
            created_at: now,
            lock,
            neurons: 0,
            owner_uid: None,
            price: Rao(yuma::burn::BurnTerms::FIRST_PRICE),
            priced_at: now,
            last_epoch_at: now,
        };
        self.cores.insert(netuid, &core);
        self.identities.insert(netuid, identity);
        self.tasks.insert(netuid, task);
        self.rules.insert(netuid, &hyperparameters::defaults());
        Ok(SubnetCreated { netuid, owner, lock })
    }

    /// Dissolves a subnet: from here on nobody knows it. The refund in the event must be paid with it.
    ///
    /// # Errors
    /// [`Error::NotAllowed`] unless the owner or governance calls.
    pub fn dissolve(
        &mut self,
        caller: AccountId,
        governance: AccountId,
        netuid: NetUid,
        now: BlockNumber,
    ) -> Result<SubnetDissolved, Error> {
        let core = self.core(netuid)?;
        if caller != core.owner && caller != governance {
            return Err(Error::NotAllowed);
        }
        self.note(netuid, now, false)?;
        let mut open = self.open();
        open.retain(|other| *other != netuid);
        self.open.set(&open);
        self.cores.remove(netuid);
        self.identities.remove(netuid);
        self.tasks.remove(netuid);
        self.rules.remove(netuid);
        self.offers.remove(netuid);
        Ok(SubnetDissolved {
            netuid,
            owner: core.owner,
            refund: core.lock,
        })
    }

    /// Which subnets opened and dissolved, in that order.
    ///
    /// # Errors
    /// [`Error::PageTooLarge`]
    pub fn changes(&self, start: u32, limit: u32) -> Result<Page<SubnetChange>, Error> {
        if limit > MAX_CHANGES_PAGE {
            return Err(Error::PageTooLarge);
        }
        let places = start..start.saturating_add(limit).min(self.changes);
        Ok(Page {
            items: places.filter_map(|place| self.change.get(place)).collect(),
            total: self.changes,
        })
    }

    /// Notes that the outcome of a block's epoch is written.
    ///
    /// # Errors
    /// [`Error::UnknownSubnet`]
    pub fn epoch_ended(&mut self, netuid: NetUid, at: BlockNumber) -> Result<(), Error> {
        let core = Core {
            last_epoch_at: at,
            ..self.core(netuid)?
        };
        self.save(netuid, &core);
        Ok(())
    }

    /// What a registration burns now.
    ///
    /// # Errors
    /// [`Error::UnknownSubnet`]
    pub fn burn_price(&self, netuid: NetUid, now: BlockNumber) -> Result<Rao, Error> {
        Ok(price(&self.core(netuid)?, &self.rules(netuid)?, now))
    }

    /// What changes with registrations.
    ///
    /// # Errors
    /// [`Error::UnknownSubnet`]
    pub fn core(&self, netuid: NetUid) -> Result<Core, Error> {
        self.cores.get(netuid).ok_or(Error::UnknownSubnet)
    }

    /// Stores what a registration changed.
    pub fn save(&mut self, netuid: NetUid, core: &Core) {
        self.cores.insert(netuid, core);
    }

    /// Open subnets, oldest first.
    pub fn open(&self) -> Vec<NetUid> {
        self.open.get().unwrap_or_default()
    }

    /// The rules.
    ///
    /// # Errors
    /// [`Error::UnknownSubnet`]
    pub fn rules(&self, netuid: NetUid) -> Result<Hyperparameters, Error> {
        self.rules.get(netuid).ok_or(Error::UnknownSubnet)
    }

    /// The task.
    ///
    /// # Errors
    /// [`Error::UnknownSubnet`]
    pub fn task(&self, netuid: NetUid) -> Result<Task, Error> {
        self.tasks.get(netuid).ok_or(Error::UnknownSubnet)
    }

    /// One subnet.
    ///
    /// # Errors
    /// [`Error::UnknownSubnet`]
    pub fn subnet(&self, netuid: NetUid) -> Result<Subnet, Error> {
        let core = self.core(netuid)?;
        Ok(Subnet {
            netuid,
            owner: core.owner,
            identity: self.identities.get(netuid).ok_or(Error::UnknownSubnet)?,
            task: self.task(netuid)?,
            created_at: core.created_at,
            neurons: core.neurons,
            lock: core.lock,
        })
    }

    /// Open subnets, oldest first: as many as were asked for, or fewer where their texts are long.
    ///
    /// # Errors
    /// [`Error::PageTooLarge`]
    pub fn page(&self, start: u32, limit: u32) -> Result<Page<Subnet>, Error> {
        if limit > MAX_PAGE {
            return Err(Error::PageTooLarge);
        }
        let open = self.open();
        let asked = |place: u32| usize::try_from(place).unwrap_or(usize::MAX);
        let mut items = Vec::new();
        let mut bytes = 0_usize;
        for netuid in open.iter().skip(asked(start)).take(asked(limit)) {
            let subnet = self.subnet(*netuid)?;
            bytes = bytes.saturating_add(subnet.encoded_size());
            if bytes > MAX_PAGE_BYTES {
                break;
            }
            items.push(subnet);
        }
        Ok(Page {
            items,
            total: u32::try_from(open.len()).unwrap_or(u32::MAX),
        })
    }

    fn note(&mut self, netuid: NetUid, at: BlockNumber, open: bool) -> Result<(), Error> {
        let place = self.changes;
        self.changes = place.checked_add(1).ok_or(Error::Overflow)?;
        self.change.insert(place, &SubnetChange { netuid, at, open });
        Ok(())
    }
}

/// The registration price, decayed since it was set.
pub fn price(core: &Core, rules: &Hyperparameters, now: BlockNumber) -> Rao {
    let blocks = u64::from(now.saturating_sub(core.priced_at));
    Rao(hyperparameters::burn_terms(rules).after_blocks(core.price.0, blocks))
}

#[cfg(test)]
mod tests;
