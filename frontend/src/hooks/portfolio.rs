//! What one account has.

use super::query::{Loadable, use_query};
use inktensor_client::{
    Error, Network,
    messages::{staking, tao},
};
use inktensor_primitives::{AccountId, Rao, staking::Position};
use yew::prelude::*;

/// What one account has.
#[derive(Clone, Debug, PartialEq)]
pub struct Portfolio {
    /// What it can spend of the chain's own token, in the smallest units: fees are paid of it.
    pub native: u128,
    /// TAO that is not staked.
    pub free: Rao,
    /// Its stakes, largest first.
    pub positions: Vec<Position>,
    /// The least amount of a stake.
    pub minimum_stake: Rao,
}

impl Portfolio {
    /// All of its stakes together.
    pub fn staked(&self) -> Rao {
        self.positions
            .iter()
            .fold(Rao::ZERO, |sum, position| Rao(sum.0.saturating_add(position.stake.0)))
    }

    /// Its stake on a hotkey.
    pub fn stake_on(&self, hotkey: &AccountId) -> Rao {
        self.positions
            .iter()
            .find(|position| position.hotkey == *hotkey)
            .map_or(Rao::ZERO, |position| position.stake)
    }
}

/// What an account has; nothing is read while there is no account.
#[hook]
pub fn use_portfolio(account: Option<AccountId>) -> Loadable<Portfolio> {
    use_query(account, read)
}

async fn read(network: Network, account: AccountId) -> Result<Portfolio, Error> {
    let snapshot = network.snapshot().await?;
    let native = network.chain().balance(&account).await?.spendable();
    let free = snapshot.query(tao::balance_of(account)).await?;
    let mut positions = snapshot.all_positions(account).await?;
    positions.retain(|position| position.stake > Rao::ZERO);
    positions.sort_by_key(|position| std::cmp::Reverse(position.stake));
    Ok(Portfolio {
        native,
        // The whole supply fits 64 bits.
        free: Rao(u64::try_from(free).unwrap_or(u64::MAX)),
        positions,
        minimum_stake: snapshot.query(staking::minimum_stake()).await?,
    })
}
