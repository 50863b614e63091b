//! The state that chains begin with.

use crate::{AccountId, BalancesConfig, RuntimeGenesisConfig, SudoConfig, UNIT};
use alloc::vec;
use alloc::vec::Vec;
use frame_support::build_struct_json_patch;
use serde_json::Value;
use sp_consensus_aura::sr25519::AuthorityId as AuraId;
use sp_consensus_grandpa::AuthorityId as GrandpaId;
use sp_genesis_builder::{PresetId, DEV_RUNTIME_PRESET, LOCAL_TESTNET_RUNTIME_PRESET};
use sp_keyring::{Ed25519Keyring, Sr25519Keyring};

/// What every well-known development account begins with.
const ENDOWMENT: u128 = 1_000_000 * UNIT;

fn genesis(authorities: Vec<(AuraId, GrandpaId)>, endowed: Vec<AccountId>, root: AccountId) -> Value {
    build_struct_json_patch!(RuntimeGenesisConfig {
        balances: BalancesConfig {
            balances: endowed
                .into_iter()
                .map(|account| (account, ENDOWMENT))
                .collect::<Vec<_>>()
        },
        aura: pallet_aura::GenesisConfig {
            authorities: authorities.iter().map(|(aura, _)| aura.clone()).collect::<Vec<_>>()
        },
        grandpa: pallet_grandpa::GenesisConfig {
            authorities: authorities
                .iter()
                .map(|(_, grandpa)| (grandpa.clone(), 1))
                .collect::<Vec<_>>(),
        },
        sudo: SudoConfig { key: Some(root) },
    })
}

fn authority(aura: Sr25519Keyring, grandpa: Ed25519Keyring) -> (AuraId, GrandpaId) {
    (aura.public().into(), grandpa.public().into())
}

/// One authority, Alice, and endowed development accounts.
fn development() -> Value {
    genesis(
        vec![authority(Sr25519Keyring::Alice, Ed25519Keyring::Alice)],
        Sr25519Keyring::iter().map(|key| key.to_account_id()).collect(),
        Sr25519Keyring::Alice.to_account_id(),
    )
}

/// Three authorities, Alice, Bob and Charlie: of three, GRANDPA tolerates no failure, so finality waits until all are up.
fn local() -> Value {
    genesis(
        vec![
            authority(Sr25519Keyring::Alice, Ed25519Keyring::Alice),
            authority(Sr25519Keyring::Bob, Ed25519Keyring::Bob),
            authority(Sr25519Keyring::Charlie, Ed25519Keyring::Charlie),
        ],
        Sr25519Keyring::iter().map(|key| key.to_account_id()).collect(),
        Sr25519Keyring::Alice.to_account_id(),
    )
}

/// The preset of that name as JSON.
pub fn preset(id: &PresetId) -> Option<Vec<u8>> {
    let patch = match id.as_ref() {
        DEV_RUNTIME_PRESET => development(),
        LOCAL_TESTNET_RUNTIME_PRESET => local(),
        _ => return None,
    };
    Some(alloc::format!("{patch}").into_bytes())
}

/// The presets' names.
pub fn preset_names() -> Vec<PresetId> {
    vec![
        PresetId::from(DEV_RUNTIME_PRESET),
        PresetId::from(LOCAL_TESTNET_RUNTIME_PRESET),
    ]
}
