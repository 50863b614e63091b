//! A validator's weights on their way to the chain: set at once, or committed and later revealed.
//!
//! Invariant: the salt of a commit is in the journal before the commit is sent.

use super::error::Error;
use super::journal::Journal;
use super::record::{Identity, Promise};
use inktensor_client::messages::rewards;
use inktensor_client::{Call, Calls, Contract, KeySigner, Network};
use inktensor_primitives::registry::Hyperparameters;
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

/// Weights that are ready to be sent.
#[derive(Clone, Debug)]
pub struct Cast {
    /// What the chain is asked.
    pub call: Call,
    commit: Option<[u8; 32]>,
    now: Moment,
}

impl Cast {
    /// Whether it hides the weights for now.
    pub fn is_commit(&self) -> bool {
        self.commit.is_some()
    }
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

    /// What to send so that a row comes into force: a commit where the subnet asks for one, its salt in the journal from here on.
    ///
    /// # Errors
    /// When the journal cannot be written, or there is no randomness for a salt.
    pub fn cast(&mut self, row: &[(Uid, u16)], rules: &Hyperparameters, now: Moment) -> Result<Cast, Error> {
        let version_key = rules.weights_version_key;
        if !rules.commit_reveal {
            let (uids, values) = row.iter().copied().unzip();
            return Ok(Cast {
                call: rewards::set_weights(self.netuid, uids, values, version_key).into(),
                commit: None,
                now,
            });
        }
        let mut salt = [0; 32];
        getrandom::fill(&mut salt).map_err(|error| Error::NoRandomness(error.to_string()))?;
        let identity = &self.journal.record().identity;
        let promise = Promise::new(identity, row, salt, version_key, (now.epoch, now.block));
        let cast = self.promised(&promise, now.block);
        self.journal.update(now.block, |record| record.promises.push(promise))?;
        Ok(cast)
    }

    /// A commit whose salt is in the journal, to be sent.
    fn promised(&self, promise: &Promise, block: BlockNumber) -> Cast {
        let epoch = promise.epoch;
        Cast {
            call: rewards::commit_weights(self.netuid, promise.hash.into()).into(),
            commit: Some(promise.hash),
            now: Moment { block, epoch },
        }
    }

    /// Notes that weights are in a block.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn accepted(&mut self, cast: &Cast) -> Result<(), Error> {
        self.journal.update(cast.now.block, |record| {
            record.weighed_epoch = Some(cast.now.epoch);
            let promises = record.promises.iter_mut();
            promises
                .filter(|kept| Some(kept.hash) == cast.commit)
                .for_each(|kept| kept.accepted = true);
        })?;
        Ok(())
    }

    /// Forgets a commit that was refused before it was ever sent: there is nothing to reveal.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn refused(&mut self, cast: &Cast) -> Result<(), Error> {
        self.journal.update(cast.now.block, |record| {
            record.promises.retain(|kept| Some(kept.hash) != cast.commit);
        })?;
        Ok(())
    }

    /// Casts weights and waits until they are in a block, whose number is returned.
    ///
    /// # Errors
    /// When the journal cannot be written, or the chain cannot be reached or refuses.
    pub async fn weigh(
        &mut self,
        row: &[(Uid, u16)],
        rules: &Hyperparameters,
        now: Moment,
    ) -> Result<BlockNumber, Error> {
        let cast = self.cast(row, rules, now)?;
        let sent = self.deliver(&cast).await;
        if sent.as_ref().is_err_and(Error::is_refusal) {
            self.refused(&cast)?;
        }
        sent
    }

    /// Sends a commit whose salt is in the journal; returns the block.
    ///
    /// # Errors
    /// As [`Ballot::weigh`].
    pub async fn send(&mut self, promise: &Promise, block: BlockNumber) -> Result<BlockNumber, Error> {
        self.deliver(&self.promised(promise, block)).await
    }

    async fn deliver(&mut self, cast: &Cast) -> Result<BlockNumber, Error> {
        let calls = Calls::new().then_call(cast.call.clone());
        let receipt = self.network.call(&self.signer, calls).await?;
        self.accepted(cast)?;
        Ok(receipt.block.number)
    }

    /// Opens a commit; returns the block.
    ///
    /// # Errors
    /// As [`Ballot::weigh`].
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
