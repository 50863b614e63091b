//! A runtime for the test of the contracts that are built for Bittensor's own chain: its coin with amounts of 64 bits, and its limits of
//! code, call depth and deposits. It has no Wasm form and no node.

// The runtime macros generate public items that cannot carry comments.
#![allow(missing_docs)]

use frame_support::traits::{ConstBool, ConstU32, ConstU64, Nothing, VariantCountOf};
use frame_support::weights::Weight;
use frame_support::weights::constants::RocksDbWeight;
use frame_support::{derive_impl, parameter_types};
use frame_system::EnsureSigned;
use inktensor_runtime::AccountId;
use inktensor_runtime::configs::RuntimeBlockWeights;
use sp_runtime::Perbill;
use sp_runtime::traits::{Convert, IdentityLookup};

/// Amounts of the chain's own coin.
pub type Balance = u64;

/// A coin in its smallest parts.
pub const COIN: Balance = 1_000_000_000;
/// Accounts with less are removed.
const EXISTENTIAL_DEPOSIT: Balance = 500;

type Block = frame_system::mocking::MockBlockU32<Runtime>;

frame_support::construct_runtime!(
    pub enum Runtime {
        System: frame_system,
        Timestamp: pallet_timestamp,
        Balances: pallet_balances,
        Randomness: pallet_insecure_randomness_collective_flip,
        Contracts: pallet_contracts,
    }
);

#[derive_impl(frame_system::config_preludes::SolochainDefaultConfig)]
impl frame_system::Config for Runtime {
    type Block = Block;
    type BlockWeights = RuntimeBlockWeights;
    type DbWeight = RocksDbWeight;
    type AccountId = AccountId;
    type Lookup = IdentityLookup<AccountId>;
    type AccountData = pallet_balances::AccountData<Balance>;
}

impl pallet_timestamp::Config for Runtime {
    type Moment = u64;
    type OnTimestampSet = ();
    type MinimumPeriod = ConstU64<0>;
    type WeightInfo = ();
}

impl pallet_balances::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeHoldReason = RuntimeHoldReason;
    type RuntimeFreezeReason = RuntimeFreezeReason;
    type WeightInfo = ();
    type Balance = Balance;
    type DustRemoval = ();
    type ExistentialDeposit = ConstU64<EXISTENTIAL_DEPOSIT>;
    type AccountStore = System;
    type ReserveIdentifier = [u8; 8];
    type FreezeIdentifier = RuntimeFreezeReason;
    type MaxLocks = ConstU32<50>;
    type MaxReserves = ConstU32<50>;
    type MaxFreezes = VariantCountOf<RuntimeFreezeReason>;
    type DoneSlashHandler = ();
}

impl pallet_insecure_randomness_collective_flip::Config for Runtime {}

/// A part of the chain's coin for each unit of time: only ever used to show what gas would cost.
pub struct Price;

impl Convert<Weight, Balance> for Price {
    fn convert(weight: Weight) -> Balance {
        weight.ref_time()
    }
}

/// What an item of contract storage costs as long as it lies there, and each of its bytes: 15 and 6 hundredths of the existential deposit.
const fn deposit(items: u32, bytes: u32) -> Balance {
    items as Balance * (EXISTENTIAL_DEPOSIT * 15 / 100) + bytes as Balance * (EXISTENTIAL_DEPOSIT * 6 / 100)
}

parameter_types! {
    pub const DepositPerItem: Balance = deposit(1, 0);
    pub const DepositPerByte: Balance = deposit(0, 1);
    pub const DefaultDepositLimit: Balance = deposit(1024, 1024 * 1024);
    pub const CodeHashLockupDepositPercent: Perbill = Perbill::from_percent(30);
    pub Schedule: pallet_contracts::Schedule<Runtime> = Default::default();
}

impl pallet_contracts::Config for Runtime {
    type Time = Timestamp;
    type Randomness = Randomness;
    type Currency = Balances;
    type RuntimeEvent = RuntimeEvent;
    type RuntimeCall = RuntimeCall;
    type RuntimeHoldReason = RuntimeHoldReason;
    type CallFilter = Nothing;
    type WeightPrice = Price;
    type WeightInfo = pallet_contracts::weights::SubstrateWeight<Self>;
    type ChainExtension = ();
    type Schedule = Schedule;
    type CallStack = [pallet_contracts::Frame<Self>; 5];
    type DepositPerByte = DepositPerByte;
    type DefaultDepositLimit = DefaultDepositLimit;
    type DepositPerItem = DepositPerItem;
    type CodeHashLockupDepositPercent = CodeHashLockupDepositPercent;
    type AddressGenerator = pallet_contracts::DefaultAddressGenerator;
    type MaxCodeLen = ConstU32<{ 128 * 1024 }>;
    type MaxStorageKeyLen = ConstU32<128>;
    // Only the unstable interface reaches it. What is left of the memory lets five frames hold 128 KiB of code each.
    type MaxTransientStorageSize = ConstU32<{ 256 * 1024 }>;
    type MaxDelegateDependencies = ConstU32<32>;
    type UnsafeUnstableInterface = ConstBool<false>;
    type MaxDebugBufferLen = ConstU32<{ 2 * 1024 * 1024 }>;
    type UploadOrigin = EnsureSigned<AccountId>;
    type InstantiateOrigin = EnsureSigned<AccountId>;
    type Migrations = ();
    type Debug = ();
    type Environment = ();
    type ApiVersion = ();
    type Xcm = ();
}
