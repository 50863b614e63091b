//! What the validators measured, from the lines of JSON that they print.

use std::{collections::BTreeMap, fs, path::Path};

use serde_json::Value;

/// Accuracy by UID; of several validators the one whose log comes last counts.
pub type Accuracies = BTreeMap<u64, f64>;

/// Reads the logs of all validators.
pub fn read<'a>(logs: impl Iterator<Item = &'a Path>) -> Accuracies {
    let mut accuracies = Accuracies::new();
    for log in logs {
        // A validator that has printed nothing yet may have no log.
        let text = fs::read(log).unwrap_or_default();
        for line in String::from_utf8_lossy(&text).lines() {
            if let Some((uid, accuracy)) = evaluated(line) {
                accuracies.insert(uid, accuracy);
            }
        }
    }
    accuracies
}

fn evaluated(line: &str) -> Option<(u64, f64)> {
    let json: Value = serde_json::from_str(line).ok()?;
    let is_evaluation = json.get("event")?.as_str()? == "evaluated";
    is_evaluation.then_some((json.get("uid")?.as_u64()?, json.get("accuracy")?.as_f64()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_evaluations_with_an_accuracy_are_read() {
        assert_eq!(
            evaluated(r#"{"event":"evaluated","uid":3,"model":"0x00","accuracy":0.985}"#),
            Some((3, 0.985))
        );
        assert_eq!(
            evaluated(r#"{"event":"evaluated","uid":3,"accuracy":null,"reason":"truncated"}"#),
            None
        );
        assert_eq!(evaluated(r#"{"event":"epoch","uid":3,"accuracy":0.9}"#), None);
        assert_eq!(evaluated("connected to ws://127.0.0.1:9944"), None);
    }
}
