//! Which contracts there are.

use std::fmt;

/// One of Inktensor's contracts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(
    feature = "chain",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "lowercase")
)]
pub enum Contract {
    /// The PSP22 token.
    Tao,
    /// Subnets, neurons and models.
    Registry,
    /// Delegation.
    Staking,
    /// Weights, epochs and emission.
    Rewards,
}

impl Contract {
    /// Every contract, in the order in which they are deployed.
    pub const ALL: [Self; 4] = [Self::Tao, Self::Registry, Self::Staking, Self::Rewards];

    /// The contract's name, as its package and the deployment file spell it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tao => "tao",
            Self::Registry => "registry",
            Self::Staking => "staking",
            Self::Rewards => "rewards",
        }
    }
}

impl fmt::Display for Contract {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
