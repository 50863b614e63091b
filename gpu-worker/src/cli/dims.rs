//! Lengths of the dimensions that a model leaves open, on the command line.

use anyhow::{Context, Result};
use gpu_worker::plan::Lengths;

/// Lengths by name.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct DimArgs {
    /// Length of a dimension that the model leaves open, by the model's name for it, or INPUT.AXIS where it has none; else the first
    /// one of an input is the batch, and the others are 1. May be given again.
    #[arg(long = "dim", value_name = "NAME=LENGTH", value_parser = dim)]
    dims: Vec<(String, usize)>,
}

impl DimArgs {
    /// The lengths for batches of `batch` samples.
    pub fn lengths(&self, batch: u32) -> Lengths {
        Lengths {
            batch: batch as usize,
            named: self.dims.iter().cloned().collect(),
        }
    }
}

fn dim(text: &str) -> Result<(String, usize)> {
    let (name, length) = text
        .rsplit_once('=')
        .with_context(|| format!("`{text}` is no length of a dimension: expected NAME=LENGTH, such as length=128"))?;
    let length = length
        .parse()
        .with_context(|| format!("`{length}` is no length: expected a whole number, such as 128"))?;
    Ok((name.to_owned(), length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_follows_the_last_equals_sign() {
        assert_eq!(dim("length=128").unwrap(), ("length".into(), 128));
        assert_eq!(dim("a=b=2").unwrap(), ("a=b".into(), 2));
        for text in ["length", "length=", "length=-1", "length=many"] {
            dim(text).expect_err(text);
        }
    }
}
