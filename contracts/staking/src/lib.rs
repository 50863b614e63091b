//! Staking: TAO delegated to hotkeys in share pools.
//!
//! [`ledger`] holds the rules, [`pool`] the shares, [`pools`] which hotkey holds which, [`families`] child keys, [`checkpoints`] past
//! stake; the contract binds them to storage, caller, events and the token.
#![cfg_attr(not(feature = "std"), no_std, no_main)]
// Tests may panic.
#![cfg_attr(
    test,
    allow(clippy::arithmetic_side_effects, clippy::indexing_slicing, clippy::unwrap_used)
)]

mod amounts;
pub mod checkpoints;
mod delayed;
pub mod families;
pub mod ledger;
pub mod lists;
pub mod pool;
pub mod pools;
mod presence;
mod ratio;

pub use contract::{Staking, StakingRef};

#[ink::contract(env = inktensor_primitives::environment::Environment)]
mod contract {
    use crate::ledger::{Ledger, MAX_PAYOUTS, MINIMUM_STAKE};
    use ink::prelude::vec::Vec;
    use inktensor_primitives::call::{Token, TokenFailure};
    use inktensor_primitives::events::staking::{Distributed, ParentsPaid, StakingWired};
    use inktensor_primitives::staking::{Child, Delegate, Error, Family, Payout, Position};
    use inktensor_primitives::{NetUid, Page, Rao};

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
            let (position, event) = self.ledger.stake(caller, hotkey, amount, self.now())?;
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
            let (position, event) = self.ledger.unstake(caller, hotkey, amount, self.now())?;
            self.token().transfer(caller, amount).map_err(refused)?;
            self.env().emit_event(event);
            Ok(position)
        }

        /// Takes a whole position back. Returns what was paid.
        #[ink(message)]
        pub fn unstake_all(&mut self, hotkey: AccountId) -> Result<Rao, Error> {
            let caller = self.env().caller();
            let event = self.ledger.unstake_all(caller, hotkey, self.now())?;
            let paid = event.amount;
            self.token().transfer(caller, paid).map_err(refused)?;
            self.env().emit_event(event);
            Ok(paid)
        }

        /// Moves the caller's stake from one hotkey to another: `amount`, or all of it. Returns how much.
        #[ink(message)]
        pub fn move_stake(&mut self, from: AccountId, to: AccountId, amount: Option<Rao>) -> Result<Rao, Error> {
            let caller = self.env().caller();
            let event = self.ledger.move_stake(caller, from, to, amount, self.now())?;
            let moved = event.amount;
            self.env().emit_event(event);
            Ok(moved)
        }

        /// Gives the caller's stake on a hotkey to another coldkey: `amount`, or all of it. Returns how much.
        #[ink(message)]
        pub fn transfer_stake(&mut self, hotkey: AccountId, to: AccountId, amount: Option<Rao>) -> Result<Rao, Error> {
            let caller = self.env().caller();
            let event = self.ledger.transfer_stake(caller, hotkey, to, amount, self.now())?;
            let given = event.amount;
            self.env().emit_event(event);
            Ok(given)
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
            Ok(self.ledger.delegate(hotkey, self.now()))
        }

        /// Every hotkey that holds or held stake, at most 64 a page.
        #[ink(message)]
        pub fn delegates(&self, start: u32, limit: u32) -> Result<Page<Delegate>, Error> {
            self.ledger.delegates(start, limit, self.now())
        }

        /// Stakes of many hotkeys, at most 256.
        #[ink(message)]
        pub fn hotkey_stakes(&self, hotkeys: Vec<AccountId>) -> Result<Vec<Rao>, Error> {
            self.ledger.hotkey_stakes(&hotkeys)
        }

        /// What many hotkeys count with in a subnet's consensus: without what children have, with what parents lend. At most 256.
        #[ink(message)]
        pub fn subnet_stakes(&self, netuid: NetUid, hotkeys: Vec<AccountId>) -> Result<Vec<Rao>, Error> {
            self.ledger.subnet_stakes(netuid, &hotkeys, self.now())
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

        /// Sets the owner's part of dividends, in 65535ths: a lower one at once, a higher one after a week. The hotkey or its owner may.
        #[ink(message)]
        pub fn set_take(&mut self, hotkey: AccountId, take: u16) -> Result<(), Error> {
            let event = self.ledger.set_take(self.env().caller(), hotkey, take, self.now())?;
            self.env().emit_event(event);
            Ok(())
        }

        /// Announces all child keys of a hotkey on a subnet, at most 5; they lend from a day later on. The hotkey or its owner may.
        #[ink(message)]
        pub fn set_children(&mut self, netuid: NetUid, hotkey: AccountId, children: Vec<Child>) -> Result<(), Error> {
            let caller = self.env().caller();
            let (event, replaced) = self.ledger.set_children(caller, netuid, hotkey, children, self.now())?;
            for event in replaced {
                self.env().emit_event(event);
            }
            self.env().emit_event(event);
            Ok(())
        }

        /// Sets what a hotkey keeps of the dividends that it earns for parents, in 65535ths: less at once, more after a week.
        #[ink(message)]
        pub fn set_child_take(&mut self, netuid: NetUid, hotkey: AccountId, take: u16) -> Result<(), Error> {
            let caller = self.env().caller();
            let event = self.ledger.set_child_take(caller, netuid, hotkey, take, self.now())?;
            self.env().emit_event(event);
            Ok(())
        }

        /// A hotkey's child keys and parents on a subnet.
        #[ink(message)]
        pub fn family(&self, netuid: NetUid, hotkey: AccountId) -> Result<Family, Error> {
            Ok(self.ledger.family(netuid, hotkey, self.now()))
        }

        /// Chooses the hotkey that the caller's incentive on a subnet is staked to; none is the one that earns it.
        #[ink(message)]
        pub fn set_auto_stake(&mut self, netuid: NetUid, hotkey: Option<AccountId>) -> Result<(), Error> {
            let event = self.ledger.set_auto_stake(self.env().caller(), netuid, hotkey);
            self.env().emit_event(event);
            Ok(())
        }

        /// Where a coldkey's incentive on a subnet is staked; none is the hotkey that earns it.
        #[ink(message)]
        pub fn auto_stake(&self, netuid: NetUid, coldkey: AccountId) -> Result<Option<AccountId>, Error> {
            Ok(self.ledger.auto_stake(netuid, coldkey))
        }

        /// Records the caller's stake on a hotkey as it is, earnings included, as votes of later blocks. Returns it.
        #[ink(message)]
        pub fn record_votes(&mut self, hotkey: AccountId) -> Result<Rao, Error> {
            let caller = self.env().caller();
            self.ledger.record_votes(caller, hotkey, self.now())
        }

        /// What a coldkey's stake on these hotkeys (ascending, at most 64) was recorded with at the end of a past block.
        #[ink(message)]
        pub fn past_votes(
            &self,
            coldkey: AccountId,
            hotkeys: Vec<AccountId>,
            block: BlockNumber,
        ) -> Result<Rao, Error> {
            self.ledger.past_votes(coldkey, &hotkeys, block, self.now())
        }

        /// What all stake was recorded with at the end of a past block.
        #[ink(message)]
        pub fn past_total(&self, block: BlockNumber) -> Result<Rao, Error> {
            self.ledger.past_total(block, self.now())
        }

        /// Credits what neurons of a subnet earned; only the rewards contract may, after issuing the sum to this contract.
        #[ink(message)]
        pub fn distribute(&mut self, netuid: NetUid, payouts: Vec<Payout>) -> Result<Rao, Error> {
            self.check_rewards()?;
            let paid = self.ledger.distribute(netuid, payouts, self.now())?;
            // An event has at most 16 KiB; of a page of payouts, neurons fit that, and as many parents do.
            for parents in paid.parents.chunks(MAX_PAYOUTS) {
                self.env().emit_event(ParentsPaid {
                    netuid,
                    parents: parents.to_vec(),
                });
            }
            self.env().emit_event(Distributed {
                netuid,
                neurons: paid.neurons,
            });
            Ok(paid.sum)
        }

        /// Puts a hotkey in the place of another: all that is staked to it follows, and so do take, child keys and past votes. Only the
        /// rewards contract may, with the registry's swap of the hotkey.
        #[ink(message)]
        pub fn rename_hotkey(&mut self, old: AccountId, new: AccountId) -> Result<(), Error> {
            self.check_rewards()?;
            if let Some(event) = self.ledger.rename_hotkey(old, new)? {
                self.env().emit_event(event);
            }
            Ok(())
        }

        fn check_rewards(&self) -> Result<(), Error> {
            if self.rewards != Some(self.env().caller()) {
                return Err(Error::NotAllowed);
            }
            Ok(())
        }

        fn now(&self) -> BlockNumber {
            self.env().block_number()
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
