//! How much of an epoch one call does.
//!
//! A contract has 1 MiB of memory that is never given back within a call, and what an epoch costs in time goes with the memory it
//! needs. So steps are counted in words of memory (four bytes: one weight or one bond); a call goes on until the next step might not
//! fit. The first step of a call always may: none that the registry's bounds allow is larger than a call.

/// Words for each neuron whose slot and stake are read.
pub const READ: usize = 96;
/// Words for each neuron of an epoch that goes on from storage.
pub const RESUME: usize = 36;
/// Words for each neuron that is paid: fewer than these are used, but a payout takes more time than anything else of its size.
pub const PAY: usize = 256;

/// What is left of a call.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    left: usize,
    is_fresh: bool,
}

impl Budget {
    /// A whole call: 720 KiB, which leaves 200 for the contract and the sums of an epoch.
    pub const fn call() -> Self {
        Self::of(184_320)
    }

    /// So many words.
    pub const fn of(words: usize) -> Self {
        Self {
            left: words,
            is_fresh: true,
        }
    }

    /// Whether a step of at most so many words may begin.
    pub fn allows(&mut self, at_most: usize) -> bool {
        core::mem::take(&mut self.is_fresh) || at_most <= self.left
    }

    /// How many more steps of so many words there may be at most.
    pub fn steps_of(&self, words: usize) -> usize {
        self.left.checked_div(words).unwrap_or_default().saturating_add(1)
    }

    /// Notes what a step took.
    pub fn spend(&mut self, words: usize) {
        self.left = self.left.saturating_sub(words);
    }
}
