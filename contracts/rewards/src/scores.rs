//! What the last epoch decided of each neuron, and the bonds that it left.

use ink::prelude::vec::Vec;
use ink::storage::Mapping;
use inktensor_primitives::{NetUid, Rao, Uid};

/// One neuron's result, proportions in 65535ths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[ink::scale_derive(Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "std", derive(ink::storage::traits::StorageLayout))]
pub struct Score {
    /// Share of the servers' emission.
    pub incentive: u16,
    /// Share of the validators' emission.
    pub dividends: u16,
    /// Consensus weight.
    pub consensus: u16,
    /// How much of its weights agreed with consensus.
    pub validator_trust: u16,
    /// What it was paid.
    pub emission: Rao,
}

/// A validator's bonds by miner, in 65535ths, each packed into one word as Yuma reads them.
type Bonds = Vec<u32>;

/// The last epochs' results. A subnet's scores share one cell: 256 neurons take 4 KiB of the 16 that a cell can have.
#[ink::storage_item]
#[derive(Debug, Default)]
pub struct Scores {
    scores: Mapping<NetUid, Vec<Score>>,
    bonds: Mapping<(NetUid, Uid), Bonds>,
}

impl Scores {
    /// The last epoch's scores by UID.
    pub fn scores(&self, netuid: NetUid) -> Vec<Score> {
        self.scores.get(netuid).unwrap_or_default()
    }

    /// Stores an epoch's scores.
    pub fn save(&mut self, netuid: NetUid, scores: &Vec<Score>) {
        self.scores.insert(netuid, scores);
    }

    /// A validator's bonds.
    pub fn bonds(&self, netuid: NetUid, uid: Uid) -> Bonds {
        self.bonds.get((netuid, uid)).unwrap_or_default()
    }

    /// Stores a validator's bonds; none are forgotten.
    pub fn save_bonds(&mut self, netuid: NetUid, uid: Uid, bonds: &Bonds) {
        if bonds.is_empty() {
            self.bonds.remove((netuid, uid));
        } else {
            self.bonds.insert((netuid, uid), bonds);
        }
    }
}
