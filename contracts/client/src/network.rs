//! The contracts of one deployment on one chain.

use crate::calls::Call;
use crate::chain::{Block, Chain, block};
use crate::contract::Contract;
use crate::deployment::Deployment;
use crate::dry_run::{self, DryRun, RawRun};
use crate::error::Error;
use crate::messages::Message;
use crate::outcome::{ContractError, Outcome};
use crate::refusals::{self, Reads};
use crate::rpc::AtBlock;
use inktensor_primitives::{AccountId, BlockNumber, Hash};
use std::sync::Arc;
use subxt::ext::scale_decode::DecodeAsType;
use subxt::utils::{AccountId32, H256};

/// Who asks when it does not matter who asks.
const NOBODY: [u8; 32] = [0; 32];

/// Inktensor's contracts on a chain. Clones share the connection.
#[derive(Clone, Debug)]
pub struct Network {
    chain: Chain,
    deployment: Arc<Deployment>,
}

/// The contracts as of one block: everything read through it belongs together.
#[derive(Clone)]
pub struct Snapshot {
    network: Network,
    at: AtBlock,
}

impl Network {
    /// Connects to the chain at `url`, or where the deployment says, and checks that the contracts are there.
    pub async fn connect(url: Option<&str>, deployment: Deployment) -> Result<Self, Error> {
        let url = url.or(deployment.url.as_deref()).ok_or(Error::NoUrl)?;
        let chain = Chain::connect(url).await?;
        Self::attach(chain, deployment).await
    }

    /// Uses a chain that is connected already; checks that it is the deployment's and that the contracts are there.
    pub async fn attach(chain: Chain, deployment: Deployment) -> Result<Self, Error> {
        let found = chain.genesis_hash();
        if found != deployment.genesis_hash {
            return Err(Error::WrongChain {
                url: chain.url().to_owned(),
                expected: deployment.genesis_hash,
                found,
            });
        }
        let at = chain.at_best().await?;
        if at.metadata_ref().runtime_api_trait_by_name("ContractsApi").is_none() {
            return Err(Error::UnsupportedChain {
                url: chain.url().to_owned(),
                missing: "ContractsApi in its metadata",
            });
        }
        let network = Self {
            chain,
            deployment: Arc::new(deployment),
        };
        for contract in Contract::ALL {
            network.check(&at, contract).await?;
        }
        Ok(network)
    }

    /// The chain.
    pub const fn chain(&self) -> &Chain {
        &self.chain
    }

    /// The deployment.
    pub fn deployment(&self) -> &Deployment {
        &self.deployment
    }

    /// A contract's account.
    pub fn address(&self, contract: Contract) -> AccountId {
        self.deployment.get(contract).address
    }

    /// The contracts as of the best block.
    pub async fn snapshot(&self) -> Result<Snapshot, Error> {
        Ok(Snapshot {
            network: self.clone(),
            at: self.chain.at_best().await?,
        })
    }

    /// Reads by a message that changes nothing, at the best block.
    pub async fn query<R: Outcome>(&self, message: Message<R>) -> Result<R::Value, Error> {
        self.snapshot().await?.query(message).await
    }

    /// What a message would return, cost and store, if the caller sent it now.
    pub async fn dry_run<R: Outcome>(
        &self,
        caller: &AccountId,
        message: Message<R>,
    ) -> Result<DryRun<R::Value>, Error> {
        let at = self.chain.at_best().await?;
        self.run(&at, caller, message).await
    }

    /// Executes a call at a block and undoes it; a refusal is an error.
    pub(crate) async fn attempt(&self, at: &AtBlock, caller: &AccountId, call: &Call) -> Result<RawRun, Error> {
        let run = self.execute(at, caller, call.contract, call.label, &call.data).await?;
        if !run.reverted {
            return Ok(run);
        }
        Err(match ContractError::decode(call.contract, &run.output) {
            Some(error) => {
                let snapshot = Snapshot {
                    network: self.clone(),
                    at: at.clone(),
                };
                Error::Refused {
                    message: call.label,
                    limit: refusals::limit(&snapshot, caller, call, &error).await,
                    error,
                }
            }
            // ink! itself refused, or the error is of a later version: in both cases the code is another one.
            None => crate::DecodeError::UnknownMessage {
                contract: call.contract,
                message: call.label,
            }
            .into(),
        })
    }

    async fn run<R: Outcome>(
        &self,
        at: &AtBlock,
        caller: &AccountId,
        message: Message<R>,
    ) -> Result<DryRun<R::Value>, Error> {
        let run = self
            .execute(at, caller, message.contract, message.label, &message.data)
            .await?;
        let value = message.decode(&run.output)?.into_value();
        Ok(DryRun {
            value: value.map_err(|error| Error::Refused {
                message: message.label,
                error,
                limit: None,
            })?,
            gas: run.gas,
            deposit: run.deposit,
            refund: run.refund,
        })
    }

    async fn execute(
        &self,
        at: &AtBlock,
        caller: &AccountId,
        contract: Contract,
        label: &'static str,
        data: &[u8],
    ) -> Result<RawRun, Error> {
        let address = self.address(contract);
        let run = dry_run::run(self.chain.rpc(), at, caller, &address, data).await?;
        run.map_err(|failure| {
            if failure.is("Contracts", "ContractNotFound") {
                return Error::not_deployed(contract, &address, self.chain.properties().ss58_prefix);
            }
            // A dry run has no limit but the caller's balance.
            let unaffordable = ["StorageDepositLimitExhausted", "StorageDepositNotEnoughFunds"];
            if unaffordable.iter().any(|name| failure.is("Contracts", name)) {
                return Error::CannotPayDeposit {
                    account: self.chain.ss58(caller),
                    message: label,
                };
            }
            Error::Failed {
                what: label.to_owned(),
                failure,
            }
        })
    }

    /// Checks that a contract exists and runs the code that the deployment says.
    async fn check(&self, at: &AtBlock, contract: Contract) -> Result<(), Error> {
        /// The part of pallet-contracts' `ContractInfo` that is of interest.
        #[derive(DecodeAsType)]
        #[decode_as_type(crate_path = "subxt::ext::scale_decode")]
        struct ContractInfo {
            code_hash: H256,
        }
        let doing = "looking a contract up";
        let expected = self.deployment.get(contract);
        let entry = subxt::dynamic::storage::<(AccountId32,), ContractInfo>("Contracts", "ContractInfoOf");
        let info = at
            .storage()
            .try_fetch(entry, (crate::chain::account_id(&expected.address),))
            .await
            .map_err(|e| self.chain.rpc().error(doing, e))?
            .ok_or_else(|| Error::not_deployed(contract, &expected.address, self.chain.properties().ss58_prefix))?;
        let info = info.decode().map_err(|e| self.chain.rpc().error(doing, e))?;
        let found = Hash::from(info.code_hash.0);
        if found == expected.code_hash {
            return Ok(());
        }
        Err(Error::OtherCode {
            contract,
            expected: expected.code_hash,
            found,
        })
    }
}

impl Reads for Snapshot {
    fn block(&self) -> BlockNumber {
        Snapshot::block(self).number
    }

    fn address(&self, contract: Contract) -> AccountId {
        self.network.address(contract)
    }

    fn name(&self, account: &AccountId) -> String {
        self.network.chain().ss58(account)
    }

    async fn read<R: Outcome>(&self, message: Message<R>) -> Option<R::Value> {
        self.query(message).await.ok()
    }
}

impl Snapshot {
    /// The block.
    pub fn block(&self) -> Block {
        block(&self.at)
    }

    /// The network.
    pub const fn network(&self) -> &Network {
        &self.network
    }

    /// Reads by a message that changes nothing.
    pub async fn query<R: Outcome>(&self, message: Message<R>) -> Result<R::Value, Error> {
        let run = self.network.run(&self.at, &NOBODY.into(), message).await?;
        Ok(run.value)
    }
}
