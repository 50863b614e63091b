//! Whether an honest majority of stake keeps its share: the result of the Yuma paper's retention graph, for a subnet's own rules.
//!
//! Two groups, each with a validator and a miner. The cabal's validator gives its own miner everything, whatever it brings. The honest
//! validator gives the honest miner what it is worth and the cabal's miner the rest. After some epochs, what part of the emission goes to
//! the honest group?

use super::{
    Error,
    run::simulate,
    scenario::{Behaviour, Miner, Quality, Rules, Scenario, Validator},
};
use serde::Serialize;

/// Epochs until bonds have settled.
const EPOCHS: u32 = 100;
/// TAO staked in all; only proportions matter.
const STAKE: f64 = 1_000.0;

/// The honest group's share of emission, over its share of stake and the worth of its miner.
#[derive(Clone, Debug, Serialize)]
pub struct Retention {
    /// The honest group's shares of stake: the rows.
    pub stake: Vec<f64>,
    /// What part of all quality is the honest miner's: the columns.
    pub worth: Vec<f64>,
    /// The honest group's share of emission in the last epoch, row by row.
    pub emission: Vec<Vec<f64>>,
}

/// Runs the two groups for every share of stake from 0.5 to 1 and every worth of the honest miner from 0.5 to 1, in `steps` steps each.
/// `progress` hears of every cell.
///
/// # Errors
/// When the consensus refuses the rules.
pub fn retention(rules: &Rules, steps: u32, mut progress: impl FnMut()) -> Result<Retention, Error> {
    let steps = steps.max(1);
    let shares: Vec<f64> = (0..=steps)
        .map(|step| 0.5 + 0.5 * f64::from(step) / f64::from(steps))
        .collect();
    let mut emission = Vec::new();
    for stake in &shares {
        let mut row = Vec::new();
        for worth in &shares {
            row.push(honest_share(rules, *stake, *worth)?);
            progress();
        }
        emission.push(row);
    }
    Ok(Retention {
        stake: shares.clone(),
        worth: shares,
        emission,
    })
}

fn honest_share(rules: &Rules, stake: f64, worth: f64) -> Result<f64, Error> {
    let miner = |name: &str, quality| Miner {
        name: name.to_owned(),
        quality: Quality::Constant(quality),
    };
    let validator = |name: &str, stake: f64, behaviour| Validator {
        name: name.to_owned(),
        stake: stake * STAKE,
        behaviour,
    };
    let favours = vec!["cabal's miner".to_owned()];
    let scenario = Scenario {
        name: "retention".to_owned(),
        epochs: EPOCHS,
        emission: 1.0,
        compound: false,
        seed: 0,
        rules: rules.clone(),
        changes: None,
        versus: None,
        miners: vec![miner("honest miner", worth), miner("cabal's miner", 1.0 - worth)],
        validators: vec![
            validator("honest", stake, Behaviour::Honest { noise: 0.0 }),
            validator("cabal", 1.0 - stake, Behaviour::Collude { favours }),
        ],
    };
    let history = simulate(&scenario, |_| ())?;
    let Some([honest_miner, cabal_miner, honest, cabal]) = history
        .epochs
        .last()
        .map(|epoch| [0, 1, 2, 3].map(|uid| paid_to(epoch, uid)))
    else {
        return Ok(0.0);
    };
    Ok((honest_miner + honest) / (honest_miner + honest + cabal_miner + cabal))
}

fn paid_to(epoch: &super::run::Epoch, uid: usize) -> f64 {
    let amount = |list: &[u64]| list.get(uid).copied().unwrap_or(0) as f64;
    amount(&epoch.servers) + amount(&epoch.validators)
}

impl Retention {
    /// For people: a row a share of stake, a column a worth.
    pub fn table(&self) -> String {
        let mut lines = vec![
            "the honest group's share of emission, by its share of stake (rows) and its miner's part of all quality (columns)".to_owned(),
            std::iter::once(format!("{:>8}", "stake"))
                .chain(self.worth.iter().map(|worth| format!("{:>7.0}%", worth * 100.0)))
                .collect(),
        ];
        lines.extend(self.stake.iter().zip(&self.emission).map(|(stake, row)| {
            std::iter::once(format!("{:>7.0}%", stake * 100.0))
                .chain(row.iter().map(|share| format!("{:>7.2}%", share * 100.0)))
                .collect::<String>()
        }));
        lines.push(self.verdict());
        lines.join("\n")
    }

    /// Whether an honest majority whose miner is worth everything keeps at least its share of stake.
    pub fn is_kept(&self) -> bool {
        let mut rows = self.stake.iter().zip(&self.emission).filter(|(stake, _)| **stake > 0.5);
        // Proportions on chain have 16 bits.
        rows.all(|(stake, row)| row.last().is_some_and(|share| *share >= stake - 1e-4))
    }

    fn verdict(&self) -> String {
        if self.is_kept() {
            "an honest majority of stake keeps at least its share where only its miner is worth something".to_owned()
        } else {
            "under these rules an honest majority of stake loses a part of its share".to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_honest_majority_keeps_its_share_under_the_default_rules() {
        for rules in [
            Rules::default(),
            Rules {
                yuma3: false,
                ..Rules::default()
            },
        ] {
            let retention = retention(&rules, 5, || ()).unwrap();
            assert!(retention.is_kept(), "{}", retention.table());
            // Half is no majority: there the cabal keeps what it gives itself.
            assert!(retention.emission[0][5] < 0.9, "{}", retention.table());
        }
    }

    #[test]
    fn without_a_majority_rule_the_cabal_is_paid() {
        let rules = Rules {
            kappa: 0,
            bonds_penalty: 0,
            ..Rules::default()
        };
        let retention = retention(&rules, 5, || ()).unwrap();
        let default = super::retention(&Rules::default(), 5, || ()).unwrap();
        assert!(
            retention.emission[1][5] < default.emission[1][5],
            "{}",
            retention.table()
        );
    }
}
