//! Scenario files: who takes part, how they behave, under which rules.

use super::Error;
use serde::Deserialize;
use yuma::{LiquidAlpha, Version};

/// Most neurons of a scenario: as many as the consensus takes would be slow to draw and impossible to read.
const MAX_NEURONS: usize = 1_024;
/// Most epochs of a scenario.
const MAX_EPOCHS: u32 = 100_000;

/// A subnet, its people, and how long they are watched.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What the scenario is about.
    pub name: String,
    /// How many epochs pass.
    pub epochs: u32,
    /// What the subnet earns a block, in TAO, the owner's cut not counted.
    #[serde(default = "one")]
    pub emission: f64,
    /// Whether dividends are staked again.
    #[serde(default)]
    pub compound: bool,
    /// Where the noise in what validators measure begins; the same seed gives the same run.
    #[serde(default)]
    pub seed: u64,
    /// The subnet's hyperparameters.
    #[serde(default)]
    pub rules: Rules,
    /// What is different in the hyperparameters that the same people are watched under too.
    #[serde(default, rename = "versus")]
    pub(super) changes: Option<toml::Table>,
    /// All of those hyperparameters.
    #[serde(skip)]
    pub versus: Option<Rules>,
    /// Those who bring models. They take the UIDs from 0.
    #[serde(rename = "miner")]
    pub miners: Vec<Miner>,
    /// Those who judge them. They take the UIDs after the miners'.
    #[serde(rename = "validator")]
    pub validators: Vec<Validator>,
}

const fn one() -> f64 {
    1.0
}

/// Hyperparameters; what is left out has Bittensor's default.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rules {
    /// Blocks of an epoch.
    pub tempo: u32,
    /// The majority, as a proportion of 65535.
    pub kappa: u16,
    /// How much of the old bonds stays, in millionths.
    pub bonds_moving_average: u32,
    /// How far bonds follow clipped weights, as a proportion of 65535.
    pub bonds_penalty: u16,
    /// Epochs that weights stay hidden; 0 shows them at once.
    pub reveal_period: u32,
    /// Validators with a permit.
    pub max_validators: u16,
    /// The percentile of voting stakes, of 65535, above which stake counts as the percentile's value; 0 is off.
    pub stake_cap: u16,
    /// Whether bonds evolve as in Yuma3; as in Yuma2 otherwise.
    pub yuma3: bool,
    /// Bounds and steepness of liquid alpha (Yuma3 only); off when left out.
    pub liquid_alpha: Option<Liquid>,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            tempo: 360,
            kappa: 32_767,
            bonds_moving_average: 900_000,
            bonds_penalty: 65_535,
            reveal_period: 1,
            max_validators: 64,
            stake_cap: 0,
            yuma3: true,
            liquid_alpha: None,
        }
    }
}

/// Liquid alpha's parameters.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Liquid {
    /// The least speed of a bond, as a proportion of 65535.
    pub low: u16,
    /// The greatest.
    pub high: u16,
    /// How fast it rises, in hundredths.
    pub steepness: i32,
}

impl Default for Liquid {
    fn default() -> Self {
        Self {
            low: 45_875,
            high: 58_982,
            steepness: 1_000,
        }
    }
}

impl Rules {
    /// `table` is where the rules stand in the file.
    fn check(&self, table: &str) -> Result<(), Error> {
        let tempo = self.tempo;
        require(
            &format!("{table}.tempo"),
            tempo,
            tempo > 0,
            "an epoch has at least one block",
        )?;
        let average = self.bonds_moving_average;
        require(
            &format!("{table}.bonds_moving_average"),
            average,
            average <= 1_000_000,
            "it must be at most 1,000,000",
        )
    }

    /// How bonds evolve.
    pub fn version(&self) -> Version {
        match self.liquid_alpha {
            _ if !self.yuma3 => Version::Yuma2,
            None => Version::Yuma3,
            Some(Liquid { low, high, steepness }) => Version::Yuma3Liquid(LiquidAlpha { low, high, steepness }),
        }
    }
}

/// One who brings a model.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Miner {
    /// What it is called; validators name their favourites by it.
    pub name: String,
    /// How good its model is.
    pub quality: Quality,
}

/// Quality over time, 0 to 1.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Quality {
    /// Always the same.
    Constant(f64),
    /// From an epoch on, each until the next: pairs of epoch and quality. Before the first it is 0.
    Steps(Vec<(u32, f64)>),
}

impl Quality {
    /// The quality in an epoch.
    pub fn at(&self, epoch: u32) -> f64 {
        match self {
            Self::Constant(quality) => *quality,
            Self::Steps(steps) => steps
                .iter()
                .rfind(|(from, _)| *from <= epoch)
                .map_or(0.0, |(_, quality)| *quality),
        }
    }

    fn values(&self) -> impl Iterator<Item = f64> + '_ {
        let (constant, steps) = match self {
            Self::Constant(quality) => (Some(*quality), &[][..]),
            Self::Steps(steps) => (None, &steps[..]),
        };
        constant.into_iter().chain(steps.iter().map(|(_, quality)| *quality))
    }
}

/// One who judges models.
#[derive(Clone, Debug, Deserialize)]
pub struct Validator {
    /// What it is called.
    pub name: String,
    /// TAO staked to it.
    pub stake: f64,
    /// What it does.
    #[serde(flatten)]
    pub behaviour: Behaviour,
}

/// How a validator chooses its weights.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "behaviour", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Behaviour {
    /// Measures each miner and weighs it by its quality.
    Honest {
        /// Largest error of a measurement, as a part of the quality.
        #[serde(default)]
        noise: f64,
    },
    /// Gives all its weight to its favourites, whatever they bring.
    Collude {
        /// Names of miners.
        favours: Vec<String>,
    },
    /// Measures nothing; repeats the consensus of the newest epoch whose weights are public.
    Copy,
    /// Weighs once, honestly, and never again changes its mind; its weights are refreshed.
    Stale,
    /// Sets no weights.
    Silent,
}

impl Scenario {
    /// Reads a scenario file.
    ///
    /// # Errors
    /// When it is no TOML, lacks something, or says what makes no sense.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let mut scenario: Self = toml::from_str(text)?;
        if let Some(changes) = &scenario.changes {
            let mut rules = match toml::from_str::<toml::Table>(text)?.remove("rules") {
                Some(rules) => rules.try_into()?,
                None => toml::Table::new(),
            };
            rules.extend(changes.clone());
            scenario.versus = Some(toml::Value::Table(rules).try_into()?);
        }
        scenario.check()?;
        Ok(scenario)
    }

    /// The same people under the other rules, where the file has any.
    pub fn other(&self) -> Option<Self> {
        let rules = self.versus.clone()?;
        Some(Self {
            rules,
            changes: None,
            versus: None,
            ..self.clone()
        })
    }

    /// Names, UID by UID.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let miners = self.miners.iter().map(|miner| miner.name.as_str());
        miners.chain(self.validators.iter().map(|validator| validator.name.as_str()))
    }

    fn check(&self) -> Result<(), Error> {
        let neurons = self.miners.len() + self.validators.len();
        require(
            "the number of miners",
            self.miners.len(),
            !self.miners.is_empty(),
            "there must be one",
        )?;
        require(
            "the number of validators",
            self.validators.len(),
            !self.validators.is_empty(),
            "there must be one",
        )?;
        require(
            "the number of neurons",
            neurons,
            neurons <= MAX_NEURONS,
            "a scenario has at most 1,024",
        )?;
        require(
            "epochs",
            self.epochs,
            (1..=MAX_EPOCHS).contains(&self.epochs),
            "it must be 1 to 100,000",
        )?;
        require(
            "emission",
            self.emission,
            (0.0..=1.0).contains(&self.emission),
            "it must be 0 to 1 TAO a block",
        )?;
        self.rules.check("rules")?;
        self.versus.iter().try_for_each(|rules| rules.check("versus"))?;
        let names: Vec<&str> = self.names().collect();
        for (index, name) in names.iter().enumerate() {
            let is_first = !names.iter().take(index).any(|earlier| earlier == name);
            require("a name", format!("{name:?}"), is_first, "another neuron has it already")?;
        }
        for miner in &self.miners {
            for quality in miner.quality.values() {
                let is_share = (0.0..=1.0).contains(&quality);
                require(
                    &format!("quality of {:?}", miner.name),
                    quality,
                    is_share,
                    "it must be 0 to 1",
                )?;
            }
        }
        self.validators
            .iter()
            .try_for_each(|validator| self.check_validator(validator))
    }

    fn check_validator(&self, Validator { name, stake, behaviour }: &Validator) -> Result<(), Error> {
        let is_amount = (0.0..=21e6).contains(stake);
        require(
            &format!("stake of {name:?}"),
            stake,
            is_amount,
            "it must be 0 to 21,000,000 TAO",
        )?;
        match behaviour {
            Behaviour::Honest { noise } => {
                let is_share = (0.0..=1.0).contains(noise);
                require(&format!("noise of {name:?}"), noise, is_share, "it must be 0 to 1")
            }
            Behaviour::Collude { favours } => favours.iter().try_for_each(|favourite| {
                let is_miner = self.miners.iter().any(|miner| miner.name == *favourite);
                let what = format!("a favourite of {name:?}");
                require(&what, format!("{favourite:?}"), is_miner, "no miner has that name")
            }),
            Behaviour::Copy | Behaviour::Stale | Behaviour::Silent => Ok(()),
        }
    }
}

fn require(what: &str, found: impl ToString, holds: bool, expected: &'static str) -> Result<(), Error> {
    if holds {
        return Ok(());
    }
    Err(Error::Value {
        what: what.to_owned(),
        found: found.to_string(),
        expected,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = r#"
        name = "small"
        epochs = 3
        [rules]
        kappa = 40000
        [[miner]]
        name = "good"
        quality = 0.9
        [[miner]]
        name = "fades"
        quality = [[0, 0.8], [2, 0.1]]
        [[validator]]
        name = "honest"
        stake = 600
        behaviour = "honest"
        noise = 0.05
        [[validator]]
        name = "cabal"
        stake = 400
        behaviour = "collude"
        favours = ["fades"]
    "#;

    #[test]
    fn a_file_gives_people_and_rules() {
        let scenario = Scenario::parse(SMALL).unwrap();
        assert_eq!(
            scenario.names().collect::<Vec<_>>(),
            ["good", "fades", "honest", "cabal"]
        );
        assert_eq!(scenario.rules.kappa, 40_000);
        assert_eq!(scenario.rules.tempo, 360);
        let qualities: Vec<f64> = (0..4).map(|epoch| scenario.miners[1].quality.at(epoch)).collect();
        assert_eq!(qualities, [0.8, 0.8, 0.1, 0.1]);
    }

    #[test]
    fn the_rules_to_compare_with_are_those_of_the_file_but_for_what_they_change() {
        let text = SMALL.replace(
            "[[miner]]\n        name = \"good\"",
            "[versus]\n        stake_cap = 30000\n        [[miner]]\n        name = \"good\"",
        );
        let scenario = Scenario::parse(&text).unwrap();
        assert_eq!((scenario.rules.kappa, scenario.rules.stake_cap), (40_000, 0));
        let other = scenario.other().unwrap();
        assert_eq!((other.rules.kappa, other.rules.stake_cap), (40_000, 30_000));
        assert!(other.other().is_none() && Scenario::parse(SMALL).unwrap().other().is_none());
        let refused = |to: &str| {
            Scenario::parse(&text.replace("stake_cap = 30000", to))
                .unwrap_err()
                .to_string()
        };
        assert!(refused("cap = 3").contains("unknown field `cap`"));
        assert_eq!(
            refused("tempo = 0"),
            "versus.tempo is 0, but an epoch has at least one block"
        );
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        let refused = |from: &str, to: &str| Scenario::parse(&SMALL.replace(from, to)).unwrap_err().to_string();
        assert_eq!(
            refused("\"fades\"]", "\"nobody\"]"),
            "a favourite of \"cabal\" is \"nobody\", but no miner has that name"
        );
        assert_eq!(
            refused("0.9", "1.9"),
            "quality of \"good\" is 1.9, but it must be 0 to 1"
        );
        assert_eq!(
            refused("epochs = 3", "epochs = 0"),
            "epochs is 0, but it must be 1 to 100,000"
        );
        assert_eq!(
            refused("\"cabal\"", "\"honest\""),
            "a name is \"honest\", but another neuron has it already"
        );
        assert_eq!(
            refused("stake = 600", "stake = nan"),
            "stake of \"honest\" is NaN, but it must be 0 to 21,000,000 TAO"
        );
        assert!(refused("kappa", "kapa").contains("unknown field `kapa`"));
        assert!(refused("\"collude\"", "\"sleep\"").contains("sleep"));
        assert!(refused("noise", "noize").contains("unknown field `noize`"));
    }
}
