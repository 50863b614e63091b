//! Refusals of the registry.

use super::{Reads, Refused};
use crate::contract::Contract;
use crate::messages::registry;
use inktensor_primitives::registry::{Error, MAX_TEXT, NetworkRule, NetworkRules, SubnetIdentity, Task};
use inktensor_primitives::{AccountId, NetUid, Rao};

impl<C: Reads> Refused<'_, C> {
    pub(super) async fn registry(&self, error: &Error) -> Option<String> {
        match error {
            Error::NotAllowed => self.whose_subnet().await,
            Error::AlreadyRegistered => {
                let (netuid, hotkey) = self.arguments::<(NetUid, AccountId)>()?;
                let uid = self.chain.read(registry::uid_of(netuid, hotkey)).await??;
                Some(format!("{} is UID {uid} of subnet {netuid}", self.name(&hotkey)))
            }
            Error::PriceAboveMaximum => self.price().await,
            Error::TooManySubnets => {
                let most = self.chain.read(registry::network_rules()).await?.max_subnets;
                let open = self.chain.read(registry::subnets(0, 1)).await?.total;
                Some(format!("{open} are open, at most {most} can be"))
            }
            Error::NoFreeSlot => {
                let netuid = self.arguments::<NetUid>()?;
                let slots = self.chain.read(registry::hyperparameters(netuid)).await?.max_uids;
                Some(format!(
                    "subnet {netuid} has {slots} slots, of which its owner's is never given to others"
                ))
            }
            Error::ValueOutOfBounds if self.is("set_network_rule") => {
                let asked = self.arguments::<NetworkRule>()?;
                let rules = self.chain.read(registry::network_rules()).await?;
                Some(network_rule(&asked, &rules))
            }
            Error::TextTooLong => Some(format!("the longest text has {MAX_TEXT} bytes")),
            Error::InsufficientTao => self.funds(Contract::Registry).await,
            Error::NotOffered => {
                let netuid = self.arguments::<NetUid>()?;
                let offered = self.chain.read(registry::subnet_offer(netuid)).await?;
                let to = offered.map_or_else(|| "nobody".to_owned(), |to| self.name(&to));
                Some(format!("subnet {netuid} is offered to {to}"))
            }
            Error::HotkeyOwnedByOther | Error::HotkeyNotOwned | Error::HotkeySwappedAway => {
                let hotkey = match self.call.label {
                    "register" => self.arguments::<(NetUid, AccountId)>()?.1,
                    _ => return None,
                };
                self.hotkey(&hotkey).await
            }
            Error::SwapAnnounced | Error::SwapTooEarly | Error::SwapDisputed => {
                let coldkey = match self.call.label {
                    "finish_coldkey_swap" | "settle_coldkey_swap" => self.arguments::<AccountId>()?,
                    _ => self.caller,
                };
                let swap = self.chain.read(registry::coldkey_swap(coldkey)).await??;
                Some(format!(
                    "the swap to {} can be finished from block {} on, the best block is {}",
                    self.name(&swap.new),
                    swap.ready_at,
                    self.chain.block()
                ))
            }
            _ => None,
        }
    }

    /// Whose a hotkey is, and what became of it.
    pub(super) async fn hotkey(&self, hotkey: &AccountId) -> Option<String> {
        let name = self.name(hotkey);
        if let Some(successor) = self.chain.read(registry::successor_of(*hotkey)).await? {
            return Some(format!("{} took the place of {name}", self.name(&successor)));
        }
        Some(match self.chain.read(registry::owner_of(*hotkey)).await? {
            Some(owner) => format!("{name} belongs to {}", self.name(&owner)),
            None => format!("{name} was never registered"),
        })
    }

    async fn whose_subnet(&self) -> Option<String> {
        let netuid = match self.call.label {
            "set_identity" | "set_task" | "set_hyperparameter" | "offer_subnet" | "dissolve_subnet" => {
                self.arguments::<NetUid>()?
            }
            "set_network_rule" | "set_governance" | "settle_coldkey_swap" => {
                let governance = self.chain.read(registry::governance()).await?;
                return Some(format!("{} governs", self.name(&governance)));
            }
            _ => return None,
        };
        let owner = self.chain.read(registry::subnet(netuid)).await?.owner;
        Some(format!("{} owns subnet {netuid}", self.name(&owner)))
    }

    async fn price(&self) -> Option<String> {
        let (what, price, most) = if self.is("create_subnet") {
            let (.., most) = self.arguments::<(SubnetIdentity, Task, Rao)>()?;
            (
                "opening a subnet locks",
                self.chain.read(registry::lock_cost()).await?,
                most,
            )
        } else {
            let (netuid, _, most) = self.arguments::<(NetUid, AccountId, Rao)>()?;
            (
                "a slot burns",
                self.chain.read(registry::burn_price(netuid)).await?,
                most,
            )
        };
        Some(format!("{what} {price} TAO now, allowed were {most}"))
    }
}

/// The bounds of a rule of the network, its value now and the one that was asked for.
fn network_rule(asked: &NetworkRule, rules: &NetworkRules) -> String {
    use NetworkRule as Rule;
    let (name, now, unit) = match asked {
        Rule::MinLock(_) => ("min_lock", rules.min_lock.0, " TAO"),
        Rule::LockFall(_) => ("lock_fall", rules.lock_fall.into(), " blocks"),
        Rule::MaxSubnets(_) => ("max_subnets", rules.max_subnets.into(), ""),
        Rule::FreezeWindow(_) => ("freeze_window", rules.freeze_window.into(), " blocks"),
        Rule::HotkeySwapCost(_) => ("hotkey_swap_cost", rules.hotkey_swap_cost.0, " TAO"),
        Rule::ColdkeySwapCost(_) => ("coldkey_swap_cost", rules.coldkey_swap_cost.0, " TAO"),
        Rule::ColdkeySwapDelay(_) => ("coldkey_swap_delay", rules.coldkey_swap_delay.into(), " blocks"),
    };
    let (lowest, highest) = asked.bounds();
    let [lowest, highest, now, asked] = [lowest, highest, now, asked.value()].map(|value| match unit {
        " TAO" => Rao(value).to_string(),
        _ => value.to_string(),
    });
    format!("{name} can be {lowest} to {highest}{unit}, is {now} and was to be {asked}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_of_the_network_is_told_with_its_bounds_and_its_value() {
        let rules = NetworkRules {
            min_lock: Rao::from_tao(1_000),
            lock_fall: 100_800,
            max_subnets: 128,
            freeze_window: 10,
            hotkey_swap_cost: Rao(100_000_000),
            coldkey_swap_cost: Rao(100_000_000),
            coldkey_swap_delay: 36_000,
        };
        assert_eq!(
            network_rule(&NetworkRule::MinLock(Rao(500_000_000)), &rules),
            "min_lock can be 1.000000000 to 1000000.000000000 TAO, is 1000.000000000 and was to be 0.500000000"
        );
        assert_eq!(
            network_rule(&NetworkRule::MaxSubnets(129), &rules),
            "max_subnets can be 1 to 128, is 128 and was to be 129"
        );
        assert_eq!(
            network_rule(&NetworkRule::FreezeWindow(1_001), &rules),
            "freeze_window can be 0 to 1000 blocks, is 10 and was to be 1001"
        );
    }
}
