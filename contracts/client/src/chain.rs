//! A chain: its identity, its blocks and its native token.

use crate::accounts;
use crate::error::Error;
use crate::rpc::{self, AtBlock, Rpc};
use futures::stream::BoxStream;
use futures::{Stream, StreamExt};
use inktensor_primitives::{AccountId, BlockNumber, Hash};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use subxt::ext::scale_decode::DecodeAsType;
use subxt::utils::AccountId32;

mod properties;
mod transfer;

pub use properties::Properties;

/// A connection to a chain. Clones share it; it restores itself when it breaks.
#[derive(Clone)]
pub struct Chain {
    inner: Arc<Inner>,
}

struct Inner {
    rpc: Rpc,
    properties: Properties,
    /// The last state asked for: a burst of reads in one block asks for its runtime version once.
    latest: Mutex<Option<AtBlock>>,
}

/// A block's place in the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Block {
    /// Its height.
    pub number: BlockNumber,
    /// Its hash.
    pub hash: Hash,
}

/// How sure a block is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finality {
    /// The newest block of the longest chain: may still be replaced.
    Best,
    /// Final: every block, in order.
    Finalised,
}

/// An account's native tokens, in the smallest unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, DecodeAsType)]
#[decode_as_type(crate_path = "subxt::ext::scale_decode")]
pub struct Balance {
    /// What is neither reserved nor on hold.
    pub free: u128,
    /// What is reserved or on hold, for example for storage deposits.
    pub reserved: u128,
    /// How much of `free` must not leave the account.
    pub frozen: u128,
}

impl Balance {
    /// What can pay fees and deposits: the free balance without what is frozen. What is reserved counts as frozen first.
    pub const fn spendable(&self) -> u128 {
        self.free.saturating_sub(self.frozen.saturating_sub(self.reserved))
    }
}

impl std::fmt::Debug for Chain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Chain")
            .field("url", &self.inner.rpc.url)
            .field("properties", &self.inner.properties)
            .finish_non_exhaustive()
    }
}

impl Chain {
    /// Connects to the node at a `ws://` or `wss://` address.
    pub async fn connect(url: &str) -> Result<Self, Error> {
        let rpc = Rpc::connect(url).await?;
        let properties = Properties::fetch(&rpc).await?;
        Ok(Self {
            inner: Arc::new(Inner {
                rpc,
                properties,
                latest: Mutex::new(None),
            }),
        })
    }

    /// The node's address.
    pub fn url(&self) -> &str {
        &self.inner.rpc.url
    }

    /// What the chain says about itself.
    pub fn properties(&self) -> &Properties {
        &self.inner.properties
    }

    /// The hash of the chain's first block: its identity.
    pub fn genesis_hash(&self) -> Hash {
        rpc::hash(self.inner.rpc.online.genesis_hash())
    }

    /// The newest block.
    pub async fn best(&self) -> Result<Block, Error> {
        Ok(block(&self.at_best().await?))
    }

    /// The newest final block.
    pub async fn finalised(&self) -> Result<Block, Error> {
        Ok(block(&self.at_finalised().await?))
    }

    /// The hash of the block with a number, once there is one.
    pub async fn block_hash(&self, number: BlockNumber) -> Result<Option<Hash>, Error> {
        let methods = &self.inner.rpc.methods;
        let hash = self
            .inner
            .rpc
            .retry("asking for a block's hash", || {
                methods.chain_get_block_hash(Some(number.into()))
            })
            .await?;
        Ok(hash.map(rpc::hash))
    }

    /// New blocks as they appear, from the newest on. After a lost connection the stream begins again with the newest.
    pub async fn blocks(&self, finality: Finality) -> Result<Blocks, Error> {
        let online = &self.inner.rpc.online;
        let blocks = match finality {
            Finality::Best => online.stream_best_blocks().await,
            Finality::Finalised => online.stream_blocks().await,
        };
        let blocks = blocks.map_err(|e| self.inner.rpc.error("subscribing to blocks", e))?;
        let chain = self.clone();
        let blocks = blocks.filter_map(move |block| {
            let block = match block {
                Ok(block) => Some(Ok(Block {
                    number: block_number(block.number()),
                    hash: rpc::hash(block.hash()),
                })),
                // The subscription is made anew after this, so it is no news.
                Err(e) => Some(chain.inner.rpc.error("waiting for a block", e))
                    .filter(|e| !matches!(e, Error::ConnectionLost { .. }))
                    .map(Err),
            };
            futures::future::ready(block)
        });
        Ok(Blocks(blocks.boxed()))
    }

    /// An account's native tokens at the best block; zero for an account that the chain does not know.
    pub async fn balance(&self, account: &AccountId) -> Result<Balance, Error> {
        /// The part of `frame_system::AccountInfo` that is of interest.
        #[derive(DecodeAsType)]
        #[decode_as_type(crate_path = "subxt::ext::scale_decode")]
        struct AccountInfo {
            data: Balance,
        }
        let doing = "reading an account's balance";
        let entry = subxt::dynamic::storage::<(AccountId32,), AccountInfo>("System", "Account");
        let at = self.at_best().await?;
        let info = at
            .storage()
            .try_fetch(entry, (account_id(account),))
            .await
            .map_err(|e| self.inner.rpc.error(doing, e))?;
        match info {
            Some(info) => Ok(info.decode().map_err(|e| self.inner.rpc.error(doing, e))?.data),
            None => Ok(Balance::default()),
        }
    }

    /// Writes an account as this chain spells addresses.
    pub fn ss58(&self, account: &AccountId) -> String {
        accounts::to_ss58(account, self.properties().ss58_prefix)
    }

    pub(crate) fn rpc(&self) -> &Rpc {
        &self.inner.rpc
    }

    /// The state at the best block.
    pub(crate) async fn at_best(&self) -> Result<AtBlock, Error> {
        let rpc = &self.inner.rpc;
        let doing = "asking for the best block";
        let best = rpc
            .retry(doing, || rpc.methods.chain_get_block_hash(None))
            .await?
            .ok_or_else(|| Error::Chain {
                doing,
                reason: "the node has no block".to_owned(),
            })?;
        let cached = match self.inner.latest.lock() {
            Ok(latest) => latest.clone(),
            // A panic elsewhere cannot have left a half-written value: the cache is replaced as a whole.
            Err(poisoned) => poisoned.into_inner().clone(),
        };
        if let Some(at) = cached.filter(|at| at.block_hash() == best) {
            return Ok(at);
        }
        let at = rpc.online.at_block(best).await.map_err(|e| rpc.error(doing, e))?;
        if let Ok(mut latest) = self.inner.latest.lock() {
            *latest = Some(at.clone());
        }
        Ok(at)
    }

    /// The state at the newest final block.
    pub(crate) async fn at_finalised(&self) -> Result<AtBlock, Error> {
        let rpc = &self.inner.rpc;
        let at = rpc.online.at_current_block().await;
        at.map_err(|e| rpc.error("asking for the newest final block", e))
    }
}

/// A stream of blocks.
pub struct Blocks(BoxStream<'static, Result<Block, Error>>);

impl Blocks {
    /// Waits for the next block.
    pub async fn next(&mut self) -> Option<Result<Block, Error>> {
        self.0.next().await
    }
}

impl Stream for Blocks {
    type Item = Result<Block, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_next_unpin(context)
    }
}

/// Where a state belongs.
pub(crate) fn block(at: &AtBlock) -> Block {
    Block {
        number: block_number(at.block_number()),
        hash: rpc::hash(at.block_hash()),
    }
}

/// An account as subxt spells it.
pub(crate) fn account_id(account: &AccountId) -> AccountId32 {
    AccountId32(*account.as_ref())
}

/// The chain counts blocks in 32 bits, subxt in 64.
fn block_number(number: u64) -> BlockNumber {
    BlockNumber::try_from(number).unwrap_or(BlockNumber::MAX)
}
