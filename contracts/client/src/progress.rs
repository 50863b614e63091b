//! A sent transaction on its way into a final block.

use crate::accounts;
use crate::chain::{Block, Chain, Finality, block};
use crate::dispatch::DispatchFailure;
use crate::error::Error;
use crate::events::ContractEvent;
use crate::network::Network;
use crate::plan::Plan;
use crate::rpc::{self, AtBlock, Config};
use crate::signing::Signed;
use inktensor_primitives::{AccountId, Hash};
use std::fmt;
use subxt::client::OnlineClientAtBlockImpl;
use subxt::dynamic::{At, Value};
use subxt::error::TransactionProgressError;
use subxt::ext::scale_decode::DecodeAsType;
use subxt::ext::scale_value::Composite;
use subxt::extrinsics::ExtrinsicEvents;
use subxt::transactions::{TransactionInBlock, TransactionProgress, TransactionStatus};
use subxt::utils::AccountId32;

type InBlock = TransactionInBlock<Config, OnlineClientAtBlockImpl<Config>>;

/// What is done when a transaction was executed.
const READING_EVENTS: &str = "reading a transaction's events";

/// What a transaction went through.
#[derive(Debug)]
#[non_exhaustive]
pub enum Stage {
    /// The node took it and tells others.
    Broadcast {
        /// The transaction.
        extrinsic: Hash,
    },
    /// It was executed in a block, which may still be replaced; then this stage comes again.
    InBlock(Receipt),
    /// Its block is final. Nothing follows.
    Finalised(Receipt),
    /// It failed or got lost. Nothing follows.
    Failed(Error),
}

/// What an executed transaction did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The block.
    pub block: Block,
    /// The transaction.
    pub extrinsic: Hash,
    /// What it cost, in the chain's native token.
    pub fee: Option<u128>,
    /// What the contracts reported, in order.
    pub events: Vec<ContractEvent>,
}

/// The stages of a sent transaction, as they come.
pub struct Progress {
    chain: Chain,
    /// The plan that was sent, if it called contracts: it explains failures and whose events are whose.
    plan: Option<(Network, Plan)>,
    watch: TransactionProgress<Config, OnlineClientAtBlockImpl<Config>>,
    announced: bool,
    ended: bool,
}

impl Progress {
    pub(crate) async fn send(chain: &Chain, plan: Option<(&Network, &Plan)>, signed: &Signed) -> Result<Self, Error> {
        let watch = signed.submit_and_watch().await.map_err(|e| chain.rpc().rejection(e))?;
        Ok(Self {
            chain: chain.clone(),
            plan: plan.map(|(network, plan)| (network.clone(), plan.clone())),
            watch,
            announced: false,
            ended: false,
        })
    }

    /// The transaction's hash.
    pub fn extrinsic(&self) -> Hash {
        rpc::hash(self.watch.extrinsic_hash())
    }

    /// Waits for the next stage; `None` after the last.
    pub async fn next(&mut self) -> Option<Stage> {
        while !self.ended {
            let stage = match self.watch.next().await {
                Some(Ok(status)) => self.stage(status).await,
                Some(Err(e)) => Some(Stage::Failed(self.watching_failed(e))),
                None => Some(Stage::Failed(self.dropped("the node stopped reporting on it"))),
            };
            self.ended = matches!(stage, Some(Stage::Finalised(_) | Stage::Failed(_)));
            if stage.is_some() {
                return stage;
            }
        }
        None
    }

    /// Waits until the transaction was executed in a block.
    pub async fn in_block(&mut self) -> Result<Receipt, Error> {
        self.wait(Finality::Best).await
    }

    /// Waits until the transaction's block is final.
    pub async fn finalised(&mut self) -> Result<Receipt, Error> {
        self.wait(Finality::Finalised).await
    }

    async fn wait(&mut self, finality: Finality) -> Result<Receipt, Error> {
        while let Some(stage) = self.next().await {
            match stage {
                Stage::InBlock(receipt) if finality == Finality::Best => return Ok(receipt),
                Stage::Finalised(receipt) => return Ok(receipt),
                Stage::Failed(error) => return Err(error),
                Stage::Broadcast { .. } | Stage::InBlock(_) => {}
            }
        }
        Err(self.dropped("it had ended already"))
    }

    async fn stage(&mut self, status: TransactionStatus<Config, OnlineClientAtBlockImpl<Config>>) -> Option<Stage> {
        let executed = |result: Result<Receipt, Error>, stage: fn(Receipt) -> Stage| match result {
            Ok(receipt) => stage(receipt),
            Err(error) => Stage::Failed(error),
        };
        match status {
            TransactionStatus::Validated | TransactionStatus::Broadcasted => {
                let first = !std::mem::replace(&mut self.announced, true);
                let extrinsic = self.extrinsic();
                first.then_some(Stage::Broadcast { extrinsic })
            }
            TransactionStatus::NoLongerInBestBlock => None,
            TransactionStatus::InBestBlock(place) => Some(executed(self.receipt(&place).await, Stage::InBlock)),
            TransactionStatus::InFinalizedBlock(place) => Some(executed(self.receipt(&place).await, Stage::Finalised)),
            TransactionStatus::Error { message }
            | TransactionStatus::Invalid { message }
            | TransactionStatus::Dropped { message } => Some(Stage::Failed(self.dropped(&message))),
        }
    }

    /// Reads what the transaction did in a block; that it failed there is an error.
    async fn receipt(&self, place: &InBlock) -> Result<Receipt, Error> {
        let doing = READING_EVENTS;
        let rpc = self.chain.rpc();
        let at = place.at().await.map_err(|e| rpc.error(doing, e))?;
        let events = place.fetch_events().await.map_err(|e| rpc.error(doing, e))?;
        let mut receipt = Receipt {
            block: block(&at),
            extrinsic: rpc::hash(place.extrinsic_hash()),
            fee: None,
            events: Vec::new(),
        };
        let failure = self.read_events(&at, &events, &mut receipt)?;
        match failure {
            Some(failure) => Err(self.explain(&at, failure).await),
            None => Ok(receipt),
        }
    }

    fn read_events(
        &self,
        at: &AtBlock,
        events: &ExtrinsicEvents<Config>,
        receipt: &mut Receipt,
    ) -> Result<Option<DispatchFailure>, Error> {
        /// `pallet_contracts::Event::ContractEmitted`.
        #[derive(DecodeAsType)]
        #[decode_as_type(crate_path = "subxt::ext::scale_decode")]
        struct ContractEmitted {
            contract: AccountId32,
            data: Vec<u8>,
        }
        let unreadable = |e| self.chain.rpc().error(READING_EVENTS, e);
        let mut failure = None;
        for event in events.iter() {
            let event = event.map_err(unreadable)?;
            match (event.pallet_name(), event.event_name()) {
                ("Contracts", "ContractEmitted") => {
                    let ContractEmitted { contract, data } = event.decode_fields_unchecked_as().map_err(unreadable)?;
                    let topics: Vec<_> = event.topics().iter().copied().map(rpc::hash).collect();
                    receipt
                        .events
                        .push(self.contract_event(contract.0.into(), &topics, &data));
                }
                ("TransactionPayment", "TransactionFeePaid") => {
                    let fields: Composite<()> = event.decode_fields_unchecked_as().map_err(unreadable)?;
                    receipt.fee = fields.at("actual_fee").and_then(Value::as_u128);
                }
                ("System", "ExtrinsicFailed") => {
                    let fields: Composite<()> = event.decode_fields_unchecked_as().map_err(unreadable)?;
                    let error = fields.at("dispatch_error").or_else(|| fields.at(0));
                    failure = error.map(|error| DispatchFailure::read(error, at.metadata_ref()));
                }
                _ => {}
            }
        }
        Ok(failure)
    }

    fn contract_event(&self, address: AccountId, topics: &[Hash], data: &[u8]) -> ContractEvent {
        let contract = self
            .plan
            .as_ref()
            .and_then(|(network, _)| network.deployment().contract_at(&address));
        ContractEvent::decode(contract, address, topics, data)
    }

    /// Names the reason of a failure. The chain keeps no contract's own error, so the measured calls are run again on the state
    /// before the block; where that does not fail too, the chain's words remain.
    async fn explain(&self, at: &AtBlock, failure: DispatchFailure) -> Error {
        let Some((network, plan)) = &self.plan else {
            return Error::Failed {
                what: "the transaction".to_owned(),
                failure,
            };
        };
        if failure.is("Contracts", "ContractReverted")
            && let Ok(header) = at.block_header().await
            && let Ok(before) = self.chain.rpc().online.at_block(header.parent_hash).await
        {
            let measured = plan
                .calls
                .as_slice()
                .iter()
                .zip(&plan.steps)
                .filter(|(_, step)| step.measured);
            for (call, _) in measured {
                if let Err(refusal @ Error::Refused { .. }) = network.attempt(&before, &plan.caller, call).await {
                    return refusal;
                }
            }
        }
        Error::Failed {
            what: plan.calls.names(),
            failure,
        }
    }

    fn watching_failed(&self, error: TransactionProgressError) -> Error {
        let doing = "waiting for the transaction";
        self.chain.rpc().error(doing, error)
    }

    fn dropped(&self, reason: &str) -> Error {
        Error::Dropped {
            extrinsic: self.extrinsic(),
            reason: reason.to_owned(),
        }
    }
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Progress")
            .field("extrinsic", &accounts::to_hex(self.extrinsic()))
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}
