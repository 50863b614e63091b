//! Subnets: who owns them, what they ask, by which rules.

use crate::hyperparameters;
use crate::lock::{self, LastLock};
use crate::text::{check_identity, check_task};
use ink::prelude::vec::Vec;
use ink::scale::Encode;
use ink::storage::Mapping;
use inktensor_primitives::events::registry::{HyperparameterSet, IdentitySet, SubnetCreated, TaskSet};
use inktensor_primitives::registry::{Error, Hyperparameter, Hyperparameters, Subnet, SubnetIdentity, Task};
use inktensor_primitives::{AccountId, BlockNumber, NetUid, Page, Rao, Uid};

/// The most subnets.
pub const MAX_SUBNETS: u16 = 128;
/// The most subnets in a page.
pub const MAX_PAGE: u32 = 16;
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
}

/// All subnets.
#[ink::storage_item]
#[derive(Debug, Default)]
pub struct Subnets {
    count: u16,
    last_lock: Option<LastLock>,
    cores: Mapping<NetUid, Core>,
    identities: Mapping<NetUid, SubnetIdentity>,
    tasks: Mapping<NetUid, Task>,
    rules: Mapping<NetUid, Hyperparameters>,
}

impl Subnets {
    /// What opening a subnet locks now.
    pub fn lock_cost(&self, now: BlockNumber) -> Rao {
        lock::cost(self.last_lock, now)
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
        if self.count >= MAX_SUBNETS {
            return Err(Error::TooManySubnets);
        }
        let netuid = NetUid(self.count);
        self.count = self.count.checked_add(1).ok_or(Error::Overflow)?;
        self.last_lock = Some(LastLock { amount: lock, at: now });
        let core = Core {
            owner,
            created_at: now,
            lock,
            neurons: 0,
            owner_uid: None,
            price: Rao(yuma::burn::BurnTerms::FIRST_PRICE),
            priced_at: now,
        };
        self.cores.insert(netuid, &core);
        self.identities.insert(netuid, identity);
        self.tasks.insert(netuid, task);
        self.rules.insert(netuid, &hyperparameters::defaults());
        Ok(SubnetCreated { netuid, owner, lock })
    }

    /// Changes the identity.
    ///
    /// # Errors
    /// [`Error::NotAllowed`] unless the owner calls, and those of the texts.
    pub fn set_identity(
        &mut self,
        caller: AccountId,
        netuid: NetUid,
        identity: &SubnetIdentity,
    ) -> Result<IdentitySet, Error> {
        self.owned(caller, netuid)?;
        check_identity(identity)?;
        self.identities.insert(netuid, identity);
        Ok(IdentitySet { netuid })
    }

    /// Changes the task.
    ///
    /// # Errors
    /// [`Error::NotAllowed`] unless the owner calls, and those of the texts.
    pub fn set_task(&mut self, caller: AccountId, netuid: NetUid, task: &Task) -> Result<TaskSet, Error> {
        self.owned(caller, netuid)?;
        check_task(task)?;
        self.tasks.insert(netuid, task);
        Ok(TaskSet { netuid })
    }

    /// Changes one rule. The registration price goes on from where it is now.
    ///
    /// # Errors
    /// [`Error::NotAllowed`] unless the owner calls, [`Error::ValueOutOfBounds`].
    pub fn set_rule(
        &mut self,
        caller: AccountId,
        netuid: NetUid,
        new: Hyperparameter,
        now: BlockNumber,
    ) -> Result<HyperparameterSet, Error> {
        let mut core = self.owned(caller, netuid)?;
        let mut rules = self.rules(netuid)?;
        let price = price(&core, &rules, now);
        let old = hyperparameters::set(&mut rules, &new, core.neurons)?;
        if hyperparameters::moves_price(&new) {
            core.price = price;
            core.priced_at = now;
            self.cores.insert(netuid, &core);
        }
        self.rules.insert(netuid, &rules);
        Ok(HyperparameterSet { netuid, old, new })
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

    /// Subnets by number: as many as were asked for, or fewer where their texts are long.
    ///
    /// # Errors
    /// [`Error::PageTooLarge`]
    pub fn page(&self, start: u32, limit: u32) -> Result<Page<Subnet>, Error> {
        if limit > MAX_PAGE {
            return Err(Error::PageTooLarge);
        }
        let end = start.saturating_add(limit).min(u32::from(self.count));
        let mut items = Vec::new();
        let mut bytes = 0_usize;
        for number in start..end {
            let subnet = self.subnet(NetUid(u16::try_from(number).map_err(|_| Error::Overflow)?))?;
            bytes = bytes.saturating_add(subnet.encoded_size());
            if bytes > MAX_PAGE_BYTES {
                break;
            }
            items.push(subnet);
        }
        Ok(Page {
            items,
            total: u32::from(self.count),
        })
    }

    fn owned(&self, caller: AccountId, netuid: NetUid) -> Result<Core, Error> {
        let core = self.core(netuid)?;
        if core.owner != caller {
            return Err(Error::NotAllowed);
        }
        Ok(core)
    }
}

/// The registration price, decayed since it was set.
pub fn price(core: &Core, rules: &Hyperparameters, now: BlockNumber) -> Rao {
    let blocks = u64::from(now.saturating_sub(core.priced_at));
    Rao(hyperparameters::burn_terms(rules).after_blocks(core.price.0, blocks))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{account, identity, task};

    fn with_one() -> Subnets {
        let mut subnets = Subnets::default();
        subnets
            .create(account(1), &identity(), &task(), lock::MINIMUM, 5)
            .unwrap();
        subnets
    }

    #[ink::test]
    fn the_second_subnet_costs_twice_as_much() {
        let mut subnets = with_one();
        let mut open = |max_lock| subnets.create(account(2), &identity(), &task(), max_lock, 5);
        assert_eq!(open(lock::MINIMUM), Err(Error::PriceAboveMaximum));
        let event = open(Rao::from_tao(2_000)).unwrap();
        assert_eq!((event.netuid, event.lock), (NetUid(1), Rao::from_tao(2_000)));
    }

    #[ink::test]
    fn strangers_change_nothing() {
        let mut subnets = with_one();
        let stranger = account(2);
        let netuid = NetUid(0);
        assert_eq!(
            subnets.set_identity(stranger, netuid, &identity()),
            Err(Error::NotAllowed)
        );
        assert_eq!(subnets.set_task(stranger, netuid, &task()), Err(Error::NotAllowed));
        assert_eq!(
            subnets.set_rule(stranger, netuid, Hyperparameter::Tempo(9), 6),
            Err(Error::NotAllowed)
        );
        assert_eq!(subnets.rules(netuid), Ok(hyperparameters::defaults()));
    }

    #[ink::test]
    fn changing_the_half_life_does_not_move_the_price_of_now() {
        let mut subnets = with_one();
        let before = subnets.burn_price(NetUid(0), 300).unwrap();
        subnets
            .set_rule(account(1), NetUid(0), Hyperparameter::BurnHalfLife(10), 300)
            .unwrap();
        assert_eq!(subnets.burn_price(NetUid(0), 300), Ok(before));
        assert_eq!(subnets.burn_price(NetUid(0), 310), Ok(Rao(before.0 / 2)));
    }

    #[ink::test]
    fn a_page_of_long_texts_is_shorter_than_asked_for() {
        let mut subnets = Subnets::default();
        let text = "x".repeat(256);
        let identity = SubnetIdentity {
            name: text.clone(),
            description: text.clone(),
            url: text.clone(),
        };
        let mut task = task();
        for tensor in [&mut task.input, &mut task.output] {
            tensor.name = text.clone();
            tensor.element = text.clone();
        }
        task.data_uri = text;
        for _ in 0..16 {
            subnets.create(account(1), &identity, &task, Rao(u64::MAX), 5).unwrap();
        }
        let page = subnets.page(0, 16).unwrap();
        assert_eq!(page.total, 16);
        assert!(!page.items.is_empty() && page.encoded_size() < 16 * 1024);
        assert_eq!(subnets.page(0, 17), Err(Error::PageTooLarge));
    }
}
