//! What a contract's word of refusal leaves out: the limit that was hit, and the present value.
//!
//! Contracts name their reasons and nothing more. The rest can be read: what was asked for is in the call, what held is on the chain.

use crate::calls::Call;
use crate::contract::Contract;
use crate::messages::{Message, tao};
use crate::outcome::{ContractError, Outcome};
use inktensor_primitives::tao::Psp22Error;
use inktensor_primitives::{AccountId, BlockNumber, Rao};
use scale::Decode;
use std::future::Future;

mod registry;
mod rewards;
mod staking;

/// The contracts as of one block, for somebody who reads.
pub trait Reads {
    /// The block.
    fn block(&self) -> BlockNumber;
    /// A contract's account.
    fn address(&self, contract: Contract) -> AccountId;
    /// An account as people write it.
    fn name(&self, account: &AccountId) -> String;
    /// Reads by a message that changes nothing; none where that fails.
    fn read<R: Outcome>(&self, message: Message<R>) -> impl Future<Output = Option<R::Value>>;
}

/// Who called what.
struct Refused<'a, C> {
    chain: &'a C,
    caller: AccountId,
    call: &'a Call,
}

/// The limit that a refused call hit with the present value, in one clause; none where the reason says it all, or nothing can be read.
pub async fn limit<C: Reads>(chain: &C, caller: &AccountId, call: &Call, error: &ContractError) -> Option<String> {
    let refused = Refused {
        chain,
        caller: *caller,
        call,
    };
    match error {
        ContractError::Tao(error) => refused.tao(error).await,
        ContractError::Registry(error) => refused.registry(error).await,
        ContractError::Staking(error) => refused.staking(error).await,
        ContractError::Rewards(error) => refused.rewards(error).await,
    }
}

impl<C: Reads> Refused<'_, C> {
    /// The call's first arguments.
    fn arguments<T: Decode>(&self) -> Option<T> {
        T::decode(&mut self.call.data.get(4..)?).ok()
    }

    /// Whether the call is of this message.
    fn is(&self, label: &str) -> bool {
        self.call.label == label
    }

    fn name(&self, account: &AccountId) -> String {
        self.chain.name(account)
    }

    fn caller_name(&self) -> String {
        self.name(&self.caller)
    }

    async fn tao(&self, error: &Psp22Error) -> Option<String> {
        match error {
            Psp22Error::InsufficientBalance => {
                let held = self.chain.read(tao::balance_of(self.caller)).await?;
                Some(format!("{} holds {} TAO", self.caller_name(), amount(held)))
            }
            Psp22Error::InsufficientAllowance if self.is("PSP22::transfer_from") => {
                let (owner, _, asked) = self.arguments::<(AccountId, AccountId, u128)>()?;
                let allowed = self.chain.read(tao::allowance(owner, self.caller)).await?;
                Some(format!(
                    "{} allows {} {} TAO, asked for {}",
                    self.name(&owner),
                    self.caller_name(),
                    amount(allowed),
                    amount(asked)
                ))
            }
            _ => None,
        }
    }

    /// What the caller holds, and what it allows a contract to take.
    async fn funds(&self, spender: Contract) -> Option<String> {
        let held = self.chain.read(tao::balance_of(self.caller)).await?;
        let allowed = tao::allowance(self.caller, self.chain.address(spender));
        let allowed = self.chain.read(allowed).await?;
        Some(format!(
            "{} holds {} TAO and allows the {spender} contract to take {}",
            self.caller_name(),
            amount(held),
            amount(allowed)
        ))
    }
}

/// An amount of the token in TAO.
fn amount(rao: u128) -> Rao {
    Rao(u64::try_from(rao).unwrap_or(u64::MAX))
}

/// A part of 65535 in percent.
fn percent(part: u16) -> String {
    let hundredths = u32::from(part).saturating_mul(10_000) / u32::from(u16::MAX);
    format!("{}.{:02} %", hundredths / 100, hundredths % 100)
}
