//! Flags that bound what a model may cost.

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
        };
        let flags = limits
            .flags()
            .into_iter()
            .flat_map(|(flag, value)| [flag.to_owned(), value.to_string()]);
        let parsed = Flags::try_parse_from(std::iter::once("inktensor".to_owned()).chain(flags)).expect("known flags");
        assert_eq!(parsed.limits.limits(), limits);
    }
}
