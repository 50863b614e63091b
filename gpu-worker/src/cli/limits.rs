//! Flags that bound what a model may cost, and the process that evaluates it.

use std::path::PathBuf;
use std::time::Duration;

use gpu_worker::evaluation::{DEFAULT_MEMORY, DEFAULT_TIME, Sandbox};
use gpu_worker::model::Limits;

/// Bounds on a model; each default admits what a desktop GPU runs with ease.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Limits")]
pub struct LimitArgs {
    /// Bytes of the file.
    #[arg(long, value_name = "BYTES")]
    limit_bytes: Option<u64>,
    /// Nodes of the graph.
    #[arg(long, value_name = "NODES")]
    limit_nodes: Option<u64>,
    /// Dimensions of any tensor.
    #[arg(long, value_name = "DIMENSIONS")]
    limit_rank: Option<u64>,
    /// Length of any dimension.
    #[arg(long, value_name = "ELEMENTS")]
    limit_dim: Option<u64>,
    /// Bytes of all initializers and constants.
    #[arg(long, value_name = "BYTES")]
    limit_initializer_bytes: Option<u64>,
    /// Bytes of any computed tensor.
    #[arg(long, value_name = "BYTES")]
    limit_tensor_bytes: Option<u64>,
    /// Bytes of device memory for one batch.
    #[arg(long, value_name = "BYTES")]
    limit_memory_bytes: Option<u64>,
    /// Floating-point operations of one batch.
    #[arg(long, value_name = "OPERATIONS")]
    limit_flops: Option<u64>,
    /// Rounds that all loops of one batch take together.
    #[arg(long, value_name = "ROUNDS")]
    limit_rounds: Option<u64>,
    /// Graphs inside graphs, and functions that call functions.
    #[arg(long, value_name = "LEVELS")]
    limit_depth: Option<u64>,
}

impl LimitArgs {
    /// The limits, with defaults for what is not given.
    pub fn limits(&self) -> Limits {
        let default = Limits::default();
        Limits {
            bytes: self.limit_bytes.unwrap_or(default.bytes),
            nodes: self.limit_nodes.unwrap_or(default.nodes),
            rank: self.limit_rank.unwrap_or(default.rank),
            dim: self.limit_dim.unwrap_or(default.dim),
            initializer_bytes: self.limit_initializer_bytes.unwrap_or(default.initializer_bytes),
            tensor_bytes: self.limit_tensor_bytes.unwrap_or(default.tensor_bytes),
            memory_bytes: self.limit_memory_bytes.unwrap_or(default.memory_bytes),
            flops: self.limit_flops.unwrap_or(default.flops),
            rounds: self.limit_rounds.unwrap_or(default.rounds),
            depth: self.limit_depth.unwrap_or(default.depth),
        }
    }
}

/// Bounds on a process that evaluates.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Limits")]
pub struct ProcessArgs {
    /// Wall-clock seconds that an evaluation may take.
    #[arg(long, value_name = "SECONDS", default_value_t = DEFAULT_TIME.as_secs(), value_parser = clap::value_parser!(u64).range(1..))]
    limit_time: u64,
    /// Bytes of the host's memory that an evaluation may take; reserved address space does not count.
    #[cfg(unix)]
    #[arg(long, value_name = "BYTES", default_value_t = DEFAULT_MEMORY)]
    limit_host_memory: u64,
    /// Leave an evaluation the network, other processes and the writing of files: for a driver that cannot do without.
    #[arg(long)]
    pub unconfined: bool,
}

impl ProcessArgs {
    /// Wall-clock time.
    pub fn time(&self) -> Duration {
        Duration::from_secs(self.limit_time)
    }

    /// Bytes of the host's memory.
    #[cfg(unix)]
    pub fn memory_bytes(&self) -> u64 {
        self.limit_host_memory
    }

    /// Bytes of the host's memory, which this system cannot bound.
    #[cfg(not(unix))]
    pub fn memory_bytes(&self) -> u64 {
        DEFAULT_MEMORY
    }

    /// A child process of `program` with these bounds.
    pub fn sandbox(&self, program: PathBuf) -> Sandbox {
        Sandbox {
            program,
            timeout: self.time(),
            memory_bytes: self.memory_bytes(),
            is_confined: !self.unconfined,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Flags {
        #[command(flatten)]
        limits: LimitArgs,
        #[command(flatten)]
        process: ProcessArgs,
    }

    #[test]
    fn an_evaluation_is_bounded_and_confined_unless_told_otherwise() {
        let sandbox = |flags: &[&str]| {
            let flags = std::iter::once("inktensor").chain(flags.iter().copied());
            Flags::try_parse_from(flags)
                .expect("known flags")
                .process
                .sandbox("program".into())
        };
        let default = sandbox(&[]);
        assert_eq!((default.timeout, default.memory_bytes), (DEFAULT_TIME, DEFAULT_MEMORY));
        assert!(default.is_confined);
        let other = sandbox(&["--limit-time", "7", "--unconfined"]);
        assert_eq!((other.timeout, other.is_confined), (Duration::from_secs(7), false));
    }

    #[test]
    fn every_flag_that_the_sandbox_passes_is_read_back() {
        let limits = Limits {
            bytes: 1,
            nodes: 2,
            rank: 3,
            dim: 4,
            initializer_bytes: 5,
            tensor_bytes: 6,
            memory_bytes: 7,
            flops: 8,
            rounds: 9,
            depth: 10,
        };
        let flags = limits
            .flags()
            .into_iter()
            .flat_map(|(flag, value)| [flag.to_owned(), value.to_string()]);
        let parsed = Flags::try_parse_from(std::iter::once("inktensor".to_owned()).chain(flags)).expect("known flags");
        assert_eq!(parsed.limits.limits(), limits);
    }
}
