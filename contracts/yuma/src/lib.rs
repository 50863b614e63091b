//! Yuma consensus and emission mathematics: plain integers in, plain integers out.
//!
//! One epoch turns stakes, weights and old bonds into emissions, permits and new bonds ([`Epoch::run`]). Beside it
//! stand the sums around an epoch: how much is emitted ([`emission`]), how an amount is divided without losing a rao
//! ([`payout`]), what a registration costs ([`burn`]) and how weights are stored ([`upscale`]).
//!
//! Invariant: results equal those of Bittensor's sparse epoch to the last bit. Hence the fixed-point types of
//! [`fixed`], whose roundings are part of the protocol, and no floating point anywhere.
//!
//! Invariant: no input panics. What cannot be computed is a typed [`Error`].
//!
//! ```
//! use yuma::{Epoch, Neurons, Params, SparseMatrix, Version};
//!
//! // Neuron 0 validates and gives neuron 1 all its weight.
//! let mut weights = SparseMatrix::with_capacity(2);
//! weights.push_row(&[(1, 65535)]);
//! weights.fill_rows(2);
//! let mut bonds = SparseMatrix::new();
//! bonds.fill_rows(2);
//! let params = Params {
//!     block: 360,
//!     tempo: 360,
//!     last_step: 0,
//!     activity_cutoff: yuma::activity_cutoff(13_889, 360),
//!     kappa: 32_767,
//!     bonds_moving_average: 900_000,
//!     bonds_penalty: 65_535,
//!     max_validators: 64,
//!     owner: None,
//!     stake_threshold: 0,
//!     emission: 1_000_000_000,
//!     version: Version::Yuma3,
//! };
//! let neurons = Neurons {
//!     stake: &[5_000_000_000, 0],
//!     last_update: &[350, 2],
//!     registered_at: &[1, 2],
//!     permits: &[true, false],
//!     earliest_commit: &[],
//! };
//! let outcome = Epoch { params: &params, neurons, weights: &weights, bonds: &bonds }.run()?;
//! assert_eq!(outcome.server_emission, [0, 500_000_000]);
//! assert_eq!(outcome.validator_emission, [500_000_000, 0]);
//! # Ok::<(), yuma::Error>(())
//! ```
//!
//! Memory and time grow with the entries of the weight and bond matrices, not with the square of the neurons: the
//! same code runs inside a Wasm contract whose allocator never frees, so every buffer is allocated once, at its final
//! size. An epoch too large for one call goes on in others: see [`Progress`].
#![no_std]
#![deny(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::float_arithmetic,
    clippy::cast_lossless,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss
)]

extern crate alloc;

pub mod burn;
pub mod emission;
pub mod fixed;
pub mod payout;
pub mod upscale;

mod bonds;
mod consensus;
mod epoch;
mod error;
mod liquid;
mod progress;
mod scratch;
mod shares;
mod sparse;
mod stake;
mod weights;
mod wide;

pub use bonds::Version;
pub use epoch::{Epoch, Neurons, Outcome, Params};
pub use error::{Error, Input};
pub use liquid::LiquidAlpha;
pub use progress::{Progress, Stage};
pub use sparse::{pack, unpack, SparseMatrix};
pub use stake::activity_cutoff;

/// Position of a neuron in its subnet.
pub type Uid = u16;
/// A block number.
pub type Block = u64;
/// An amount in rao: 1 TAO is 1e9 rao.
pub type Rao = u64;
