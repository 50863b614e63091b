//! `inktensor endpoint`: says where a hotkey serves, how it is spoken to, and which TLS key it answers with.

use super::common::{PrintArgs, SubnetArg};
use super::{
    access::{ChainArgs, block_on},
    keys::SignerArgs,
};
use anyhow::{Context, Result};
use blake2::{Blake2b, Digest, digest::consts::U32};
use inktensor_client::{accounts::parse_hash, messages::registry};
use inktensor_primitives::{
    Hash,
    registry::{Endpoint, Protocol},
};
use std::path::PathBuf;

/// Where the signing hotkey serves.
#[derive(Debug, clap::Args)]
pub struct EndpointArgs {
    #[command(flatten)]
    subnet: SubnetArg,
    /// The address, for example https://miner.example:8091.
    #[arg(long, required_unless_present = "remove", conflicts_with = "remove")]
    uri: Option<String>,
    /// How to speak to it.
    #[arg(long, value_enum, default_value = "http")]
    protocol: Speech,
    /// BLAKE2-256 of its TLS public key, as 0x and 64 hex digits: callers refuse any other.
    #[arg(long, value_name = "HASH", value_parser = hash, conflicts_with = "tls_key_file")]
    tls_key: Option<Hash>,
    /// The TLS public key itself (SubjectPublicKeyInfo in DER), to be hashed.
    #[arg(long, value_name = "FILE")]
    tls_key_file: Option<PathBuf>,
    /// Serves no longer.
    #[arg(long)]
    remove: bool,
    #[command(flatten)]
    print: PrintArgs,
    #[command(flatten)]
    chain: ChainArgs,
    #[command(flatten)]
    key: SignerArgs,
}

/// How an endpoint is spoken to.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Speech {
    /// HTTP/1.1 or HTTP/2, TLS by the address's scheme.
    Http,
    /// gRPC.
    Grpc,
    /// QUIC.
    Quic,
}

impl From<Speech> for Protocol {
    fn from(speech: Speech) -> Self {
        match speech {
            Speech::Http => Self::Http,
            Speech::Grpc => Self::Grpc,
            Speech::Quic => Self::Quic,
        }
    }
}

/// Runs the command.
///
/// # Errors
/// When the TLS key cannot be read, or the chain cannot be reached or refuses.
pub fn run(args: &EndpointArgs) -> Result<()> {
    let tls_key = match &args.tls_key_file {
        Some(file) => {
            let key = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
            let hash: [u8; 32] = Blake2b::<U32>::digest(key).into();
            Some(hash.into())
        }
        None => args.tls_key,
    };
    let endpoint = args.uri.as_ref().map(|uri| Endpoint {
        uri: uri.clone(),
        protocol: args.protocol.into(),
        tls_key,
    });
    block_on(async {
        let network = args.chain.connect().await?;
        let signer = args.key.signer(network.chain())?;
        let message = registry::set_endpoint(args.subnet.id(), endpoint);
        let receipt = network.call(&signer, message).await?;
        let hotkey = network.chain().ss58(&signer.account());
        if args.print.json {
            let block = receipt.block.number;
            println!(
                "{}",
                serde_json::json!({ "netuid": args.subnet.netuid, "hotkey": hotkey, "uri": args.uri, "block": block })
            );
        } else {
            match &args.uri {
                Some(uri) => println!("{hotkey} serves subnet {} at {uri}", args.subnet.netuid),
                None => println!("{hotkey} serves subnet {} no longer", args.subnet.netuid),
            }
        }
        Ok(())
    })
}

fn hash(text: &str) -> Result<Hash, String> {
    parse_hash(text).ok_or_else(|| "expected 0x and 64 hex digits".to_owned())
}
