//! Where each subnet stands between epochs.

use crate::accrual::Accrual;
use ink::prelude::vec::Vec;
use ink::storage::{Lazy, Mapping};
use inktensor_primitives::registry::SubnetChange;
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
    /// How much of [`Accrual::due`] is in `unpaid` or paid.
    pub counted: Rao,
    /// Due before it, owner's cut included.
    pub unpaid: Rao,
    /// Due before it, of which the owner has had the cut.
    pub carried: Rao,
    /// The least stake that earned a permit in the last epoch, where all permits were given: more stake can earn one.
    pub permit_floor: Rao,
    /// Whether no validator was active in the last epoch.
    pub silent: bool,
    /// What an epoch that runs has paid so far: `unpaid` and `carried` are still as at its beginning. None runs where there is nothing.
    pub running: Option<Rao>,
}

impl Track {
    /// All that the subnet is due with the owner's cut still to be taken, what a running epoch took of it included.
    pub fn gross(&self, netuid: NetUid, accrual: &Accrual) -> Rao {
        Rao(self.unpaid.0.saturating_add(accrual.due_since(netuid, self.counted).0))
    }

    /// All that the subnet is due.
    pub fn pending(&self, netuid: NetUid, accrual: &Accrual) -> Rao {
        let due = self.gross(netuid, accrual).0.saturating_add(self.carried.0);
        Rao(due.saturating_sub(self.running.unwrap_or_default().0))
    }

    /// How many epochs were before the one that runs.
    pub fn running_epoch(&self) -> Option<u32> {
        self.running.map(|_| self.epoch)
    }

    /// What people see of it. `steps` are those done and all of an epoch that runs.
    pub fn status(&self, netuid: NetUid, accrual: &Accrual, tempo: u16, steps: (u32, u32)) -> EpochStatus {
        EpochStatus {
            epoch: self.epoch,
            last_epoch_at: self.last_epoch_at,
            next_epoch_at: self.next_epoch_at(tempo),
            pending: self.pending(netuid, accrual),
            in_progress: self.running.is_some(),
            steps_done: steps.0,
            steps: steps.1,
            silent: self.silent,
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
    /// In a cell of its own: only what pays or votes needs it.
    accrual: Lazy<Accrual>,
    /// How many of the registry's changes are in here.
    known: u32,
    tracks: Mapping<NetUid, Track>,
}

/// The state of now, which storage holds as of the last time that it was saved.
#[derive(Clone, Debug)]
pub struct Present {
    /// Emission up to now.
    pub accrual: Accrual,
    known: u32,
    /// Subnets that opened since, and `None` for those that dissolved.
    changed: Vec<(NetUid, Option<Track>)>,
    /// Whether it is the state of a past block, because there were more changes than one call learns of. Saving it brings the next call
    /// further.
    pub is_behind: bool,
}

impl Present {
    fn changed(&self, netuid: NetUid) -> Option<&Option<Track>> {
        let latest = self.changed.iter().rev().find(|(changed, _)| *changed == netuid);
        latest.map(|(_, track)| track)
    }
}

impl Tracks {
    /// How many of the registry's changes are known: the later ones are `present`'s to learn.
    pub fn known_changes(&self) -> u32 {
        self.known
    }

    /// Brings emission up to now. Subnets share from the block of their opening until the block in which they are dissolved, so it does
    /// not matter when this is called. `changes` are the registry's after the known ones; where they are not all, the state is that of
    /// the last one's block.
    pub fn present(&self, (changes, are_all): (&[SubnetChange], bool), issued: Rao, now: BlockNumber) -> Present {
        let mut present = Present {
            accrual: self.accrual.get_or_default(),
            known: self.known,
            changed: Vec::new(),
            is_behind: !are_all,
        };
        for change in changes {
            present.accrual.advance(issued, change.at);
            let track = if change.open {
                present.accrual.join(change.netuid);
                Some(Track {
                    last_epoch_at: change.at,
                    ..Track::default()
                })
            } else {
                if let Ok(track) = self.track(&present, change.netuid) {
                    let pending = track.pending(change.netuid, &present.accrual);
                    present.accrual.leave(change.netuid, pending);
                }
                None
            };
            present.known = present.known.saturating_add(1);
            present.changed.push((change.netuid, track));
        }
        if are_all {
            present.accrual.advance(issued, now);
        }
        present
    }

    /// One subnet's standing.
    ///
    /// # Errors
    /// [`Error::UnknownSubnet`]
    pub fn track(&self, present: &Present, netuid: NetUid) -> Result<Track, Error> {
        let track = match present.changed(netuid) {
            Some(changed) => changed.clone(),
            None => self.tracks.get(netuid),
        };
        track.ok_or(Error::UnknownSubnet)
    }

    /// One subnet's standing as it was saved last: what only epochs change is current.
    pub fn saved(&self, netuid: NetUid) -> Track {
        self.tracks.get(netuid).unwrap_or_default()
    }

    /// Saves the state of now with one subnet's new standing.
    pub fn save(&mut self, present: &Present, netuid: NetUid, track: &Track) {
        self.save_shared(present);
        self.tracks.insert(netuid, track);
    }

    /// Saves the state of now.
    pub fn save_shared(&mut self, present: &Present) {
        self.accrual.set(&present.accrual);
        self.known = present.known;
        for (changed, track) in &present.changed {
            match track {
                Some(track) => {
                    self.tracks.insert(changed, track);
                }
                None => self.tracks.remove(changed),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use inktensor_primitives::RAO_PER_TAO;

    fn change(netuid: u16, at: BlockNumber, open: bool) -> SubnetChange {
        SubnetChange {
            netuid: NetUid(netuid),
            at,
            open,
        }
    }

    #[ink::test]
    fn a_dissolved_subnet_is_unknown_and_the_others_share_what_it_was_due() {
        let log = [change(0, 0, true), change(1, 0, true), change(1, 10, false)];
        let tracks = Tracks::default();
        let present = tracks.present((&log, true), Rao::ZERO, 20);
        assert_eq!(tracks.track(&present, NetUid(1)), Err(Error::UnknownSubnet));
        let heir = tracks.track(&present, NetUid(0)).unwrap();
        assert_eq!(heir.gross(NetUid(0), &present.accrual), Rao(20 * RAO_PER_TAO));
        assert_eq!(present.accrual.outstanding, Rao(20 * RAO_PER_TAO));
    }

    #[ink::test]
    fn it_does_not_matter_when_changes_are_learned() {
        let log = [
            change(0, 3, true),
            change(1, 5, true),
            change(0, 9, false),
            change(2, 9, true),
            change(1, 14, false),
        ];
        // First, because both have the same storage.
        let late = Tracks::default().present((&log, true), Rao::ZERO, 30);
        let mut often = Tracks::default();
        // After each change, one of the subnets that are open then.
        for (known, open) in [0, 0, 1, 1, 2].into_iter().enumerate() {
            let are_all = known % 2 == 0;
            let present = often.present((&log[known..=known], are_all), Rao::ZERO, log[known].at);
            let track = often.track(&present, NetUid(open)).unwrap();
            often.save(&present, NetUid(open), &track);
        }
        let often = often.present((&[], true), Rao::ZERO, 30);
        assert_eq!(often.accrual, late.accrual);
        assert_eq!(often.known, late.known);
    }
}
