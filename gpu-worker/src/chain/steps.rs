//! What a validator does next: a function of what it sees on chain and what it has recorded, and of nothing else.

use super::record::{Evaluation, Promise, Record};
use super::sample::SEED_DELAY;
use super::verdict::Measured;
use inktensor_primitives::registry::{Hyperparameters, ModelRecord, Subnet};
use inktensor_primitives::rewards::{Commit, EpochStatus};
use inktensor_primitives::{BlockNumber, Hash, Uid};

#[cfg(test)]
mod tests;

/// The subnet and the validator's place in it, read at one block.
#[derive(Clone, Debug)]
pub struct View {
    /// The block.
    pub block: BlockNumber,
    /// The subnet and its task.
    pub subnet: Subnet,
    /// Its rules.
    pub rules: Hyperparameters,
    /// Where it stands between epochs.
    pub epoch: EpochStatus,
    /// The models that miners stand for.
    pub models: Vec<ModelRecord>,
    /// This validator's commits that wait to be revealed.
    pub commits: Vec<Commit>,
    /// This validator's slot.
    pub me: Uid,
}

impl View {
    /// The models to judge: everybody's but one's own.
    pub fn judged(&self) -> impl Iterator<Item = &ModelRecord> {
        self.models.iter().filter(|model| model.uid != self.me)
    }
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Open a commit: its time has come.
    Reveal(Promise),
    /// Run the epoch that is due.
    RunEpoch,
    /// Fetch, check and measure a model.
    Evaluate(ModelRecord),
    /// Send a commit again that may never have arrived.
    Resend(Promise),
    /// Turn the evaluations into weights, and commit to (or set) them.
    Weigh,
}

/// All that can be done at this block, most urgent first.
pub fn steps(view: &View, record: &Record) -> Vec<Step> {
    let mut steps: Vec<Step> = due_reveals(view, record).cloned().map(Step::Reveal).collect();
    if view.epoch.in_progress || view.block >= view.epoch.next_epoch_at {
        steps.push(Step::RunEpoch);
    }
    let open: Vec<&ModelRecord> = view
        .judged()
        .filter(|model| needs_evaluation(model, view, record))
        .collect();
    let all_judged = open.is_empty();
    steps.extend(open.into_iter().cloned().map(Step::Evaluate));
    match record.promises.iter().find(|promise| promise.epoch == view.epoch.epoch) {
        Some(promise) if !promise.accepted && !is_listed(view, &promise.hash) => {
            steps.push(Step::Resend(promise.clone()))
        }
        Some(_) => (),
        None if all_judged && record.weighed_epoch != Some(view.epoch.epoch) => steps.push(Step::Weigh),
        None => (),
    }
    steps
}

/// Commits on chain that this validator made elsewhere, or whose salt is lost: it cannot open them.
pub fn unknown_commits<'a>(view: &'a View, record: &'a Record) -> impl Iterator<Item = &'a Commit> {
    view.commits
        .iter()
        .filter(|commit| record.promise(&commit.hash).is_none())
}

fn due_reveals<'a>(view: &'a View, record: &'a Record) -> impl Iterator<Item = &'a Promise> {
    view.commits
        .iter()
        .filter(|commit| (commit.reveal_from..=commit.reveal_until).contains(&view.block))
        .filter_map(|commit| record.promise(&commit.hash))
}

fn is_listed(view: &View, hash: &[u8; 32]) -> bool {
    view.commits.iter().any(|commit| commit.hash == Hash::from(*hash))
}

/// A model is looked at once an epoch: measured if it never was with this data, otherwise only whether it is still there. What its own
/// bytes got it refused for stays.
fn needs_evaluation(model: &ModelRecord, view: &View, record: &Record) -> bool {
    if view.block < model.committed_at.saturating_add(SEED_DELAY) {
        return false;
    }
    match record.evaluations.get(&model.sequence) {
        None => true,
        Some(evaluation) if is_stale(evaluation, view) => true,
        Some(Evaluation {
            failure: Some(failure), ..
        }) if !failure.may_pass() => false,
        Some(evaluation) => evaluation.epoch != view.epoch.epoch,
    }
}

/// Whether it was measured with other data, or by another metric.
fn is_stale(evaluation: &Evaluation, view: &View) -> bool {
    let task = &view.subnet.task;
    let is_of_metric = |measured: &Measured| measured.metric == task.metric.to_string();
    Hash::from(evaluation.data) != task.data_hash || !evaluation.measured.as_ref().is_none_or(is_of_metric)
}
