//! A validator's weights on their way to the chain: set at once, or committed and later revealed.
//!
//! Invariant: the salt of a commit is in the journal before the commit is sent.

use super::error::Error;
use super::journal::Journal;
use super::record::{Identity, Promise};
use inktensor_client::messages::rewards;
use inktensor_client::{Contract, KeySigner, Network};
use inktensor_primitives::rewards::Commit;
use inktensor_primitives::{BlockNumber, NetUid, Uid};
use std::path::Path;

/// One key's weights on one subnet.
#[derive(Debug)]
pub struct Ballot {
    /// The network.
    pub network: Network,
    /// The validator's key.
    pub signer: KeySigner,
    /// The subnet.
    pub netuid: NetUid,
    /// What must survive a restart.
    pub journal: Journal,
}

/// When weights are cast: what the chain says about it.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// The best block.
    pub block: BlockNumber,
    /// The subnet's epoch.
    pub epoch: u32,
}

impl Ballot {
    /// Opens the journal of this key on this subnet, in a folder.
    ///
    /// # Errors
    /// When another process has it open, or it cannot be read or written.
    pub fn open(network: Network, signer: KeySigner, netuid: NetUid, state: &Path) -> Result<Self, Error> {
        let identity = Identity {
            genesis: network.chain().genesis_hash().into(),
            rewards: *network.address(Contract::Rewards).as_ref(),
            netuid: netuid.0,
            hotkey: *signer.account().as_ref(),
        };
        let journal = Journal::open(state, identity)?;
        Ok(Self {
            network,
            signer,
            netuid,
            journal,
        })
    }

    /// Sets weights for all to see; returns the block.
    ///
    /// # Errors
    /// When the chain cannot be reached or refuses.
    pub async fn set(&mut self, row: &[(Uid, u16)], version_key: u64, now: Moment) -> Result<BlockNumber, Error> {
        let (uids, values) = row.iter().copied().unzip();
        let message = rewards::set_weights(self.netuid, uids, values, version_key);
        let receipt = self.network.call(&self.signer, message).await?;
        self.journal
            .update(now.block, |record| record.weighed_epoch = Some(now.epoch))?;
        Ok(receipt.block.number)
    }

    /// Commits to weights; returns the block.
    ///
    /// # Errors
    /// When the journal cannot be written, or the chain cannot be reached or refuses.
    pub async fn commit(&mut self, row: &[(Uid, u16)], version_key: u64, now: Moment) -> Result<BlockNumber, Error> {
        let mut salt = [0; 32];
        getrandom::fill(&mut salt).map_err(|error| Error::NoRandomness(error.to_string()))?;
        let identity = &self.journal.record().identity;
        let promise = Promise::new(identity, row, salt, version_key, (now.epoch, now.block));
        self.journal
            .update(now.block, |record| record.promises.push(promise.clone()))?;
        let hash = promise.hash;
        let sent = self.send(promise, now.block).await;
        if sent.as_ref().is_err_and(Error::is_refusal) {
            // Refused before it was ever sent: there is nothing to reveal.
            self.journal
                .update(now.block, |record| record.promises.retain(|kept| kept.hash != hash))?;
        }
        sent
    }

    /// Sends a commit whose salt is in the journal; returns the block.
    ///
    /// # Errors
    /// As [`Ballot::commit`].
    pub async fn send(&mut self, promise: Promise, block: BlockNumber) -> Result<BlockNumber, Error> {
        let message = rewards::commit_weights(self.netuid, promise.hash.into());
        let receipt = self.network.call(&self.signer, message).await?;
        self.journal.update(block, |record| {
            record.weighed_epoch = Some(promise.epoch);
            record
                .promises
                .iter_mut()
                .filter(|kept| kept.hash == promise.hash)
                .for_each(|kept| kept.accepted = true);
        })?;
        Ok(receipt.block.number)
    }

    /// Opens a commit; returns the block.
    ///
    /// # Errors
    /// As [`Ballot::commit`].
    pub async fn reveal(&mut self, promise: &Promise, block: BlockNumber) -> Result<BlockNumber, Error> {
        let message = rewards::reveal_weights(self.netuid, promise.reveal());
        let receipt = self.network.call(&self.signer, message).await?;
        self.journal
            .update(block, |record| record.promises.retain(|kept| kept.hash != promise.hash))?;
        Ok(receipt.block.number)
    }

    /// The commits on chain that wait to be revealed, the oldest first.
    ///
    /// # Errors
    /// When the chain cannot be reached.
    pub async fn waiting(&self) -> Result<Vec<Commit>, Error> {
        let commits = rewards::commits(self.netuid, self.signer.account());
        Ok(self.network.query(commits).await?)
    }
}
