//! What a staker typed, and whether it is something to sign.

use crate::{format, hooks::transaction::Action};
use inktensor_client::accounts;
use inktensor_primitives::{AccountId, Rao};

/// Which way TAO moves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// From the balance to a hotkey.
    #[default]
    Stake,
    /// From a hotkey to the balance.
    Unstake,
}

/// What a staker typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    /// Which way.
    pub direction: Direction,
    /// The hotkey's address.
    pub hotkey: String,
    /// The amount of TAO.
    pub amount: String,
    /// Whether all stake on the hotkey is meant, whatever it is by then.
    pub is_everything: bool,
}

/// What the account can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// TAO that is not staked.
    pub free: Rao,
    /// Its stake on the hotkey.
    pub staked: Rao,
    /// The least amount of a stake.
    pub minimum: Rao,
}

/// What keeps a draft from being signed. A field that is still empty has no message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems {
    /// With the hotkey.
    pub hotkey: Option<String>,
    /// With the amount.
    pub amount: Option<String>,
}

impl Draft {
    /// The hotkey, where one was typed.
    pub fn hotkey(&self) -> Option<AccountId> {
        accounts::parse(self.hotkey.trim()).ok()
    }

    /// What to sign, or what keeps it from being signed.
    ///
    /// # Errors
    /// When a field is empty, is not what it asks for, or asks for more than there is.
    pub fn check(&self, limits: &Limits) -> Result<Action, Problems> {
        let hotkey = match self.hotkey.trim() {
            "" => Err(None),
            text => accounts::parse(text).map_err(|error| Some(format::sentence(&error.to_string()))),
        };
        let amount = match (self.is_everything, self.amount.trim()) {
            (true, _) => Ok(limits.staked),
            (false, "") => Err(None),
            (false, text) => format::parse_tao(text)
                .map_err(|error| error.to_string())
                .and_then(|amount| {
                    self.allow(amount, limits)?;
                    Ok(amount)
                })
                .map_err(Some),
        };
        match (hotkey, amount) {
            (Ok(hotkey), Ok(amount)) => Ok(self.action(hotkey, amount)),
            (hotkey, amount) => Err(Problems {
                hotkey: hotkey.err().flatten(),
                amount: amount.err().flatten(),
            }),
        }
    }

    fn action(&self, hotkey: AccountId, amount: Rao) -> Action {
        match self.direction {
            Direction::Stake => Action::Stake { hotkey, amount },
            Direction::Unstake if self.is_everything => Action::UnstakeAll { hotkey },
            Direction::Unstake => Action::Unstake { hotkey, amount },
        }
    }

    fn allow(&self, amount: Rao, limits: &Limits) -> Result<(), String> {
        match self.direction {
            Direction::Stake if amount > limits.free => Err(format!(
                "You have {} TAO that is not staked: enter no more than that.",
                format::tao(limits.free)
            )),
            Direction::Stake if amount < limits.minimum => Err(format!(
                "The least stake is {} TAO: enter at least that.",
                format::tao(limits.minimum)
            )),
            Direction::Unstake if amount > limits.staked => Err(format!(
                "Your stake on this hotkey is {} TAO: enter no more than that.",
                format::tao(limits.staked)
            )),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALICE: &str = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
    const LIMITS: Limits = Limits {
        free: Rao::from_tao(10),
        staked: Rao::from_tao(3),
        minimum: Rao(500_000_000),
    };

    fn draft(direction: Direction, amount: &str) -> Draft {
        Draft {
            direction,
            hotkey: ALICE.to_owned(),
            amount: amount.to_owned(),
            is_everything: false,
        }
    }

    #[test]
    fn a_complete_draft_is_an_action() {
        let hotkey = accounts::parse(ALICE).expect("Alice is an address");
        let amount = Rao(1_500_000_000);
        assert_eq!(
            draft(Direction::Stake, "1.5").check(&LIMITS),
            Ok(Action::Stake { hotkey, amount })
        );
        assert_eq!(
            draft(Direction::Unstake, "1.5").check(&LIMITS),
            Ok(Action::Unstake { hotkey, amount })
        );
    }

    #[test]
    fn everything_is_taken_back_by_the_message_that_also_takes_what_is_earned_meanwhile() {
        let mut everything = draft(Direction::Unstake, "");
        everything.is_everything = true;
        let hotkey = accounts::parse(ALICE).expect("Alice is an address");
        assert_eq!(everything.check(&LIMITS), Ok(Action::UnstakeAll { hotkey }));
    }

    #[test]
    fn empty_fields_are_no_mistakes_yet() {
        assert_eq!(Draft::default().check(&LIMITS), Err(Problems::default()));
    }

    #[test]
    fn more_than_there_is_and_less_than_the_minimum_are_refused() {
        for (direction, amount, expected) in [
            (Direction::Stake, "10.000000001", "You have 10 TAO"),
            (Direction::Stake, "0.4", "The least stake is 0.5 TAO"),
            (Direction::Unstake, "3.1", "Your stake on this hotkey is 3 TAO"),
            (Direction::Stake, "one", "digits"),
        ] {
            let problems = draft(direction, amount).check(&LIMITS).expect_err(amount);
            assert!(
                problems
                    .amount
                    .as_ref()
                    .is_some_and(|problem| problem.contains(expected)),
                "{problems:?}"
            );
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let mut wrong = draft(Direction::Stake, "1");
        wrong.hotkey = ALICE.replace("utQY", "utQZ");
        assert!(
            wrong
                .check(&LIMITS)
                .expect_err("the checksum is wrong")
                .hotkey
                .is_some()
        );
    }
}
