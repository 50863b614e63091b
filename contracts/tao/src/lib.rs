//! TAO: a PSP22 token with 9 decimals whose supply never passes 21,000,000 TAO and which one contract alone can issue.
//!
//! [`token`] holds the rules; the contract below binds them to storage, caller and events.
#![cfg_attr(not(feature = "std"), no_std, no_main)]
// Tests may panic.
#![cfg_attr(
    test,
    allow(clippy::arithmetic_side_effects, clippy::indexing_slicing, clippy::unwrap_used)
)]

pub mod token;

pub use contract::{Tao, TaoRef};

#[ink::contract(env = inktensor_primitives::environment::Environment)]
mod contract {
    use crate::token::Token;
    use ink::prelude::{
        string::{String, ToString},
        vec::Vec,
    };
    use inktensor_primitives::events::tao::MinterSet;
    use inktensor_primitives::tao::{DECIMALS, NAME, SYMBOL};
    use inktensor_primitives::Rao;
    use psp22::{PSP22Burnable, PSP22Error, PSP22Event, PSP22Metadata, PSP22};

    /// The token's storage.
    #[ink(storage)]
    pub struct Tao {
        token: Token,
    }

    impl Tao {
        /// Issues `endowment` to the deployer, once; it counts towards the cap.
        #[ink(constructor)]
        pub fn new(endowment: Rao) -> Result<Self, PSP22Error> {
            let (token, events) = Token::new(endowment, Self::env().caller())?;
            let contract = Self { token };
            contract.emit(events);
            Ok(contract)
        }

        /// Issues TAO within the cap; only the minter may.
        #[ink(message)]
        pub fn mint(&mut self, to: AccountId, value: u128) -> Result<(), PSP22Error> {
            let events = self.token.mint(self.env().caller(), to, value)?;
            self.emit(events);
            Ok(())
        }

        /// Destroys the owner's TAO within the caller's allowance.
        #[ink(message)]
        pub fn burn_from(&mut self, owner: AccountId, value: u128) -> Result<(), PSP22Error> {
            let events = self.token.burn_from(self.env().caller(), owner, value)?;
            self.emit(events);
            Ok(())
        }

        /// Names the one minter, once; only the deployer may.
        #[ink(message)]
        pub fn set_minter(&mut self, minter: AccountId) -> Result<(), PSP22Error> {
            self.token.set_minter(self.env().caller(), minter)?;
            self.env().emit_event(MinterSet { minter });
            Ok(())
        }

        /// The one minter, once it is set.
        #[ink(message)]
        pub fn minter(&self) -> Option<AccountId> {
            self.token.minter()
        }

        fn emit(&self, events: Vec<PSP22Event>) {
            for event in events {
                match event {
                    PSP22Event::Transfer(event) => self.env().emit_event(event),
                    PSP22Event::Approval(event) => self.env().emit_event(event),
                }
            }
        }
    }

    impl PSP22 for Tao {
        #[ink(message)]
        fn total_supply(&self) -> u128 {
            self.token.ledger.total_supply()
        }

        #[ink(message)]
        fn balance_of(&self, owner: AccountId) -> u128 {
            self.token.ledger.balance_of(owner)
        }

        #[ink(message)]
        fn allowance(&self, owner: AccountId, spender: AccountId) -> u128 {
            self.token.ledger.allowance(owner, spender)
        }

        #[ink(message)]
        fn transfer(&mut self, to: AccountId, value: u128, _data: Vec<u8>) -> Result<(), PSP22Error> {
            let events = self.token.ledger.transfer(self.env().caller(), to, value)?;
            self.emit(events);
            Ok(())
        }

        #[ink(message)]
        fn transfer_from(
            &mut self,
            from: AccountId,
            to: AccountId,
            value: u128,
            _data: Vec<u8>,
        ) -> Result<(), PSP22Error> {
            let events = self.token.ledger.transfer_from(self.env().caller(), from, to, value)?;
            self.emit(events);
            Ok(())
        }

        #[ink(message)]
        fn approve(&mut self, spender: AccountId, value: u128) -> Result<(), PSP22Error> {
            let events = self.token.ledger.approve(self.env().caller(), spender, value)?;
            self.emit(events);
            Ok(())
        }

        #[ink(message)]
        fn increase_allowance(&mut self, spender: AccountId, delta_value: u128) -> Result<(), PSP22Error> {
            let events = self
                .token
                .ledger
                .increase_allowance(self.env().caller(), spender, delta_value)?;
            self.emit(events);
            Ok(())
        }

        #[ink(message)]
        fn decrease_allowance(&mut self, spender: AccountId, delta_value: u128) -> Result<(), PSP22Error> {
            let events = self
                .token
                .ledger
                .decrease_allowance(self.env().caller(), spender, delta_value)?;
            self.emit(events);
            Ok(())
        }
    }

    impl PSP22Metadata for Tao {
        #[ink(message)]
        fn token_name(&self) -> Option<String> {
            Some(NAME.to_string())
        }

        #[ink(message)]
        fn token_symbol(&self) -> Option<String> {
            Some(SYMBOL.to_string())
        }

        #[ink(message)]
        fn token_decimals(&self) -> u8 {
            DECIMALS
        }
    }

    impl PSP22Burnable for Tao {
        #[ink(message)]
        fn burn(&mut self, value: u128) -> Result<(), PSP22Error> {
            let events = self.token.ledger.burn(self.env().caller(), value)?;
            self.emit(events);
            Ok(())
        }
    }

    #[cfg(test)]
    mod tests {
        use super::Tao;
        use inktensor_primitives::Rao;

        // PSP22's own tests of the standard's behaviour.
        psp22::tests!(
            Tao,
            (|supply: u128| Tao::new(Rao(u64::try_from(supply).unwrap())).unwrap())
        );
    }
}
