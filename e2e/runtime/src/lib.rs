//! The runtime of Inktensor's local contracts chain: pallet-contracts under the limits of Bittensor's chain, Aura and GRANDPA.
//!
//! Natively it doubles as the in-process sandbox of the contract tests, so that tests and node share one pallet-contracts.
#![cfg_attr(not(feature = "std"), no_std)]
// The runtime macros generate public items that cannot carry comments.
#![allow(missing_docs)]

extern crate alloc;

#[cfg(feature = "std")]
include!(concat!(env!("OUT_DIR"), "/wasm_binary.rs"));

pub mod apis;
pub mod configs;
pub mod genesis;

use alloc::vec::Vec;
use sp_runtime::traits::{BlakeTwo256, IdentifyAccount, Verify};
use sp_runtime::{generic, impl_opaque_keys, MultiAddress, MultiSignature};
#[cfg(feature = "std")]
use sp_version::NativeVersion;
use sp_version::{runtime_version, RuntimeVersion};

/// How transactions are signed: sr25519, ed25519 or ecdsa.
pub type Signature = MultiSignature;
/// An account: the public key or its hash.
pub type AccountId = <<Signature as Verify>::Signer as IdentifyAccount>::AccountId;
/// The chain's own coin, which pays fees and deposits; TAO is a contract.
pub type Balance = u128;
/// Transactions of one account are ordered by nonce.
pub type Nonce = u32;
/// Hashes are BLAKE2-256.
pub type Hash = sp_core::H256;
/// A block's height.
pub type BlockNumber = u32;
/// How transactions name accounts.
pub type Address = MultiAddress<AccountId, ()>;
/// A block's header.
pub type Header = generic::Header<BlockNumber, BlakeTwo256>;
/// A block.
pub type Block = generic::Block<Header, UncheckedExtrinsic>;
/// What every transaction is checked for, in this order; the metadata hash comes last, as on Bittensor's chain.
pub type TxExtension = (
    frame_system::CheckNonZeroSender<Runtime>,
    frame_system::CheckSpecVersion<Runtime>,
    frame_system::CheckTxVersion<Runtime>,
    frame_system::CheckGenesis<Runtime>,
    frame_system::CheckEra<Runtime>,
    frame_system::CheckNonce<Runtime>,
    frame_system::CheckWeight<Runtime>,
    pallet_transaction_payment::ChargeTransactionPayment<Runtime>,
    frame_metadata_hash_extension::CheckMetadataHash<Runtime>,
);
/// A transaction as it arrives.
pub type UncheckedExtrinsic = generic::UncheckedExtrinsic<Address, RuntimeCall, Signature, TxExtension>;
/// A contract event as pallet-contracts records it.
pub type EventRecord = frame_system::EventRecord<RuntimeEvent, Hash>;

/// Applies blocks.
pub type Executive =
    frame_executive::Executive<Runtime, Block, frame_system::ChainContext<Runtime>, Runtime, AllPalletsWithSystem>;

/// Types for a node that does not decode transactions.
pub mod opaque {
    use super::*;
    pub use sp_runtime::OpaqueExtrinsic as UncheckedExtrinsic;

    /// A block whose transactions are bytes.
    pub type Block = generic::Block<Header, UncheckedExtrinsic>;

    impl_opaque_keys! {
        pub struct SessionKeys {
            pub aura: crate::Aura,
            pub grandpa: crate::Grandpa,
        }
    }
}

#[runtime_version]
pub const VERSION: RuntimeVersion = RuntimeVersion {
    spec_name: alloc::borrow::Cow::Borrowed("inktensor"),
    impl_name: alloc::borrow::Cow::Borrowed("inktensor"),
    authoring_version: 1,
    spec_version: 1,
    impl_version: 1,
    apis: apis::RUNTIME_API_VERSIONS,
    transaction_version: 1,
    system_version: 1,
};

/// The version that the native build stands for.
#[cfg(feature = "std")]
pub fn native_version() -> NativeVersion {
    NativeVersion {
        runtime_version: VERSION,
        can_author_with: Default::default(),
    }
}

/// Milliseconds between blocks of `--chain local`; an Aura slot.
pub const SLOT_DURATION: u64 = 3_000;
/// One coin: the chain's own currency has 12 decimals.
pub const UNIT: Balance = 1_000_000_000_000;
/// A thousandth of a coin.
pub const MILLIUNIT: Balance = UNIT / 1_000;
/// A millionth of a coin.
pub const MICROUNIT: Balance = UNIT / 1_000_000;
/// Accounts with less than this are removed.
pub const EXISTENTIAL_DEPOSIT: Balance = MILLIUNIT;

frame_support::construct_runtime!(
    pub enum Runtime {
        System: frame_system = 0,
        Timestamp: pallet_timestamp = 1,
        Aura: pallet_aura = 2,
        Grandpa: pallet_grandpa = 3,
        Balances: pallet_balances = 4,
        TransactionPayment: pallet_transaction_payment = 5,
        Sudo: pallet_sudo = 6,
        Utility: pallet_utility = 7,
        Randomness: pallet_insecure_randomness_collective_flip = 8,
        Contracts: pallet_contracts = 9,
    }
);
