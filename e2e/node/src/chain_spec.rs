//! The chains this node knows by name.

use inktensor_runtime::WASM_BINARY;
use sc_service::{ChainType, GenericChainSpec, Properties};
use sp_genesis_builder::{DEV_RUNTIME_PRESET, LOCAL_TESTNET_RUNTIME_PRESET};

/// A chain's specification.
pub type ChainSpec = GenericChainSpec;

/// One node that seals by itself.
pub fn development() -> Result<ChainSpec, String> {
    build(
        "Inktensor Development",
        "inktensor_dev",
        ChainType::Development,
        DEV_RUNTIME_PRESET,
    )
}

/// A network of three validators on this machine.
pub fn local() -> Result<ChainSpec, String> {
    build(
        "Inktensor Local Network",
        "inktensor_local",
        ChainType::Local,
        LOCAL_TESTNET_RUNTIME_PRESET,
    )
}

fn build(name: &str, id: &str, kind: ChainType, preset: &str) -> Result<ChainSpec, String> {
    let wasm =
        WASM_BINARY.ok_or("this node was built without its Wasm runtime: build it again without SKIP_WASM_BUILD")?;
    Ok(ChainSpec::builder(wasm, None)
        .with_name(name)
        .with_id(id)
        .with_chain_type(kind)
        .with_genesis_config_preset_name(preset)
        .with_properties(properties())
        .build())
}

fn properties() -> Properties {
    let mut properties = Properties::new();
    properties.insert("tokenSymbol".into(), "UNIT".into());
    properties.insert("tokenDecimals".into(), 12.into());
    properties.insert("ss58Format".into(), 42.into());
    properties
}
