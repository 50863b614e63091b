//! What a message's result means: a value, or the contract's own named error.

use crate::contract::Contract;
use inktensor_primitives::tao::Psp22Error;
use inktensor_primitives::{AccountId, Hash, registry, rewards, staking};
use scale::{Decode, DecodeAll, Encode};
use std::fmt;

/// ink!'s own refusal of a call. The language numbers its only reason 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum LangError {
    /// No message has the selector, or the arguments do not decode.
    #[codec(index = 1)]
    CouldNotReadInput,
}

/// The named reason for which a contract refused a message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ContractError {
    /// From the TAO token.
    Tao(Psp22Error),
    /// From the registry.
    Registry(registry::Error),
    /// From the staking contract.
    Staking(staking::Error),
    /// From the rewards contract.
    Rewards(rewards::Error),
}

impl ContractError {
    /// The contract that refused.
    pub const fn contract(&self) -> Contract {
        match self {
            Self::Tao(_) => Contract::Tao,
            Self::Registry(_) => Contract::Registry,
            Self::Staking(_) => Contract::Staking,
            Self::Rewards(_) => Contract::Rewards,
        }
    }

    /// Reads the error from what a contract returned with a refused message: the message's own `Err` within ink!'s `Ok`.
    pub fn decode(contract: Contract, output: &[u8]) -> Option<Self> {
        let error = output.strip_prefix(&[0, 1])?;
        match contract {
            Contract::Tao => Psp22Error::decode_all(&mut &*error).map(Self::Tao),
            Contract::Registry => registry::Error::decode_all(&mut &*error).map(Self::Registry),
            Contract::Staking => staking::Error::decode_all(&mut &*error).map(Self::Staking),
            Contract::Rewards => rewards::Error::decode_all(&mut &*error).map(Self::Rewards),
        }
        .ok()
    }
}

impl fmt::Display for ContractError {
    /// Writes the reason's name, as in the contract's source.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tao(Psp22Error::Custom(reason)) => f.write_str(reason),
            Self::Tao(error) => write!(f, "{error:?}"),
            Self::Registry(error) => write!(f, "{error:?}"),
            Self::Staking(error) => write!(f, "{error:?}"),
            Self::Rewards(error) => write!(f, "{error:?}"),
        }
    }
}

/// What a message returns, split into the value and the contract's own error.
pub trait Outcome: Decode {
    /// The value on success.
    type Value;

    /// The value, or why the contract refused.
    fn into_value(self) -> Result<Self::Value, ContractError>;
}

impl<T: Decode, E: Decode + Into<ContractError>> Outcome for Result<T, E> {
    type Value = T;

    fn into_value(self) -> Result<T, ContractError> {
        self.map_err(Into::into)
    }
}

/// Errors of one contract become [`ContractError`]s.
macro_rules! errors {
    ($($variant:ident($error:ty),)*) => {$(
        impl From<$error> for ContractError {
            fn from(error: $error) -> Self {
                Self::$variant(error)
            }
        }
    )*};
}

/// Results of messages that cannot fail.
macro_rules! plain {
    ($($type:ty),* $(,)?) => {$(
        impl Outcome for $type {
            type Value = Self;

            fn into_value(self) -> Result<Self, ContractError> {
                Ok(self)
            }
        }
    )*};
}

errors! {
    Tao(Psp22Error),
    Registry(registry::Error),
    Staking(staking::Error),
    Rewards(rewards::Error),
}
plain!((), u8, u128, Hash, AccountId, Option<AccountId>, Option<String>);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::{DecodeError, Message, staking, tao};

    fn returned<T: Encode>(value: T) -> Vec<u8> {
        Ok::<T, LangError>(value).encode()
    }

    #[test]
    fn a_value_and_a_named_error_are_told_apart() {
        let message: Message<Result<inktensor_primitives::Rao, inktensor_primitives::staking::Error>> =
            staking::total_stake();
        let ok: Result<_, inktensor_primitives::staking::Error> = Ok(inktensor_primitives::Rao(7));
        let value = message.decode(&returned(ok)).unwrap().into_value();
        assert_eq!(value, Ok(inktensor_primitives::Rao(7)));

        let refused: Result<inktensor_primitives::Rao, _> = Err(inktensor_primitives::staking::Error::InsufficientTao);
        let output = returned(refused);
        let error = message.decode(&output).unwrap().into_value().unwrap_err();
        assert_eq!(
            error,
            ContractError::Staking(inktensor_primitives::staking::Error::InsufficientTao)
        );
        assert_eq!(error.to_string(), "InsufficientTao");
        assert_eq!(ContractError::decode(Contract::Staking, &output), Some(error));
    }

    #[test]
    fn a_custom_psp22_reason_is_the_name() {
        let reason = Psp22Error::Custom(inktensor_primitives::tao::NOT_MINTER.to_owned());
        let output = returned(Err::<(), _>(reason));
        let error = ContractError::decode(Contract::Tao, &output).unwrap();
        assert_eq!(error.to_string(), "NotMinter");
    }

    #[test]
    fn another_version_of_a_contract_is_recognised() {
        let refused = Err::<u128, _>(LangError::CouldNotReadInput).encode();
        assert_eq!(refused, [1, 1]);
        let unknown = tao::total_supply().decode(&refused).unwrap_err();
        assert!(matches!(
            unknown,
            DecodeError::UnknownMessage {
                message: "PSP22::total_supply",
                ..
            }
        ));
        for output in [&[][..], &[0, 1, 2], &[9; 40]] {
            let malformed = tao::total_supply().decode(output).unwrap_err();
            assert!(matches!(malformed, DecodeError::Malformed { .. }), "{output:?}");
        }
    }

    #[test]
    fn output_that_is_no_error_decodes_to_none() {
        for output in [&[][..], &[0], &[0, 0], &[0, 1], &[0, 1, 200], &[1, 1], &[0, 1, 1, 1]] {
            assert_eq!(ContractError::decode(Contract::Staking, output), None, "{output:?}");
        }
    }
}
