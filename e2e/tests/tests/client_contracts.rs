//! The client against the deployed contracts of the running network: reads, estimates, batches, events and named errors.

#[path = "support/network.rs"]
mod network;

use inktensor_client::messages::{registry, rewards, staking, tao};
use inktensor_client::{Calls, Contract, ContractError, ContractEvent, Deployment, Error, Network, Plan};
use inktensor_primitives::events::staking::StakeAdded;
use inktensor_primitives::events::tao::{Approval, Transfer};
use inktensor_primitives::registry::{SubnetIdentity, Task};
use inktensor_primitives::staking as staking_types;
use inktensor_primitives::{AccountId, NetUid, Rao, Uid, registry as registry_types, rewards as rewards_types};
use network::{UNIT, connect, fund, key};

/// The subnet that the network opens by itself.
const DIGITS: NetUid = NetUid(0);

#[tokio::test]
async fn approve_and_stake_are_one_signature_and_report_what_they_did() {
    let network = connect().await;
    let staker = key("staker");
    let (me, hotkey, amount) = (staker.account(), key("hotkey").account(), Rao::from_tao(2));
    fund(&network, &me, 10 * UNIT, amount).await;
    let before = network.query(staking::stake_of(hotkey, me)).await.unwrap();

    let stake = staking::stake(hotkey, amount);
    let calls = network
        .with_allowance(&me, Contract::Staking, amount, stake)
        .await
        .unwrap();
    let plan = network.plan(&me, calls).await.unwrap();
    let labels: Vec<_> = plan.steps.iter().map(|step| (step.label, step.measured)).collect();
    assert_eq!(labels, [("PSP22::approve", true), ("stake", false)]);
    let receipt = network.submit(&plan, &staker).await.unwrap().finalised().await.unwrap();

    let spender = network.address(Contract::Staking);
    let position = Rao(before.0 + amount.0);
    let rao = u128::from(amount.0);
    let expected = [
        ContractEvent::Approval(Approval {
            owner: me,
            spender,
            amount: rao,
        }),
        ContractEvent::Transfer(Transfer {
            from: Some(me),
            to: Some(spender),
            value: rao,
        }),
        ContractEvent::StakeAdded(StakeAdded {
            hotkey,
            coldkey: me,
            amount,
            position,
        }),
    ];
    for event in expected {
        assert!(receipt.events.contains(&event), "{event:?} in {:?}", receipt.events);
    }
    assert!(
        receipt.fee.unwrap() <= plan.fee,
        "paid {:?} of at most {}",
        receipt.fee,
        plan.fee
    );
    assert_eq!(network.query(staking::stake_of(hotkey, me)).await.unwrap(), position);
    let positions = network.all_positions(me).await.unwrap();
    assert!(
        positions
            .iter()
            .any(|held| held.hotkey == hotkey && held.stake == position)
    );
}

#[tokio::test]
async fn an_allowance_that_suffices_is_not_asked_for_again() {
    let network = connect().await;
    let staker = key("allowed staker");
    let (me, amount) = (staker.account(), Rao::from_tao(1));
    fund(&network, &me, 10 * UNIT, amount).await;
    let approve = tao::approve(network.address(Contract::Staking), amount.0.into());
    network.call(&staker, approve).await.unwrap();
    let stake = || staking::stake(me, amount);
    let calls = network
        .with_allowance(&me, Contract::Staking, amount, stake())
        .await
        .unwrap();
    assert_eq!(calls, stake().into());
}

/// The messages that take TAO, with what each takes and who.
async fn spending(network: &Network, me: AccountId) -> [(Contract, Rao, Calls); 3] {
    let price = network
        .query(registry::burn_price(DIGITS))
        .await
        .expect("the registry answers");
    let lock = network
        .query(registry::lock_cost())
        .await
        .expect("the registry answers");
    let stake = Rao::from_tao(5);
    let create = registry::create_subnet(identity(), task(network).await, lock);
    [
        (Contract::Staking, stake, staking::stake(me, stake).into()),
        (Contract::Registry, price, registry::register(DIGITS, me, price).into()),
        (Contract::Registry, lock, create.into()),
    ]
}

fn identity() -> SubnetIdentity {
    SubnetIdentity {
        name: "n".repeat(64),
        description: "d".repeat(256),
        url: "u".repeat(256),
    }
}

async fn task(network: &Network) -> Task {
    network
        .query(registry::subnet(DIGITS))
        .await
        .expect("the registry answers")
        .task
}

#[tokio::test]
async fn the_ceilings_of_calls_that_need_an_allowance_hold_twice_over() {
    let network = connect().await;
    let (with, without) = (key("with allowance"), key("without allowance"));
    let most = spending(&network, with.account())
        .await
        .map(|(_, amount, _)| amount.0)
        .into_iter()
        .max()
        .unwrap();
    fund(&network, &with.account(), 100 * UNIT, Rao(2 * most)).await;
    fund(&network, &without.account(), 100 * UNIT, Rao(2 * most)).await;
    let approvals = Calls::new()
        .then(tao::approve(network.address(Contract::Staking), u128::MAX / 2))
        .then(tao::approve(network.address(Contract::Registry), u128::MAX / 2));
    network.call(&with, approvals).await.unwrap();

    for (_, _, calls) in spending(&network, with.account()).await {
        let name = calls.names();
        let measured = network.plan(&with.account(), calls.clone()).await.unwrap();
        let unrelated = Calls::new().then(tao::approve(without.account(), 1));
        let dependent = calls.as_slice().iter().cloned().fold(unrelated, Calls::then_call);
        let estimated = network.plan(&without.account(), dependent).await.unwrap();
        let (Plan { steps: measured, .. }, Plan { steps: estimated, .. }) = (&measured, &estimated);
        let (step, ceiling) = (&measured[0], &estimated[1]);
        println!(
            "{name}: {:?} deposit {}; ceiling {:?} deposit {}",
            step.gas_limit, step.deposit, ceiling.gas_limit, ceiling.deposit
        );
        assert!(step.measured && !ceiling.measured, "{name}");
        assert!(
            2 * step.gas_limit.ref_time <= ceiling.gas_limit.ref_time,
            "{name}: {step:?} {ceiling:?}"
        );
        assert!(
            2 * step.gas_limit.proof_size <= ceiling.gas_limit.proof_size,
            "{name}: {step:?} {ceiling:?}"
        );
        assert!(2 * step.deposit <= ceiling.deposit, "{name}: {step:?} {ceiling:?}");
    }
}

#[tokio::test]
async fn a_contracts_own_reason_is_named_before_anybody_signs() {
    let network = connect().await;
    let me = key("nobody").account();
    let unfunded = network
        .dry_run(&me, staking::stake(me, Rao::from_tao(1)))
        .await
        .unwrap_err();
    let expected = ContractError::Staking(staking_types::Error::InsufficientTao);
    assert_eq!(unfunded.contract_error(), Some(&expected), "{unfunded}");
    assert_eq!(
        unfunded.to_string(),
        "the staking contract refused `stake`: InsufficientTao"
    );

    let nowhere = network
        .query(rewards::epoch_status(NetUid(u16::MAX)))
        .await
        .unwrap_err();
    let expected = ContractError::Rewards(rewards_types::Error::UnknownSubnet);
    assert_eq!(nowhere.contract_error(), Some(&expected), "{nowhere}");

    let nobody = network
        .query(registry::neuron(DIGITS, Uid(u16::MAX)))
        .await
        .unwrap_err();
    let expected = ContractError::Registry(registry_types::Error::UnknownNeuron);
    assert_eq!(nobody.contract_error(), Some(&expected), "{nobody}");

    let stake = staking::stake(me, Rao::from_tao(1));
    let poor = network
        .with_allowance(&me, Contract::Staking, Rao::from_tao(1), stake)
        .await
        .unwrap_err();
    assert!(
        poor.to_string().contains("refused `stake`: InsufficientBalance: ")
            && poor
                .to_string()
                .ends_with("holds 0.000000000 TAO, 1.000000000 are needed"),
        "{poor}"
    );
}

#[tokio::test]
async fn a_refusal_in_the_block_is_named_too() {
    let network = connect().await;
    let staker = key("late staker");
    let (me, amount) = (staker.account(), Rao::from_tao(1));
    fund(&network, &me, 10 * UNIT, amount).await;
    let spender = network.address(Contract::Staking);
    network
        .call(&staker, tao::approve(spender, amount.0.into()))
        .await
        .unwrap();
    let plan = network.plan(&me, staking::stake(me, amount)).await.unwrap();
    network.call(&staker, tao::approve(spender, 0)).await.unwrap();
    let late = network
        .submit(&plan, &staker)
        .await
        .unwrap()
        .in_block()
        .await
        .unwrap_err();
    let expected = ContractError::Staking(staking_types::Error::InsufficientTao);
    assert_eq!(late.contract_error(), Some(&expected), "{late}");
}

#[tokio::test]
async fn an_account_that_cannot_pay_is_told_so_before_anybody_signs() {
    let network = connect().await;
    let me = key("penniless").account();
    fund(&network, &me, 0, Rao::from_tao(1)).await;
    let call = tao::approve(network.address(Contract::Staking), 1);
    let error = network.plan(&me, call).await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("send it some of the chain's native token first"),
        "{error}"
    );

    // Another one every time, for it must have next to nothing.
    let frugal = key(&format!(
        "frugal since {}",
        network.chain().best().await.unwrap().number
    ));
    fund(&network, &frugal.account(), UNIT / 500, Rao(0)).await;
    let call = tao::increase_allowance(frugal.account(), 0);
    match network.call(&frugal, call).await.unwrap_err() {
        Error::InsufficientBalance { account, symbol, .. } => {
            assert_eq!(
                (account, symbol.as_str()),
                (network.chain().ss58(&frugal.account()), "UNIT")
            );
        }
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn every_read_decodes_and_whole_lists_agree() {
    let network = connect().await;
    let snapshot = network.snapshot().await.unwrap();
    let subnets = snapshot.all_subnets().await.unwrap();
    let digits = subnets.iter().find(|subnet| subnet.netuid == DIGITS).unwrap();
    assert_eq!(snapshot.query(registry::subnet(DIGITS)).await.unwrap(), *digits);

    let neurons = snapshot.all_neurons(DIGITS).await.unwrap();
    assert_eq!(neurons.len(), usize::from(digits.neurons));
    let hotkeys: Vec<_> = neurons.iter().map(|neuron| neuron.hotkey).collect();
    let rows = snapshot.metagraph(DIGITS).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.hotkey).collect::<Vec<_>>(), hotkeys);
    let stakes = snapshot.query(staking::hotkey_stakes(hotkeys.clone())).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.stake).collect::<Vec<_>>(), stakes);
    for model in snapshot.all_models(DIGITS).await.unwrap() {
        assert_eq!(
            snapshot.query(registry::model(DIGITS, model.uid)).await.unwrap(),
            Some(model)
        );
    }
    for neuron in &neurons {
        assert_eq!(
            snapshot.query(registry::uid_of(DIGITS, neuron.hotkey)).await.unwrap(),
            Some(neuron.uid)
        );
        assert_eq!(
            snapshot.query(registry::owner_of(neuron.hotkey)).await.unwrap(),
            Some(neuron.coldkey)
        );
        snapshot.query(rewards::commits(DIGITS, neuron.hotkey)).await.unwrap();
    }
    let slots = snapshot.query(registry::slots(DIGITS, 0, 128)).await.unwrap();
    assert_eq!(slots.items.iter().map(|slot| slot.hotkey).collect::<Vec<_>>(), hotkeys);
    snapshot.all_weights(DIGITS).await.unwrap();
    snapshot.query(registry::hyperparameters(DIGITS)).await.unwrap();
    snapshot.query(registry::terms(DIGITS)).await.unwrap();
    snapshot.query(rewards::epoch_status(DIGITS)).await.unwrap();

    let delegates = snapshot.all_delegates().await.unwrap();
    let staked: u64 = delegates.iter().map(|delegate| delegate.stake.0).sum();
    let economy = snapshot.query(rewards::economy()).await.unwrap();
    assert_eq!(snapshot.query(staking::total_stake()).await.unwrap(), economy.staked);
    assert_eq!(Rao(staked), economy.staked);
    assert_eq!(
        snapshot.query(tao::total_supply()).await.unwrap(),
        economy.issuance.0.into()
    );
    assert_eq!(
        snapshot.query(rewards::domain()).await.unwrap(),
        network.chain().genesis_hash()
    );
    let minter = snapshot.query(tao::minter()).await.unwrap();
    assert_eq!(minter, Some(network.address(Contract::Rewards)));
    assert_eq!(
        snapshot.query(tao::token_symbol()).await.unwrap().as_deref(),
        Some("TAO")
    );
    assert_eq!(snapshot.query(tao::token_decimals()).await.unwrap(), 9);
}

#[tokio::test]
async fn a_deployment_file_of_other_code_is_refused() {
    let network = connect().await;
    let mut other: Deployment = network.deployment().clone();
    other.contracts.staking.code_hash = [1; 32].into();
    let error = Network::attach(network.chain().clone(), other).await.unwrap_err();
    let Error::OtherCode { contract, expected, .. } = error else {
        panic!("{error}");
    };
    assert_eq!((contract, expected), (Contract::Staking, [1; 32].into()));
}
