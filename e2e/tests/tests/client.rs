//! The client against a real node: the native token, signing, and every way in which a chain can be the wrong one.

#[path = "support/node.rs"]
mod node;
#[path = "support/proxy.rs"]
mod proxy;

use inktensor_client::deployment::{Contracts, DeployedContract};
use inktensor_client::{
    Chain, Contract, Deployment, Error, Finality, KeySigner, Network, Rejection, Signature, Signer, SigningRequest,
    Stage,
};
use inktensor_primitives::AccountId;
use node::dev_node;
use proxy::Proxy;
use scale::{Compact, Encode};
use std::sync::Mutex;

/// One coin of the local chain.
const UNIT: u128 = 1_000_000_000_000;

async fn dev_chain() -> Chain {
    Chain::connect(dev_node().await.url()).await.expect("the node answers")
}

/// An account that nobody else uses.
fn key(name: &str) -> KeySigner {
    KeySigner::from_suri(&format!("//client test//{name}")).expect("a derivation of the development phrase")
}

/// A deployment that is nowhere.
fn deployment(chain: &Chain) -> Deployment {
    let contract = || DeployedContract {
        address: [9; 32].into(),
        code_hash: [8; 32].into(),
    };
    Deployment {
        version: 1,
        url: None,
        genesis_hash: chain.genesis_hash(),
        contracts: Contracts {
            tao: contract(),
            registry: contract(),
            staking: contract(),
            rewards: contract(),
        },
    }
}

#[tokio::test]
async fn a_transfer_goes_through_every_stage_and_arrives() {
    let chain = dev_chain().await;
    let receiver = key("receiver").account();
    let mut progress = chain
        .transfer(&KeySigner::development("alice").unwrap(), &receiver, 3 * UNIT)
        .await
        .unwrap();
    let mut stages = Vec::new();
    while let Some(stage) = progress.next().await {
        stages.push(stage);
    }
    let [
        Stage::Broadcast { extrinsic },
        Stage::InBlock(in_block),
        Stage::Finalised(last),
    ] = &stages[..]
    else {
        panic!("{stages:?}");
    };
    assert_eq!(in_block, last);
    assert_eq!(*extrinsic, last.extrinsic);
    assert!(last.fee.is_some_and(|fee| fee > 0));
    assert_eq!(
        chain.block_hash(last.block.number).await.unwrap(),
        Some(last.block.hash)
    );
    assert_eq!(chain.balance(&receiver).await.unwrap().spendable(), 3 * UNIT);
}

#[tokio::test]
async fn the_chain_says_what_it_is() {
    let chain = dev_chain().await;
    let properties = chain.properties();
    assert!(properties.development);
    assert_eq!(
        (properties.token_symbol.as_str(), properties.token_decimals),
        ("UNIT", 12)
    );
    assert_eq!(properties.ss58_prefix, 42);
    assert_eq!(chain.block_hash(0).await.unwrap(), Some(chain.genesis_hash()));
    assert_eq!(chain.block_hash(u32::MAX).await.unwrap(), None);
}

#[tokio::test]
async fn blocks_arrive_in_order() {
    let chain = dev_chain().await;
    for finality in [Finality::Best, Finality::Finalised] {
        let mut blocks = chain.blocks(finality).await.unwrap();
        let first = blocks.next().await.unwrap().unwrap();
        let second = blocks.next().await.unwrap().unwrap();
        match finality {
            // The best block may change by several at once; of the final ones each is told.
            Finality::Best => assert!(second.number > first.number),
            Finality::Finalised => assert_eq!(second.number, first.number + 1),
        }
        assert_eq!(chain.block_hash(second.number).await.unwrap(), Some(second.hash));
    }
}

#[tokio::test]
async fn a_sender_without_money_is_told_so() {
    let chain = dev_chain().await;
    let poor = key("poor");
    let refused = chain
        .transfer(&poor, &key("receiver").account(), UNIT)
        .await
        .unwrap_err();
    assert!(matches!(refused, Error::Rejected(Rejection::CannotPay)), "{refused}");
}

#[tokio::test]
async fn a_transfer_of_more_than_there_is_fails_by_name() {
    let chain = dev_chain().await;
    let bob = KeySigner::development("bob").unwrap();
    let all = chain.balance(&bob.account()).await.unwrap().free;
    let mut progress = chain.transfer(&bob, &key("receiver").account(), 2 * all).await.unwrap();
    let failed = progress.in_block().await.unwrap_err();
    let Error::Failed { failure, .. } = &failed else {
        panic!("{failed}");
    };
    assert!(failure.is("Token", "FundsUnavailable"), "{failed}");
    assert!(failed.to_string().contains("send it some"), "{failed}");
}

#[tokio::test]
async fn an_address_where_nothing_listens_is_unreachable() {
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    for url in [
        format!("ws://{free}"),
        "http://127.0.0.1:1".into(),
        "ws://".into(),
        "node".into(),
    ] {
        let error = Chain::connect(&url).await.unwrap_err();
        assert!(matches!(error, Error::Unreachable { .. }), "{error}");
        assert!(error.to_string().contains(&url), "{error}");
    }
}

#[tokio::test]
async fn another_chain_than_the_deployments_is_refused() {
    let chain = dev_chain().await;
    let elsewhere = Deployment {
        genesis_hash: [7; 32].into(),
        ..deployment(&chain)
    };
    let error = Network::attach(chain.clone(), elsewhere).await.unwrap_err();
    let Error::WrongChain { expected, found, .. } = error else {
        panic!("{error}");
    };
    assert_eq!((expected, found), ([7; 32].into(), chain.genesis_hash()));
}

#[tokio::test]
async fn contracts_that_are_not_there_are_named_with_their_address() {
    let chain = dev_chain().await;
    let error = Network::attach(chain.clone(), deployment(&chain)).await.unwrap_err();
    let Error::NotDeployed { contract, address } = error else {
        panic!("{error}");
    };
    assert_eq!((contract, address), (Contract::Tao, chain.ss58(&[9; 32].into())));
}

#[tokio::test]
async fn a_deployment_without_an_address_needs_one() {
    let chain = dev_chain().await;
    let error = Network::connect(None, deployment(&chain)).await.unwrap_err();
    assert!(matches!(error, Error::NoUrl), "{error}");
}

#[tokio::test]
async fn a_lost_connection_is_restored() {
    let upstream = dev_node().await.url().trim_start_matches("ws://").to_owned();
    let proxy = Proxy::start(upstream).await;
    let chain = Chain::connect(&proxy.url()).await.unwrap();
    let mut blocks = chain.blocks(Finality::Best).await.unwrap();
    let before = blocks.next().await.unwrap().unwrap();
    proxy.cut();
    assert!(chain.best().await.unwrap().number >= before.number);
    // A new subscription begins with the newest block, which may be the one seen already.
    while blocks.next().await.unwrap().unwrap().number <= before.number {}
}

/// A wallet: keeps what it was shown, and signs with a key.
struct Wallet {
    key: KeySigner,
    shown: Mutex<Option<SigningRequest>>,
}

impl Signer for Wallet {
    fn account(&self) -> AccountId {
        self.key.account()
    }

    async fn sign(&self, request: &SigningRequest) -> Result<Signature, Error> {
        *self.shown.lock().expect("nobody panicked") = Some(request.clone());
        let Signature::Sr25519(bytes) = self.key.sign(request).await? else {
            panic!("keys sign by sr25519");
        };
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        Signature::from_hex(&format!("0x01{hex}"))
    }
}

#[tokio::test]
async fn a_wallet_is_shown_in_fields_exactly_what_a_key_signs_in_bytes() {
    let chain = dev_chain().await;
    let wallet = Wallet {
        key: KeySigner::development("charlie").unwrap(),
        shown: Mutex::default(),
    };
    let mut progress = chain
        .transfer(&wallet, &key("other receiver").account(), UNIT)
        .await
        .unwrap();
    progress.in_block().await.unwrap();

    let shown = wallet.shown.lock().unwrap().take().unwrap();
    let fields = serde_json::to_value(shown.payload()).unwrap();
    let bytes = |name: &str| {
        let text = fields[name].as_str().unwrap_or_else(|| panic!("{name} in {fields}"));
        let digits = text.strip_prefix("0x").unwrap().as_bytes().chunks(2);
        let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
        digits.map(byte).collect::<Vec<u8>>()
    };
    let number = |name: &str| {
        bytes(name)
            .iter()
            .fold(0u128, |number, byte| number << 8 | u128::from(*byte))
    };
    // The extensions of this chain in their order: what they put into the transaction, then what only the signature covers.
    let extra = (Compact(number("nonce")), Compact(number("tip")), 0u8).encode();
    let implicit = [
        (number("specVersion") as u32).encode(),
        (number("transactionVersion") as u32).encode(),
        bytes("genesisHash"),
        bytes("blockHash"),
        vec![0],
    ];
    let signed = [bytes("method"), bytes("era"), extra, implicit.concat()].concat();
    assert_eq!(signed, shown.bytes());
    assert_eq!(fields["address"], chain.ss58(&wallet.account()).as_str());
    assert_eq!(
        chain
            .block_hash(number("blockNumber") as u32)
            .await
            .unwrap()
            .unwrap()
            .as_ref(),
        bytes("blockHash")
    );
    assert_eq!((&fields["version"], &fields["mode"]), (&4.into(), &0.into()));
    let extensions = fields["signedExtensions"].as_array().unwrap();
    assert_eq!(extensions.last().unwrap(), "CheckMetadataHash", "{extensions:?}");
}

#[tokio::test]
async fn a_wallet_that_refuses_leaves_nothing_behind() {
    struct Refuses;
    impl Signer for Refuses {
        fn account(&self) -> AccountId {
            KeySigner::development("dave").unwrap().account()
        }

        async fn sign(&self, _: &SigningRequest) -> Result<Signature, Error> {
            Err(Error::Wallet("Cancelled".into()))
        }
    }
    let chain = dev_chain().await;
    let before = chain.balance(&Refuses.account()).await.unwrap();
    let error = chain
        .transfer(&Refuses, &key("receiver").account(), UNIT)
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the wallet did not sign: Cancelled; approve the request in the wallet to go on"
    );
    assert_eq!(chain.balance(&Refuses.account()).await.unwrap(), before);
}
