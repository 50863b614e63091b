//! Who earned what.

use super::{chart::Series, run::History, scenario::Scenario};
use serde::Serialize;

const RAO_PER_TAO: f64 = 1e9;
/// Heights of a sparkline's bars.
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// What one neuron got out of a scenario.
#[derive(Clone, Debug, Serialize)]
pub struct Account {
    /// Its UID.
    pub uid: usize,
    /// Its name.
    pub name: String,
    /// Its share of the stake in the first epoch, 0 to 1.
    pub stake_share: f64,
    /// TAO for its model.
    pub incentive: f64,
    /// TAO for judging.
    pub dividends: f64,
    /// Its share of all that was paid, 0 to 1.
    pub share: f64,
    /// TAO for judging, for each TAO staked; `None` without stake.
    pub return_on_stake: Option<f64>,
    /// Its share of what each epoch paid, 0 to 1.
    pub over_time: Vec<f64>,
}

/// A scenario's outcome.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The scenario's name.
    pub scenario: String,
    /// Epochs that passed.
    pub epochs: usize,
    /// TAO paid in all.
    pub paid: f64,
    /// Every neuron, by UID.
    pub neurons: Vec<Account>,
    /// What the same people got under other rules, where the scenario has any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub versus: Option<Box<Report>>,
}

impl Report {
    /// Sums a history up.
    pub fn new(scenario: &Scenario, history: &History) -> Self {
        let totals: Vec<f64> = history
            .epochs
            .iter()
            .map(|epoch| tao(epoch.servers.iter().chain(&epoch.validators)))
            .collect();
        let paid: f64 = totals.iter().sum();
        let first_stake = history.epochs.first().map_or(&[][..], |epoch| &epoch.stake);
        let all_stake = tao(first_stake);
        let neurons = scenario.names().enumerate().map(|(uid, name)| {
            let incentive = tao(history.epochs.iter().filter_map(|epoch| epoch.servers.get(uid)));
            let dividends = tao(history.epochs.iter().filter_map(|epoch| epoch.validators.get(uid)));
            let stake = tao(first_stake.get(uid));
            let over_time = history.epochs.iter().zip(&totals).map(|(epoch, total)| {
                share(
                    tao(epoch.servers.get(uid).into_iter().chain(epoch.validators.get(uid))),
                    *total,
                )
            });
            Account {
                uid,
                name: name.to_owned(),
                stake_share: share(stake, all_stake),
                incentive,
                dividends,
                share: share(incentive + dividends, paid),
                return_on_stake: (stake > 0.0).then(|| dividends / stake),
                over_time: over_time.collect(),
            }
        });
        Self {
            scenario: scenario.name.clone(),
            epochs: history.epochs.len(),
            paid,
            neurons: neurons.collect(),
            versus: None,
        }
    }

    /// Compares with what other rules led to.
    #[must_use]
    pub fn versus(self, other: Self) -> Self {
        Self {
            versus: Some(Box::new(other)),
            ..self
        }
    }

    /// Each neuron's share over time, to be drawn; under the other rules too, where there are any.
    pub fn series(&self) -> Vec<Series> {
        let lines = |report: &Self, suffix: &str| -> Vec<Series> {
            let line = |neuron: &Account| Series {
                name: format!("{}{suffix}", neuron.name),
                values: neuron.over_time.clone(),
            };
            report.neurons.iter().map(line).collect()
        };
        let other = self.versus.iter().flat_map(|other| lines(other, " (versus)"));
        lines(self, "").into_iter().chain(other).collect()
    }

    /// For people, with a drawing of each neuron's share over time, `width` characters wide.
    pub fn table(&self, width: usize) -> String {
        let own = self.one_table(width);
        match &self.versus {
            None => own,
            Some(other) => {
                let other_table = other.one_table(width);
                format!("{own}\n\nversus {other_table}\n\n{}", self.differences(other))
            }
        }
    }

    /// What the other rules change for whom.
    fn differences(&self, other: &Self) -> String {
        let name_width = self.name_width();
        let head = format!(
            "{:>4}  {:name_width$} {:>8} {:>8} {:>11}",
            "UID", "name", "share", "versus", "difference"
        );
        let rows = self.neurons.iter().zip(&other.neurons).map(|(one, other)| {
            let [one_share, other_share] = [one.share, other.share].map(|share| share * 100.0);
            format!(
                "{:>4}  {:name_width$} {one_share:>7.2}% {other_share:>7.2}% {:>+10.2}%",
                one.uid,
                one.name,
                other_share - one_share
            )
        });
        [head].into_iter().chain(rows).collect::<Vec<_>>().join("\n")
    }

    fn name_width(&self) -> usize {
        let names = self.neurons.iter().map(|neuron| neuron.name.chars().count());
        names.max().unwrap_or(0).max(4)
    }

    fn one_table(&self, width: usize) -> String {
        let name_width = self.name_width();
        let mut lines = vec![
            format!("{}: {} epochs, {:.3} TAO paid", self.scenario, self.epochs, self.paid),
            format!(
                "{:>4}  {:name_width$} {:>8} {:>14} {:>14} {:>8} {:>10}  over time",
                "UID", "name", "stake", "incentive", "dividends", "share", "return"
            ),
        ];
        lines.extend(self.neurons.iter().map(|neuron| {
            let gain = neuron
                .return_on_stake
                .map_or_else(|| "–".to_owned(), |gain| format!("{:.3}%", gain * 100.0));
            format!(
                "{:>4}  {:name_width$} {:>7.2}% {:>14.3} {:>14.3} {:>7.2}% {gain:>10}  {}",
                neuron.uid,
                neuron.name,
                neuron.stake_share * 100.0,
                neuron.incentive,
                neuron.dividends,
                neuron.share * 100.0,
                sparkline(&neuron.over_time, width)
            )
        }));
        lines.join("\n")
    }
}

fn tao<'a>(amounts: impl IntoIterator<Item = &'a u64>) -> f64 {
    let rao: u128 = amounts.into_iter().map(|amount| u128::from(*amount)).sum();
    rao as f64 / RAO_PER_TAO
}

fn share(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

/// Values from 0 to 1 as bars, at most `width` of them, each the mean of its stretch; the tallest is the largest value.
pub fn sparkline(values: &[f64], width: usize) -> String {
    let stretch = values.len().div_ceil(width.max(1)).max(1);
    let means: Vec<f64> = values
        .chunks(stretch)
        .map(|chunk| chunk.iter().sum::<f64>() / chunk.len() as f64)
        .collect();
    let largest = means.iter().copied().fold(0.0, f64::max);
    let bar = |mean: &f64| {
        let height = share(*mean, largest) * (BARS.len() - 1) as f64;
        BARS.get(height.round() as usize).copied().unwrap_or(' ')
    };
    means.iter().map(bar).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulation::run::{Epoch, simulate};

    #[test]
    fn shares_add_up_and_returns_are_per_tao_staked() {
        let text =
            "name='n'\nepochs=1\n[[miner]]\nname='m'\nquality=1\n[[validator]]\nname='v'\nstake=4\nbehaviour='honest'";
        let scenario = Scenario::parse(text).unwrap();
        let epoch = |validators| Epoch {
            servers: vec![3_000_000_000, 0],
            validators: vec![0, validators],
            stake: vec![0, 4_000_000_000],
            consensus: vec![65_535, 0],
        };
        let history = History {
            epochs: vec![epoch(1_000_000_000), epoch(3_000_000_000)],
        };
        let report = Report::new(&scenario, &history);
        assert_eq!(report.paid, 10.0);
        assert_eq!((report.neurons[0].share, report.neurons[1].share), (0.6, 0.4));
        assert_eq!(report.neurons[1].over_time, [0.25, 0.5]);
        assert_eq!(report.neurons[1].return_on_stake, Some(1.0));
        assert_eq!(report.neurons[0].return_on_stake, None);
        assert!(report.table(10).contains("▅█"), "{}", report.table(10));
    }

    #[test]
    fn a_comparison_shows_both_and_what_is_different() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/whale.toml");
        let scenario = Scenario::parse(&std::fs::read_to_string(file).unwrap()).unwrap();
        let report = |scenario: &Scenario| Report::new(scenario, &simulate(scenario, |_| ()).unwrap());
        let report = report(&scenario).versus(report(&scenario.other().unwrap()));
        let capped = report.versus.as_ref().unwrap();
        // The whale's miner is UID 2, the whale UID 3.
        assert!(
            report.neurons[2].share > 0.4 && capped.neurons[2].share < 0.05,
            "{}",
            report.table(9)
        );
        assert!(
            capped.neurons[3].share < report.neurons[3].share / 2.0,
            "{}",
            report.table(9)
        );
        assert!(report.table(9).contains("versus  difference"), "{}", report.table(9));
        let names: Vec<String> = report.series().into_iter().map(|line| line.name).collect();
        assert_eq!(
            (names.len(), names[3].as_str(), names[11].as_str()),
            (16, "whale", "whale (versus)")
        );
    }

    #[test]
    fn a_long_run_is_drawn_in_the_width_there_is() {
        assert_eq!(sparkline(&[0.0, 0.5, 1.0], 10), "▁▅█");
        assert_eq!(sparkline(&[0.1; 1_000], 10).chars().count(), 10);
        assert_eq!(sparkline(&[], 10), "");
        assert_eq!(sparkline(&[0.0], 0), "▁");
    }
}
