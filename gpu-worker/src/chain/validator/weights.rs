//! Setting weights: by commit and reveal, or at once.

use super::super::error::Error;
use super::super::record::Promise;
use super::super::report::Event;
use super::super::scoring::{self, RowRules};
use super::super::standing::{Standing, standings};
use super::super::steps::View;
use super::Validator;
use inktensor_client::messages::rewards;
use inktensor_primitives::Uid;
use inktensor_primitives::registry::ModelRecord;

impl Validator {
    /// Opens a commit.
    pub(super) async fn reveal(&mut self, promise: Promise, view: &View) -> Result<(), Error> {
        let message = rewards::reveal_weights(self.netuid, promise.reveal());
        let receipt = self.network.call(&self.signer, message).await?;
        self.journal.update(view.block, |record| {
            record.promises.retain(|kept| kept.hash != promise.hash)
        })?;
        self.revealed = true;
        Ok(self.reporter.tell(&Event::Revealed {
            block: receipt.block.number,
        })?)
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
        let version_key = view.rules.weights_version_key;
        if view.rules.commit_reveal {
            let mut salt = [0; 32];
            getrandom::fill(&mut salt).map_err(|error| Error::NoRandomness(error.to_string()))?;
            let identity = &self.journal.record().identity;
            let promise = Promise::new(identity, &row, salt, version_key, (view.epoch.epoch, view.block));
            self.journal
                .update(view.block, |record| record.promises.push(promise.clone()))?;
            let hash = promise.hash;
            let sent = self.send(promise, view).await;
            if sent.as_ref().is_err_and(Error::is_refusal) {
                // Refused before it was ever sent: there is nothing to reveal.
                self.journal
                    .update(view.block, |record| record.promises.retain(|kept| kept.hash != hash))?;
            }
            return sent;
        }
        let (uids, values) = row.iter().copied().unzip();
        let message = rewards::set_weights(self.netuid, uids, values, version_key);
        let receipt = self.network.call(&self.signer, message).await?;
        self.journal
            .update(view.block, |record| record.weighed_epoch = Some(view.epoch.epoch))?;
        self.revealed = true;
        self.tell_commit(receipt.block.number, row.len())
    }

    /// The weights that follow from the evaluations, padded with other neurons where the subnet asks for more.
    async fn row(&self, view: &View) -> Result<Result<Vec<(Uid, u16)>, scoring::NoWeights>, Error> {
        let judged: Vec<ModelRecord> = view.judged().cloned().collect();
        let scores: Vec<_> = standings(&judged, self.journal.record())
            .iter()
            .map(Standing::score)
            .collect();
        let min_entries = usize::from(view.rules.min_allowed_weights);
        let mut others = Vec::new();
        if scores.len() < min_entries {
            others = self
                .network
                .all_neurons(self.netuid)
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
        Ok(scoring::weigh(&scores, classes, &others, rules))
    }

    /// Sends a commit whose salt is in the journal.
    pub(super) async fn send(&mut self, promise: Promise, view: &View) -> Result<(), Error> {
        let message = rewards::commit_weights(self.netuid, promise.hash.into());
        let receipt = self.network.call(&self.signer, message).await?;
        self.journal.update(view.block, |record| {
            record.weighed_epoch = Some(promise.epoch);
            record
                .promises
                .iter_mut()
                .filter(|kept| kept.hash == promise.hash)
                .for_each(|kept| kept.accepted = true);
        })?;
        self.tell_commit(receipt.block.number, promise.weights.len())
    }

    fn tell_commit(&mut self, block: u32, models: usize) -> Result<(), Error> {
        Ok(self.reporter.tell(&Event::Committed { block, models })?)
    }
}
