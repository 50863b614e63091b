//! Who holds how much of a pool.
//!
//! What a pool's owner holds is kept with the pool: every payout reads and writes both, so it costs one access instead of two.

use super::Ledger;
use crate::pool::{Holding, Pool};
use crate::pools::PoolKey;
use inktensor_primitives::AccountId;

impl Ledger {
    /// What a coldkey holds of a pool.
    pub(super) fn holding(&self, key: &PoolKey, pool: &Pool, coldkey: &AccountId) -> Option<Holding> {
        if pool.owner == Some(*coldkey) {
            pool.own
        } else {
            self.holdings.get((key, coldkey))
        }
    }

    /// Changes what a coldkey holds of a pool. The pool must be saved with it.
    pub(super) fn hold(&mut self, key: PoolKey, pool: &mut Pool, coldkey: AccountId, holding: Option<Holding>) {
        if pool.owner == Some(coldkey) {
            pool.own = holding;
            return;
        }
        match holding {
            Some(holding) => {
                self.holdings.insert((key, coldkey), &holding);
            }
            None => self.holdings.remove((key, coldkey)),
        }
    }

    /// Makes a coldkey the owner of a pool. The pool must be saved with it.
    pub(super) fn set_owner(&mut self, key: PoolKey, pool: &mut Pool, owner: AccountId) {
        if pool.owner == Some(owner) {
            return;
        }
        if let (Some(former), Some(held)) = (pool.owner, pool.own.take()) {
            self.holdings.insert((key, former), &held);
        }
        pool.own = self.holdings.take((key, owner));
        pool.owner = Some(owner);
    }

    /// Gives a holding another place in its coldkey's list.
    pub(super) fn replace(&mut self, key: PoolKey, coldkey: AccountId, place: u32) {
        if let Some(mut holding) = self.holdings.get((key, coldkey)) {
            holding.place = place;
            self.holdings.insert((key, coldkey), &holding);
            return;
        }
        let mut pool = self.pools.at(&key);
        if let Some(own) = pool.own.as_mut().filter(|_| pool.owner == Some(coldkey)) {
            own.place = place;
            self.pools.save(key, pool);
        }
    }
}
