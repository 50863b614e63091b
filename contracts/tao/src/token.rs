//! What TAO adds to a PSP22 token: the cap and the one minter.

use ink::prelude::{string::ToString, vec::Vec};
use inktensor_primitives::tao::{CAP_EXCEEDED, MINTER_ALREADY_SET, NOT_MINTER, NOT_OWNER};
use inktensor_primitives::{AccountId, Rao, CAP};
use psp22::{PSP22Data, PSP22Error, PSP22Event};

/// The ledger with the rules of who may issue.
#[ink::storage_item]
#[derive(Debug)]
pub struct Token {
    /// Balances and allowances.
    pub ledger: PSP22Data,
    deployer: AccountId,
    minter: Option<AccountId>,
}

impl Token {
    /// Issues the endowment to the deployer; it counts towards the cap.
    ///
    /// # Errors
    /// [`CAP_EXCEEDED`] where the endowment alone exceeds the cap.
    pub fn new(endowment: Rao, deployer: AccountId) -> Result<(Self, Vec<PSP22Event>), PSP22Error> {
        let mut token = Self {
            ledger: PSP22Data::default(),
            deployer,
            minter: None,
        };
        let events = token.issue(deployer, u128::from(endowment.0))?;
        Ok((token, events))
    }

    /// The one minter, once it is set.
    pub fn minter(&self) -> Option<AccountId> {
        self.minter
    }

    /// Names the one minter; nobody can change it afterwards.
    ///
    /// # Errors
    /// [`NOT_OWNER`] unless the deployer calls; [`MINTER_ALREADY_SET`] the second time.
    pub fn set_minter(&mut self, caller: AccountId, minter: AccountId) -> Result<(), PSP22Error> {
        if caller != self.deployer {
            return Err(refusal(NOT_OWNER));
        }
        if self.minter.is_some() {
            return Err(refusal(MINTER_ALREADY_SET));
        }
        self.minter = Some(minter);
        Ok(())
    }

    /// Issues `value` rao to `to`.
    ///
    /// # Errors
    /// [`NOT_MINTER`] unless the minter calls; [`CAP_EXCEEDED`] where supply would pass the cap.
    pub fn mint(&mut self, caller: AccountId, to: AccountId, value: u128) -> Result<Vec<PSP22Event>, PSP22Error> {
        if self.minter != Some(caller) {
            return Err(refusal(NOT_MINTER));
        }
        self.issue(to, value)
    }

    /// Destroys `value` rao of `owner` within the allowance that `owner` gave `caller`.
    ///
    /// # Errors
    /// `InsufficientAllowance` or `InsufficientBalance`; nothing changes then.
    pub fn burn_from(
        &mut self,
        caller: AccountId,
        owner: AccountId,
        value: u128,
    ) -> Result<Vec<PSP22Event>, PSP22Error> {
        if caller == owner {
            return self.ledger.burn(owner, value);
        }
        if self.ledger.allowance(owner, caller) < value {
            return Err(PSP22Error::InsufficientAllowance);
        }
        let mut events = self.ledger.burn(owner, value)?;
        events.extend(self.ledger.decrease_allowance(owner, caller, value)?);
        Ok(events)
    }

    fn issue(&mut self, to: AccountId, value: u128) -> Result<Vec<PSP22Event>, PSP22Error> {
        let supply = self.ledger.total_supply().checked_add(value);
        if supply.is_none_or(|supply| supply > u128::from(CAP.0)) {
            return Err(refusal(CAP_EXCEEDED));
        }
        self.ledger.mint(to, value)
    }
}

fn refusal(reason: &str) -> PSP22Error {
    PSP22Error::Custom(reason.to_string())
}
