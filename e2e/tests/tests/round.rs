//! The round that the running network goes through by itself: miners published models of different quality, validators evaluate them
//! on the GPU, commit and reveal, and epochs pay.

#![expect(clippy::unwrap_used, reason = "a round that cannot be read has failed")]

#[path = "support/network.rs"]
#[expect(dead_code, reason = "this test only reads")]
mod network;

use inktensor_client::messages::{rewards, tao};
use inktensor_client::{Finality, Network};
use inktensor_primitives::registry::ModelRecord;
use inktensor_primitives::rewards::MetagraphRow;
use inktensor_primitives::{CAP, NetUid, Rao};
use network::connect;

const DIGITS: NetUid = NetUid(0);
/// The validators that run.
const VALIDATORS: usize = 2;
/// Blocks that a round may take: ten times the tempo of the network's subnet.
const PATIENCE: u32 = 300;

/// A neuron with the model it stands for.
struct Entry {
    row: MetagraphRow,
    model: Option<ModelRecord>,
}

impl Entry {
    fn is(&self, name: &str) -> bool {
        let uri = self.model.as_ref().map(|model| model.commitment.uri.as_str());
        uri.is_some_and(|uri| uri.ends_with(&format!("/{name}.onnx")))
    }
}

/// The subnet after an epoch that paid every validator by its weights, and so every model that deserves it.
async fn after_rewards(network: &Network) -> Vec<Entry> {
    let mut blocks = network.chain().blocks(Finality::Best).await.unwrap();
    let first = network.chain().best().await.unwrap().number;
    loop {
        let snapshot = network.snapshot().await.unwrap();
        let rows = snapshot.metagraph(DIGITS).await.unwrap();
        if rows.iter().filter(|row| row.dividends > 0).count() == VALIDATORS {
            let models = snapshot.all_models(DIGITS).await.unwrap();
            let model = |row: &MetagraphRow| models.iter().find(|model| model.uid == row.uid).cloned();
            return rows
                .into_iter()
                .map(|row| Entry {
                    model: model(&row),
                    row,
                })
                .collect();
        }
        let block = blocks.next().await.unwrap().unwrap();
        assert!(
            block.number < first + PATIENCE,
            "no epoch has paid all validators within {PATIENCE} blocks"
        );
    }
}

fn entry<'a>(entries: &'a [Entry], name: &str) -> &'a Entry {
    entries
        .iter()
        .find(|entry| entry.is(name))
        .unwrap_or_else(|| panic!("nobody published {name}"))
}

#[tokio::test]
async fn the_better_model_earns_more_and_a_copy_nothing() {
    let network = connect().await;
    let entries = after_rewards(&network).await;
    let (best, middle, worst) = (
        entry(&entries, "digits-cnn"),
        entry(&entries, "digits-logistic"),
        entry(&entries, "digits-mlp-small"),
    );
    assert!(
        best.row.incentive > middle.row.incentive,
        "{} {}",
        best.row.incentive,
        middle.row.incentive
    );
    assert!(
        middle.row.incentive > worst.row.incentive,
        "{} {}",
        middle.row.incentive,
        worst.row.incentive
    );
    assert!(best.row.emission > middle.row.emission);

    let copy = entry(&entries, "digits-cnn-copy");
    let committed = |entry: &Entry| entry.model.as_ref().unwrap().commitment.hash;
    assert_eq!(
        committed(copy),
        committed(best),
        "the copy holds the bytes of the best model"
    );
    assert_eq!(
        (copy.row.incentive, copy.row.emission, copy.row.stake),
        (0, Rao::ZERO, Rao::ZERO)
    );
}

#[tokio::test]
async fn validators_earn_dividends_and_miners_are_paid_as_stake() {
    let network = connect().await;
    let entries = after_rewards(&network).await;
    let validators: Vec<&Entry> = entries.iter().filter(|entry| entry.model.is_none()).collect();
    assert_eq!(validators.len(), VALIDATORS);
    for validator in validators {
        assert!(validator.row.validator_permit);
        assert!(
            validator.row.emission > Rao::ZERO,
            "validator {} was not paid",
            validator.row.uid
        );
    }
    // Miners stake nothing themselves, so what they hold is what they earned.
    let best = entry(&entries, "digits-cnn");
    assert!(
        best.row.stake >= best.row.emission,
        "{} {}",
        best.row.stake,
        best.row.emission
    );
}

#[tokio::test]
async fn what_is_paid_was_issued_within_the_cap() {
    let network = connect().await;
    after_rewards(&network).await;
    let snapshot = network.snapshot().await.unwrap();
    let economy = snapshot.query(rewards::economy()).await.unwrap();
    let supply = snapshot.query(tao::total_supply()).await.unwrap();
    assert_eq!(u128::from(economy.issuance.0), supply);
    assert_eq!(economy.cap, CAP);
    assert!(economy.staked <= economy.issuance && economy.issuance <= economy.cap);
}
