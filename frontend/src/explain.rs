//! The contracts' reasons in the words of who uses this page.

use crate::format::sentence;
use inktensor_client::{ContractError, Error};
use inktensor_primitives::{registry, staking, tao::Psp22Error};

/// An error as one or two sentences that say what is the matter and what to do.
pub fn explain(error: &Error) -> String {
    match error.contract_error().and_then(reason) {
        Some(reason) => reason.to_owned(),
        None => sentence(&error.to_string()),
    }
}

/// What a contract's own reason means here; nothing for those that this page cannot cause.
fn reason(error: &ContractError) -> Option<&'static str> {
    Some(match error {
        ContractError::Registry(registry::Error::UnknownSubnet) => {
            "There is no subnet with this number: choose one from the list."
        }
        ContractError::Staking(staking::Error::BelowMinimumStake) => {
            "The amount is below the least stake: enter more, or take the whole stake back."
        }
        ContractError::Staking(staking::Error::RemainderBelowMinimum) => {
            "That would leave less than the least stake: enter less, or take the whole stake back."
        }
        ContractError::Staking(staking::Error::InsufficientStake) => {
            "Your stake on this hotkey is smaller than that: enter less, or choose All."
        }
        ContractError::Staking(staking::Error::InsufficientTao)
        | ContractError::Tao(Psp22Error::InsufficientBalance) => {
            "You have less TAO than that: enter less, or get more TAO first."
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(error: ContractError) -> Error {
        Error::Refused {
            message: "stake",
            error,
            limit: None,
        }
    }

    #[test]
    fn a_known_reason_says_what_to_do_and_any_other_is_named() {
        let known = explain(&refused(ContractError::Registry(registry::Error::UnknownSubnet)));
        assert!(known.starts_with("There is no subnet"), "{known}");
        let other = explain(&refused(ContractError::Staking(staking::Error::TakeTooHigh)));
        assert!(other.contains("TakeTooHigh") && other.ends_with('.'), "{other}");
    }
}
