//! An epoch that can be cut off anywhere and go on later.

use alloc::{vec, vec::Vec};

use crate::bonds::{Bonding, Pass, Row, Sums, Version};
use crate::consensus::Agreement;
use crate::epoch::{check_lists, proportions};
use crate::fixed::{normalise, I32F32};
use crate::scratch::Scratch;
use crate::shares::{amounts, Shares};
use crate::sparse::check_row;
use crate::{stake, Error, Input, Neurons, Outcome, Params, SparseMatrix};

/// What an epoch has found out so far.
///
/// It takes all weights at once ([`agree`](Self::agree)), then weights and old bonds row by row in several passes
/// ([`bond`](Self::bond)), and can be kept as lists of numbers between any two calls. Parameters, neurons, weights and old bonds
/// must be the same in all of them, and then the outcome is that of [`Epoch::run`](crate::Epoch::run) to the bit.
///
/// ```
/// # use yuma::{Error, Neurons, Outcome, Params, Progress, SparseMatrix, Stage};
/// # fn run(params: &Params, neurons: &Neurons<'_>, weights: &SparseMatrix, bonds: &SparseMatrix) -> Result<Outcome, Error> {
/// let mut progress = Progress::begin(params, neurons)?;
/// let mut kept = SparseMatrix::new();
/// loop {
///     let lists = progress.into_lists();
///     progress = Progress::from_lists(lists).expect("these are its lists");
///     match progress.stage(params) {
///         Stage::Weights => progress.agree(params, neurons, weights)?,
///         Stage::Bonds { row, .. } => {
///             let stored = progress.bond(params, neurons, weights.packed(row), bonds.packed(row))?;
///             stored.into_iter().for_each(|row| kept.push_packed(row));
///         }
///         Stage::Finished => return Ok(Outcome { bonds: kept, ..progress.finish(params) }),
///     }
/// }
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Progress {
    stake: Vec<I32F32>,
    active: Vec<I32F32>,
    permits: Vec<bool>,
    /// Empty until the weights were seen.
    agreement: Agreement,
    is_any_agreed: bool,
    pass: usize,
    row: usize,
    sums: Sums,
    /// Not kept: rows do not depend on what it holds.
    scratch: Option<Scratch>,
}

/// What an epoch needs next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// All weights.
    Weights,
    /// The weights and old bonds of one row.
    Bonds {
        /// The row.
        row: usize,
        /// Whether this is the last pass, which gives the row's new bonds.
        stores: bool,
    },
    /// Nothing.
    Finished,
}

impl Progress {
    /// How many lists [`into_lists`](Self::into_lists) gives.
    pub const LISTS: usize = 13;

    /// Steps 1 to 4: who is active and who may validate.
    ///
    /// # Errors
    /// [`Error`] where lists do not describe the same neurons.
    pub fn begin(params: &Params, neurons: &Neurons<'_>) -> Result<Self, Error> {
        check_lists(params, neurons)?;
        let stake = stake::normalised_stake(params, neurons.stake);
        Ok(Self {
            permits: stake::new_permits(params, &stake),
            active: stake::active_stake(params, neurons, &stake),
            sums: Sums::new(stake.len(), params.version),
            stake,
            agreement: Agreement::default(),
            is_any_agreed: false,
            pass: 0,
            row: 0,
            scratch: None,
        })
    }

    /// What is needed next.
    pub fn stage(&self, params: &Params) -> Stage {
        let n = self.stake.len();
        if self.agreement.consensus.len() != n {
            return Stage::Weights;
        }
        match self.pass_of(params.version) {
            Some(pass) if n > 0 => Stage::Bonds {
                row: self.row,
                stores: pass == Pass::Store,
            },
            _ => Stage::Finished,
        }
    }

    /// Steps done, and steps in all: one for the weights and one for each row in each pass.
    pub fn steps(&self, params: &Params) -> (usize, usize) {
        let n = self.stake.len();
        let passes = params.version.passes().len();
        let all = n.saturating_mul(passes).saturating_add(1);
        let done = match self.stage(params) {
            Stage::Weights => 0,
            Stage::Bonds { row, .. } => n.saturating_mul(self.pass).saturating_add(row).saturating_add(1),
            Stage::Finished => all,
        };
        (done, all)
    }

    /// The permits that the epoch gives.
    pub fn permits(&self) -> &[bool] {
        &self.permits
    }

    /// Steps 5 to 8: consensus, incentive and trust. Does nothing where that is done.
    ///
    /// # Errors
    /// [`Error`] where the weights are not those of the neurons, or stakes overflow any order.
    pub fn agree(&mut self, params: &Params, neurons: &Neurons<'_>, weights: &SparseMatrix) -> Result<(), Error> {
        if self.stage(params) == Stage::Weights {
            weights.check(Input::Weights, self.stake.len())?;
            self.agreement = Agreement::reach(params, neurons, weights, &self.active)?;
            self.is_any_agreed = self.agreement.is_any();
        }
        Ok(())
    }

    /// Steps 9 and 10 of the row that [`stage`](Self::stage) names: its packed weights and old bonds in, in the last
    /// pass its new bonds out. Does nothing where no row is named.
    ///
    /// # Errors
    /// [`Error`] where the bonds name a neuron that does not exist, or one twice.
    pub fn bond(
        &mut self,
        params: &Params,
        neurons: &Neurons<'_>,
        weights: &[u32],
        old: &[u32],
    ) -> Result<Option<Vec<u32>>, Error> {
        let (Stage::Bonds { row, .. }, Some(pass)) = (self.stage(params), self.pass_of(params.version)) else {
            return Ok(None);
        };
        let n = self.stake.len();
        check_row(Input::Bonds, row, old, n)?;
        let stored = if weights.is_empty() && old.is_empty() {
            (pass == Pass::Store).then(Vec::new)
        } else {
            let row = Row {
                number: row,
                weights,
                sum: self.agreement.row_sums.get(row).copied().unwrap_or(0),
                old,
                stake: self.active.get(row).copied().unwrap_or_default(),
            };
            let Agreement {
                consensus, incentive, ..
            } = &self.agreement;
            let scratch = self.scratch.get_or_insert_with(|| Scratch::new(n));
            Bonding::new(params, neurons, consensus, incentive, self.is_any_agreed, &row).step(
                pass,
                &mut self.sums,
                scratch,
            )
        };
        // Step 12: bonds of neurons without a new permit are cleared.
        let permitted = self.permits.get(row).copied().unwrap_or(false);
        let stored = stored.map(|bonds| if permitted { bonds } else { Vec::new() });
        self.row = row.saturating_add(1);
        if self.row >= n {
            self.row = 0;
            self.pass = self.pass.saturating_add(1);
        }
        Ok(stored)
    }

    /// Steps 11 and 12: the outcome, without the bonds, which [`bond`](Self::bond) gave row by row.
    pub fn finish(self, params: &Params) -> Outcome {
        let Self {
            stake,
            active,
            permits,
            agreement,
            sums,
            ..
        } = self;
        let mut dividends = sums.dividends;
        if params.version != Version::Yuma2 {
            for (dividend, &active) in dividends.iter_mut().zip(&active) {
                *dividend = dividend.mul_or_zero(active);
            }
        }
        normalise(&mut dividends);
        let Agreement {
            consensus,
            incentive,
            validator_trust,
            ..
        } = agreement;
        let (incentive_stored, dividends_stored) = (proportions(&incentive), proportions(&dividends));
        let shares = Shares::new(incentive, dividends, &active, &stake);
        Outcome {
            server_emission: amounts(&shares.server, params.emission),
            validator_emission: amounts(&shares.validator, params.emission),
            emission: amounts(&shares.combined, params.emission),
            stake_weight: proportions(&stake),
            consensus: proportions(&consensus),
            incentive: incentive_stored,
            dividends: dividends_stored,
            validator_trust: proportions(&validator_trust),
            bonds: SparseMatrix::new(),
            permits,
        }
    }

    /// The progress as lists to be kept between two calls: at most [`LISTS`](Self::LISTS), each of at most one number a
    /// neuron. Takes no memory of its own but for the flags.
    pub fn into_lists(self) -> Vec<Vec<u64>> {
        let place = |place| u64::try_from(place).unwrap_or(u64::MAX);
        let head = vec![place(self.pass), place(self.row), u64::from(self.is_any_agreed)];
        let permits = self.permits.into_iter().map(u64::from).collect();
        let mut lists = Vec::with_capacity(Self::LISTS);
        lists.extend([head, permits, self.agreement.row_sums, self.sums.old]);
        let numbers = [
            self.stake,
            self.active,
            self.agreement.consensus,
            self.agreement.incentive,
            self.agreement.validator_trust,
            self.sums.delta,
            self.sums.largest,
            self.sums.new,
            self.sums.dividends,
        ];
        lists.extend(numbers.into_iter().map(words));
        lists
    }

    /// Reads what [`into_lists`](Self::into_lists) wrote; `None` where it did not.
    pub fn from_lists(lists: Vec<Vec<u64>>) -> Option<Self> {
        let mut lists = lists.into_iter();
        let head = lists.next()?;
        let &[pass, row, is_any_agreed] = head.as_slice() else {
            return None;
        };
        let permits: Vec<bool> = lists.next()?.into_iter().map(|flag| flag != 0).collect();
        let n = permits.len();
        // Each list has a number for each neuron, or none where its step is still to come.
        let mut lists = lists.map(|list| (list.len() == n || list.is_empty()).then_some(list));
        let (row_sums, old) = (lists.next()??, lists.next()??);
        let mut list = || lists.next()?.map(numbers);
        let progress = Self {
            permits,
            stake: list()?,
            active: list()?,
            agreement: Agreement {
                row_sums,
                consensus: list()?,
                incentive: list()?,
                validator_trust: list()?,
            },
            is_any_agreed: is_any_agreed != 0,
            pass: usize::try_from(pass).ok()?,
            row: usize::try_from(row).ok()?,
            sums: Sums {
                old,
                delta: list()?,
                largest: list()?,
                new: list()?,
                dividends: list()?,
            },
            scratch: None,
        };
        let is_whole = progress.stake.len() == n && lists.next().is_none();
        is_whole.then_some(progress)
    }

    fn pass_of(&self, version: Version) -> Option<Pass> {
        version.passes().get(self.pass).copied()
    }
}

fn words(numbers: Vec<I32F32>) -> Vec<u64> {
    let word = |number: I32F32| u64::from_le_bytes(number.to_bits().to_le_bytes());
    numbers.into_iter().map(word).collect()
}

fn numbers(words: Vec<u64>) -> Vec<I32F32> {
    let number = |word: u64| I32F32::from_bits(i64::from_le_bytes(word.to_le_bytes()));
    words.into_iter().map(number).collect()
}
