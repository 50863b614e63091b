//! What an economy does before anyone stakes on it: scenarios of miners and validators, honest or not, run through the consensus that the
//! contracts run, so that subnet owners can choose their rules by what they lead to.
//!
//! Invariant: incentive, dividends and payments come from the crate `yuma` alone; this module only decides which weights validators set.

mod behaviour;
mod chart;
mod report;
mod retention;
mod run;
mod scenario;

pub use chart::{Series, draw};
pub use report::{Account, Report, sparkline};
pub use retention::{Retention, retention};
pub use run::{Epoch, History, simulate};
pub use scenario::{Behaviour, Miner, Quality, Rules, Scenario, Validator};

/// Why a scenario cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file is not a scenario.
    #[error("not a scenario: {0}")]
    Syntax(#[from] toml::de::Error),
    /// A value that makes no sense.
    #[error("{what} is {found}, but {expected}")]
    Value {
        /// Which value, by its place in the file.
        what: String,
        /// What the file says.
        found: String,
        /// What it may be.
        expected: &'static str,
    },
    /// The consensus refused what the scenario led to.
    #[error("the epoch cannot be computed: {0}")]
    Epoch(#[from] yuma::Error),
    /// The chart could not be drawn.
    #[error("the chart cannot be drawn: {0}")]
    Chart(String),
}
