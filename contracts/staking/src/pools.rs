//! Pools by hotkey, also where a hotkey took the place of another.
//!
//! A pool is kept under the first hotkey that held it, for ever: positions, past votes, child keys and lists name that one. A hotkey that
//! takes a place is another name for it, so that everything follows in two writes, however much there is. A hotkey that gave its place
//! up stays a name of the pool too: payouts on their way and stakers who know only the old one reach it.
//!
//! Invariant: each hotkey names one pool, and each pool is held by one hotkey.

// The derived encoding casts the numbers of variants.
#![allow(clippy::cast_possible_truncation)]

use crate::pool::Pool;
use ink::storage::Mapping;
use inktensor_primitives::staking::Error;
use inktensor_primitives::AccountId;

/// What is kept under a hotkey.
#[derive(Clone, Debug, PartialEq, Eq)]
#[ink::scale_derive(Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "std", derive(ink::storage::traits::StorageLayout))]
enum Entry {
    /// Its own pool.
    Pool(Pool),
    /// The key of the pool that it took over.
    Name(PoolKey),
}

/// The hotkey under which a pool is kept.
pub type PoolKey = AccountId;

/// All pools.
#[ink::storage_item]
#[derive(Debug, Default)]
pub struct Pools {
    entries: Mapping<AccountId, Entry>,
}

impl Pools {
    /// The pool that a hotkey names, with its key; an empty one where nobody ever staked.
    pub fn find(&self, hotkey: &AccountId) -> (PoolKey, Pool) {
        match self.entries.get(hotkey) {
            Some(Entry::Pool(pool)) => (*hotkey, pool),
            Some(Entry::Name(key)) => (key, self.at(&key)),
            None => (*hotkey, Pool::default()),
        }
    }

    /// The hotkey that holds the pool which this one names: itself, or who took its place.
    pub fn holder(&self, hotkey: &AccountId) -> AccountId {
        let (key, pool) = self.find(hotkey);
        pool.holder(key)
    }

    /// The pool that a hotkey holds; an empty one where it holds none, as after it was replaced.
    pub fn held_by(&self, hotkey: &AccountId) -> Pool {
        let (key, pool) = self.find(hotkey);
        if pool.holder(key) == *hotkey {
            pool
        } else {
            Pool::default()
        }
    }

    /// The pool that is kept under a key.
    pub fn at(&self, key: &PoolKey) -> Pool {
        match self.entries.get(key) {
            Some(Entry::Pool(pool)) => pool,
            _ => Pool::default(),
        }
    }

    /// Keeps a pool.
    pub fn save(&mut self, key: PoolKey, pool: Pool) {
        self.entries.insert(key, &Entry::Pool(pool));
    }

    /// Lets a hotkey hold the pool that another one holds. Where that one was replaced already, nothing happens; returns whether it does.
    ///
    /// # Errors
    /// [`Error::HotkeyInUse`] where the new hotkey ever had a pool.
    pub fn rename(&mut self, old: AccountId, new: AccountId) -> Result<bool, Error> {
        if self.entries.contains(new) {
            return Err(Error::HotkeyInUse);
        }
        let (key, mut pool) = self.find(&old);
        if pool.holder(key) != old || old == new {
            return Ok(false);
        }
        pool.renamed = Some(new);
        self.save(key, pool);
        self.entries.insert(new, &Entry::Name(key));
        Ok(true)
    }
}
