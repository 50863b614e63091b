//! Setting weights: by commit and reveal, or at once.

use super::super::ballot::Moment;
use super::super::error::Error;
use super::super::record::Promise;
use super::super::report::Event;
use super::super::scoring::{self, RowRules};
use super::super::skill::skills;
use super::super::standing::{Standing, standings};
use super::super::steps::View;
use super::Validator;
use inktensor_primitives::Uid;
use inktensor_primitives::registry::ModelRecord;

impl Validator {
    /// Opens a commit.
    pub(super) async fn reveal(&mut self, promise: &Promise, view: &View) -> Result<(), Error> {
        let block = self.ballot.reveal(promise, view.block).await?;
        self.revealed = true;
        Ok(self.reporter.tell(&Event::Revealed { block })?)
    }

    /// Turns the evaluations into weights, and commits to (or sets) them.
    pub(super) async fn weigh(&mut self, view: &View) -> Result<(), Error> {
        let row = match self.row(view).await? {
            Ok(row) => row,
            Err(why) => {
                return Ok(self.reporter.tell(&Event::Waiting {
                    reason: why.to_string(),
                })?);
            }
        };
        let now = Moment {
            block: view.block,
            epoch: view.epoch.epoch,
        };
        let block = self.ballot.weigh(&row, &view.rules, now).await?;
        self.revealed |= !view.rules.commit_reveal;
        self.tell_commit(block, row.len())
    }

    /// The weights that follow from the evaluations, padded with other neurons where the subnet asks for more.
    async fn row(&self, view: &View) -> Result<Result<Vec<(Uid, u16)>, scoring::NoWeights>, Error> {
        let judged: Vec<ModelRecord> = view.judged().cloned().collect();
        let scores: Vec<_> = standings(&judged, self.ballot.journal.record())
            .iter()
            .map(Standing::score)
            .collect();
        let min_entries = usize::from(view.rules.min_allowed_weights);
        let mut others = Vec::new();
        if scores.len() < min_entries {
            others = self
                .ballot
                .network
                .all_neurons(self.ballot.netuid)
                .await?
                .iter()
                .map(|neuron| neuron.uid)
                .collect();
            others.retain(|uid| *uid != view.me);
        }
        let classes = view
            .subnet
            .task
            .output
            .shape
            .last()
            .map_or(2, |classes| *classes as usize);
        let rules = RowRules {
            min_entries,
            max_share: view.rules.max_weight_limit,
        };
        let skills = skills(&view.subnet.task.metric, classes, &scores);
        Ok(scoring::weigh(&skills, &others, rules))
    }

    /// Sends a commit whose salt is in the journal.
    pub(super) async fn send(&mut self, promise: Promise, view: &View) -> Result<(), Error> {
        let models = promise.weights.len();
        let block = self.ballot.send(&promise, view.block).await?;
        self.tell_commit(block, models)
    }

    fn tell_commit(&mut self, block: u32, models: usize) -> Result<(), Error> {
        Ok(self.reporter.tell(&Event::Committed { block, models })?)
    }
}
