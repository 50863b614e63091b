//! What contracts report, decoded.

use crate::contract::Contract;
use crate::messages::blake2_256;
use inktensor_primitives::events::{self, Event};
use inktensor_primitives::{AccountId, Hash};
use scale::DecodeAll;

/// The first topic of an event with this signature.
pub fn topic(signature: &str) -> Hash {
    blake2_256(signature.as_bytes()).into()
}

/// Declares [`ContractEvent`] and its decoder from the events of each contract.
macro_rules! contract_events {
    ($($contract:ident($module:ident): $($event:ident),* $(,)?;)*) => {
        /// An event of one of Inktensor's contracts.
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum ContractEvent {
            $($(
                #[doc = concat!("See [`", stringify!($module), "::", stringify!($event), "`](events::", stringify!($module), "::", stringify!($event), ").")]
                $event(events::$module::$event),
            )*)*
            /// An event that this client does not know, or of a contract that is not Inktensor's.
            Unknown {
                /// The account of the contract that emitted it.
                address: AccountId,
                /// Its first topic, which names it.
                topic: Option<Hash>,
                /// Its encoded fields.
                data: Vec<u8>,
            },
        }

        impl ContractEvent {
            /// Decodes the fields of the event that `topic` names; `None` if the contract has no such event or the bytes do not fit it.
            fn known(contract: Contract, topic: Hash, data: &[u8]) -> Option<Self> {
                match contract {
                    $(Contract::$contract => {
                        $(if topic == self::topic(events::$module::$event::SIGNATURE) {
                            return events::$module::$event::decode_all(&mut &*data).ok().map(Self::$event);
                        })*
                        None
                    })*
                }
            }
        }

        /// The contract, name and signature of every event that this client knows.
        pub const KNOWN: &[(Contract, &str, &str)] = &[
            $($((Contract::$contract, stringify!($event), events::$module::$event::SIGNATURE),)*)*
        ];
    };
}

contract_events! {
    Tao(tao): Transfer, Approval, MinterSet;
    Registry(registry):
        RegistryWired, GovernanceSet, NetworkRuleSet, SubnetCreated, SubnetOffered, SubnetTransferred, SubnetDissolved, IdentitySet, TaskSet,
        HyperparameterSet, NeuronRegistered, HotkeySwapped, ColdkeySwapAnnounced, ColdkeySwapCancelled, ColdkeySwapDisputed,
        ColdkeySwapAllowed, ColdkeySwapped, ModelPublished, BondsReset, EndpointSet;
    Staking(staking):
        StakingWired, StakeAdded, StakeRemoved, StakeMoved, StakeTransferred, TakeSet, ChildrenSet, ParentReplaced, ChildTakeSet,
        AutoStakeSet, Distributed, ParentsPaid;
    Rewards(rewards): WeightsCommitted, WeightsSet, EpochFinished, SubnetsVoted, VotesCounted;
}

impl ContractEvent {
    /// Decodes an event that the account `address` emitted; `contract` says which of Inktensor's contracts lives there, if any.
    pub fn decode(contract: Option<Contract>, address: AccountId, topics: &[Hash], data: &[u8]) -> Self {
        let topic = topics.first().copied();
        contract
            .zip(topic)
            .and_then(|(contract, topic)| Self::known(contract, topic, data))
            .unwrap_or_else(|| Self::Unknown {
                address,
                topic,
                data: data.to_vec(),
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use inktensor_primitives::Rao;
    use inktensor_primitives::events::staking::StakeAdded;
    use scale::Encode;

    const SOMEWHERE: [u8; 32] = [5; 32];

    fn stake_added() -> StakeAdded {
        StakeAdded {
            hotkey: [1; 32].into(),
            coldkey: [2; 32].into(),
            amount: Rao(3),
            position: Rao(4),
        }
    }

    fn decode(contract: Option<Contract>, signature: &str, data: &[u8]) -> ContractEvent {
        ContractEvent::decode(contract, SOMEWHERE.into(), &[topic(signature)], data)
    }

    #[test]
    fn an_event_is_decoded_by_its_contract_and_first_topic() {
        let event = decode(Some(Contract::Staking), StakeAdded::SIGNATURE, &stake_added().encode());
        assert_eq!(event, ContractEvent::StakeAdded(stake_added()));
    }

    #[test]
    fn events_of_strangers_and_malformed_ones_are_kept_as_they_are() {
        let data = stake_added().encode();
        let cases = [
            (None, StakeAdded::SIGNATURE, &data[..]),
            (Some(Contract::Tao), StakeAdded::SIGNATURE, &data),
            (Some(Contract::Staking), "StakeAdded()", &data),
            (Some(Contract::Staking), StakeAdded::SIGNATURE, &data[1..]),
        ];
        for (contract, signature, data) in cases {
            let unknown = ContractEvent::Unknown {
                address: SOMEWHERE.into(),
                topic: Some(topic(signature)),
                data: data.to_vec(),
            };
            assert_eq!(decode(contract, signature, data), unknown);
        }
        let silent = ContractEvent::decode(Some(Contract::Tao), SOMEWHERE.into(), &[], &[]);
        assert!(matches!(silent, ContractEvent::Unknown { topic: None, .. }));
    }
}
