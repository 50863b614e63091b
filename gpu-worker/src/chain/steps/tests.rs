//! What a validator does next, case by case.

use super::super::record::{Evaluation, Identity, Promise, Record};
use super::super::store::StoreError;
use super::super::verdict::{Failure, Measured};
use super::{Step, View, steps, unknown_commits};
use crate::evaluation::Reason;
use inktensor_primitives::registry::{
    Hyperparameters, Metric, ModelCommitment, ModelFormat, ModelRecord, Subnet, SubnetIdentity, Task, TensorSpec,
};
use inktensor_primitives::rewards::{Commit, EpochStatus};
use inktensor_primitives::{AccountId, Hash, NetUid, Rao, Uid};

const DATA: [u8; 32] = [7; 32];

fn identity() -> Identity {
    Identity {
        genesis: [1; 32],
        rewards: [2; 32],
        netuid: 0,
        hotkey: [4; 32],
    }
}

fn promise(epoch: u32, accepted: bool) -> Promise {
    let promise = Promise::new(&identity(), &[(Uid(1), 65535)], [9; 32], 0, (epoch, 100));
    Promise { accepted, ..promise }
}

fn listed(promise: &Promise, reveal_from: u32, reveal_until: u32) -> Commit {
    Commit {
        hash: promise.hash.into(),
        committed_at: 100,
        reveal_from,
        reveal_until,
    }
}

fn model(uid: u16, committed_at: u32) -> ModelRecord {
    let commitment = ModelCommitment {
        hash: Hash::from([uid as u8; 32]),
        uri: String::new(),
        size: 1,
        parent: None,
        format: ModelFormat::Onnx,
        licence: String::new(),
        task: String::new(),
        parameters: 0,
    };
    let hotkey = AccountId::from([uid as u8; 32]);
    ModelRecord {
        netuid: NetUid(0),
        uid: Uid(uid),
        hotkey,
        commitment,
        committed_at,
        sequence: uid.into(),
        revision: 0,
        previous: None,
    }
}

fn evaluation(uid: u16, epoch: u32, failure: Option<Failure>) -> Evaluation {
    let measured = Measured {
        metric: "accuracy".into(),
        score: Some(0.9),
        samples: 10,
        batch_milliseconds: 1.0,
        fingerprint: Default::default(),
    };
    let measured = failure.is_none().then_some(measured);
    Evaluation {
        uid,
        hotkey: [uid as u8; 32],
        model: [uid as u8; 32],
        data: DATA,
        epoch,
        measured,
        failure,
    }
}

fn gone() -> Failure {
    Failure::Store {
        error: StoreError::Gone { uri: String::new() },
    }
}

/// Epoch 5, block 120, the next epoch due at 150; this validator is UID 0.
fn view(models: Vec<ModelRecord>, commits: Vec<Commit>) -> View {
    let tensor = || TensorSpec {
        name: String::new(),
        element: "float32".to_owned(),
        shape: vec![0, 10],
    };
    let task = Task {
        input: tensor(),
        output: tensor(),
        metric: Metric::Accuracy,
        max_model_bytes: 1000,
        max_flops: 1000,
        max_latency_ms: 1000,
        data_hash: DATA.into(),
        data_uri: String::new(),
    };
    let identity = SubnetIdentity {
        name: String::new(),
        description: String::new(),
        url: String::new(),
    };
    let owner = AccountId::from([0; 32]);
    let epoch = EpochStatus {
        epoch: 5,
        last_epoch_at: 50,
        next_epoch_at: 150,
        pending: Rao(0),
        in_progress: false,
        steps_done: 0,
        steps: 0,
        silent: false,
    };
    View {
        block: 120,
        subnet: Subnet {
            netuid: NetUid(0),
            owner,
            identity,
            task,
            created_at: 0,
            neurons: 4,
            lock: Rao(0),
        },
        rules: rules(),
        epoch,
        models,
        commits,
        me: Uid(0),
    }
}

fn rules() -> Hyperparameters {
    Hyperparameters {
        tempo: 100,
        kappa: 32767,
        min_allowed_weights: 1,
        max_weight_limit: 65535,
        max_uids: 256,
        max_validators: 64,
        immunity_period: 5000,
        activity_factor: 13889,
        weights_rate_limit: 100,
        weights_version_key: 0,
        commit_reveal: true,
        reveal_period: 1,
        bonds_moving_average: 900_000,
        bonds_penalty: 65535,
        yuma3: true,
        liquid_alpha: false,
        alpha_low: 45875,
        alpha_high: 58982,
        steepness: 1000,
        min_burn: Rao(500_000),
        max_burn: Rao::from_tao(100),
        burn_half_life: 360,
        burn_increase: 1260,
        registration_allowed: true,
        bonds_reset: false,
        stake_cap: 0,
        stake_threshold: Rao(0),
    }
}

fn record(evaluations: Vec<Evaluation>, promises: Vec<Promise>) -> Record {
    let mut record = Record::new(identity());
    record.evaluations = evaluations
        .into_iter()
        .map(|evaluation| (evaluation.uid.into(), evaluation))
        .collect();
    record.promises = promises;
    record
}

#[test]
fn a_new_model_is_evaluated_once_its_seed_block_exists() {
    let view = view(vec![model(1, 118), model(2, 119)], vec![]);
    assert_eq!(steps(&view, &record(vec![], vec![])), [Step::Evaluate(model(1, 118))]);
}

#[test]
fn weights_follow_when_every_model_was_looked_at_in_this_epoch() {
    let view = view(vec![model(1, 10), model(2, 10)], vec![]);
    let one = record(vec![evaluation(1, 5, None)], vec![]);
    assert_eq!(steps(&view, &one), [Step::Evaluate(model(2, 10))]);
    let both = record(vec![evaluation(1, 5, None), evaluation(2, 5, Some(gone()))], vec![]);
    assert_eq!(steps(&view, &both), [Step::Weigh]);
}

#[test]
fn in_a_new_epoch_models_are_looked_for_again_but_refused_ones_are_not() {
    let view = view(vec![model(1, 10), model(2, 10), model(3, 10)], vec![]);
    let refused = Failure::Model {
        reason: Reason::UnsupportedOperator,
        detail: String::new(),
    };
    let seen = vec![
        evaluation(1, 4, None),
        evaluation(2, 4, Some(gone())),
        evaluation(3, 4, Some(refused)),
    ];
    assert_eq!(
        steps(&view, &record(seen, vec![])),
        [Step::Evaluate(model(1, 10)), Step::Evaluate(model(2, 10))]
    );
}

#[test]
fn other_data_makes_every_measure_stale() {
    let mut view = view(vec![model(1, 10)], vec![]);
    view.subnet.task.data_hash = [8; 32].into();
    assert_eq!(
        steps(&view, &record(vec![evaluation(1, 5, None)], vec![])),
        [Step::Evaluate(model(1, 10))]
    );
}

#[test]
fn a_commit_is_revealed_inside_its_window_only_and_before_the_epoch_runs() {
    let mine = promise(4, true);
    let waiting = record(vec![], vec![mine.clone()]);
    let weighed = Record {
        weighed_epoch: Some(5),
        ..waiting
    };
    let early = view(vec![], vec![listed(&mine, 121, 171)]);
    assert_eq!(steps(&early, &weighed), []);
    let mut due = view(vec![], vec![listed(&mine, 120, 170)]);
    due.epoch.next_epoch_at = 120;
    assert_eq!(steps(&due, &weighed), [Step::Reveal(mine.clone()), Step::RunEpoch]);
    let late = view(vec![], vec![listed(&mine, 69, 119)]);
    assert_eq!(steps(&late, &weighed), []);
}

#[test]
fn one_epoch_sees_one_commit_even_after_a_crash_before_its_receipt() {
    let listed_view = |promise: &Promise| view(vec![], vec![listed(promise, 200, 250)]);
    let sent = promise(5, false);
    assert_eq!(steps(&listed_view(&sent), &record(vec![], vec![sent.clone()])), []);
    assert_eq!(
        steps(&view(vec![], vec![]), &record(vec![], vec![sent.clone()])),
        [Step::Resend(sent)]
    );
    assert_eq!(
        steps(&view(vec![], vec![]), &record(vec![], vec![promise(5, true)])),
        []
    );
}

#[test]
fn an_epoch_that_was_begun_is_continued() {
    let mut view = view(vec![], vec![]);
    view.epoch.in_progress = true;
    let weighed = Record {
        weighed_epoch: Some(5),
        ..record(vec![], vec![])
    };
    assert_eq!(steps(&view, &weighed), [Step::RunEpoch]);
}

#[test]
fn ones_own_model_is_not_judged_and_a_foreign_commit_is_named() {
    let mine = promise(4, true);
    let view = view(vec![model(0, 10)], vec![listed(&mine, 100, 170)]);
    assert_eq!(steps(&view, &record(vec![], vec![])), [Step::Weigh]);
    assert_eq!(unknown_commits(&view, &record(vec![], vec![])).count(), 1);
    assert_eq!(unknown_commits(&view, &record(vec![], vec![mine])).count(), 0);
}
