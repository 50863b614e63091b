//! Why an epoch cannot be computed.

use core::fmt;

/// Which part of the input an [`Error`] speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// [`Neurons::last_update`](crate::Neurons::last_update).
    LastUpdate,
    /// [`Neurons::registered_at`](crate::Neurons::registered_at).
    RegisteredAt,
    /// [`Neurons::permits`](crate::Neurons::permits).
    Permits,
    /// [`Neurons::earliest_commit`](crate::Neurons::earliest_commit).
    EarliestCommit,
    /// [`Epoch::weights`](crate::Epoch::weights).
    Weights,
    /// [`Epoch::bonds`](crate::Epoch::bonds).
    Bonds,
}

impl Input {
    /// The input's name as the harness spells it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::LastUpdate => "last_update",
            Self::RegisteredAt => "registered_at",
            Self::Permits => "permits",
            Self::EarliestCommit => "earliest_commit",
            Self::Weights => "weights",
            Self::Bonds => "bonds",
        }
    }
}

/// Input that does not describe an epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// More neurons than the sums of raw weights can hold.
    TooManyNeurons {
        /// Neurons given.
        found: usize,
        /// Neurons allowed: [`Epoch::MAX_NEURONS`](crate::Epoch::MAX_NEURONS).
        limit: usize,
    },
    /// A list or matrix has another number of rows than there are stakes.
    LengthMismatch {
        /// The part of the input.
        input: Input,
        /// One per neuron.
        expected: usize,
        /// Rows given.
        found: usize,
    },
    /// A matrix row names a neuron that does not exist.
    UidOutOfRange {
        /// The matrix.
        input: Input,
        /// The row.
        row: usize,
        /// The UID it names.
        uid: u16,
        /// UIDs are below this.
        neurons: usize,
    },
    /// A matrix row names a neuron twice.
    DuplicateUid {
        /// The matrix.
        input: Input,
        /// The row.
        row: usize,
        /// The UID it repeats.
        uid: u16,
    },
    /// The owner is not a neuron of the subnet.
    OwnerOutOfRange {
        /// The UID given.
        uid: u16,
        /// UIDs are below this.
        neurons: usize,
    },
    /// Stakes so far beyond any supply that their normalised sum overflows and no median is defined.
    StakeOverflow,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::TooManyNeurons { found, limit } => {
                write!(f, "n: expected at most {limit} neurons, found {found}")
            }
            Self::LengthMismatch { input, expected, found } => {
                write!(
                    f,
                    "{}: expected {expected} rows, one per neuron, found {found}",
                    input.name()
                )
            }
            Self::UidOutOfRange {
                input,
                row,
                uid,
                neurons,
            } => {
                write!(
                    f,
                    "{}: row {row} names UID {uid}, expected a UID below {neurons}",
                    input.name()
                )
            }
            Self::DuplicateUid { input, row, uid } => {
                write!(f, "{}: row {row} names UID {uid} twice, expected once", input.name())
            }
            Self::OwnerOutOfRange { uid, neurons } => {
                write!(f, "owner: found UID {uid}, expected a UID below {neurons}, or none")
            }
            Self::StakeOverflow => {
                write!(
                    f,
                    "stake: the sum overflows 64-bit fixed point, expected a total below 2^63 rao"
                )
            }
        }
    }
}

impl core::error::Error for Error {}
