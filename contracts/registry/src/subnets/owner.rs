//! What a subnet's owner changes.

use super::{price, Core, Subnets};
use crate::hyperparameters;
use crate::text::{check_identity, check_task};
use inktensor_primitives::events::registry::{
    HyperparameterSet, IdentitySet, SubnetOffered, SubnetTransferred, TaskSet,
};
use inktensor_primitives::registry::{Error, Freeze, Hyperparameter, SubnetIdentity, Task};
use inktensor_primitives::{AccountId, BlockNumber, NetUid, Uid};

impl Subnets {
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

    /// Changes one rule. The registration price goes on from where it is now. Governance may set every rule at any time.
    ///
    /// # Errors
    /// [`Error::NotAllowed`] unless the owner or governance calls, [`Error::GovernanceOnly`], [`Error::RulesFrozen`],
    /// [`Error::ValueOutOfBounds`].
    pub fn set_rule(
        &mut self,
        caller: AccountId,
        governance: AccountId,
        netuid: NetUid,
        new: Hyperparameter,
        now: BlockNumber,
    ) -> Result<HyperparameterSet, Error> {
        let mut core = self.core(netuid)?;
        let mut rules = self.rules(netuid)?;
        if caller != governance {
            if caller != core.owner {
                return Err(Error::NotAllowed);
            }
            if hyperparameters::is_governed(&new) {
                return Err(Error::GovernanceOnly);
            }
            if self.freeze(netuid, now)?.active {
                return Err(Error::RulesFrozen);
            }
        }
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

    /// When the owner may not change rules: in the last blocks before an epoch and while one is due, so that nobody's work of a whole
    /// tempo is judged by rules that nobody could see. The window is at most a quarter of the tempo. Where there are no neurons there is
    /// nobody to protect.
    ///
    /// # Errors
    /// [`Error::UnknownSubnet`]
    pub fn freeze(&self, netuid: NetUid, now: BlockNumber) -> Result<Freeze, Error> {
        let core = self.core(netuid)?;
        let tempo = self.rules(netuid)?.tempo;
        let next_epoch_at = core.last_epoch_at.saturating_add(tempo.into());
        let window = self.network().freeze_window.min(tempo.checked_div(4).unwrap_or(0));
        let from = next_epoch_at.saturating_sub(window.into());
        Ok(Freeze {
            next_epoch_at,
            from,
            active: core.neurons != 0 && window != 0 && now >= from,
        })
    }

    /// Offers the subnet to another account, which has to accept; `None` takes the offer back.
    ///
    /// # Errors
    /// [`Error::NotAllowed`] unless the owner calls.
    pub fn offer(&mut self, caller: AccountId, netuid: NetUid, to: Option<AccountId>) -> Result<SubnetOffered, Error> {
        self.owned(caller, netuid)?;
        match to {
            Some(account) => {
                self.offers.insert(netuid, &account);
            }
            None => self.offers.remove(netuid),
        }
        Ok(SubnetOffered { netuid, to })
    }

    /// To whom a subnet is offered.
    ///
    /// # Errors
    /// [`Error::UnknownSubnet`]
    pub fn offered_to(&self, netuid: NetUid) -> Result<Option<AccountId>, Error> {
        self.core(netuid)?;
        Ok(self.offers.get(netuid))
    }

    /// Makes the caller, to whom the subnet was offered, its owner. Its lock goes with it. `uid` is the neuron that is protected then:
    /// the new owner's lowest UID, where it has one.
    ///
    /// # Errors
    /// [`Error::NotOffered`]
    pub fn accept(&mut self, caller: AccountId, netuid: NetUid, uid: Option<Uid>) -> Result<SubnetTransferred, Error> {
        let mut core = self.core(netuid)?;
        if self.offers.get(netuid) != Some(caller) {
            return Err(Error::NotOffered);
        }
        let from = core.owner;
        core.owner = caller;
        core.owner_uid = uid;
        self.save(netuid, &core);
        self.offers.remove(netuid);
        Ok(SubnetTransferred {
            netuid,
            from,
            to: caller,
        })
    }

    /// Gives all subnets of one account to another; their protected neurons stay protected.
    pub fn reown(&mut self, open: &[NetUid], old: &AccountId, new: AccountId) {
        for netuid in open {
            if let Some(mut core) = self.cores.get(netuid).filter(|core| core.owner == *old) {
                core.owner = new;
                self.save(*netuid, &core);
            }
        }
    }

    fn owned(&self, caller: AccountId, netuid: NetUid) -> Result<Core, Error> {
        let core = self.core(netuid)?;
        if core.owner != caller {
            return Err(Error::NotAllowed);
        }
        Ok(core)
    }
}
