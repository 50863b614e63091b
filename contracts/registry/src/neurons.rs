//! Neurons: the slots of a subnet and who holds them.

use crate::ownership::Ownership;
use crate::subnets::{price, Subnets};
use crate::text::check_endpoint;
use ink::prelude::vec::Vec;
use ink::storage::Mapping;
use inktensor_primitives::events::registry::{EndpointSet, NeuronRegistered};
use inktensor_primitives::registry::{Endpoint, Error, Neuron, NeuronUpdate, Slot};
use inktensor_primitives::{AccountId, BlockNumber, NetUid, Page, Rao, Uid};

mod holders;
mod keys;

use holders::{Holders, Keys};

/// The most neurons in a page.
pub const MAX_PAGE: u32 = 32;
/// The most slots in a page.
pub const MAX_SLOT_PAGE: u32 = 128;
/// The most slots that are swept at once.
pub const MAX_SWEEP: u32 = 64;

/// What decides whether a slot is replaced. A subnet's standings share one cell, because choosing a slot reads them all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[ink::scale_derive(Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "std", derive(ink::storage::traits::StorageLayout))]
pub struct Standing {
    registered_at: BlockNumber,
    pruning_score: u16,
    validator_permit: bool,
    bonds_reset_at: BlockNumber,
}

/// All neurons.
#[ink::storage_item]
#[derive(Debug, Default)]
pub struct Neurons {
    ownership: Ownership,
    uids: Mapping<(NetUid, AccountId), Uid>,
    holders: Holders,
    standings: Mapping<NetUid, Vec<Standing>>,
    endpoints: Mapping<(NetUid, Uid), Endpoint>,
}

impl Neurons {
    /// Registers a hotkey for a coldkey: on a free slot, else in place of the neuron that is worth least. The price in the event must
    /// be burned with it.
    ///
    /// # Errors
    /// [`Error::RegistrationClosed`], [`Error::AlreadyRegistered`], [`Error::HotkeyOwnedByOther`], [`Error::HotkeySwappedAway`],
    /// [`Error::PriceAboveMaximum`], [`Error::NoFreeSlot`]
    pub fn register(
        &mut self,
        subnets: &mut Subnets,
        netuid: NetUid,
        coldkey: AccountId,
        hotkey: AccountId,
        max_price: Rao,
        now: BlockNumber,
    ) -> Result<NeuronRegistered, Error> {
        let mut core = subnets.core(netuid)?;
        let rules = subnets.rules(netuid)?;
        if !rules.registration_allowed {
            return Err(Error::RegistrationClosed);
        }
        if self.uids.contains((netuid, hotkey)) {
            return Err(Error::AlreadyRegistered);
        }
        self.ownership.check_free(&coldkey, &hotkey)?;
        let price = price(&core, &rules, now);
        if price > max_price {
            return Err(Error::PriceAboveMaximum);
        }

        let mut standings = self.standings.get(netuid).unwrap_or_default();
        let fresh = Standing {
            registered_at: now,
            pruning_score: 0,
            validator_permit: false,
            bonds_reset_at: 0,
        };
        let uid = if core.neurons < rules.max_uids {
            standings.push(fresh);
            let uid = Uid(core.neurons);
            core.neurons = core.neurons.checked_add(1).ok_or(Error::Overflow)?;
            uid
        } else {
            let uid = cheapest(&standings, rules.immunity_period, core.owner_uid, now).ok_or(Error::NoFreeSlot)?;
            *standings.get_mut(usize::from(uid.0)).ok_or(Error::NoFreeSlot)? = fresh;
            uid
        };
        let open = subnets.open();
        let replaced = self.holders.get(netuid, uid).map(|keys| keys.hotkey);
        if let Some(replaced) = replaced {
            self.vacate(netuid, uid, replaced);
            let mut homes = self.ownership.homes(&replaced, &open);
            homes.retain(|home| *home != netuid);
            self.ownership.settle(replaced, &homes);
        }
        let mut homes = self.ownership.homes(&hotkey, &open);
        homes.push(netuid);
        self.ownership.settle(hotkey, &homes);
        self.standings.insert(netuid, &standings);
        self.ownership.adopt(coldkey, hotkey)?;
        self.uids.insert((netuid, hotkey), &uid);
        self.holders.put(netuid, uid, Keys { hotkey, coldkey })?;

        if coldkey == core.owner {
            core.owner_uid = Some(core.owner_uid.map_or(uid, |owned| owned.min(uid)));
        }
        core.price = Rao(crate::hyperparameters::burn_terms(&rules).after_registration(price.0));
        core.priced_at = now;
        subnets.save(netuid, &core);
        Ok(NeuronRegistered {
            netuid,
            hotkey,
            coldkey,
            uid,
            price,
            replaced,
        })
    }

    /// Says where a hotkey serves.
    ///
    /// # Errors
    /// [`Error::NotRegistered`], and those of the texts.
    pub fn set_endpoint(
        &mut self,
        netuid: NetUid,
        hotkey: AccountId,
        endpoint: Option<&Endpoint>,
    ) -> Result<EndpointSet, Error> {
        let uid = self.uid_of(netuid, &hotkey).ok_or(Error::NotRegistered)?;
        match endpoint {
            Some(endpoint) => {
                check_endpoint(endpoint)?;
                self.endpoints.insert((netuid, uid), endpoint);
            }
            None => self.endpoints.remove((netuid, uid)),
        }
        Ok(EndpointSet {
            netuid,
            hotkey,
            uid,
            serving: endpoint.is_some(),
        })
    }

    /// Writes what the epoch of a block decided. It was not about neurons that took their slots since.
    ///
    /// # Errors
    /// [`Error::UnknownNeuron`]
    pub fn apply_epoch(&mut self, netuid: NetUid, at: BlockNumber, updates: &[NeuronUpdate]) -> Result<(), Error> {
        let mut standings = self.standings.get(netuid).unwrap_or_default();
        for update in updates {
            let standing = standings
                .get_mut(usize::from(update.uid.0))
                .ok_or(Error::UnknownNeuron)?;
            if standing.registered_at <= at {
                standing.pruning_score = update.pruning_score;
                standing.validator_permit = update.validator_permit;
            }
        }
        self.standings.insert(netuid, &standings);
        Ok(())
    }

    /// Voids the bonds on a neuron from before now.
    ///
    /// # Errors
    /// [`Error::UnknownNeuron`]
    pub fn reset_bonds(&mut self, netuid: NetUid, uid: Uid, now: BlockNumber) -> Result<(), Error> {
        let mut standings = self.standings.get(netuid).unwrap_or_default();
        let standing = standings.get_mut(usize::from(uid.0)).ok_or(Error::UnknownNeuron)?;
        standing.bonds_reset_at = now;
        self.standings.insert(netuid, &standings);
        Ok(())
    }

    /// Forgets neurons of a dissolved subnet, the highest UIDs first; returns who they were and how many are left.
    ///
    /// # Errors
    /// [`Error::SubnetStillOpen`], [`Error::PageTooLarge`]
    pub fn sweep(&mut self, subnets: &Subnets, netuid: NetUid, limit: u32) -> Result<(Vec<Uid>, u32), Error> {
        if subnets.core(netuid).is_ok() {
            return Err(Error::SubnetStillOpen);
        }
        if limit > MAX_SWEEP {
            return Err(Error::PageTooLarge);
        }
        let mut standings = self.standings.get(netuid).unwrap_or_default();
        let count = |number: usize| u16::try_from(number).map_err(|_| Error::Overflow);
        let all = count(standings.len())?;
        let swept = count(usize::try_from(limit).map_err(|_| Error::Overflow)?)?.min(all);
        let forgotten = self.holders.forget_last(netuid, all, swept);
        let mut swept = Vec::with_capacity(forgotten.len());
        for (uid, keys) in forgotten {
            standings.pop();
            self.vacate(netuid, uid, keys.hotkey);
            swept.push(uid);
        }
        if standings.is_empty() {
            self.standings.remove(netuid);
        } else {
            self.standings.insert(netuid, &standings);
        }
        Ok((swept, total(&standings)))
    }

    /// The lowest UID of a coldkey.
    pub fn lowest_uid_of(&self, netuid: NetUid, neurons: u16, coldkey: &AccountId) -> Option<Uid> {
        let holders = self.holders.range(netuid, Uid(0), Uid(neurons));
        let mut owned = (0_u16..).map(Uid).zip(holders);
        owned.find(|(_, keys)| keys.coldkey == *coldkey).map(|(uid, _)| uid)
    }

    /// The coldkey that a hotkey belongs to.
    pub fn owner_of(&self, hotkey: &AccountId) -> Option<AccountId> {
        self.ownership.owner_of(hotkey)
    }

    /// The hotkey that took the place of a swapped one.
    pub fn successor_of(&self, hotkey: &AccountId) -> Option<AccountId> {
        self.ownership.successor_of(hotkey)
    }

    /// A coldkey's hotkeys.
    ///
    /// # Errors
    /// [`Error::PageTooLarge`]
    pub fn hotkeys(&self, coldkey: AccountId, start: u32, limit: u32) -> Result<Page<AccountId>, Error> {
        self.ownership.page(coldkey, start, limit)
    }

    /// The slot of a hotkey.
    pub fn uid_of(&self, netuid: NetUid, hotkey: &AccountId) -> Option<Uid> {
        self.uids.get((netuid, hotkey))
    }

    /// One neuron.
    ///
    /// # Errors
    /// [`Error::UnknownNeuron`]
    pub fn neuron(&self, netuid: NetUid, uid: Uid) -> Result<Neuron, Error> {
        let next = uid.0.checked_add(1).ok_or(Error::UnknownNeuron)?;
        let (held, _) = self.range(netuid, u32::from(uid.0), u32::from(next))?;
        let held = held.first().ok_or(Error::UnknownNeuron)?;
        Ok(self.shown(netuid, held))
    }

    /// Neurons by UID.
    ///
    /// # Errors
    /// [`Error::PageTooLarge`]
    pub fn page(&self, netuid: NetUid, start: u32, limit: u32) -> Result<Page<Neuron>, Error> {
        let (held, total) = self.range(netuid, start, within(start, limit, MAX_PAGE)?)?;
        let items = held.iter().map(|held| self.shown(netuid, held)).collect();
        Ok(Page { items, total })
    }

    /// Slots by UID: neurons without what only people read.
    ///
    /// # Errors
    /// [`Error::PageTooLarge`]
    pub fn slots(&self, netuid: NetUid, start: u32, limit: u32) -> Result<Page<Slot>, Error> {
        let (held, total) = self.range(netuid, start, within(start, limit, MAX_SLOT_PAGE)?)?;
        let items = held.iter().map(Held::slot).collect();
        Ok(Page { items, total })
    }

    /// The slots from one to before another that are held, and how many are held in all.
    fn range(&self, netuid: NetUid, start: u32, end: u32) -> Result<(Vec<Held>, u32), Error> {
        let standings = self.standings.get(netuid).unwrap_or_default();
        let total = total(&standings);
        let end = end.min(total);
        let uid = |place: u32| u16::try_from(place).map_err(|_| Error::Overflow);
        let (start, end) = (uid(start.min(end))?, uid(end)?);
        let keys = self.holders.range(netuid, Uid(start), Uid(end));
        let places = (start..end).zip(standings.iter().skip(usize::from(start)));
        let held = places.zip(keys).map(|((uid, standing), keys)| Held {
            uid: Uid(uid),
            keys,
            standing: *standing,
        });
        Ok((held.collect(), total))
    }

    fn shown(&self, netuid: NetUid, held: &Held) -> Neuron {
        Neuron {
            uid: held.uid,
            hotkey: held.keys.hotkey,
            coldkey: held.keys.coldkey,
            registered_at: held.standing.registered_at,
            validator_permit: held.standing.validator_permit,
            pruning_score: held.standing.pruning_score,
            endpoint: self.endpoints.get((netuid, held.uid)),
        }
    }

    /// Forgets what the one who held a slot left beside it.
    fn vacate(&mut self, netuid: NetUid, uid: Uid, hotkey: AccountId) {
        self.uids.remove((netuid, hotkey));
        self.endpoints.remove((netuid, uid));
    }
}

/// A slot and who holds it.
struct Held {
    uid: Uid,
    keys: Keys,
    standing: Standing,
}

impl Held {
    fn slot(&self) -> Slot {
        Slot {
            hotkey: self.keys.hotkey,
            coldkey: self.keys.coldkey,
            registered_at: self.standing.registered_at,
            validator_permit: self.standing.validator_permit,
            bonds_reset_at: self.standing.bonds_reset_at,
        }
    }
}

/// The end of a page.
fn within(start: u32, limit: u32, most: u32) -> Result<u32, Error> {
    if limit > most {
        return Err(Error::PageTooLarge);
    }
    Ok(start.saturating_add(limit))
}

fn total(standings: &[Standing]) -> u32 {
    u32::try_from(standings.len()).unwrap_or(u32::MAX)
}

/// The slot to replace: not the owner's; past immunity first; then the lowest score, the oldest, the lowest UID.
fn cheapest(standings: &[Standing], immunity: u32, owner: Option<Uid>, now: BlockNumber) -> Option<Uid> {
    (0_u16..)
        .map(Uid)
        .zip(standings)
        .filter(|(uid, _)| Some(*uid) != owner)
        .min_by_key(|(uid, standing)| {
            let immune = now.saturating_sub(standing.registered_at) < immunity;
            (immune, standing.pruning_score, standing.registered_at, *uid)
        })
        .map(|(uid, _)| uid)
}

#[cfg(test)]
mod tests;
