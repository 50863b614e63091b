//! Where each subnet stands between epochs.

use crate::accrual::Accrual;
use ink::prelude::vec::Vec;
use ink::storage::Mapping;
use inktensor_primitives::registry::Terms;
use inktensor_primitives::rewards::{EpochStatus, Error};
use inktensor_primitives::{BlockNumber, NetUid, Rao};

/// One subnet's standing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[ink::scale_derive(Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "std", derive(ink::storage::traits::StorageLayout))]
pub struct Track {
    /// How many epochs it ran.
    pub epoch: u32,
    /// The block of the last one; the subnet's creation before the first.
    pub last_epoch_at: BlockNumber,
    /// The reading of [`Accrual::per_subnet`] up to which its due is in `unpaid` or paid.
    pub counted: Rao,
    /// Due before it, owner's cut included.
    pub unpaid: Rao,
    /// Due before it, of which the owner has had the cut.
    pub carried: Rao,
    /// The least stake that earned a permit in the last epoch, where all permits were given: more stake can earn one.
    pub permit_floor: Rao,
}

impl Track {
    /// All that the subnet is due with the owner's cut still to be taken.
    pub fn gross(&self, accrual: &Accrual) -> Rao {
        Rao(self.unpaid.0.saturating_add(accrual.due_since(self.counted).0))
    }

    /// What people see of it.
    pub fn status(&self, accrual: &Accrual, tempo: u16) -> EpochStatus {
        EpochStatus {
            epoch: self.epoch,
            last_epoch_at: self.last_epoch_at,
            next_epoch_at: self.next_epoch_at(tempo),
            pending: Rao(self.gross(accrual).0.saturating_add(self.carried.0)),
            in_progress: false,
        }
    }

    /// The first block in which the next epoch may run.
    pub fn next_epoch_at(&self, tempo: u16) -> BlockNumber {
        self.last_epoch_at.saturating_add(u32::from(tempo))
    }
}

/// All subnets, and what they share.
#[ink::storage_item]
#[derive(Debug, Default)]
pub struct Tracks {
    accrual: Accrual,
    tracks: Mapping<NetUid, Track>,
}

/// The state of now, which storage holds as of the last time that it was saved.
#[derive(Clone, Debug)]
pub struct Present {
    /// Emission up to now.
    pub accrual: Accrual,
    /// Subnets that were created since.
    joined: Vec<(NetUid, Track)>,
}

impl Tracks {
    /// Brings emission up to now, and subnets in that were created meanwhile: each shares from the block of its creation on, so it
    /// does not matter when this is called.
    ///
    /// # Errors
    /// Those of `terms`.
    pub fn present(
        &self,
        subnets: u16,
        issued: Rao,
        now: BlockNumber,
        mut terms: impl FnMut(NetUid) -> Result<Terms, Error>,
    ) -> Result<Present, Error> {
        let mut accrual = self.accrual;
        let mut joined = Vec::new();
        for netuid in (accrual.subnets..subnets).map(NetUid) {
            let created_at = terms(netuid)?.created_at;
            accrual.advance(issued, created_at);
            let counted = accrual.join();
            joined.push((
                netuid,
                Track {
                    last_epoch_at: created_at,
                    counted,
                    ..Track::default()
                },
            ));
        }
        accrual.advance(issued, now);
        Ok(Present { accrual, joined })
    }

    /// One subnet's standing.
    ///
    /// # Errors
    /// [`Error::UnknownSubnet`]
    pub fn track(&self, present: &Present, netuid: NetUid) -> Result<Track, Error> {
        let joined = present.joined.iter().find(|(joined, _)| *joined == netuid);
        match joined {
            Some((_, track)) => Ok(track.clone()),
            None => self.tracks.get(netuid).ok_or(Error::UnknownSubnet),
        }
    }

    /// One subnet's standing as it was saved last: what only epochs change is current.
    pub fn saved(&self, netuid: NetUid) -> Track {
        self.tracks.get(netuid).unwrap_or_default()
    }

    /// Saves the state of now with one subnet's new standing.
    pub fn save(&mut self, present: &Present, netuid: NetUid, track: &Track) {
        self.accrual = present.accrual;
        for (joined, track) in &present.joined {
            self.tracks.insert(joined, track);
        }
        self.tracks.insert(netuid, track);
    }
}
