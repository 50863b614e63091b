//! The network that `cargo xtask test` keeps running for the tests, and accounts of one's own on it.

use inktensor_client::messages::tao;
use inktensor_client::{Deployment, KeySigner, Network};
use inktensor_primitives::{AccountId, Rao};
use tokio::sync::Mutex;

/// One coin of the local chain.
pub const UNIT: u128 = 1_000_000_000_000;

/// Alice pays for everybody: one transaction after the other, because they are numbered.
static ALICE: Mutex<()> = Mutex::const_new(());

/// Connects to the running network.
pub async fn connect() -> Network {
    let told = |name| {
        std::env::var(name).unwrap_or_else(|_| {
            panic!("{name} is not set: run `cargo xtask test`, or `cargo xtask up` and say what it printed")
        })
    };
    let deployment = Deployment::load(told("INKTENSOR_DEPLOYMENT")).expect("the network's deployment file");
    Network::connect(Some(&told("INKTENSOR_URL")), deployment)
        .await
        .expect("the running network")
}

/// An account that no other test uses.
pub fn key(name: &str) -> KeySigner {
    KeySigner::from_suri(&format!("//client contract test//{name}")).expect("a derivation of the development phrase")
}

/// Gives an account so many native tokens and so much TAO on top of what it has.
pub async fn fund(network: &Network, account: &AccountId, native: u128, amount: Rao) {
    let _turn = ALICE.lock().await;
    let alice = KeySigner::development("alice").expect("Alice is known");
    if native > 0 {
        let mut progress = network
            .chain()
            .transfer(&alice, account, native)
            .await
            .expect("Alice has coins");
        progress.in_block().await.expect("Alice has coins");
    }
    if amount > Rao::ZERO {
        let transfer = tao::transfer(*account, amount.0.into(), Vec::new());
        network.call(&alice, transfer).await.expect("Alice has TAO");
    }
}
