//! Running epochs: call after call until one is finished, whoever makes the calls.

use inktensor_client::messages::rewards;
use inktensor_client::{ContractError, ContractEvent, Error, KeySigner, Network};
use inktensor_primitives::rewards::Error::EpochNotDue;
use inktensor_primitives::{BlockNumber, NetUid};

/// How an epoch came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    /// The subnet's number of epochs with this one.
    pub epoch: u32,
    /// The block in which its end was seen.
    pub block: BlockNumber,
    /// Whether the last call was one's own.
    pub by_us: bool,
}

/// Runs the epoch that is due to its end. `tell` hears after each call how many steps are done of how many.
///
/// Anyone may make the calls, so others may end the epoch: that is as good.
///
/// # Errors
/// Where the chain or the contract refuses. [`EpochNotDue`] is an error only where no call was made.
pub async fn run_epoch(
    network: &Network,
    signer: &KeySigner,
    netuid: NetUid,
    mut tell: impl FnMut(u32, u32),
) -> Result<Ended, Error> {
    let mut called = false;
    loop {
        let receipt = match network.call(signer, rewards::run_epoch(netuid)).await {
            Ok(receipt) => Some(receipt),
            Err(error) if called && error.contract_error() == Some(&ContractError::Rewards(EpochNotDue)) => None,
            Err(error) => return Err(error),
        };
        called = true;
        if let Some(receipt) = &receipt {
            let ended = receipt.events.iter().find_map(|event| match event {
                ContractEvent::EpochFinished(ended) if ended.netuid == netuid => Some(ended.epoch),
                _ => None,
            });
            if let Some(epoch) = ended {
                let block = receipt.block.number;
                let by_us = true;
                return Ok(Ended { epoch, block, by_us });
            }
        }
        let snapshot = network.snapshot().await?;
        let status = snapshot.query(rewards::epoch_status(netuid)).await?;
        if !status.in_progress {
            return Ok(Ended {
                epoch: status.epoch,
                block: snapshot.block().number,
                by_us: false,
            });
        }
        tell(status.steps_done, status.steps);
    }
}
