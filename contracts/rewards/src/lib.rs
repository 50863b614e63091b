//! Rewards: weights by commit and reveal, epochs, emission.
//!
//! [`commits`] and [`weights`] hold what validators say, [`votes`], [`accrual`] and [`track`] what is due, [`epoch`] turns both into payments; the
//! contract binds them to storage, caller, events and the other contracts.
#![cfg_attr(not(feature = "std"), no_std, no_main)]
// Tests may panic.
#![cfg_attr(
    test,
    allow(clippy::arithmetic_side_effects, clippy::indexing_slicing, clippy::unwrap_used)
)]

#[cfg(test)]
mod fixtures;

pub mod accrual;
pub mod bonds;
pub mod commits;
pub mod epoch;
mod peers;
pub mod scores;
pub mod track;
pub mod votes;
pub mod weights;

pub use contract::{Rewards, RewardsRef};

#[ink::contract(env = inktensor_primitives::environment::Environment)]
mod contract {
    use crate::commits::Commits;
    use crate::epoch::store::Epochs;
    use crate::epoch::{self, Books, Budget, End, Orders, Running, Subnet};
    use crate::peers::{Registry, Staking};
    use crate::scores::Scores;
    use crate::track::{Present, Track, Tracks};
    use crate::votes::Votes;
    use crate::weights::{checked, Row, Weights};
    use ink::env::hash::Blake2x256;
    use ink::prelude::vec::Vec;
    use inktensor_primitives::call::{Token, TokenFailure};
    use inktensor_primitives::events::rewards::{
        EpochFinished, SubnetsVoted, VotesCounted, WeightsCommitted, WeightsSet,
    };
    use inktensor_primitives::registry::{Slot, Terms};
    use inktensor_primitives::rewards::{
        Commit, Economy, EpochProgress, EpochStatus, Error, MetagraphRow, Reveal, SubnetShare, SubnetVote, WeightRow,
    };
    use inktensor_primitives::{NetUid, Page, Rao, Uid, CAP};

    /// The most UIDs in a page of weights.
    const MAX_WEIGHTS_PAGE: u32 = 64;
    /// The most weights in a page: a call's result has 16 KiB.
    const MAX_WEIGHTS: usize = 3_072;
    /// The most neurons in a page of the metagraph.
    const MAX_METAGRAPH_PAGE: u32 = 64;

    /// The contract's storage.
    #[ink(storage)]
    pub struct Rewards {
        tao: AccountId,
        registry: AccountId,
        staking: AccountId,
        domain: Hash,
        commits: Commits,
        weights: Weights,
        tracks: Tracks,
        scores: Scores,
        votes: Votes,
        epochs: Epochs,
    }

    impl Rewards {
        /// `domain` is the genesis hash of the chain: commits name it.
        #[ink(constructor)]
        pub fn new(tao: AccountId, registry: AccountId, staking: AccountId, domain: Hash) -> Self {
            Self {
                tao,
                registry,
                staking,
                domain,
                commits: Commits::default(),
                weights: Weights::default(),
                tracks: Tracks::default(),
                scores: Scores::default(),
                votes: Votes::default(),
                epochs: Epochs::default(),
            }
        }

        /// The chain that commits are bound to.
        #[ink(message)]
        pub fn domain(&self) -> Hash {
            self.domain
        }

        /// Commits the calling hotkey to weights: BLAKE2-256 of `Reveal::preimage`.
        #[ink(message)]
        pub fn commit_weights(&mut self, netuid: NetUid, commit: Hash) -> Result<(), Error> {
            let validator = self.validator(netuid)?;
            if !validator.terms.rules.commit_reveal {
                return Err(Error::CommitRevealDisabled);
            }
            self.touch(netuid, &validator)?;
            let hotkey = validator.slot.hotkey;
            let now = self.env().block_number();
            let commit = self.commits.add(netuid, hotkey, commit, &validator.terms.rules, now)?;
            self.env().emit_event(WeightsCommitted {
                netuid,
                hotkey,
                commit: commit.hash,
                reveal_from: commit.reveal_from,
                reveal_until: commit.reveal_until,
            });
            Ok(())
        }

        /// Reveals committed weights.
        #[ink(message)]
        pub fn reveal_weights(&mut self, netuid: NetUid, reveal: Reveal) -> Result<(), Error> {
            let hotkey = self.env().caller();
            let preimage = reveal.preimage(&self.domain, &self.env().account_id(), netuid, &hotkey);
            let hash = Hash::from(self.env().hash_bytes::<Blake2x256>(&preimage));
            let terms = self.registry().terms(netuid)?;
            let uid = self.registry().uid_of(netuid, hotkey)?;
            let slot = self.registry().slot(netuid, uid)?;
            let commit = self.commits.take(netuid, hotkey, &hash, self.env().block_number())?;
            if commit.committed_at < slot.registered_at {
                return Err(Error::UnknownCommit);
            }
            let Reveal {
                uids,
                values,
                version_key,
                ..
            } = reveal;
            let entries = checked(uid, &uids, &values, version_key, &terms.rules, terms.neurons)?;
            let row = Row {
                set_at: commit.committed_at,
                entries,
            };
            let running = self.tracks.saved(netuid).running_epoch();
            self.weights.set(netuid, uid, &row, running);
            self.env().emit_event(WeightsSet {
                netuid,
                hotkey,
                commit: Some(hash),
                uid,
            });
            Ok(())
        }

        /// Sets weights at once, where the subnet does not ask for commit and reveal.
        #[ink(message)]
        pub fn set_weights(
            &mut self,
            netuid: NetUid,
            uids: Vec<Uid>,
            values: Vec<u16>,
            version_key: u64,
        ) -> Result<(), Error> {
            let validator = self.validator(netuid)?;
            let Validator { terms, uid, slot } = &validator;
            if terms.rules.commit_reveal {
                return Err(Error::CommitRevealRequired);
            }
            let entries = checked(*uid, &uids, &values, version_key, &terms.rules, terms.neurons)?;
            self.touch(netuid, &validator)?;
            let row = Row {
                set_at: self.env().block_number(),
                entries,
            };
            let running = self.tracks.saved(netuid).running_epoch();
            self.weights.set(netuid, *uid, &row, running);
            self.env().emit_event(WeightsSet {
                netuid,
                hotkey: slot.hotkey,
                commit: None,
                uid: *uid,
            });
            Ok(())
        }

        /// A hotkey's waiting commits, oldest first.
        #[ink(message)]
        pub fn commits(&self, netuid: NetUid, hotkey: AccountId) -> Result<Vec<Commit>, Error> {
            Ok(self.commits.live(netuid, hotkey, self.env().block_number()))
        }

        /// Weights in force by validator UID, at most 64 UIDs a page (`total` counts UIDs; those without weights are left out). A page
        /// ends early where rows are long: what follows its last row is another page.
        #[ink(message)]
        pub fn weights(&self, netuid: NetUid, start: u32, limit: u32) -> Result<Page<WeightRow>, Error> {
            if limit > MAX_WEIGHTS_PAGE {
                return Err(Error::PageTooLarge);
            }
            let slots = self.registry().slots(netuid, start, limit)?;
            let updates = self.weights.updates(netuid);
            let mut items = Vec::new();
            let mut weights = 0_usize;
            for (uid, slot) in numbered(start, &slots.items)? {
                if let Some(row) = self.weights.row(netuid, uid, slot.registered_at) {
                    weights = weights.saturating_add(row.entries.len());
                    if weights > MAX_WEIGHTS && !items.is_empty() {
                        break;
                    }
                    items.push(WeightRow {
                        uid,
                        last_update: updates.of(uid, slot.registered_at),
                        weights: row
                            .entries
                            .into_iter()
                            .map(|entry| {
                                let (uid, weight) = yuma::unpack(entry);
                                (Uid(uid), weight)
                            })
                            .collect(),
                    });
                }
            }
            Ok(Page {
                items,
                total: slots.total,
            })
        }

        /// Where the subnet stands between epochs.
        #[ink(message)]
        pub fn epoch_status(&self, netuid: NetUid) -> Result<EpochStatus, Error> {
            let terms = self.registry().terms(netuid)?;
            let present = self.present()?;
            let track = self.tracks.track(&present, netuid)?;
            let steps = self.epochs.head(netuid).map(|head| head.steps).unwrap_or_default();
            Ok(track.status(netuid, &present.accrual, terms.rules.tempo, steps))
        }

        /// Runs the epoch that is due, or goes on with one that an earlier call began. Anyone may. A large subnet's epoch takes several
        /// calls: again until it is finished.
        #[ink(message)]
        pub fn run_epoch(&mut self, netuid: NetUid) -> Result<EpochProgress, Error> {
            let mut present = self.present()?;
            let mut track = self.tracks.track(&present, netuid)?;
            let mut budget = Budget::call();
            let mut running = match Running::resume(&self.epochs, netuid, &mut budget)? {
                Some(running) => running,
                None => self.begin_epoch(netuid, &mut present, &mut track, &mut budget)?,
            };
            let mut books = Books {
                weights: &self.weights,
                commits: &self.commits,
                scores: &mut self.scores,
            };
            let orders = if running.decide(&mut books, &mut budget)? {
                let Self { epochs, scores, .. } = self;
                Some(running.pay(epochs, scores, &mut track, &mut present.accrual, &mut budget)?)
            } else {
                None
            };
            self.tracks.save(&present, netuid, &track);
            let end = match orders {
                Some(orders) => self.carry_out(netuid, orders)?,
                None => None,
            };
            match end {
                Some(end) => {
                    if running.is_kept() {
                        self.epochs.end(netuid);
                    }
                    self.end_epoch(netuid, end)
                }
                None => {
                    let (done, of) = running.steps();
                    running.save(&mut self.epochs);
                    Ok(EpochProgress::Continues { done, of })
                }
            }
        }

        /// Neurons by UID with what the last epoch gave them, at most 64 a page.
        #[ink(message)]
        pub fn metagraph(&self, netuid: NetUid, start: u32, limit: u32) -> Result<Page<MetagraphRow>, Error> {
            if limit > MAX_METAGRAPH_PAGE {
                return Err(Error::PageTooLarge);
            }
            let slots = self.registry().slots(netuid, start, limit)?;
            let hotkeys: Vec<AccountId> = slots.items.iter().map(|slot| slot.hotkey).collect();
            let stakes = self.staking().stakes(netuid, &hotkeys)?;
            let track = self.tracks.saved(netuid);
            let first = usize::try_from(start).map_err(|_| Error::Overflow)?;
            let scores = self.scores.scores(netuid, first, slots.items.len());
            let updates = self.weights.updates(netuid);
            let items = numbered(start, &slots.items)?
                .zip(stakes)
                .enumerate()
                .map(|(place, ((uid, slot), stake))| {
                    // Scores of a former holder of the slot are not the neuron's.
                    let scored = track.epoch > 0 && slot.registered_at < track.last_epoch_at;
                    let score = scores.get(place).copied().filter(|_| scored).unwrap_or_default();
                    MetagraphRow {
                        uid,
                        hotkey: slot.hotkey,
                        coldkey: slot.coldkey,
                        stake,
                        incentive: score.incentive,
                        dividends: score.dividends,
                        consensus: score.consensus,
                        validator_trust: score.validator_trust,
                        emission: score.emission,
                        validator_permit: slot.validator_permit,
                        last_update: updates.of(uid, slot.registered_at),
                        registered_at: slot.registered_at,
                    }
                })
                .collect();
            Ok(Page {
                items,
                total: slots.total,
            })
        }

        /// Puts `new` in the place of the calling coldkey's hotkey: on every subnet, for everything staked to it and for its vote, all or
        /// nothing. The caller allowed the registry to burn what that costs. Waiting commits name the old hotkey and lapse with it.
        #[ink(message)]
        pub fn swap_hotkey(&mut self, old: AccountId, new: AccountId) -> Result<(), Error> {
            let coldkey = self.env().caller();
            self.registry().swap_hotkey(coldkey, old, new)?;
            self.staking().rename_hotkey(old, new)?;
            self.votes.rename(old, new);
            Ok(())
        }

        /// Votes with all stake on the calling hotkey on where emission goes, in place of its last ballot; an empty one gives the vote
        /// up. The 64 hotkeys with most stake that want to vote do. All votes are counted with it.
        #[ink(message)]
        pub fn vote_subnets(&mut self, ballot: Vec<SubnetVote>) -> Result<(), Error> {
            let hotkey = self.env().caller();
            let mut hotkeys = self.votes.voters();
            hotkeys.push(hotkey);
            let stakes = self.staking().hotkey_stakes(&hotkeys)?;
            let (stake, others) = stakes.split_last().ok_or(Error::StakingCallFailed)?;
            let replaced = self.votes.cast(hotkey, *stake, &ballot, others)?;
            self.env().emit_event(SubnetsVoted {
                hotkey,
                ballot,
                replaced,
            });
            self.count_votes()
        }

        /// Counts all votes with the stake of now: emission is split by them from this block on. Anyone may.
        #[ink(message)]
        pub fn count_votes(&mut self) -> Result<(), Error> {
            let mut present = self.present()?;
            self.count(&mut present)?;
            self.tracks.save_shared(&present);
            Ok(())
        }

        /// How emission is split over the open subnets.
        #[ink(message)]
        pub fn subnet_shares(&self) -> Result<Vec<SubnetShare>, Error> {
            let present = self.present()?;
            let shares = present.accrual.split().map(|(share, part)| SubnetShare {
                netuid: share.netuid,
                votes: Rao(share.votes),
                share: u16::try_from(part).unwrap_or(u16::MAX),
            });
            Ok(shares.collect())
        }

        /// The hotkeys that vote on subnets.
        #[ink(message)]
        pub fn voters(&self) -> Result<Vec<AccountId>, Error> {
            Ok(self.votes.voters())
        }

        /// What a hotkey votes for.
        #[ink(message)]
        pub fn ballot(&self, hotkey: AccountId) -> Result<Vec<SubnetVote>, Error> {
            Ok(self.votes.ballot(hotkey))
        }

        /// The network's money supply.
        #[ink(message)]
        pub fn economy(&self) -> Result<Economy, Error> {
            let issuance = self.issuance()?;
            let present = self.present()?;
            let emitted = issuance.0.saturating_add(present.accrual.outstanding.0);
            Ok(Economy {
                issuance,
                cap: CAP,
                block_emission: Rao(yuma::emission::block_emission(emitted)),
                next_halving: Rao(yuma::emission::next_halving(emitted)),
                staked: self.staking().total()?,
            })
        }

        /// The caller as a validator of a subnet.
        fn validator(&self, netuid: NetUid) -> Result<Validator, Error> {
            let hotkey = self.env().caller();
            let terms = self.registry().terms(netuid)?;
            let uid = self.registry().uid_of(netuid, hotkey)?;
            let slot = self.registry().slot(netuid, uid)?;
            // A permit comes from stake at the next epoch's end: who can earn one may speak already.
            if !slot.validator_permit {
                let stakes = self.staking().stakes(netuid, &[hotkey])?;
                let stake = stakes.first().copied().unwrap_or_default();
                if stake < terms.rules.stake_threshold || stake <= self.tracks.saved(netuid).permit_floor {
                    return Err(Error::NoPermit);
                }
            }
            Ok(Validator { terms, uid, slot })
        }

        fn touch(&mut self, netuid: NetUid, validator: &Validator) -> Result<(), Error> {
            let Validator { terms, uid, slot } = validator;
            let now = self.env().block_number();
            self.weights.touch(netuid, *uid, slot.registered_at, &terms.rules, now)
        }

        fn present(&self) -> Result<Present, Error> {
            let (changes, are_all) = self.registry().changes(self.tracks.known_changes())?;
            let now = self.env().block_number();
            Ok(self.tracks.present((&changes, are_all), self.issuance()?, now))
        }

        /// Splits emission by the votes of now, from now on: not where the state is still that of a past block.
        fn count(&mut self, present: &mut Present) -> Result<(), Error> {
            if present.is_behind {
                return Ok(());
            }
            let stakes = self.staking().hotkey_stakes(&self.votes.voters())?;
            let (all_stake, open) = (self.staking().total()?, present.accrual.open());
            let count = self.votes.count(&stakes, all_stake, open, self.env().block_number());
            present.accrual.vote(count.missing, |netuid| count.of(netuid));
            self.env().emit_event(VotesCounted {
                missing: Rao(count.missing),
            });
            Ok(())
        }

        fn begin_epoch(
            &mut self,
            netuid: NetUid,
            present: &mut Present,
            track: &mut Track,
            budget: &mut Budget,
        ) -> Result<Running, Error> {
            let now = self.env().block_number();
            let terms = self.registry().terms(netuid)?;
            if now < track.next_epoch_at(terms.rules.tempo) {
                return Err(Error::EpochNotDue);
            }
            if self.votes.is_due(now) {
                self.count(present)?;
            }
            let slots = self.registry().all_slots(netuid, terms.neurons)?;
            let hotkeys: Vec<AccountId> = slots.iter().map(|slot| slot.hotkey).collect();
            let stakes = self.staking().stakes(netuid, &hotkeys)?;
            let subnet = Subnet {
                netuid,
                terms,
                slots,
                stakes,
            };
            let books = Books {
                weights: &self.weights,
                commits: &self.commits,
                scores: &mut self.scores,
            };
            epoch::begin(subnet, &books, track, &present.accrual, budget, now)
        }

        /// Issues and credits what a call of an epoch pays.
        fn carry_out(&self, netuid: NetUid, orders: Orders) -> Result<Option<End>, Error> {
            if orders.earned != Rao::ZERO {
                Token(self.tao).mint(self.staking, orders.earned).map_err(refused)?;
                self.staking().distribute(netuid, &orders.payouts)?;
            }
            Ok(orders.end)
        }

        fn end_epoch(&self, netuid: NetUid, end: End) -> Result<EpochProgress, Error> {
            if end.owner_cut != Rao::ZERO {
                Token(self.tao).mint(end.owner, end.owner_cut).map_err(refused)?;
            }
            self.registry().apply_epoch(netuid, end.at, end.updates)?;
            let summary = end.summary;
            self.env().emit_event(EpochFinished {
                netuid,
                epoch: summary.epoch,
                paid: summary.paid,
                owner_cut: end.owner_cut,
                pending: summary.pending,
                silent: summary.silent,
            });
            Ok(EpochProgress::Finished(summary))
        }

        fn issuance(&self) -> Result<Rao, Error> {
            Token(self.tao).issuance().map_err(refused)
        }

        fn registry(&self) -> Registry {
            Registry(self.registry)
        }

        fn staking(&self) -> Staking {
            Staking(self.staking)
        }
    }

    /// Who sets or commits weights.
    struct Validator {
        terms: Terms,
        uid: Uid,
        slot: Slot,
    }

    /// Slots with their UIDs, the first of which is `start`.
    fn numbered(start: u32, slots: &[Slot]) -> Result<impl Iterator<Item = (Uid, &Slot)>, Error> {
        let first = if slots.is_empty() {
            0
        } else {
            u16::try_from(start).map_err(|_| Error::Overflow)?
        };
        Ok((first..).map(Uid).zip(slots))
    }

    fn refused(_: TokenFailure) -> Error {
        Error::TokenCallFailed
    }
}
