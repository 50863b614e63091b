//! Child keys: hotkeys lend stake to others that validate with it, each subnet on its own.
//!
//! A parent names up to five children with proportions of its stake. In consensus the child counts with them and the parent without,
//! so all stake counts once. Only a hotkey's own stake can be lent, never what it borrows: there are no chains and no loops.
//!
//! Both sides know of a relation, with the announced proportion and its first block, so nothing has to be done when it comes into
//! effect. A child has at most eight parents, so that no stranger can make an epoch longer: where there are more, those that lend most
//! stay.

use crate::amounts::{minus, plus, share};
use crate::delayed::Delayed;
use crate::presence::Presence;
use ink::prelude::vec::Vec;
use ink::storage::Mapping;
use inktensor_primitives::staking::{
    self, Child, Error, NextProportion, Relative, CHILDREN_DELAY, MAX_CHILDREN, MAX_PARENTS,
};
use inktensor_primitives::{AccountId, BlockNumber, NetUid, Rao};

/// A relation as one side knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[ink::scale_derive(Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "std", derive(ink::storage::traits::StorageLayout))]
struct Link {
    /// The other side.
    hotkey: AccountId,
    /// How much of the parent's stake, in parts of `u64::MAX`.
    proportion: Delayed<u64>,
}

impl Link {
    fn is_alive(&self, now: BlockNumber) -> bool {
        self.proportion.at(now) != 0 || self.proportion.announced(now).is_some()
    }

    fn shown(&self, now: BlockNumber) -> Relative {
        let next = self.proportion.announced(now);
        Relative {
            hotkey: self.hotkey,
            proportion: self.proportion.at(now),
            next: next.map(|(proportion, at)| NextProportion { proportion, at }),
        }
    }

    /// The most that it lends of a stake, now or as announced.
    fn most(&self, stake: Rao, now: BlockNumber) -> Result<Rao, Error> {
        let announced = self.proportion.announced(now).map_or(0, |(proportion, _)| proportion);
        lent(stake, self.proportion.at(now).max(announced))
    }
}

/// A hotkey's relations on one subnet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[ink::scale_derive(Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "std", derive(ink::storage::traits::StorageLayout))]
struct Family {
    take: Delayed<u16>,
    children: Vec<Link>,
    parents: Vec<Link>,
}

/// What a hotkey counts with on a subnet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loans {
    /// Its own stake without what its children count with.
    pub own: Rao,
    /// What each parent lends it.
    pub borrowed: Vec<(AccountId, Rao)>,
}

impl Loans {
    /// All of it.
    ///
    /// # Errors
    /// [`Error::Overflow`]
    pub fn total(&self) -> Result<Rao, Error> {
        self.borrowed
            .iter()
            .try_fold(self.own, |sum, (_, part)| plus(sum, *part))
    }
}

/// All relations.
#[ink::storage_item]
#[derive(Debug, Default)]
pub struct Families {
    families: Mapping<(NetUid, AccountId), Family>,
    known: Mapping<NetUid, Presence>,
}

impl Families {
    /// Announces all children of a hotkey; those it had and are not named end with the announcement's effect. Returns the first block
    /// of the new ones, and whom other parents had to give up for it: child and parent.
    ///
    /// # Errors
    /// [`Error::TooManyChildren`], [`Error::InvalidChildren`], [`Error::TooManyParents`]; nothing is changed then.
    pub fn set_children(
        &mut self,
        netuid: NetUid,
        parent: AccountId,
        children: &[Child],
        now: BlockNumber,
        stake_of: impl Fn(&AccountId) -> Rao,
    ) -> Result<(BlockNumber, Vec<(AccountId, AccountId)>), Error> {
        check(parent, children)?;
        let from = now.checked_add(CHILDREN_DELAY).ok_or(Error::Overflow)?;
        let before = self.get(netuid, parent);
        let mut family = before.clone();
        for link in &mut family.children {
            let named = children.iter().find(|child| child.hotkey == link.hotkey);
            let proportion = named.map_or(0, |child| child.proportion);
            link.proportion = link.proportion.change(now, proportion, from);
        }
        for child in children {
            if !family.children.iter().any(|link| link.hotkey == child.hotkey) {
                family.children.push(Link {
                    hotkey: child.hotkey,
                    proportion: Delayed::fixed(0).change(now, child.proportion, from),
                });
            }
        }
        let mut replaced = Vec::new();
        for link in &family.children {
            if let Some(weakest) = self.to_replace(netuid, parent, link, now, &stake_of)? {
                replaced.push((link.hotkey, weakest));
            }
        }
        for (child, weakest) in &replaced {
            self.edit(netuid, *weakest, |other| {
                other.children.retain(|link| link.hotkey != *child)
            });
            self.edit(netuid, *child, |other| {
                other.parents.retain(|link| link.hotkey != *weakest)
            });
        }
        for link in &family.children {
            let seen = Link {
                hotkey: parent,
                ..link.clone()
            };
            self.edit(netuid, link.hotkey, |child| {
                child.parents.retain(|link| link.hotkey != parent && link.is_alive(now));
                if seen.is_alive(now) {
                    child.parents.push(seen);
                }
            });
        }
        family.children.retain(|link| link.is_alive(now));
        self.save(netuid, parent, &before, &family);
        Ok((from, replaced))
    }

    /// Sets what a hotkey keeps of the dividends that it earns for parents: less at once, more after a delay.
    /// Returns the take before and the first block of the new one.
    ///
    /// # Errors
    /// [`Error::TakeTooHigh`]
    pub fn set_take(
        &mut self,
        netuid: NetUid,
        hotkey: AccountId,
        take: u16,
        now: BlockNumber,
    ) -> Result<(u16, BlockNumber), Error> {
        let before = self.get(netuid, hotkey);
        let old = before.take.at(now);
        let (take, from) = before.take.set_take(take, now)?;
        let family = Family { take, ..before.clone() };
        self.save(netuid, hotkey, &before, &family);
        Ok((old, from))
    }

    /// What a hotkey keeps of the dividends that it earns for parents, in 65535ths.
    pub fn take(&self, netuid: NetUid, hotkey: AccountId, now: BlockNumber) -> u16 {
        self.get(netuid, hotkey).take.at(now)
    }

    /// A hotkey's relations.
    pub fn family(&self, netuid: NetUid, hotkey: AccountId, now: BlockNumber) -> staking::Family {
        let family = self.get(netuid, hotkey);
        let shown = |links: &[Link]| {
            let alive = links.iter().filter(|link| link.is_alive(now));
            alive.map(|link| link.shown(now)).collect()
        };
        staking::Family {
            take: family.take.at(now),
            rise: family.take.rise(now),
            children: shown(&family.children),
            parents: shown(&family.parents),
        }
    }

    /// Who may have relations on a subnet.
    pub fn known(&self, netuid: NetUid) -> Presence {
        self.known.get(netuid).unwrap_or_default()
    }

    /// What a hotkey with so much stake counts with, given who may have relations on the subnet.
    ///
    /// # Errors
    /// [`Error::Overflow`]
    pub fn loans(
        &self,
        (netuid, known): (NetUid, &Presence),
        hotkey: AccountId,
        stake: Rao,
        now: BlockNumber,
        stake_of: impl Fn(&AccountId) -> Rao,
    ) -> Result<Loans, Error> {
        let family = if known.may_have(&hotkey) {
            self.families.get((netuid, hotkey))
        } else {
            None
        };
        let Some(family) = family else {
            return Ok(Loans {
                own: stake,
                borrowed: Vec::new(),
            });
        };
        let mut own = stake;
        for link in &family.children {
            own = minus(own, lent(stake, link.proportion.at(now))?)?;
        }
        let mut borrowed = Vec::with_capacity(family.parents.len());
        for link in &family.parents {
            let part = lent(stake_of(&link.hotkey), link.proportion.at(now))?;
            if part != Rao::ZERO {
                borrowed.push((link.hotkey, part));
            }
        }
        Ok(Loans { own, borrowed })
    }

    /// Which parent has to give a child up for another one; none where there is room.
    fn to_replace(
        &self,
        netuid: NetUid,
        parent: AccountId,
        link: &Link,
        now: BlockNumber,
        stake_of: impl Fn(&AccountId) -> Rao,
    ) -> Result<Option<AccountId>, Error> {
        let parents = self.get(netuid, link.hotkey).parents;
        let others = || {
            let other = move |other: &&Link| other.hotkey != parent && other.is_alive(now);
            parents.iter().filter(other)
        };
        if !link.is_alive(now) || others().count() < MAX_PARENTS {
            return Ok(None);
        }
        let mut weakest: Option<(Rao, AccountId)> = None;
        for other in others() {
            let lends = other.most(stake_of(&other.hotkey), now)?;
            if weakest.is_none_or(|(least, _)| lends < least) {
                weakest = Some((lends, other.hotkey));
            }
        }
        let offered = link.most(stake_of(&parent), now)?;
        match weakest {
            Some((lends, weakest)) if lends < offered => Ok(Some(weakest)),
            _ => Err(Error::TooManyParents),
        }
    }

    fn get(&self, netuid: NetUid, hotkey: AccountId) -> Family {
        self.families.get((netuid, hotkey)).unwrap_or_default()
    }

    fn edit(&mut self, netuid: NetUid, hotkey: AccountId, change: impl FnOnce(&mut Family)) {
        let before = self.get(netuid, hotkey);
        let mut family = before.clone();
        change(&mut family);
        self.save(netuid, hotkey, &before, &family);
    }

    /// Keeps what became of relations. Those that say nothing are not kept.
    fn save(&mut self, netuid: NetUid, hotkey: AccountId, before: &Family, family: &Family) {
        let nothing = Family::default();
        if *family == nothing {
            self.families.remove((netuid, hotkey));
        } else {
            self.families.insert((netuid, hotkey), family);
        }
        let (had, has) = (*before != nothing, *family != nothing);
        if had != has {
            let mut known = self.known(netuid);
            known.note(&hotkey, has);
            if known.is_empty() {
                self.known.remove(netuid);
            } else {
                self.known.insert(netuid, &known);
            }
        }
    }
}

/// What a proportion of a stake is.
fn lent(stake: Rao, proportion: u64) -> Result<Rao, Error> {
    share(stake, proportion, u64::MAX)
}

/// Children are others, each once, with a part each and no more than the whole together.
fn check(parent: AccountId, children: &[Child]) -> Result<(), Error> {
    if children.len() > MAX_CHILDREN {
        return Err(Error::TooManyChildren);
    }
    let mut left = u64::MAX;
    for (place, child) in children.iter().enumerate() {
        let again = children.iter().take(place).any(|other| other.hotkey == child.hotkey);
        if child.hotkey == parent || again || child.proportion == 0 {
            return Err(Error::InvalidChildren);
        }
        left = left.checked_sub(child.proportion).ok_or(Error::InvalidChildren)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
