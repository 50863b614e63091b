//! The validator: watches a subnet and does what [`steps`](super::steps) says, block after block.
//!
//! Everything it must remember is in its journal before it acts, so it may be killed at any moment and started again.

use super::ballot::Ballot;
use super::crank;
use super::error::Error;
use super::judge::Judge;
use super::record::{Evaluation, Record};
use super::report::{Event, Reporter};
use super::sample::SEED_DELAY;
use super::standing::standings;
use super::steps::{Step, View, steps, unknown_commits};
use super::store::hex;
use futures_util::FutureExt;
use inktensor_client::messages::{registry, rewards};
use inktensor_client::{Finality, KeySigner, Network};
use inktensor_primitives::NetUid;
use inktensor_primitives::registry::{Metric, ModelRecord};
use std::path::Path;
use std::time::Duration;

mod weights;

/// Without a new block for so long, the chain is asked anyway.
const PATIENCE: Duration = Duration::from_secs(10);
/// The pause after a lost connection.
const PAUSE: Duration = Duration::from_secs(1);

/// A validator of one subnet.
#[derive(Debug)]
pub struct Validator {
    ballot: Ballot,
    judge: Judge,
    reporter: Reporter,
    seen_epoch: Option<u32>,
    revealed: bool,
}

impl Validator {
    /// Opens the journal of this key on this subnet.
    pub fn open(
        network: Network,
        signer: KeySigner,
        netuid: NetUid,
        judge: Judge,
        state: &Path,
        reporter: Reporter,
    ) -> Result<Self, Error> {
        Ok(Self {
            ballot: Ballot::open(network, signer, netuid, state)?,
            judge,
            reporter,
            seen_epoch: None,
            revealed: false,
        })
    }

    /// Validates until dropped; with `once`, until an epoch has ended after this validator's weights were revealed.
    pub async fn run(&mut self, once: bool) -> Result<(), Error> {
        let view = self.view().await?;
        let started = Event::Started {
            uid: view.me.0,
            netuid: self.ballot.netuid.0,
            block: view.block,
        };
        self.reporter.tell(&started)?;
        for commit in unknown_commits(&view, self.ballot.journal.record()) {
            let reason = format!(
                "commit {} cannot be revealed: its salt is not in this state folder",
                hex(&commit.hash)
            );
            self.reporter.tell(&Event::Waiting { reason })?;
        }
        loop {
            match self.watch(once).await {
                Ok(true) => return Ok(()),
                Ok(false) => (),
                Err(Error::Client(error)) if is_passing(&error) => {
                    self.reporter.tell(&Event::Waiting {
                        reason: error.to_string(),
                    })?;
                }
                Err(error) => return Err(error),
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Tells that the validator stops.
    pub fn stop(&mut self) -> Result<(), Error> {
        Ok(self.reporter.tell(&Event::Stopped)?)
    }

    /// Acts on every new block; true once the work of `once` is done, false if the chain tells of no more blocks.
    async fn watch(&mut self, once: bool) -> Result<bool, Error> {
        let mut blocks = self.ballot.network.chain().blocks(Finality::Best).await?;
        loop {
            if self.act(once).await? {
                return Ok(true);
            }
            match tokio::time::timeout(PATIENCE, blocks.next()).await {
                Ok(Some(block)) => drop(block?),
                Ok(None) => return Ok(false),
                Err(_) => (),
            }
            // Several blocks may have come while acting: only the state after the last one matters.
            while let Some(Some(block)) = blocks.next().now_or_never() {
                block?;
            }
        }
    }

    /// Does what can be done at this block; true if the work of `once` is done: an epoch ended after a reveal.
    async fn act(&mut self, once: bool) -> Result<bool, Error> {
        let mut tried: Vec<Step> = Vec::new();
        loop {
            let view = self.view().await?;
            if self.notice_epoch(&view)? && once {
                return Ok(true);
            }
            let open = steps(&view, self.ballot.journal.record());
            let Some(step) = open.into_iter().find(|step| !tried.contains(step)) else {
                return Ok(false);
            };
            tried.push(step.clone());
            match self.take(step, &view).await {
                Err(Error::Client(error)) if !is_passing(&error) => {
                    self.reporter.tell(&Event::Waiting {
                        reason: error.to_string(),
                    })?;
                }
                Err(error @ Error::Engine(_)) => self.reporter.tell(&Event::Waiting {
                    reason: error.to_string(),
                })?,
                taken => taken?,
            }
        }
    }

    async fn view(&self) -> Result<View, Error> {
        let netuid = self.ballot.netuid;
        let hotkey = self.ballot.signer.account();
        let now = self.ballot.network.snapshot().await?;
        let me = now.query(registry::uid_of(netuid, hotkey)).await?;
        Ok(View {
            block: now.block().number,
            subnet: now.query(registry::subnet(netuid)).await?,
            rules: now.query(registry::hyperparameters(netuid)).await?,
            epoch: now.query(rewards::epoch_status(netuid)).await?,
            models: now.all_models(netuid).await?,
            commits: now.query(rewards::commits(netuid, hotkey)).await?,
            me: me.ok_or_else(|| Error::NotRegistered {
                netuid,
                hotkey: self.ballot.network.chain().ss58(&hotkey),
            })?,
        })
    }

    fn notice_epoch(&mut self, view: &View) -> Result<bool, Error> {
        let epoch = view.epoch.epoch;
        let ended = self.seen_epoch.is_some_and(|seen| seen < epoch);
        self.seen_epoch = Some(epoch);
        if ended {
            self.reporter.tell(&Event::Epoch {
                epoch,
                block: view.block,
            })?;
        }
        Ok(ended && self.revealed)
    }

    async fn take(&mut self, step: Step, view: &View) -> Result<(), Error> {
        match step {
            Step::Reveal(promise) => self.reveal(&promise, view).await,
            Step::RunEpoch => self.run_epoch().await,
            Step::Evaluate(model) => self.evaluate(&model, view).await,
            Step::Resend(promise) => self.send(promise, view).await,
            Step::Weigh => self.weigh(view).await,
        }
    }

    /// Others may run it first: that is as good.
    async fn run_epoch(&mut self) -> Result<(), Error> {
        use inktensor_client::ContractError;
        use inktensor_primitives::rewards::Error::EpochNotDue;
        let Ballot {
            network,
            signer,
            netuid,
            ..
        } = &self.ballot;
        match crank::run_epoch(network, signer, *netuid, |_, _| ()).await {
            Err(error) if error.contract_error() == Some(&ContractError::Rewards(EpochNotDue)) => Ok(()),
            Err(error) => Err(error.into()),
            Ok(_) => Ok(()),
        }
    }

    async fn evaluate(&mut self, model: &ModelRecord, view: &View) -> Result<(), Error> {
        let seed_height = model.committed_at.saturating_add(SEED_DELAY);
        let Some(seed) = self.ballot.network.chain().block_hash(seed_height).await? else {
            return Ok(());
        };
        self.judge.follow(&view.subnet.task).await?;
        let (measured, failure) = self
            .judge
            .judge(model, &view.subnet.task, &seed, self.ballot.journal.record())
            .await?;
        let evaluation = Evaluation {
            uid: model.uid.0,
            hotkey: *model.hotkey.as_ref(),
            model: model.commitment.hash.into(),
            data: view.subnet.task.data_hash.into(),
            epoch: view.epoch.epoch,
            measured,
            failure,
        };
        let news = self
            .ballot
            .journal
            .record()
            .evaluations
            .get(&model.sequence)
            .is_none_or(|known| (&known.measured, &known.failure) != (&evaluation.measured, &evaluation.failure));
        self.ballot.journal.update(view.block, |record| {
            drop(record.evaluations.insert(model.sequence, evaluation))
        })?;
        if news { self.tell_standing(model, view) } else { Ok(()) }
    }

    fn tell_standing(&mut self, model: &ModelRecord, view: &View) -> Result<(), Error> {
        let record = self.ballot.journal.record();
        let Some(standing) = standings(&view.models, record)
            .into_iter()
            .find(|standing| standing.uid == model.uid)
        else {
            return Ok(());
        };
        let evaluation = record.evaluations.get(&model.sequence);
        let event = Event::Evaluated {
            uid: model.uid.0,
            model: hex(&model.commitment.hash),
            metric: view.subnet.task.metric.to_string(),
            score: standing.score,
            accuracy: standing.score.filter(|_| view.subnet.task.metric == Metric::Accuracy),
            samples: evaluation.and_then(|evaluation| Some(evaluation.measured.as_ref()?.samples)),
            reason: standing.failure.as_ref().map(ToString::to_string),
            copy_of: standing
                .copies
                .and_then(|sequence| owner(sequence, &view.models, record)),
        };
        Ok(self.reporter.tell(&event)?)
    }
}

/// The slot whose commitment has this sequence, now or when it was evaluated.
fn owner(sequence: u64, models: &[ModelRecord], record: &Record) -> Option<u16> {
    let current = models
        .iter()
        .find(|model| model.sequence == sequence)
        .map(|model| model.uid.0);
    current.or_else(|| record.evaluations.get(&sequence).map(|evaluation| evaluation.uid))
}

/// Whether the connection, rather than the request, is at fault.
fn is_passing(error: &inktensor_client::Error) -> bool {
    use inktensor_client::Error::{ConnectionLost, Unreachable};
    matches!(error, Unreachable { .. } | ConnectionLost { .. })
}
