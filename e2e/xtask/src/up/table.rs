//! The subnet after an epoch, as a table and as JSON.

use std::time::Duration;

use serde_json::{Value, json};

use super::accuracy::Accuracies;

/// Rao in a TAO.
const RAO: f64 = 1e9;

/// One neuron.
#[derive(Clone, Debug, PartialEq)]
struct Row {
    uid: u64,
    model: Option<String>,
    accuracy: Option<f64>,
    /// Share of what miners earn, 0 to 1.
    incentive: f64,
    /// Share of what validators earn, 0 to 1.
    dividends: f64,
    /// What the last epoch paid, in rao.
    emission: u64,
    /// In rao.
    stake: u64,
}

/// The subnet at one block.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// Epochs that ran.
    pub epoch: u64,
    block: u64,
    rows: Vec<Row>,
}

impl Snapshot {
    /// Reads what `inktensor metagraph --json` prints.
    pub fn parse(json: &Value) -> Option<Self> {
        let rows = json.get("neurons")?.as_array()?.iter().map(|neuron| {
            let number = |key: &str| neuron.get(key)?.as_u64();
            let share = |key: &str| neuron.get(key)?.as_f64();
            Some(Row {
                uid: number("uid")?,
                model: neuron.pointer("/model/uri").and_then(Value::as_str).map(name_of),
                accuracy: None,
                incentive: share("incentive")?,
                dividends: share("dividends")?,
                emission: number("emission_rao")?,
                stake: number("stake_rao")?,
            })
        });
        Some(Self {
            epoch: json.get("epoch")?.as_u64()?,
            block: json.get("block")?.as_u64()?,
            rows: rows.collect::<Option<_>>()?,
        })
    }

    /// Adds what validators measured.
    pub fn fill_accuracies(&mut self, accuracies: &Accuracies) {
        for row in &mut self.rows {
            row.accuracy = accuracies.get(&row.uid).copied();
        }
    }

    /// Whether the last epoch paid a model.
    pub fn has_paid(&self) -> bool {
        self.rows.iter().any(|row| row.emission > 0 && row.incentive > 0.0)
    }

    /// For people.
    pub fn table(&self) -> String {
        let mut lines = vec![
            format!("epoch {} at block {}", self.epoch, self.block),
            format!(
                "{:>4}  {:18} {:>9} {:>10} {:>10} {:>14} {:>16}",
                "UID", "model", "accuracy", "incentive", "dividends", "paid, TAO", "stake, TAO"
            ),
        ];
        lines.extend(self.rows.iter().map(|row| {
            let accuracy = row
                .accuracy
                .map_or_else(|| "–".to_owned(), |accuracy| format!("{:.2} %", accuracy * 100.0));
            format!(
                "{:>4}  {:18} {accuracy:>9} {:>9.2}% {:>9.2}% {:>14.6} {:>16.6}",
                row.uid,
                row.model.as_deref().unwrap_or("–"),
                row.incentive * 100.0,
                row.dividends * 100.0,
                row.emission as f64 / RAO,
                row.stake as f64 / RAO
            )
        }));
        lines.join("\n")
    }

    /// For programs.
    pub fn json(&self, elapsed: Duration) -> Value {
        let neurons: Vec<Value> = self
            .rows
            .iter()
            .map(|row| {
                json!({
                    "uid": row.uid,
                    "model": row.model,
                    "accuracy": row.accuracy,
                    "incentive": row.incentive,
                    "dividends": row.dividends,
                    "stake": row.stake as f64 / RAO,
                })
            })
            .collect();
        json!({ "neurons": neurons, "block": self.block, "epoch": self.epoch, "seconds": elapsed.as_secs() })
    }
}

/// A model is called by its file's name.
fn name_of(uri: &str) -> String {
    let file = uri.rsplit('/').next().unwrap_or(uri);
    file.strip_suffix(".onnx").unwrap_or(file).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot() -> Snapshot {
        let neuron = |uid: u64, model: Value, incentive: f64, emission: u64| json!({ "uid": uid, "model": model, "incentive": incentive, "dividends": 0.0, "emission_rao": emission, "stake_rao": 1_500_000_000u64 });
        let model = json!({ "uri": "file:///models/digits-cnn.onnx" });
        Snapshot::parse(&json!({
            "block": 40, "epoch": 2,
            "neurons": [neuron(0, model, 0.75, 9), neuron(1, Value::Null, 0.0, 0)],
        }))
        .unwrap()
    }

    #[test]
    fn a_snapshot_names_models_by_their_files() {
        let snapshot = snapshot();
        assert_eq!(snapshot.rows[0].model.as_deref(), Some("digits-cnn"));
        assert_eq!(snapshot.rows[1].model, None);
    }

    #[test]
    fn rewards_are_paid_once_a_model_has_earned() {
        let mut snapshot = snapshot();
        assert!(snapshot.has_paid());
        snapshot.rows[0].emission = 0;
        assert!(!snapshot.has_paid());
    }

    #[test]
    fn the_json_has_exactly_the_promised_fields() {
        let mut snapshot = snapshot();
        snapshot.fill_accuracies(&Accuracies::from([(0, 0.985)]));
        let expected = json!({
            "neurons": [
                { "uid": 0, "model": "digits-cnn", "accuracy": 0.985, "incentive": 0.75, "dividends": 0.0, "stake": 1.5 },
                { "uid": 1, "model": null, "accuracy": null, "incentive": 0.0, "dividends": 0.0, "stake": 1.5 },
            ],
            "block": 40, "epoch": 2, "seconds": 7,
        });
        assert_eq!(snapshot.json(Duration::from_millis(7_400)), expected);
    }

    #[test]
    fn the_table_has_a_row_a_neuron() {
        let mut snapshot = snapshot();
        snapshot.fill_accuracies(&Accuracies::from([(0, 0.985)]));
        let table = snapshot.table();
        assert_eq!(table.lines().count(), 4);
        assert!(
            table
                .lines()
                .any(|line| line.contains("digits-cnn") && line.contains("98.50 %") && line.contains("75.00%"))
        );
    }
}
