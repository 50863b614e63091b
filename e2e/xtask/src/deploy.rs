//! `cargo xtask deploy`: puts the contracts on a chain and tells each of the others. What is there already is kept.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::{
    cargo_contract::{CargoContract, Instantiated},
    contracts::{self, Artifact, Chain, NAMES},
    deployment::{Deployed, Deployment},
    places::Places,
    schedule, setup,
    steps::{self, Outcome, Step, Task},
    toolchain,
};

/// Rao in a TAO.
const RAO: u64 = 1_000_000_000;

/// Where and as whom to deploy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The chain's WebSocket address.
    pub url: String,
    /// The account that deploys, as a secret URI.
    pub suri: String,
    /// The deployment file.
    pub file: PathBuf,
    /// TAO issued to the deployer once, when the token is made.
    pub endowment: u64,
}

/// A message that tells one contract of the rewards contract: it can be sent once, so it is asked first.
struct Wire {
    contract: &'static str,
    ask: &'static str,
    tell: &'static str,
}

const WIRES: [Wire; 3] = [
    Wire {
        contract: "registry",
        ask: "rewards",
        tell: "set_rewards",
    },
    Wire {
        contract: "staking",
        ask: "rewards",
        tell: "set_rewards",
    },
    Wire {
        contract: "tao",
        ask: "minter",
        tell: "set_minter",
    },
];

/// Name of the step that builds the contracts.
pub const CONTRACTS: &str = "contracts";
/// Name of the step that builds the contracts for Bittensor's own chain.
pub const SUBTENSOR_CONTRACTS: &str = "contracts for subtensor";

/// The step that builds the contracts.
pub fn build_step(places: &Places) -> Step<'_> {
    Step::new(
        CONTRACTS,
        "the code that is deployed",
        &[setup::CARGO_CONTRACT, setup::CONTRACTS_RUST],
        |task| contracts::build(places, Chain::Local, task),
    )
}

/// The step that builds the contracts for Bittensor's own chain.
pub fn subtensor_step(places: &Places) -> Step<'_> {
    // They share folders with the others.
    let after = &[setup::CARGO_CONTRACT, setup::CONTRACTS_RUST, CONTRACTS];
    Step::new(
        SUBTENSOR_CONTRACTS,
        "the code that is tried under the limits of Bittensor's chain",
        after,
        |task| contracts::build(places, Chain::Subtensor, task),
    )
}

/// The command.
///
/// # Errors
/// When the set-up, the build or the deployment fails.
pub fn run(places: &Places, target: &Target) -> Result<()> {
    toolchain::check_native()?;
    let mut plan = setup::base(places);
    plan.extend(
        setup::tools(places)
            .into_iter()
            .filter(|step| step.name == setup::CARGO_CONTRACT),
    );
    plan.push(build_step(places));
    plan.push(Step::new("deploy", "contracts on the chain", &[CONTRACTS], |task| {
        deploy(places, target, task)
    }));
    let timings = schedule::run(plan, &|name| places.log(name))?;
    eprintln!("\n{}\n", steps::table(&timings));
    print(target)
}

fn print(target: &Target) -> Result<()> {
    let deployment = Deployment::read(&target.file)?.context("the deployment file has vanished")?;
    println!(
        "{:10}  {:48}  {:>8}  {:>14}  code",
        "contract", "address", "bytes", "gas"
    );
    for name in NAMES {
        if let Some(Deployed {
            address,
            code_hash,
            wasm_bytes,
            gas,
        }) = deployment.contracts.get(name)
        {
            println!(
                "{name:10}  {address:48}  {wasm_bytes:>8}  {:>14}  {code_hash}",
                shown(*gas)
            );
        }
    }
    println!("written to {}", target.file.display());
    Ok(())
}

/// Step: deploys what is missing and tells every contract of those it depends on.
///
/// # Errors
/// When the chain cannot be reached, is another one than the file says, or refuses.
pub fn deploy(places: &Places, target: &Target, task: &mut Task) -> Result<Outcome> {
    let chain = CargoContract::new(places, &target.url, &target.suri);
    let genesis_hash = chain.genesis_hash()?;
    let mut deployment = start(target, &genesis_hash)?;
    let kept = kept(places, &chain, &deployment)?;
    if kept < NAMES.len() {
        check_unwired(places, &chain, &deployment, &NAMES[..kept])?;
    }
    let mut outcome = Outcome::Ready;
    for name in NAMES.into_iter().skip(kept) {
        outcome = Outcome::Done;
        task.report(&format!("instantiating {name}"));
        let artifact = contracts::artifact(places, name)?;
        let made = chain
            .instantiate(&artifact, &arguments(&deployment, name, target.endowment)?)
            .with_context(|| format!("{name} could not be deployed to {}", target.url))?;
        task.note(&format!(
            "{name}: {} bytes at {}, gas {}",
            artifact.wasm_bytes,
            made.address,
            shown(made.gas)
        ))?;
        let Artifact {
            code_hash, wasm_bytes, ..
        } = artifact;
        let Instantiated { address, gas } = made;
        deployment.contracts.insert(
            name.to_owned(),
            Deployed {
                address,
                code_hash,
                wasm_bytes,
                gas,
            },
        );
        // Written after every contract: a deployment that is stopped goes on where it was.
        deployment.write(&target.file)?;
    }
    for wire in WIRES {
        if connect(places, &chain, &deployment, &wire, task)? {
            outcome = Outcome::Done;
        }
    }
    deployment.url.clone_from(&target.url);
    deployment.write(&target.file)?;
    Ok(outcome)
}

fn start(target: &Target, genesis_hash: &str) -> Result<Deployment> {
    match Deployment::read(&target.file)? {
        Some(deployment) if deployment.genesis_hash == genesis_hash => Ok(deployment),
        Some(deployment) => bail!(
            "{} is of the chain {}, but the chain at {} is {genesis_hash}; name another file by --out",
            target.file.display(),
            deployment.genesis_hash,
            target.url
        ),
        None => Ok(Deployment {
            url: target.url.clone(),
            genesis_hash: genesis_hash.to_owned(),
            contracts: Default::default(),
        }),
    }
}

/// How many contracts, from the first on, are on the chain with the code that was built. A contract holds the addresses of those
/// before it, so after one that is new all are.
fn kept(places: &Places, chain: &CargoContract, deployment: &Deployment) -> Result<usize> {
    for (index, name) in NAMES.into_iter().enumerate() {
        let built = contracts::artifact(places, name)?.code_hash;
        let Some(deployed) = deployment
            .contracts
            .get(name)
            .filter(|deployed| deployed.code_hash == built)
        else {
            return Ok(index);
        };
        if chain.code_hash(&deployed.address)?.as_ref() != Some(&built) {
            return Ok(index);
        }
    }
    Ok(NAMES.len())
}

/// A contract obeys one rewards contract for good: beside a new one, contracts that obey the old one are of no use.
fn check_unwired(places: &Places, chain: &CargoContract, deployment: &Deployment, kept: &[&str]) -> Result<()> {
    for wire in WIRES.iter().filter(|wire| kept.contains(&wire.contract)) {
        let contract = address_of(deployment, wire.contract)?;
        let artifact = contracts::artifact(places, wire.contract)?;
        if is_some(&chain.ask(&artifact, &contract, wire.ask)?) {
            bail!(
                "the rewards contract is new, but {} at {contract} obeys the old one for good; deploy all anew with another file by --out",
                wire.contract
            );
        }
    }
    Ok(())
}

/// Whether what cargo-contract shows of a message's answer holds a value.
fn is_some(answer: &serde_json::Value) -> bool {
    answer.to_string().contains("\"Some\"")
}

/// The arguments of a contract's constructor.
fn arguments(deployment: &Deployment, name: &str, endowment: u64) -> Result<Vec<String>> {
    let address = |name| address_of(deployment, name);
    Ok(match name {
        "tao" => vec![
            endowment
                .checked_mul(RAO)
                .context("the endowment is more TAO than there can be")?
                .to_string(),
        ],
        "rewards" => {
            vec![
                address("tao")?,
                address("registry")?,
                address("staking")?,
                deployment.genesis_hash.clone(),
            ]
        }
        _ => vec![address("tao")?],
    })
}

fn address_of(deployment: &Deployment, name: &str) -> Result<String> {
    let contract = deployment
        .contracts
        .get(name)
        .with_context(|| format!("{name} is not deployed"))?;
    Ok(contract.address.clone())
}

/// Tells one contract of the rewards contract, unless it knows.
fn connect(
    places: &Places,
    chain: &CargoContract,
    deployment: &Deployment,
    wire: &Wire,
    task: &mut Task,
) -> Result<bool> {
    let artifact = contracts::artifact(places, wire.contract)?;
    let contract = address_of(deployment, wire.contract)?;
    let rewards = address_of(deployment, "rewards")?;
    let known = chain.ask(&artifact, &contract, wire.ask)?;
    if known.to_string().contains(&rewards) {
        return Ok(false);
    }
    if is_some(&known) {
        bail!(
            "{} at {contract} obeys another rewards contract ({known}), for good; deploy anew with another file by --out",
            wire.contract
        );
    }
    task.report(&format!("{}.{}", wire.contract, wire.tell));
    let used = chain.send(&artifact, &contract, wire.tell, &[rewards])?;
    task.note(&format!("{}.{}: gas {}", wire.contract, wire.tell, shown(used)))?;
    Ok(true)
}

fn shown(gas: Option<u64>) -> String {
    gas.map_or_else(|| "unknown".to_owned(), |gas| gas.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deployment(names: &[&str]) -> Deployment {
        let contracts = names.iter().map(|name| {
            let contract = Deployed {
                address: format!("5{name}"),
                code_hash: String::new(),
                wasm_bytes: 1,
                gas: None,
            };
            ((*name).to_owned(), contract)
        });
        Deployment {
            url: String::new(),
            genesis_hash: "0x00".to_owned(),
            contracts: contracts.collect(),
        }
    }

    #[test]
    fn each_constructor_is_told_the_contracts_before_it() {
        let all = deployment(&["tao", "registry", "staking"]);
        assert_eq!(arguments(&all, "tao", 2).unwrap(), ["2000000000"]);
        assert_eq!(arguments(&all, "staking", 2).unwrap(), ["5tao"]);
        assert_eq!(
            arguments(&all, "rewards", 2).unwrap(),
            ["5tao", "5registry", "5staking", "0x00"]
        );
    }

    #[test]
    fn a_constructor_without_those_before_it_is_an_error() {
        assert_eq!(
            arguments(&deployment(&["tao"]), "rewards", 0).unwrap_err().to_string(),
            "registry is not deployed"
        );
        assert!(arguments(&deployment(&[]), "tao", u64::MAX).is_err());
    }
}
