//! The command line of `inktensor`.

pub mod access;
mod bench;
mod bundle;
mod check_data;
mod common;
mod confined;
mod conformance;
mod data;
pub mod delegation;
mod dims;
mod doctor;
mod economy;
mod end;
pub mod endpoint;
pub mod epoch;
mod eval;
pub mod governance;
mod inspect;
pub mod keys;
mod limits;
pub mod metagraph;
pub mod miner;
mod neuron;
pub mod part;
mod power;
pub mod register;
mod rule;
mod simulate;
pub mod stake;
pub mod storage;
pub mod subnet;
pub mod transfer;
pub mod validator;
pub mod votes;
pub mod wallet;
pub mod weights;

/// Evaluates models on the GPU, and acts on the chain for miners, validators, stakers and owners of subnets.
#[derive(Debug, clap::Parser)]
#[command(name = "inktensor", version)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Run a model on a data set and compare its predictions with the labels.
    Eval(eval::EvalArgs),
    /// Measure how fast models run on this machine's adapter, in relation to what it does at most.
    Bench(bench::BenchArgs),
    /// Run a suite of ONNX backend tests, and show what passes by operator.
    Conformance(conformance::ConformanceArgs),
    /// Print whether a data set can be opened.
    #[command(hide = true)]
    CheckData(check_data::CheckDataArgs),
    /// Put a model and its weights into one file, which one hash covers.
    Bundle(bundle::BundleArgs),
    /// Show what a model takes, gives, consists of and costs, or why it would be refused.
    Inspect(inspect::InspectArgs),
    /// Show what this machine can run models on, and what to do if nothing.
    Doctor(doctor::DoctorArgs),
    /// Publish models.
    #[command(subcommand)]
    Miner(miner::Miner),
    /// Judge models, and pay for the good ones.
    #[command(subcommand)]
    Validator(validator::Validator),
    /// Open subnets, show them, change, transfer or dissolve one's own.
    #[command(subcommand)]
    Subnet(subnet::SubnetCommand),
    /// Take a slot on a subnet for a hotkey.
    Register(register::RegisterArgs),
    /// Say where a hotkey serves.
    Endpoint(endpoint::EndpointArgs),
    /// Change hotkeys and coldkeys.
    #[command(subcommand)]
    Wallet(wallet::WalletCommand),
    /// Show the network's rules; for who governs, change them.
    #[command(subcommand)]
    Governance(governance::GovernanceCommand),
    /// Stake TAO to a hotkey.
    Stake(stake::StakeArgs),
    /// Take staked TAO back.
    Unstake(stake::UnstakeArgs),
    /// Move stake to another hotkey.
    MoveStake(stake::MoveArgs),
    /// Give stake to another coldkey.
    TransferStake(stake::GiveArgs),
    /// Show where a coldkey's TAO is staked.
    Positions(stake::PositionsArgs),
    /// Show or set what a hotkey's owner takes of dividends.
    #[command(subcommand)]
    Take(delegation::TakeCommand),
    /// Show or set child keys, which validate with a hotkey's stake.
    #[command(subcommand)]
    Children(delegation::ChildrenCommand),
    /// Choose where incentive is staked.
    AutoStake(delegation::AutoStakeArgs),
    /// Vote on which subnets emission goes to.
    #[command(subcommand)]
    Votes(votes::VotesCommand),
    /// Show or record what stake counts in votes of governance.
    #[command(subcommand)]
    VotingPower(power::PowerCommand),
    /// Show whom TAO can be staked to.
    Delegates(economy::ShowArgs),
    /// Show how much TAO there is, and what blocks emit.
    Economy(economy::ShowArgs),
    /// Send TAO.
    Transfer(transfer::TransferArgs),
    /// Show weights, set them by hand, reveal them.
    #[command(subcommand)]
    Weights(weights::WeightsCommand),
    /// Show when the next epoch is due, and run it.
    #[command(subcommand)]
    Epoch(epoch::EpochCommand),
    /// Show one neuron: its keys, where it serves, and its model.
    Neuron(neuron::NeuronArgs),
    /// Show a subnet's neurons as of its last epoch.
    Metagraph(metagraph::MetagraphArgs),
    /// Show who would earn what under a subnet's rules.
    Simulate(simulate::SimulateArgs),
}

impl Cli {
    /// Whether models run for what was asked for, in this process or in those that it starts.
    pub fn runs_models(&self) -> bool {
        matches!(
            self.command,
            Command::Eval(_)
                | Command::Bench(_)
                | Command::Conformance(_)
                | Command::Inspect(_)
                | Command::Doctor(_)
                | Command::Validator(_)
        )
    }

    /// Does what was asked for.
    ///
    /// # Errors
    /// When it fails, with the reason for the user.
    pub fn run(self) -> anyhow::Result<()> {
        match self.command {
            Command::Eval(args) => eval::run(&args),
            Command::Bench(args) => bench::run(&args),
            Command::Conformance(args) => conformance::run(&args),
            Command::CheckData(args) => check_data::run(&args),
            Command::Bundle(args) => bundle::run(&args),
            Command::Inspect(args) => inspect::run(&args),
            Command::Doctor(args) => doctor::run(&args),
            Command::Miner(command) => command.run(),
            Command::Validator(command) => command.run(),
            Command::Subnet(command) => subnet::run(&command),
            Command::Register(args) => register::run(&args),
            Command::Endpoint(args) => endpoint::run(&args),
            Command::Wallet(command) => wallet::run(&command),
            Command::Governance(command) => governance::run(&command),
            Command::Stake(args) => stake::stake(&args),
            Command::Unstake(args) => stake::unstake(&args),
            Command::MoveStake(args) => stake::move_stake(&args),
            Command::TransferStake(args) => stake::transfer_stake(&args),
            Command::Positions(args) => stake::positions(&args),
            Command::Take(command) => delegation::run_take(&command),
            Command::Children(command) => delegation::run_children(&command),
            Command::AutoStake(args) => delegation::auto_stake(&args),
            Command::Votes(command) => votes::run(&command),
            Command::VotingPower(command) => power::run(&command),
            Command::Delegates(args) => economy::delegates(&args),
            Command::Economy(args) => economy::economy(&args),
            Command::Transfer(args) => transfer::run(&args),
            Command::Weights(command) => weights::run(&command),
            Command::Epoch(command) => epoch::run(&command),
            Command::Neuron(args) => neuron::run(&args),
            Command::Metagraph(args) => metagraph::run(&args),
            Command::Simulate(args) => simulate::run(&args),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Cli;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
