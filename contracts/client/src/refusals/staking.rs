//! Refusals of the staking contract.

use super::{Reads, Refused, percent};
use crate::contract::Contract;
use crate::messages::staking;
use inktensor_primitives::staking::{Child, Error, MAX_CHILDREN, MAX_PARENTS, MAX_TAKE, MINIMUM_PARENT_STAKE};
use inktensor_primitives::{AccountId, NetUid, Rao};

impl<C: Reads> Refused<'_, C> {
    pub(super) async fn staking(&self, error: &Error) -> Option<String> {
        match error {
            Error::NotAllowed => self.whose_hotkey().await,
            Error::BelowMinimumStake => {
                let least = self.chain.read(staking::minimum_stake()).await?;
                let asked = match self.is("stake") {
                    true => self.arguments::<(AccountId, Rao)>().map(|(_, asked)| asked),
                    false => None,
                };
                let asked = asked.map_or_else(String::new, |asked| format!(", asked for {asked}"));
                Some(format!("the least is {least} TAO{asked}"))
            }
            Error::InsufficientStake => self.position().await,
            Error::RemainderBelowMinimum => {
                let least = self.chain.read(staking::minimum_stake()).await?;
                let position = self.position().await?;
                Some(format!("{position}, of which {least} have to stay, or nothing"))
            }
            Error::TakeTooHigh => {
                let asked = if self.is("set_child_take") {
                    self.arguments::<(NetUid, AccountId, u16)>()?.2
                } else {
                    self.arguments::<(AccountId, u16)>()?.1
                };
                Some(format!(
                    "the most is {}, asked for {}",
                    percent(MAX_TAKE),
                    percent(asked)
                ))
            }
            Error::TooManyChildren => {
                let (.., children) = self.arguments::<(NetUid, AccountId, Vec<Child>)>()?;
                Some(format!(
                    "a hotkey has at most {MAX_CHILDREN}, asked for {}",
                    children.len()
                ))
            }
            Error::TooManyParents => Some(format!(
                "a hotkey borrows from at most {MAX_PARENTS}, and those that lend to it lend more"
            )),
            Error::BelowMinimumParentStake => {
                let (_, hotkey) = self.arguments::<(NetUid, AccountId)>()?;
                let stake = self.chain.read(staking::delegate(hotkey)).await?.stake;
                Some(format!(
                    "lending takes {MINIMUM_PARENT_STAKE} TAO, {} has {stake}",
                    self.name(&hotkey)
                ))
            }
            Error::InsufficientTao => self.funds(Contract::Staking).await,
            _ => None,
        }
    }

    /// What the caller has on the hotkey that the call names first.
    async fn position(&self) -> Option<String> {
        let hotkey = self.arguments::<AccountId>()?;
        let stake = self.chain.read(staking::stake_of(hotkey, self.caller)).await?;
        Some(format!(
            "{} has {stake} TAO staked to {}",
            self.caller_name(),
            self.name(&hotkey)
        ))
    }

    /// Who may decide for the hotkey that the call names.
    async fn whose_hotkey(&self) -> Option<String> {
        let hotkey = match self.call.label {
            "set_take" => self.arguments::<AccountId>()?,
            "set_children" | "set_child_take" => self.arguments::<(NetUid, AccountId)>()?.1,
            _ => return None,
        };
        let delegate = self.chain.read(staking::delegate(hotkey)).await?;
        let holder = self.name(&delegate.hotkey);
        Some(match delegate.owner {
            Some(owner) => format!("only {holder} itself and its owner {} may", self.name(&owner)),
            None => format!("only {holder} itself may until an epoch paid it: then its owner is known"),
        })
    }
}
