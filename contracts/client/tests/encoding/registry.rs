//! The registry's messages.

use crate::{Case, account, case, hex};
use inktensor_client::messages::registry;
use inktensor_primitives::registry::{
    Endpoint, Hyperparameter, Metric, ModelCommitment, ModelFormat, NetworkRule, NeuronUpdate, Protocol,
    SubnetIdentity, Task, TensorSpec,
};
use inktensor_primitives::{NetUid, Rao, Uid};

const SUBNET: NetUid = NetUid(3);

pub fn cases() -> Vec<Case> {
    let mut cases = plain();
    cases.extend(structured());
    cases.extend(hyperparameters());
    cases.extend(network_rules());
    cases
}

fn plain() -> Vec<Case> {
    let (one, two) = (&*hex(1), &*hex(2));
    vec![
        case(registry::new(account(1)), &[one]),
        case(registry::set_rewards(account(2)), &[two]),
        case(registry::rewards(), &[]),
        case(registry::governance(), &[]),
        case(registry::set_governance(account(1)), &[one]),
        case(registry::network_rules(), &[]),
        case(registry::lock_cost(), &[]),
        case(registry::subnet_changes(2, 128), &["2", "128"]),
        case(
            registry::offer_subnet(SUBNET, Some(account(2))),
            &["3", &format!("Some({two})")],
        ),
        case(registry::offer_subnet(SUBNET, None), &["3", "None"]),
        case(registry::subnet_offer(SUBNET), &["3"]),
        case(registry::accept_subnet(SUBNET), &["3"]),
        case(registry::dissolve_subnet(SUBNET), &["3"]),
        case(registry::sweep_subnet(SUBNET, 64), &["3", "64"]),
        case(registry::subnet(SUBNET), &["3"]),
        case(registry::subnets(1, 16), &["1", "16"]),
        case(registry::hyperparameters(SUBNET), &["3"]),
        case(registry::terms(SUBNET), &["3"]),
        case(registry::burn_price(SUBNET), &["3"]),
        case(registry::register(SUBNET, account(1), Rao(12)), &["3", one, "12"]),
        case(registry::rule_bounds(SUBNET), &["3"]),
        case(registry::rules_freeze(SUBNET), &["3"]),
        case(registry::owner_of(account(1)), &[one]),
        case(registry::hotkeys(account(1), 1, 128), &[one, "1", "128"]),
        case(registry::swap_hotkey(account(1), account(2)), &[one, two]),
        case(registry::announce_coldkey_swap(account(2)), &[two]),
        case(registry::coldkey_swap(account(2)), &[two]),
        case(registry::cancel_coldkey_swap(), &[]),
        case(registry::dispute_coldkey_swap(), &[]),
        case(registry::settle_coldkey_swap(account(2), true), &[two, "true"]),
        case(registry::finish_coldkey_swap(account(2)), &[two]),
        case(registry::model_history(SUBNET, Uid(9), 4, 16), &["3", "9", "4", "16"]),
        case(registry::commitment(1 << 40), &[&(1_u64 << 40).to_string()]),
        case(registry::model_origin([2; 32].into()), &[two]),
        case(registry::uid_of(SUBNET, account(2)), &["3", two]),
        case(registry::neuron(SUBNET, Uid(9)), &["3", "9"]),
        case(registry::neurons(SUBNET, 0, 32), &["3", "0", "32"]),
        case(registry::slots(SUBNET, 0, 128), &["3", "0", "128"]),
        case(registry::model(SUBNET, Uid(9)), &["3", "9"]),
        case(registry::models(SUBNET, 0, 16), &["3", "0", "16"]),
    ]
}

fn structured() -> Vec<Case> {
    let (one, two) = (hex(1), hex(2));
    let identity = || SubnetIdentity {
        name: "digits".into(),
        description: "Ziffern: Größe 8×8".into(),
        url: String::new(),
    };
    let identity_text = r#"(name: "digits", description: "Ziffern: Größe 8×8", url: "")"#;
    let tensor = |name: &str, shape: &[u32]| TensorSpec {
        name: name.into(),
        element: "float32".into(),
        shape: shape.to_vec(),
    };
    let task = || Task {
        input: tensor("x", &[0, 64]),
        output: tensor("", &[0, 10]),
        metric: Metric::Accuracy,
        max_model_bytes: 1 << 40,
        max_flops: 10,
        max_latency_ms: 11,
        data_hash: [1; 32].into(),
        data_uri: "file:///d".into(),
    };
    let task_text = format!(
        r#"(input: (name: "x", element: "float32", shape: [0, 64]), output: (name: "", element: "float32", shape: [0, 10]),
            metric: Accuracy, max_model_bytes: {}, max_flops: 10, max_latency_ms: 11, data_hash: {one}, data_uri: "file:///d")"#,
        1u64 << 40
    );
    let model = |parent| ModelCommitment {
        hash: [1; 32].into(),
        uri: "s3://bucket/model".into(),
        size: 77,
        parent,
        format: ModelFormat::Onnx,
        licence: "Apache-2.0".into(),
        task: "image-classification".into(),
        parameters: 1 << 35,
    };
    let model_text = |parent: &str| {
        format!(
            r#"(hash: {one}, uri: "s3://bucket/model", size: 77, parent: {parent}, format: Onnx, licence: "Apache-2.0",
                task: "image-classification", parameters: {})"#,
            1u64 << 35
        )
    };
    let endpoint = Endpoint {
        uri: "https://miner.example:8091".into(),
        protocol: Protocol::Quic,
        tls_key: Some([2; 32].into()),
    };
    let endpoint_text = format!(r#"Some((uri: "https://miner.example:8091", protocol: Quic, tls_key: Some({two})))"#);
    let update = NeuronUpdate {
        uid: Uid(1),
        pruning_score: 2,
        validator_permit: true,
    };
    vec![
        case(
            registry::create_subnet(identity(), task(), Rao(5)),
            &[identity_text, &task_text, "5"],
        ),
        case(registry::set_identity(SUBNET, identity()), &["3", identity_text]),
        case(registry::set_task(SUBNET, task()), &["3", &task_text]),
        case(
            registry::publish_model(SUBNET, model(None)),
            &["3", &model_text("None")],
        ),
        case(
            registry::publish_model(SUBNET, model(Some([2; 32].into()))),
            &["3", &model_text(&format!("Some({two})"))],
        ),
        case(registry::set_endpoint(SUBNET, Some(endpoint)), &["3", &endpoint_text]),
        case(registry::set_endpoint(SUBNET, None), &["3", "None"]),
        case(
            registry::apply_epoch(SUBNET, 360, vec![update]),
            &["3", "360", "[(uid: 1, pruning_score: 2, validator_permit: true)]"],
        ),
    ]
}

/// Every rule: their order is their encoding.
fn hyperparameters() -> Vec<Case> {
    use Hyperparameter::*;
    let rules = [
        (Tempo(360), "Tempo(360)"),
        (Kappa(32_767), "Kappa(32767)"),
        (MinAllowedWeights(1), "MinAllowedWeights(1)"),
        (MaxWeightLimit(2), "MaxWeightLimit(2)"),
        (MaxUids(256), "MaxUids(256)"),
        (MaxValidators(64), "MaxValidators(64)"),
        (ImmunityPeriod(70_000), "ImmunityPeriod(70000)"),
        (ActivityFactor(3), "ActivityFactor(3)"),
        (WeightsRateLimit(100), "WeightsRateLimit(100)"),
        (WeightsVersionKey(1 << 33), "WeightsVersionKey(8589934592)"),
        (CommitReveal(true), "CommitReveal(true)"),
        (RevealPeriod(4), "RevealPeriod(4)"),
        (BondsMovingAverage(900_000), "BondsMovingAverage(900000)"),
        (BondsPenalty(5), "BondsPenalty(5)"),
        (Yuma3(false), "Yuma3(false)"),
        (LiquidAlpha(true), "LiquidAlpha(true)"),
        (AlphaLow(6), "AlphaLow(6)"),
        (AlphaHigh(7), "AlphaHigh(7)"),
        (Steepness(-1000), "Steepness(-1000)"),
        (MinBurn(Rao(8)), "MinBurn(8)"),
        (MaxBurn(Rao(9)), "MaxBurn(9)"),
        (BurnHalfLife(10), "BurnHalfLife(10)"),
        (BurnIncrease(1260), "BurnIncrease(1260)"),
        (RegistrationAllowed(true), "RegistrationAllowed(true)"),
        (BondsReset(false), "BondsReset(false)"),
        (StakeCap(11), "StakeCap(11)"),
        (StakeThreshold(Rao(12)), "StakeThreshold(12)"),
    ];
    rules
        .into_iter()
        .map(|(rule, text)| case(registry::set_hyperparameter(SUBNET, rule), &["3", text]))
        .collect()
}

/// Every rule of the network: their order is their encoding.
fn network_rules() -> Vec<Case> {
    use NetworkRule::*;
    let rules = [
        (MinLock(Rao(1)), "MinLock(1)"),
        (LockFall(2), "LockFall(2)"),
        (MaxSubnets(3), "MaxSubnets(3)"),
        (FreezeWindow(4), "FreezeWindow(4)"),
        (HotkeySwapCost(Rao(5)), "HotkeySwapCost(5)"),
        (ColdkeySwapCost(Rao(6)), "ColdkeySwapCost(6)"),
        (ColdkeySwapDelay(70_000), "ColdkeySwapDelay(70000)"),
    ];
    rules
        .into_iter()
        .map(|(rule, text)| case(registry::set_network_rule(rule), &[text]))
        .collect()
}
