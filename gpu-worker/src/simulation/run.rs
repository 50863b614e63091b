//! A scenario, epoch by epoch.

use super::{Error, behaviour::View, scenario::Scenario};
use std::collections::VecDeque;
use yuma::{Neurons, Params, Rao, SparseMatrix, activity_cutoff, payout};

const RAO_PER_TAO: f64 = 1e9;
/// Bittensor's default, in permille of the tempo.
const ACTIVITY_FACTOR: u32 = 13_889;
/// Everyone registered before the first epoch.
const REGISTERED_AT: yuma::Block = 0;

/// What one epoch paid, a value per UID.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Epoch {
    /// Rao for models.
    pub servers: Vec<Rao>,
    /// Rao for judging them.
    pub validators: Vec<Rao>,
    /// Stake that counted, in rao.
    pub stake: Vec<Rao>,
    /// The weight that a majority of stake supports, of 65535.
    pub consensus: Vec<u16>,
}

/// All epochs of a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct History {
    /// The first epoch first.
    pub epochs: Vec<Epoch>,
}

/// Runs a scenario; `progress` hears of every epoch.
///
/// # Errors
/// When the consensus refuses what the scenario leads to.
pub fn simulate(scenario: &Scenario, mut progress: impl FnMut(u32)) -> Result<History, Error> {
    let mut subnet = Subnet::new(scenario);
    let mut epochs = Vec::new();
    for epoch in 0..scenario.epochs {
        epochs.push(subnet.step(epoch)?);
        progress(epoch);
    }
    Ok(History { epochs })
}

/// What lasts from one epoch to the next.
struct Subnet<'a> {
    scenario: &'a Scenario,
    stake: Vec<Rao>,
    last_update: Vec<yuma::Block>,
    permits: Vec<bool>,
    /// The rows that validators have set; they stay until they set others.
    rows: Vec<Vec<(yuma::Uid, u16)>>,
    bonds: SparseMatrix,
    /// Consensus of epochs whose weights are still hidden, the oldest first, and the newest that is public.
    hidden: VecDeque<Vec<u16>>,
    public: Option<Vec<u16>>,
    /// What an epoch could pay to nobody.
    carried: Rao,
}

impl<'a> Subnet<'a> {
    fn new(scenario: &'a Scenario) -> Self {
        let miners = scenario.miners.len();
        let neurons = miners + scenario.validators.len();
        let stakes = scenario.validators.iter().map(|validator| rao(validator.stake));
        let mut bonds = SparseMatrix::new();
        bonds.fill_rows(neurons);
        Self {
            scenario,
            stake: std::iter::repeat_n(0, miners).chain(stakes).collect(),
            last_update: vec![REGISTERED_AT; neurons],
            // Simulations begin where a subnet has found its validators; a new one spends its first epoch on that.
            permits: (0..neurons).map(|uid| uid >= miners).collect(),
            rows: vec![Vec::new(); neurons],
            bonds,
            hidden: VecDeque::new(),
            public: None,
            carried: 0,
        }
    }

    fn step(&mut self, epoch: u32) -> Result<Epoch, Error> {
        let rules = &self.scenario.rules;
        let tempo = u64::from(rules.tempo);
        let block = (u64::from(epoch) + 1) * tempo;
        self.set_weights(epoch, block);
        let mut weights = SparseMatrix::with_capacity(self.rows.len());
        for row in &self.rows {
            weights.push_row(row);
        }
        let emission = rao(self.scenario.emission) * tempo + self.carried;
        let params = Params {
            block,
            tempo,
            last_step: block - tempo,
            activity_cutoff: activity_cutoff(ACTIVITY_FACTOR, tempo),
            kappa: rules.kappa,
            bonds_moving_average: u64::from(rules.bonds_moving_average),
            bonds_penalty: rules.bonds_penalty,
            max_validators: rules.max_validators,
            owner: None,
            stake_threshold: 0,
            emission,
            version: rules.version(),
        };
        let registered_at = vec![REGISTERED_AT; self.rows.len()];
        let neurons = Neurons {
            stake: &self.stake,
            last_update: &self.last_update,
            registered_at: &registered_at,
            permits: &self.permits,
            earliest_commit: &[],
        };
        let outcome = yuma::Epoch {
            params: &params,
            neurons,
            weights: &weights,
            bonds: &self.bonds,
        }
        .run()?;
        let paid = payout::split(emission, outcome.server_emission, outcome.validator_emission);
        let result = Epoch {
            servers: paid.servers,
            validators: paid.validators,
            stake: self.stake.clone(),
            consensus: outcome.consensus,
        };
        self.carried = paid.carried;
        self.permits = outcome.permits;
        self.bonds = outcome.bonds;
        self.reveal(result.consensus.clone());
        if self.scenario.compound {
            for (stake, dividend) in self.stake.iter_mut().zip(&result.validators) {
                *stake = stake.saturating_add(*dividend);
            }
        }
        Ok(result)
    }

    fn set_weights(&mut self, epoch: u32, block: yuma::Block) {
        let view = View {
            scenario: self.scenario,
            epoch,
            public: self.public.as_deref(),
        };
        let uids = self.scenario.miners.len()..;
        for (validator, uid) in (0..self.scenario.validators.len()).zip(uids) {
            let (Some(weights), Some(row), Some(updated)) = (
                view.weights(validator),
                self.rows.get_mut(uid),
                self.last_update.get_mut(uid),
            ) else {
                continue;
            };
            *row = weights;
            // Before the epoch's own block, and after the registration.
            *updated = block - 1;
        }
    }

    /// Weights of this epoch become public after the reveal period.
    fn reveal(&mut self, consensus: Vec<u16>) {
        self.hidden.push_back(consensus);
        if self.hidden.len() > self.scenario.rules.reveal_period as usize {
            self.public = self.hidden.pop_front();
        }
    }
}

/// TAO as rao. Scenarios are checked to be within what exists.
fn rao(tao: f64) -> Rao {
    (tao * RAO_PER_TAO).round() as Rao
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scenario(people: &str) -> Scenario {
        Scenario::parse(&format!("name = 'n'\nepochs = 40\n{people}")).unwrap()
    }

    const MINERS: &str = "[[miner]]\nname='good'\nquality=0.9\n[[miner]]\nname='bad'\nquality=0.3\n";

    fn validator(name: &str, stake: u32, behaviour: &str) -> String {
        format!("[[validator]]\nname='{name}'\nstake={stake}\n{behaviour}\n")
    }

    /// What a UID was paid in all epochs, models and judging together.
    fn paid(history: &History, uid: usize) -> Rao {
        history
            .epochs
            .iter()
            .map(|epoch| epoch.servers[uid] + epoch.validators[uid])
            .sum()
    }

    #[test]
    fn everything_the_subnet_earns_is_paid() {
        let honest = validator("a", 600, "behaviour='honest'\nnoise=0.1") + &validator("b", 400, "behaviour='honest'");
        let scenario = scenario(&(MINERS.to_owned() + &honest));
        let history = simulate(&scenario, |_| ()).unwrap();
        for epoch in &history.epochs {
            let total: Rao = epoch.servers.iter().chain(&epoch.validators).sum();
            assert_eq!(total, 360_000_000_000);
        }
        assert!(paid(&history, 0) > paid(&history, 1), "the better model earns more");
    }

    #[test]
    fn a_cabal_with_less_than_half_of_the_stake_earns_nothing_for_its_model() {
        let cabal = validator("honest", 600, "behaviour='honest'")
            + &validator("cabal", 400, "behaviour='collude'\nfavours=['bad']");
        let scenario = scenario(&(MINERS.replace("0.3", "0.0") + &cabal));
        let history = simulate(&scenario, |_| ()).unwrap();
        assert_eq!(paid(&history, 1), 0);
    }

    #[test]
    fn a_copier_of_hidden_weights_falls_behind_where_quality_changes() {
        let changing = "[[miner]]\nname='good'\nquality=[[0,0.9],[10,0.1],[20,0.9],[30,0.1]]\n[[miner]]\nname='bad'\nquality=[[0,0.1],[10,0.9],[20,0.1],[30,0.9]]\n";
        let people = validator("honest", 800, "behaviour='honest'") + &validator("copier", 200, "behaviour='copy'");
        let gain = |period: u32| {
            let rules = format!("[rules]\nreveal_period = {period}\n");
            let history = simulate(&scenario(&(rules + changing + &people)), |_| ()).unwrap();
            paid(&history, 3) as f64 / paid(&history, 2) as f64
        };
        assert!(gain(6) < gain(0), "{} {}", gain(6), gain(0));
        assert!(gain(6) < 0.25, "less than its share of the stake: {}", gain(6));
    }

    #[test]
    fn dividends_that_are_staked_again_add_to_the_stake() {
        let people = "compound = true\n".to_owned() + MINERS + &validator("honest", 600, "behaviour='honest'");
        let history = simulate(&scenario(&people), |_| ()).unwrap();
        let stakes: Vec<Rao> = history.epochs.iter().map(|epoch| epoch.stake[2]).collect();
        assert_eq!(stakes[1], stakes[0] + history.epochs[0].validators[2]);
    }

    #[test]
    fn every_scenario_of_the_repository_runs() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios");
        for file in std::fs::read_dir(folder).unwrap() {
            let file = file.unwrap().path();
            let scenario = Scenario::parse(&std::fs::read_to_string(&file).unwrap());
            let scenario = scenario.unwrap_or_else(|error| panic!("{}: {error}", file.display()));
            assert_eq!(
                simulate(&scenario, |_| ()).unwrap().epochs.len(),
                scenario.epochs as usize
            );
        }
    }
}
