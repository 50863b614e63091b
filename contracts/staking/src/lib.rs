//! Staking: TAO delegated to hotkeys in share pools.
//!
//! [`ledger`] holds the rules, [`pool`] the shares; the contract binds them to storage, caller, events and the token.
#![cfg_attr(not(feature = "std"), no_std, no_main)]
// Tests may panic.
#![cfg_attr(
    test,
    allow(clippy::arithmetic_side_effects, clippy::indexing_slicing, clippy::unwrap_used)
)]

pub mod ledger;
pub mod lists;
pub mod pool;
mod ratio;

pub use contract::{Staking, StakingRef};

#[ink::contract]
mod contract {
    use crate::ledger::{Ledger, MINIMUM_STAKE};
    use ink::prelude::vec::Vec;
    use inktensor_primitives::call::{Token, TokenFailure};
    use inktensor_primitives::events::staking::StakingWired;
    use inktensor_primitives::staking::{Delegate, Error, Payout, Position};
    use inktensor_primitives::{Page, Rao};

    /// The contract's storage.
    #[ink(storage)]
    pub struct Staking {
        tao: AccountId,
        deployer: AccountId,
        rewards: Option<AccountId>,
        ledger: Ledger,
    }

    impl Staking {
        /// Stakes the token at `tao`.
        #[ink(constructor)]
        pub fn new(tao: AccountId) -> Self {
            Self {
                tao,
                deployer: Self::env().caller(),
                rewards: None,
                ledger: Ledger::default(),
            }
        }

        /// Names the rewards contract, once; only the deployer may.
        #[ink(message)]
        pub fn set_rewards(&mut self, rewards: AccountId) -> Result<(), Error> {
            if self.env().caller() != self.deployer {
                return Err(Error::NotAllowed);
            }
            if self.rewards.is_some() {
                return Err(Error::AlreadyWired);
            }
            self.rewards = Some(rewards);
            self.env().emit_event(StakingWired { rewards });
            Ok(())
        }

        /// The rewards contract, once it is set.
        #[ink(message)]
        pub fn rewards(&self) -> Option<AccountId> {
            self.rewards
        }

        /// Stakes the caller's TAO, which it allowed the contract to take, to a hotkey. Returns the position after it.
        #[ink(message)]
        pub fn stake(&mut self, hotkey: AccountId, amount: Rao) -> Result<Rao, Error> {
            let caller = self.env().caller();
            let (position, event) = self.ledger.stake(caller, hotkey, amount)?;
            self.token()
                .transfer_from(caller, self.env().account_id(), amount)
                .map_err(refused)?;
            self.env().emit_event(event);
            Ok(position)
        }

        /// Takes part of a position back. Returns the position after it.
        #[ink(message)]
        pub fn unstake(&mut self, hotkey: AccountId, amount: Rao) -> Result<Rao, Error> {
            let caller = self.env().caller();
            let (position, event) = self.ledger.unstake(caller, hotkey, amount)?;
            self.token().transfer(caller, amount).map_err(refused)?;
            self.env().emit_event(event);
            Ok(position)
        }

        /// Takes a whole position back. Returns what was paid.
        #[ink(message)]
        pub fn unstake_all(&mut self, hotkey: AccountId) -> Result<Rao, Error> {
            let caller = self.env().caller();
            let event = self.ledger.unstake_all(caller, hotkey)?;
            let paid = event.amount;
            self.token().transfer(caller, paid).map_err(refused)?;
            self.env().emit_event(event);
            Ok(paid)
        }

        /// A coldkey's stake on a hotkey.
        #[ink(message)]
        pub fn stake_of(&self, hotkey: AccountId, coldkey: AccountId) -> Result<Rao, Error> {
            self.ledger.stake_of(&hotkey, &coldkey)
        }

        /// A coldkey's positions, at most 64 a page.
        #[ink(message)]
        pub fn positions(&self, coldkey: AccountId, start: u32, limit: u32) -> Result<Page<Position>, Error> {
            self.ledger.positions(coldkey, start, limit)
        }

        /// One hotkey.
        #[ink(message)]
        pub fn delegate(&self, hotkey: AccountId) -> Result<Delegate, Error> {
            Ok(self.ledger.delegate(hotkey))
        }

        /// Every hotkey that holds or held stake, at most 64 a page.
        #[ink(message)]
        pub fn delegates(&self, start: u32, limit: u32) -> Result<Page<Delegate>, Error> {
            self.ledger.delegates(start, limit)
        }

        /// Stakes of many hotkeys, at most 256.
        #[ink(message)]
        pub fn hotkey_stakes(&self, hotkeys: Vec<AccountId>) -> Result<Vec<Rao>, Error> {
            self.ledger.hotkey_stakes(&hotkeys)
        }

        /// All staked TAO.
        #[ink(message)]
        pub fn total_stake(&self) -> Result<Rao, Error> {
            Ok(self.ledger.total())
        }

        /// The least amount of a stake.
        #[ink(message)]
        pub fn minimum_stake(&self) -> Result<Rao, Error> {
            Ok(MINIMUM_STAKE)
        }

        /// Sets the owner's part of dividends, in 65535ths; the hotkey or its owner may.
        #[ink(message)]
        pub fn set_take(&mut self, hotkey: AccountId, take: u16) -> Result<(), Error> {
            let event = self.ledger.set_take(self.env().caller(), hotkey, take)?;
            self.env().emit_event(event);
            Ok(())
        }

        /// Credits what neurons earned; only the rewards contract may, after issuing the sum to this contract.
        #[ink(message)]
        pub fn distribute(&mut self, payouts: Vec<Payout>) -> Result<Rao, Error> {
            if self.rewards != Some(self.env().caller()) {
                return Err(Error::NotAllowed);
            }
            let (sum, events) = self.ledger.distribute(payouts)?;
            for event in events {
                self.env().emit_event(event);
            }
            Ok(sum)
        }

        fn token(&self) -> Token {
            Token(self.tao)
        }
    }

    fn refused(failure: TokenFailure) -> Error {
        match failure {
            TokenFailure::Insufficient => Error::InsufficientTao,
            TokenFailure::Refused => Error::TokenCallFailed,
        }
    }
}
