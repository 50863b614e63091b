//! An epoch while it runs: from weights and bonds to what everyone is due.

use super::budget::{Budget, READ, RESUME};
use super::rows::Rows;
use super::store::{Epochs, Facts, Head, Keys};
use super::{Books, Subnet};
use crate::bonds::{Leaving, PAGE};
use crate::weights::SetAside;
use ink::prelude::vec::Vec;
use inktensor_primitives::registry::{Hyperparameters, Slot};
use inktensor_primitives::rewards::Error;
use inktensor_primitives::{NetUid, Uid};
use yuma::{Block, LiquidAlpha, Neurons, Params, Progress, SparseMatrix, Stage, Version};

/// An epoch that is worked on.
#[derive(Debug)]
pub struct Running {
    /// The subnet.
    pub netuid: NetUid,
    /// What it is.
    pub head: Head,
    pub(super) progress: Progress,
    pub(super) params: Params,
    facts: Facts,
    lists: Lists,
    /// The slots, where the epoch began in this call: they are not kept yet.
    slots: Option<Vec<Slot>>,
    /// Pages of keys that were read.
    pages: Vec<Option<Vec<Keys>>>,
    /// Whether Yuma went on in this call.
    is_ahead: bool,
}

/// The facts as Yuma takes them.
#[derive(Debug)]
struct Lists {
    last_update: Vec<Block>,
    registered_at: Vec<Block>,
    permits: Vec<bool>,
    earliest_commit: Vec<Block>,
}

impl Lists {
    fn of(facts: &Facts) -> Self {
        let blocks = |list: &[u32]| list.iter().copied().map(Block::from).collect();
        let commit = |at: &u32| {
            if *at == Facts::NO_COMMIT {
                Neurons::NO_COMMIT
            } else {
                Block::from(*at)
            }
        };
        Self {
            last_update: blocks(&facts.last_update),
            registered_at: blocks(&facts.registered_at),
            permits: facts.flags.iter().map(|flags| flags & Facts::PERMIT != 0).collect(),
            earliest_commit: facts.earliest_commit.iter().map(commit).collect(),
        }
    }

    fn neurons<'a>(&'a self, stake: &'a [u64]) -> Neurons<'a> {
        Neurons {
            stake,
            last_update: &self.last_update,
            registered_at: &self.registered_at,
            permits: &self.permits,
            earliest_commit: &self.earliest_commit,
        }
    }
}

impl Running {
    /// An epoch that begins: stake decides who may validate.
    ///
    /// # Errors
    /// [`Error::Consensus`]
    pub(super) fn begin(subnet: Subnet, head: Head, facts: Facts, budget: &mut Budget) -> Result<Self, Error> {
        budget.allows(0);
        budget.spend(subnet.slots.len().saturating_mul(READ));
        let params = params(&head);
        let lists = Lists::of(&facts);
        let stake: Vec<u64> = subnet.stakes.iter().map(|stake| stake.0).collect();
        let progress = Progress::begin(&params, &lists.neurons(&stake)).map_err(|_| Error::Consensus)?;
        Ok(Self {
            netuid: subnet.netuid,
            head,
            progress,
            params,
            facts,
            lists,
            slots: Some(subnet.slots),
            pages: Vec::new(),
            is_ahead: true,
        })
    }

    /// The epoch of a subnet that waits to go on.
    ///
    /// # Errors
    /// [`Error::Consensus`] where it is not readable.
    pub fn resume(epochs: &Epochs, netuid: NetUid, budget: &mut Budget) -> Result<Option<Self>, Error> {
        let Some(head) = epochs.head(netuid) else {
            return Ok(None);
        };
        let facts = epochs.facts(netuid);
        budget.spend(facts.flags.len().saturating_mul(RESUME));
        Ok(Some(Self {
            netuid,
            progress: epochs.progress(netuid).ok_or(Error::Consensus)?,
            params: params(&head),
            head,
            lists: Lists::of(&facts),
            facts,
            slots: None,
            pages: Vec::new(),
            is_ahead: false,
        }))
    }

    /// Keeps an epoch that goes on in another call.
    pub fn save(mut self, epochs: &mut Epochs) {
        self.head.steps = self.steps();
        epochs.save(self.netuid, &self.head);
        if let Some(slots) = &self.slots {
            epochs.save_inputs(self.netuid, &self.facts, slots);
        }
        if self.is_ahead {
            epochs.save_progress(self.netuid, self.progress);
        }
    }

    /// Whether an earlier call kept it.
    pub fn is_kept(&self) -> bool {
        self.slots.is_none()
    }

    /// Steps done of all: Yuma's, and one for each neuron to be paid.
    pub fn steps(&self) -> (u32, u32) {
        let (done, of) = self.progress.steps(&self.params);
        let count = |steps: usize| u32::try_from(steps).unwrap_or(u32::MAX);
        let (paid, all) = (u32::from(self.head.next), u32::from(self.neurons()));
        (count(done).saturating_add(paid), count(of).saturating_add(all))
    }

    /// The permits that it gives.
    pub fn permits(&self) -> &[bool] {
        self.progress.permits()
    }

    /// How many neurons it is about.
    pub fn neurons(&self) -> u16 {
        u16::try_from(self.facts.flags.len()).unwrap_or(u16::MAX)
    }

    /// Finds out what everyone is due, as far as the budget goes; returns whether it is found. New bonds are written.
    ///
    /// # Errors
    /// [`Error::Consensus`]
    pub fn decide(&mut self, books: &mut Books<'_>, budget: &mut Budget) -> Result<bool, Error> {
        let mut rows = Rows::new(usize::from(self.neurons()));
        let is_decided = self.go_on(books, &mut rows, budget)?;
        rows.keep(&mut books.scores.bonds);
        Ok(is_decided)
    }

    fn go_on(&mut self, books: &mut Books<'_>, rows: &mut Rows, budget: &mut Budget) -> Result<bool, Error> {
        let n = usize::from(self.neurons());
        let aside = books.weights.set_aside(self.netuid, self.head.epoch);
        loop {
            match self.progress.stage(&self.params) {
                Stage::Weights => {
                    let voices = (0..self.neurons()).filter(|uid| self.may_validate(*uid)).count();
                    if !budget.allows(voices.saturating_mul(n)) {
                        return Ok(false);
                    }
                    rows.all = Some(self.all_weights(books, &aside, budget));
                    let weights = rows.all.as_ref().ok_or(Error::Consensus)?;
                    let neurons = self.lists.neurons(&[]);
                    let agreed = self.progress.agree(&self.params, &neurons, weights);
                    agreed.map_err(|_| Error::Consensus)?;
                }
                Stage::Bonds { row, .. } => {
                    let uid = u16::try_from(row).map_err(|_| Error::Overflow)?;
                    if !self.bond(uid, books, &aside, rows, budget)? {
                        return Ok(false);
                    }
                }
                Stage::Finished => return Ok(true),
            }
            self.is_ahead = true;
        }
    }

    /// One step of a row of bonds; `false` where the budget does not allow it.
    fn bond(
        &mut self,
        uid: u16,
        books: &mut Books<'_>,
        aside: &SetAside,
        rows: &mut Rows,
        budget: &mut Budget,
    ) -> Result<bool, Error> {
        let row = usize::from(uid);
        let is_heard = self.may_validate(uid);
        if is_heard {
            // At most weights and new bonds, a word each for every neuron, and a page of old ones.
            if !budget.allows(usize::from(self.neurons()).saturating_mul(2).saturating_add(PAGE)) {
                return Ok(false);
            }
            if rows.weights(row).is_none() {
                let weights = self.weights(uid, books, aside);
                budget.spend(weights.len());
                rows.put_weights(row, weights);
            }
            if rows.bonds(row).is_none() {
                budget.spend(self.read_bonds(uid, books, rows));
            }
        }
        let [weights, old] = [rows.weights(row), rows.bonds(row)].map(|row| row.filter(|_| is_heard).unwrap_or(&[]));
        let neurons = self.lists.neurons(&[]);
        let stored = self.progress.bond(&self.params, &neurons, weights, old);
        if let Some(bonds) = stored.map_err(|_| Error::Consensus)? {
            budget.spend(bonds.len());
            let epochs = self.head.epoch.checked_add(1).ok_or(Error::Overflow)?;
            let kept = &mut books.scores.bonds;
            let leaving = rows.leaving.get_or_insert_with(|| match uid {
                0 => Leaving::begin(self.netuid, epochs),
                _ => Leaving::resume(kept, self.netuid, epochs),
            });
            leaving.push(kept, uid, bonds);
        }
        Ok(true)
    }

    /// Whether weights and bonds of a neuron can count: it has a permit or is the owner's.
    fn may_validate(&self, uid: u16) -> bool {
        self.facts.is(uid, Facts::PERMIT) || self.head.owner == Some(uid)
    }

    fn all_weights(&self, books: &Books<'_>, aside: &SetAside, budget: &mut Budget) -> SparseMatrix {
        let mut all = SparseMatrix::with_capacity(usize::from(self.neurons()));
        for uid in 0..self.neurons() {
            let row = if self.may_validate(uid) {
                self.weights(uid, books, aside)
            } else {
                Vec::new()
            };
            budget.spend(row.len());
            all.push_packed(row);
        }
        all
    }

    fn weights(&self, uid: u16, books: &Books<'_>, aside: &SetAside) -> Vec<u32> {
        let registered_at = self.registered_at(uid);
        let row = books.weights.row_of_epoch(self.netuid, Uid(uid), registered_at, aside);
        row.map(|row| row.entries).unwrap_or_default()
    }

    /// Reads the page of bonds that a row is on, unless it was read in this call; returns how many words that took. Of what the last epoch
    /// left, what it left to former holders of slots does not count.
    fn read_bonds(&self, uid: u16, books: &Books<'_>, rows: &mut Rows) -> usize {
        let (bonds, epochs) = (&books.scores.bonds, self.head.epoch);
        let left = rows.left.get_or_insert_with(|| bonds.left(self.netuid, epochs));
        let mut words = 0_usize;
        if let Some(page) = left.take_page_of(uid) {
            for (owner, mut row) in bonds.page(self.netuid, epochs, page) {
                words = words.saturating_add(row.len());
                let is_theirs = self.registered_at(owner) < self.head.last_epoch_at;
                row.retain(|bond| is_theirs && self.facts.is(yuma::unpack(*bond).0, Facts::KEEPS_BONDS));
                rows.put_bonds(usize::from(owner), row);
            }
        }
        if rows.bonds(usize::from(uid)).is_none() {
            rows.put_bonds(usize::from(uid), Vec::new());
        }
        words
    }

    fn registered_at(&self, uid: u16) -> u32 {
        self.facts
            .registered_at
            .get(usize::from(uid))
            .copied()
            .unwrap_or_default()
    }

    /// Who held a UID when the epoch began.
    ///
    /// # Errors
    /// [`Error::Consensus`] where nobody did.
    pub(super) fn keys(&mut self, uid: u16, epochs: &Epochs) -> Result<Keys, Error> {
        if let Some(slots) = &self.slots {
            let slot = slots.get(usize::from(uid)).ok_or(Error::Consensus)?;
            return Ok(super::store::keys(slot));
        }
        let (page, place) = Epochs::place(uid);
        let page_at = usize::from(page);
        if self.pages.len() <= page_at {
            self.pages.resize(page_at.saturating_add(1), None);
        }
        let kept = self.pages.get_mut(page_at).ok_or(Error::Consensus)?;
        let keys = kept.get_or_insert_with(|| epochs.keys_page(self.netuid, page));
        keys.get(place).copied().ok_or(Error::Consensus)
    }
}

fn params(head: &Head) -> Params {
    let rules = &head.terms.rules;
    let tempo = u64::from(rules.tempo);
    Params {
        block: u64::from(head.at),
        tempo,
        last_step: if head.epoch == 0 {
            0
        } else {
            u64::from(head.last_epoch_at)
        },
        activity_cutoff: yuma::activity_cutoff(rules.activity_factor, tempo),
        kappa: rules.kappa,
        bonds_moving_average: rules.bonds_moving_average,
        bonds_penalty: rules.bonds_penalty,
        max_validators: rules.max_validators,
        owner: head.owner,
        stake_threshold: rules.stake_threshold.0,
        stake_cap: rules.stake_cap,
        emission: head.emission.0,
        version: version(rules),
    }
}

fn version(rules: &Hyperparameters) -> Version {
    match (rules.yuma3, rules.liquid_alpha) {
        (false, _) => Version::Yuma2,
        (true, false) => Version::Yuma3,
        (true, true) => Version::Yuma3Liquid(LiquidAlpha {
            low: rules.alpha_low,
            high: rules.alpha_high,
            steepness: rules.steepness,
        }),
    }
}
