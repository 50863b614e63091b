//! The chain as a network: validators agree on what is final; the development node seals by itself and forgets nothing.

#![expect(clippy::unwrap_used, reason = "a node that does not answer has failed the test")]

#[path = "support/node.rs"]
mod node;

use inktensor_client::chain::{Block, Chain};
use inktensor_client::keys::KeySigner;
use node::{Node, dev_node};
use std::future::Future;
use std::time::{Duration, Instant};
use subxt_rpcs::{RpcClient, rpc_params};

/// How long a machine under load may take for a handful of blocks.
const DEADLINE: Duration = Duration::from_secs(180);

/// Asks again and again until there is an answer.
async fn eventually<T, F: Future<Output = Option<T>>>(what: &str, mut ask: impl FnMut() -> F) -> T {
    let deadline = Instant::now() + DEADLINE;
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(Instant::now() < deadline, "{what}: not after {DEADLINE:?}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// The first final block at this height or above.
async fn finalised_from(chain: &Chain, height: u32) -> Block {
    eventually("finality", async || {
        let block = chain.finalised().await.unwrap();
        (block.number >= height).then_some(block)
    })
    .await
}

/// A validator with a network key of its own.
async fn validator(name: &str, more: &[&str]) -> Node {
    let arguments = ["--chain", "local", name, "--unsafe-force-node-key-generation"];
    Node::start(&[&arguments, more].concat()).await
}

/// Where other nodes reach this one.
async fn peer_address(node: &Node) -> String {
    let rpc = RpcClient::from_insecure_url(node.url()).await.unwrap();
    eventually("a listening address", async || {
        let addresses: Vec<String> = rpc.request("system_localListenAddresses", rpc_params![]).await.unwrap();
        addresses
            .into_iter()
            .find(|address| address.starts_with("/ip4/127.0.0.1/"))
    })
    .await
}

#[tokio::test]
async fn three_validators_agree_on_what_is_final() {
    let alice = validator("--alice", &[]).await;
    let boot = peer_address(&alice).await;
    let bob = validator("--bob", &["--bootnodes", &boot]).await;
    let charlie = validator("--charlie", &["--bootnodes", &boot]).await;

    let mut hashes = Vec::new();
    for node in [&alice, &bob, &charlie] {
        let chain = Chain::connect(node.url()).await.unwrap();
        finalised_from(&chain, 2).await;
        hashes.push(chain.block_hash(2).await.unwrap());
    }
    assert!(hashes[0].is_some());
    assert!(hashes.iter().all(|hash| *hash == hashes[0]), "{hashes:?}");
}

#[tokio::test]
async fn a_development_node_seals_on_its_timer() {
    let chain = Chain::connect(dev_node().await.url()).await.unwrap();
    let start = chain.finalised().await.unwrap();
    finalised_from(&chain, start.number + 3).await;
}

#[tokio::test]
async fn a_development_node_seals_transactions_without_its_timer() {
    let node = Node::start(&["--dev", "--block-time", "0"]).await;
    let chain = Chain::connect(node.url()).await.unwrap();
    let alice = KeySigner::development("alice").unwrap();
    let bob = KeySigner::development("bob").unwrap().account();
    for height in 1..=5 {
        let receipt = chain
            .transfer(&alice, &bob, 1_000_000_000)
            .await
            .unwrap()
            .finalised()
            .await
            .unwrap();
        assert_eq!(receipt.block.number, height);
    }
}

#[tokio::test]
async fn a_restart_loses_nothing() {
    let mut node = Node::start(&["--dev", "--block-time", "500"]).await;
    let bob = KeySigner::development("bob").unwrap().account();
    let (paid, balance) = {
        let chain = Chain::connect(node.url()).await.unwrap();
        let alice = KeySigner::development("alice").unwrap();
        let receipt = chain
            .transfer(&alice, &bob, 123_000_000_000)
            .await
            .unwrap()
            .finalised()
            .await
            .unwrap();
        (receipt.block, chain.balance(&bob).await.unwrap())
    };

    node.restart().await;

    let chain = Chain::connect(node.url()).await.unwrap();
    assert_eq!(chain.block_hash(paid.number).await.unwrap(), Some(paid.hash));
    assert_eq!(chain.balance(&bob).await.unwrap(), balance);
    finalised_from(&chain, paid.number + 2).await;
}
