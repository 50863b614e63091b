//! What a model may cost, checked before memory is spent on it.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Bounds on a model. The defaults admit what a desktop GPU runs with ease and stop what only wants to exhaust the machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Bytes of the file.
    pub bytes: u64,
    /// Nodes, after composite operators are written out.
    pub nodes: u64,
    /// Dimensions of any tensor; kernels are written for at most [`MAX_RANK`].
    pub rank: u64,
    /// Length of any dimension.
    pub dim: u64,
    /// Bytes of all initializers and constants together.
    pub initializer_bytes: u64,
    /// Bytes of any tensor that is computed.
    pub tensor_bytes: u64,
    /// Bytes of all device buffers together.
    pub memory_bytes: u64,
    /// Floating-point operations of one batch.
    pub flops: u64,
    /// Rounds that all loops of a batch take together.
    pub rounds: u64,
    /// Graphs inside graphs, and functions that call functions; at most [`MAX_DEPTH`], which the stack bears.
    pub depth: u64,
}

/// The rank that kernels index at most.
pub const MAX_RANK: u64 = 8;

/// Graphs inside graphs, and calls inside calls, that are followed at most.
pub const MAX_DEPTH: u64 = 32;

const MIB: u64 = 1 << 20;

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 512 * MIB,
            nodes: 20_000,
            rank: MAX_RANK,
            dim: i32::MAX as u64,
            initializer_bytes: 512 * MIB,
            tensor_bytes: 1024 * MIB,
            memory_bytes: 4096 * MIB,
            flops: 20_000_000_000_000,
            rounds: 1_000_000,
            depth: MAX_DEPTH,
        }
    }
}

/// A bound that a model breaks.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
#[error("{what} is {found}, over the limit of {limit}; {flag} raises it")]
pub struct LimitExceeded {
    /// What was measured, in words.
    pub what: String,
    /// The measure.
    pub found: u64,
    /// The bound.
    pub limit: u64,
    /// The command-line flag that sets the bound.
    pub flag: &'static str,
}

impl Limits {
    /// Every bound with the command-line flag that sets it.
    pub fn flags(&self) -> [(&'static str, u64); 10] {
        [
            ("--limit-bytes", self.bytes),
            ("--limit-nodes", self.nodes),
            ("--limit-rank", self.rank),
            ("--limit-dim", self.dim),
            ("--limit-initializer-bytes", self.initializer_bytes),
            ("--limit-tensor-bytes", self.tensor_bytes),
            ("--limit-memory-bytes", self.memory_bytes),
            ("--limit-flops", self.flops),
            ("--limit-rounds", self.rounds),
            ("--limit-depth", self.depth),
        ]
    }

    /// Checks the size of the file.
    pub fn check_bytes(&self, found: u64) -> Result<(), LimitExceeded> {
        check("the model's size in bytes", found, self.bytes, "--limit-bytes")
    }

    /// Checks the number of nodes.
    pub fn check_nodes(&self, found: u64) -> Result<(), LimitExceeded> {
        check("the number of nodes", found, self.nodes, "--limit-nodes")
    }

    /// Checks the rank and every dimension of the tensor called `name`.
    pub fn check_dims(&self, name: &str, dims: &[usize]) -> Result<(), LimitExceeded> {
        let rank = self.rank.min(MAX_RANK);
        check(
            &format!("the rank of '{name}'"),
            dims.len() as u64,
            rank,
            "--limit-rank",
        )?;
        let longest = dims.iter().copied().max().unwrap_or(0) as u64;
        check(
            &format!("the longest dimension of '{name}'"),
            longest,
            self.dim,
            "--limit-dim",
        )
    }

    /// Checks the bytes of all constants so far.
    pub fn check_initializer_bytes(&self, found: u64) -> Result<(), LimitExceeded> {
        check(
            "the size of all initializers in bytes",
            found,
            self.initializer_bytes,
            "--limit-initializer-bytes",
        )
    }

    /// Checks the bytes of one computed tensor.
    pub fn check_tensor_bytes(&self, name: &str, found: u64) -> Result<(), LimitExceeded> {
        check(
            &format!("the size of '{name}' in bytes"),
            found,
            self.tensor_bytes,
            "--limit-tensor-bytes",
        )
    }

    /// Checks the bytes of all device buffers.
    pub fn check_memory_bytes(&self, found: u64) -> Result<(), LimitExceeded> {
        check(
            "the device memory of a batch in bytes",
            found,
            self.memory_bytes,
            "--limit-memory-bytes",
        )
    }

    /// Checks the kernel launches and copies of one batch; ten for every node that is allowed.
    pub fn check_launches(&self, found: u64) -> Result<(), LimitExceeded> {
        check(
            "the number of steps of a batch",
            found,
            self.nodes.saturating_mul(10),
            "--limit-nodes",
        )
    }

    /// Checks the work of one batch.
    pub fn check_flops(&self, found: u64) -> Result<(), LimitExceeded> {
        check(
            "the floating-point operations of a batch",
            found,
            self.flops,
            "--limit-flops",
        )
    }

    /// Checks the rounds of all loops so far.
    pub fn check_rounds(&self, found: u64) -> Result<(), LimitExceeded> {
        check(
            "the rounds of all loops of a batch",
            found,
            self.rounds,
            "--limit-rounds",
        )
    }

    /// Checks how deep a graph lies in others, or a function in its callers.
    pub fn check_depth(&self, found: u64) -> Result<(), LimitExceeded> {
        let limit = self.depth.min(MAX_DEPTH);
        check(
            "the depth of graphs and functions in each other",
            found,
            limit,
            "--limit-depth",
        )
    }
}

fn check(what: &str, found: u64, limit: u64, flag: &'static str) -> Result<(), LimitExceeded> {
    if found <= limit {
        Ok(())
    } else {
        Err(LimitExceeded {
            what: what.into(),
            found,
            limit,
            flag,
        })
    }
}
