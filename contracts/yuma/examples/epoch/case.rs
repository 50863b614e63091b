//! A case as JSON spells it.

use serde_json::{json, Map, Value};
use yuma::{Epoch, LiquidAlpha, Neurons, Outcome, Params, SparseMatrix, Version};

/// One epoch's input.
pub struct Case {
    params: Params,
    stake: Vec<u64>,
    last_update: Vec<u64>,
    registered_at: Vec<u64>,
    permits: Vec<bool>,
    earliest_commit: Vec<u64>,
    weights: SparseMatrix,
    bonds: SparseMatrix,
}

impl Case {
    /// Reads a case; the error names the field.
    pub fn parse(line: &str) -> Result<Self, String> {
        let value: Value = serde_json::from_str(line).map_err(|error| format!("not JSON: {error}"))?;
        let fields = Fields(value.as_object().ok_or("expected a JSON object")?);
        let n = fields.whole("n", Epoch::MAX_NEURONS as u64)? as usize;
        Ok(Self {
            params: fields.params()?,
            stake: fields.list("stake", n, u64::MAX)?,
            last_update: fields.list("last_update", n, u64::MAX)?,
            registered_at: fields.list("registered_at", n, u64::MAX)?,
            permits: fields.permits(n)?,
            earliest_commit: fields.commits(n)?,
            weights: fields.matrix("weights", n)?,
            bonds: fields.matrix("bonds", n)?,
        })
    }

    /// Computes the epoch.
    pub fn run(&self) -> Result<Value, String> {
        let neurons = Neurons {
            stake: &self.stake,
            last_update: &self.last_update,
            registered_at: &self.registered_at,
            permits: &self.permits,
            earliest_commit: &self.earliest_commit,
        };
        let epoch = Epoch {
            params: &self.params,
            neurons,
            weights: &self.weights,
            bonds: &self.bonds,
        };
        epoch
            .run()
            .map(|outcome| result(&outcome))
            .map_err(|error| error.to_string())
    }
}

fn result(outcome: &Outcome) -> Value {
    let bonds: Map<String, Value> = outcome
        .bonds
        .iter()
        .enumerate()
        .filter(|(_, row)| row.len() > 0)
        .map(|(uid, row)| (uid.to_string(), json!(row.collect::<Vec<_>>())))
        .collect();
    json!({
        "server_emission": outcome.server_emission,
        "validator_emission": outcome.validator_emission,
        "emission": outcome.emission,
        "stake_weight": outcome.stake_weight,
        "consensus": outcome.consensus,
        "incentive": outcome.incentive,
        "dividends": outcome.dividends,
        "validator_trust": outcome.validator_trust,
        "permits": outcome.permits,
        "bonds": bonds,
    })
}

/// The fields of a case.
struct Fields<'a>(&'a Map<String, Value>);

impl<'a> Fields<'a> {
    fn params(&self) -> Result<Params, String> {
        let u16_max = u64::from(u16::MAX);
        let proportion = |name| self.whole(name, u16_max).map(|value| value as u16);
        let alpha = LiquidAlpha {
            low: proportion("alpha_low")?,
            high: proportion("alpha_high")?,
            steepness: self.steepness()?,
        };
        let version = match (self.boolean("yuma3")?, self.boolean("liquid_alpha")?) {
            (false, _) => Version::Yuma2,
            (true, false) => Version::Yuma3,
            (true, true) => Version::Yuma3Liquid(alpha),
        };
        let owner = match self.get("owner")? {
            Value::Null => None,
            owner => Some(whole("owner", owner, u16_max)? as u16),
        };
        Ok(Params {
            block: self.whole("block", u64::MAX)?,
            tempo: self.whole("tempo", u64::MAX)?,
            last_step: self.last_step()?,
            activity_cutoff: self.whole("activity_cutoff", u64::MAX)?,
            kappa: proportion("kappa")?,
            bonds_moving_average: self.whole("bonds_moving_average", u64::MAX)?,
            bonds_penalty: proportion("bonds_penalty")?,
            max_validators: proportion("max_validators")?,
            owner,
            stake_threshold: self.whole("stake_threshold", u64::MAX)?,
            emission: self.whole("emission", u64::MAX)?,
            version,
        })
    }

    /// 0 or null before the first epoch.
    fn last_step(&self) -> Result<u64, String> {
        match self.get("last_step")? {
            Value::Null => Ok(0),
            block => whole("last_step", block, u64::MAX),
        }
    }

    fn get(&self, name: &str) -> Result<&'a Value, String> {
        self.0.get(name).ok_or_else(|| format!("{name}: the field is missing"))
    }

    fn whole(&self, name: &str, max: u64) -> Result<u64, String> {
        whole(name, self.get(name)?, max)
    }

    fn boolean(&self, name: &str) -> Result<bool, String> {
        let value = self.get(name)?;
        value
            .as_bool()
            .ok_or_else(|| format!("{name}: expected true or false, found {}", shown(value)))
    }

    fn steepness(&self) -> Result<i32, String> {
        let value = self.get("steepness")?;
        value
            .as_i64()
            .and_then(|steepness| i32::try_from(steepness).ok())
            .ok_or_else(|| format!("steepness: expected an integer of 32 bits, found {}", shown(value)))
    }

    fn list(&self, name: &str, n: usize, max: u64) -> Result<Vec<u64>, String> {
        self.values(name, n)?
            .iter()
            .map(|value| whole(name, value, max))
            .collect()
    }

    fn permits(&self, n: usize) -> Result<Vec<bool>, String> {
        let permit = |value: &Value| {
            value
                .as_bool()
                .ok_or_else(|| format!("permits: expected true or false, found {}", shown(value)))
        };
        self.values("permits", n)?.iter().map(permit).collect()
    }

    fn commits(&self, n: usize) -> Result<Vec<u64>, String> {
        const NAME: &str = "earliest_commit";
        if !self.0.contains_key(NAME) {
            return Ok(Vec::new());
        }
        let commit = |value: &Value| match value {
            Value::Null => Ok(Neurons::NO_COMMIT),
            block => whole(NAME, block, u64::MAX),
        };
        self.values(NAME, n)?.iter().map(commit).collect()
    }

    fn values(&self, name: &str, n: usize) -> Result<&'a Vec<Value>, String> {
        let value = self.get(name)?;
        let list = value
            .as_array()
            .ok_or_else(|| format!("{name}: expected a list, found {}", shown(value)))?;
        if list.len() == n {
            Ok(list)
        } else {
            Err(format!(
                "{name}: expected {n} values, one per neuron, found {}",
                list.len()
            ))
        }
    }

    /// Rows by UID; a UID that is not named has an empty row.
    fn matrix(&self, name: &str, n: usize) -> Result<SparseMatrix, String> {
        let value = self.get(name)?;
        let by_uid = value
            .as_object()
            .ok_or_else(|| format!("{name}: expected an object of rows by UID, found {}", shown(value)))?;
        let mut rows = vec![None; n];
        for (key, row) in by_uid {
            let slot = key
                .parse()
                .ok()
                .and_then(|uid: usize| rows.get_mut(uid))
                .ok_or_else(|| format!("{name}: found a row of UID {key:?}, expected a UID below {n}"))?;
            if slot.replace(entries(name, row)?).is_some() {
                return Err(format!("{name}: found two rows of UID {key}, expected one"));
            }
        }
        let mut matrix = SparseMatrix::new();
        for row in rows {
            matrix.push_row(&row.unwrap_or_default());
        }
        Ok(matrix)
    }
}

fn entries(name: &str, row: &Value) -> Result<Vec<(u16, u16)>, String> {
    let list = row
        .as_array()
        .ok_or_else(|| format!("{name}: expected a row as a list, found {}", shown(row)))?;
    let entry = |value: &Value| match value.as_array().map(Vec::as_slice) {
        Some([uid, weight]) => {
            let max = u64::from(u16::MAX);
            Ok((whole(name, uid, max)? as u16, whole(name, weight, max)? as u16))
        }
        _ => Err(format!(
            "{name}: expected an entry [uid, value], found {}",
            shown(value)
        )),
    };
    list.iter().map(entry).collect()
}

fn whole(name: &str, value: &Value, max: u64) -> Result<u64, String> {
    value.as_u64().filter(|&number| number <= max).ok_or_else(|| {
        format!(
            "{name}: expected a whole number from 0 to {max}, found {}",
            shown(value)
        )
    })
}

/// The value, cut where it is long.
fn shown(value: &Value) -> String {
    const LIMIT: usize = 60;
    let text = value.to_string();
    match text.char_indices().nth(LIMIT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
