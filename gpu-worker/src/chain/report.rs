//! What a validator tells of its work: a line for people on standard error, and a JSON object a line for programs on standard output.

use serde::Serialize;
use std::io::{self, Write};

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum Event {
    /// The validator is connected and begins.
    Started {
        /// The validator's slot.
        uid: u16,
        /// The subnet.
        netuid: u16,
        /// The best block.
        block: u32,
    },
    /// A model was looked at.
    Evaluated {
        /// The miner's slot.
        uid: u16,
        /// The artifact's hash.
        model: String,
        /// The subnet's metric.
        metric: String,
        /// Its value; null for a model that failed, or where it is undefined.
        score: Option<f64>,
        /// The same where the metric is accuracy; else null.
        accuracy: Option<f64>,
        /// How many samples it was measured on.
        samples: Option<u64>,
        /// Why it failed.
        reason: Option<String>,
        /// The slot of the miner that committed the same model before; it earns nothing then.
        copy_of: Option<u16>,
    },
    /// Weights went on chain, by hash or openly.
    Committed {
        /// The block.
        block: u32,
        /// How many neurons have one. The weights themselves are nobody's business until they are revealed.
        models: usize,
    },
    /// A commit was opened.
    Revealed {
        /// The block.
        block: u32,
    },
    /// An epoch ended, whoever ran it.
    Epoch {
        /// Its number.
        epoch: u32,
        /// The block at which it was seen.
        block: u32,
    },
    /// Something did not work now and will be tried again.
    Waiting {
        /// What and why.
        reason: String,
    },
    /// The validator was asked to stop.
    Stopped,
}

/// Writes events.
#[derive(Debug)]
pub struct Reporter {
    json: bool,
    waiting_for: Option<String>,
}

impl Reporter {
    /// Tells people, and programs too where `json` is set.
    pub fn new(json: bool) -> Self {
        Self {
            json,
            waiting_for: None,
        }
    }

    /// Tells of an event; the same reason for waiting is told once in a row.
    pub fn tell(&mut self, event: &Event) -> io::Result<()> {
        let waiting_for = match event {
            Event::Waiting { reason } => Some(reason.clone()),
            _ => None,
        };
        if waiting_for.is_some() && waiting_for == self.waiting_for {
            return Ok(());
        }
        self.waiting_for = waiting_for;
        writeln!(io::stderr().lock(), "{}", sentence(event))?;
        if self.json {
            let mut out = io::stdout().lock();
            serde_json::to_writer(&mut out, event)?;
            writeln!(out)?;
            out.flush()?;
        }
        Ok(())
    }
}

fn sentence(event: &Event) -> String {
    match event {
        Event::Started { uid, netuid, block } => format!("validating subnet {netuid} as UID {uid} from block {block}"),
        Event::Evaluated {
            uid,
            model,
            metric,
            score,
            accuracy,
            samples,
            reason,
            copy_of,
        } => {
            let result = match (score, reason) {
                (_, Some(reason)) => format!("scores nothing: {reason}"),
                (Some(score), None) => {
                    let samples = samples.unwrap_or_default();
                    match accuracy {
                        Some(accuracy) => format!("{:.2} % of {samples} samples", accuracy * 100.0),
                        None => format!("{metric} {score} on {samples} samples"),
                    }
                }
                (None, None) => format!("{metric} is undefined or not measured yet"),
            };
            let copy = copy_of
                .map(|original| format!(", a copy of UID {original}'s: earns nothing"))
                .unwrap_or_default();
            format!(
                "model {} of UID {uid}: {result}{copy}",
                model.get(..10).unwrap_or(model)
            )
        }
        Event::Committed { block, models } => format!("weights of {models} models committed in block {block}"),
        Event::Revealed { block } => format!("weights revealed in block {block}"),
        Event::Epoch { epoch, block } => format!("epoch {epoch} ended by block {block}"),
        Event::Waiting { reason } => format!("waiting: {reason}"),
        Event::Stopped => "stopped".to_owned(),
    }
}
