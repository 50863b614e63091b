//! The worker's commands for owners, miners and stakers, on the running network.

#[path = "support/network.rs"]
mod network;
#[path = "support/worker.rs"]
mod worker;

use inktensor_client::Network;
use inktensor_client::messages::{registry, staking, tao};
use inktensor_primitives::registry::Protocol;
use inktensor_primitives::{NetUid, Rao};
use network::{UNIT, connect, fund, key};
use std::time::Duration;
use worker::{json, refusal, worker};

/// The secret URI of an account that no other test uses.
fn suri(name: &str) -> String {
    format!("//client contract test//{name}")
}

#[tokio::test]
async fn a_staker_stakes_and_takes_part_of_it_back() {
    let network = connect().await;
    let (staker, hotkey) = (suri("command staker"), suri("command hotkey"));
    let (coldkey, staked_to) = (key("command staker").account(), key("command hotkey").account());
    fund(&network, &coldkey, 10 * UNIT, Rao::from_tao(5)).await;

    let staked = json(&staker, &["stake", "--hotkey", &hotkey, "--amount", "4.5"]);
    assert_eq!(staked["stake_rao"], 4_500_000_000u64);
    let left = json(&staker, &["unstake", "--hotkey", &hotkey, "--amount", "1.5"]);
    assert_eq!(left["stake_rao"], 3_000_000_000u64);
    let position = network.query(staking::stake_of(staked_to, coldkey)).await.unwrap();
    assert_eq!(position, Rao::from_tao(3));
}

/// Opening a subnet doubles what the next one locks: one at a time.
static OPENING: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// Opens a subnet for an account that no other test uses.
async fn open_subnet(name: &str) -> NetUid {
    let network = connect().await;
    let lock = network
        .query(registry::lock_cost())
        .await
        .expect("the registry answers");
    let money = Rao(lock.0 + Rao::from_tao(100).0);
    fund(&network, &key(name).account(), 50 * UNIT, money).await;
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/../data/digits-test.npz");
    let create = ["subnet", "create", "--name", name, "--data", data];
    let tensors = ["--input", "images:float32:0,1,8,8", "--output", ":float32:0,10"];
    let opened = json(&suri(name), &[&create[..], &tensors[..]].concat());
    let netuid = opened["netuid"].as_u64().and_then(|netuid| netuid.try_into().ok());
    NetUid(netuid.expect("the command tells the subnet's number"))
}

#[tokio::test]
async fn an_owner_opens_a_subnet_changes_its_rules_and_registers_on_it() {
    let network = connect().await;
    let owner = suri("command owner");
    let account = key("command owner").account();
    let netuid = {
        let _turn = OPENING.lock().await;
        open_subnet("command owner").await.0
    };
    let subnet = network.query(registry::subnet(NetUid(netuid))).await.unwrap();
    assert_eq!((subnet.owner, subnet.task.input.shape), (account, vec![0, 1, 8, 8]));

    let number = netuid.to_string();
    let set = worker(
        &owner,
        &[
            "subnet",
            "set",
            "--netuid",
            &number,
            "tempo=30",
            "commit_reveal=false",
            "weights_rate_limit=0",
        ],
    )
    .output()
    .unwrap();
    assert!(set.status.success());
    let rules = network.query(registry::hyperparameters(NetUid(netuid))).await.unwrap();
    assert_eq!((rules.tempo, rules.commit_reveal), (30, false));

    let slot = json(
        &owner,
        &["register", "--netuid", &number, "--hotkey", &suri("command miner")],
    );
    assert_eq!(slot["uid"], 0);
    let shown = json(&owner, &["metagraph", "--netuid", &number]);
    assert_eq!(shown["neurons"].as_array().map(Vec::len), Some(1));
    assert_eq!(shown["neurons"][0]["hotkey"], slot["hotkey"]);
    a_validator_weighs_by_hand(&network, &owner, &number).await;
}

/// On that subnet, and on another that asks for commits.
async fn several_subnets_are_weighed_in_one_transaction(owner: &str, netuid: &str, state: &str) {
    let validator = suri("command validator");
    let other = {
        let _turn = OPENING.lock().await;
        open_subnet("command second owner").await.0
    };
    let other = other.to_string();
    for hotkey in [suri("command second miner"), validator.clone()] {
        json(owner, &["register", "--netuid", &other, "--hotkey", &hotkey]);
    }
    let weights = [netuid, &other].map(|netuid| format!("{netuid}:0=3"));
    let batch = ["weights", "batch", "--state", state, &weights[0], &weights[1]];
    let done = json(&validator, &batch);
    assert_eq!(done["subnets"][0]["set"], 1, "{done}");
    assert_eq!(done["subnets"][1]["committed"], 1, "{done}");
    assert!(
        done["subnets"][1]["reveal_from"].as_u64() > done["block"].as_u64(),
        "{done}"
    );

    // The second commit comes too early, so that nothing comes into force.
    let before = json(&validator, &["weights", "show", "--netuid", netuid]);
    let said = refusal(&mut worker(&validator, &batch), 1);
    assert!(said.contains("RateLimited"), "{said}");
    let after = json(&validator, &["weights", "show", "--netuid", netuid]);
    assert_eq!(after["rows"], before["rows"]);
}

/// On a subnet whose one miner has UID 0 and which does not ask for commits: weights are set and shown, an epoch is run when it is due.
async fn a_validator_weighs_by_hand(network: &Network, owner: &str, netuid: &str) {
    let validator = suri("command validator");
    fund(network, &key("command validator").account(), 10 * UNIT, Rao::ZERO).await;
    let slot = json(owner, &["register", "--netuid", netuid, "--hotkey", &validator]);
    assert_eq!(slot["uid"], 1);
    json(owner, &["stake", "--hotkey", &validator, "--amount", "20"]);

    let state = tempfile::tempdir().expect("a temporary folder");
    let state = state.path().to_string_lossy();
    let ballot = ["--netuid", netuid, "--state", &state];
    let set = json(&validator, &[&["weights", "set", "0=0.25"][..], &ballot].concat());
    assert_eq!(set["set"], 1);
    let shown = json(&validator, &["weights", "show", "--netuid", netuid]);
    assert_eq!(shown["rows"][0]["uid"], 1);
    assert_eq!(shown["rows"][0]["weights"], serde_json::json!([[0, 65_535]]));
    let said = refusal(
        &mut worker(&validator, &[&["weights", "reveal"][..], &ballot].concat()),
        1,
    );
    assert!(said.contains("nothing to reveal"), "{said}");

    let said = refusal(&mut worker(&validator, &["epoch", "run", "--netuid", netuid]), 1);
    assert!(said.contains("EpochNotDue"), "{said}");
    loop {
        let status = json(&validator, &["epoch", "status", "--netuid", netuid]);
        if status["block"].as_u64() >= status["next_epoch_at"].as_u64() {
            break;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    let ended = json(&validator, &["epoch", "run", "--netuid", netuid]);
    assert_eq!(ended["epoch"], 1);
    several_subnets_are_weighed_in_one_transaction(owner, netuid, &state).await;
}

#[tokio::test]
async fn what_the_contracts_refuse_is_told_by_name_and_changes_nothing() {
    let network = connect().await;
    let poor = suri("command poor");
    let account = key("command poor").account();
    fund(&network, &account, 10 * UNIT, Rao::from_tao(1)).await;

    let hotkey = suri("command hotkey of the poor");
    let said = refusal(&mut worker(&poor, &["stake", "--hotkey", &hotkey, "--amount", "2"]), 1);
    assert!(said.contains("InsufficientBalance"), "{said}");
    let staked_to = key("command hotkey of the poor").account();
    assert_eq!(
        network.query(staking::stake_of(staked_to, account)).await.unwrap(),
        Rao::ZERO
    );

    let said = refusal(&mut worker(&poor, &["subnet", "set", "--netuid", "0", "tempo=40"]), 1);
    assert!(said.contains("NotAllowed"), "{said}");
    let said = refusal(&mut worker(&poor, &["metagraph", "--netuid", "4242"]), 1);
    assert!(said.contains("UnknownSubnet"), "{said}");
}

#[tokio::test]
async fn a_chain_that_is_not_there_or_is_another_one_is_told() {
    let said = refusal(
        worker("//Alice", &["metagraph", "--netuid", "0"]).env("INKTENSOR_URL", "ws://127.0.0.1:1"),
        1,
    );
    assert!(said.contains("ws://127.0.0.1:1"), "{said}");

    let told = std::env::var("INKTENSOR_DEPLOYMENT").unwrap();
    let genesis = network::connect().await.chain().genesis_hash();
    let genesis = inktensor_client::accounts::to_hex(genesis);
    let other = std::fs::read_to_string(told)
        .unwrap()
        .replace(&genesis, &format!("0x{}", "07".repeat(32)));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("deployment.json");
    std::fs::write(&file, other).unwrap();
    let said = refusal(
        worker("//Alice", &["metagraph", "--netuid", "0"]).env("INKTENSOR_DEPLOYMENT", &file),
        1,
    );
    assert!(said.contains(&genesis), "{said}");

    let missing = folder.path().join("none.json");
    let said = refusal(
        worker("//Alice", &["metagraph", "--netuid", "0"]).env("INKTENSOR_DEPLOYMENT", &missing),
        1,
    );
    assert!(said.contains("cargo xtask deploy"), "{said}");
}

#[test]
fn bad_usage_is_told_before_anything_is_done() {
    for arguments in [
        &["stake", "--hotkey", "//Eve", "--amount", "1,5"][..],
        &["stake", "--hotkey", "nobody", "--amount", "1"],
        &["subnet", "set", "--netuid", "0", "speed=1"],
        &["register", "--netuid", "70000", "--hotkey", "//Eve"],
        &["fly"],
    ] {
        refusal(&mut worker("//Alice", arguments), 2);
    }
}

/// The commands of an owner, on one subnet that is dissolved in the end: every open subnet doubles what the next one locks.
#[tokio::test]
async fn a_subnet_is_ruled_changes_hands_and_is_dissolved_and_keys_change_under_its_neurons() {
    let network = connect().await;
    let (seller, buyer) = (suri("command seller"), suri("command buyer"));
    // A hotkey that was swapped never comes back: on a network that ran this test before, others are taken.
    let once = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_nanos();
    let new_name = format!("command new hotkey {once}");
    let (old, new) = (suri(&format!("command old hotkey {once}")), suri(&new_name));
    let account = key("command buyer").account();
    fund(&network, &account, 20 * UNIT, Rao::from_tao(1)).await;
    fund(&network, &key(&new_name).account(), 20 * UNIT, Rao::from_tao(1)).await;
    let turn = OPENING.lock().await;
    let netuid = open_subnet("command seller").await;
    let number = netuid.to_string();

    let set = |rule| refusal(&mut worker(&seller, &["subnet", "set", "--netuid", &number, rule]), 1);
    let said = set("tempo=0");
    assert!(said.contains("tempo is 360 and can be 1 to 50400"), "{said}");
    let said = set("kappa=1");
    assert!(
        said.contains("GovernanceOnly") && said.contains("kappa is 32767"),
        "{said}"
    );
    let rules = json(&seller, &["subnet", "rules", "--netuid", &number]);
    assert_eq!(rules["rules"]["kappa"]["by"], "governance");
    let for_sale = ["subnet", "identity", "--netuid", &number, "--description", "for sale"];
    assert_eq!(json(&seller, &for_sale)["name"], "command seller");

    let slot = json(&seller, &["register", "--netuid", &number, "--hotkey", &old]);
    json(&seller, &["stake", "--hotkey", &old, "--amount", "2"]);
    let swapped = json(&seller, &["wallet", "swap-hotkey", "--old", &old, "--new", &new]);
    assert_eq!(swapped["old"], slot["hotkey"]);
    assert_eq!(swapped["stake_rao"], 2_000_000_000_u64);
    let hotkey = key(&new_name).account();
    let uid = network.query(registry::uid_of(netuid, hotkey)).await.unwrap().unwrap();
    assert_eq!(Some(u64::from(uid.0)), slot["uid"].as_u64());
    let pinned = format!("0x{}", "05".repeat(32));
    let serve = ["endpoint", "--netuid", &number, "--uri", "https://miner.example:8091"];
    json(
        &new,
        &[&serve[..], &["--protocol", "grpc", "--tls-key", &pinned]].concat(),
    );
    let neuron = network.query(registry::neuron(netuid, uid)).await.unwrap();
    let endpoint = neuron.endpoint.unwrap();
    assert_eq!(
        (endpoint.protocol, endpoint.tls_key),
        (Protocol::Grpc, Some([5; 32].into()))
    );

    let announce = ["wallet", "swap-coldkey", "announce", "--new", &buyer];
    let announced = json(&seller, &announce);
    assert!(announced["ready_at"].as_u64() > announced["block"].as_u64());
    let said = refusal(&mut worker(&seller, &["wallet", "swap-coldkey", "finish"]), 1);
    assert!(said.contains("SwapTooEarly"), "{said}");
    json(&seller, &["wallet", "swap-coldkey", "cancel"]);
    let shown = json(&seller, &["wallet", "swap-coldkey", "show", "--coldkey", &seller]);
    assert!(shown["swap"].is_null());

    let said = refusal(&mut worker(&buyer, &["subnet", "accept", "--netuid", &number]), 1);
    assert!(said.contains("NotOffered"), "{said}");
    json(&seller, &["subnet", "transfer", "--netuid", &number, "--to", &buyer]);
    json(&buyer, &["subnet", "accept", "--netuid", &number]);
    let held = network.query(tao::balance_of(account)).await.unwrap();
    let dissolved = json(&buyer, &["subnet", "dissolve", "--netuid", &number]);
    let refund = dissolved["refund_rao"].as_u64().unwrap();
    let now = network.query(tao::balance_of(account)).await.unwrap();
    assert_eq!(now, held + u128::from(refund), "the lock went with the subnet");
    drop(turn);
    let said = refusal(&mut worker(&buyer, &["metagraph", "--netuid", &number]), 1);
    assert!(said.contains("UnknownSubnet"), "{said}");
    assert_eq!(json(&buyer, &["subnet", "sweep", "--netuid", &number])["calls"], 1);
}
