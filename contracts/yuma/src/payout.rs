//! Dividing amounts without minting or losing a rao.

use alloc::vec::Vec;

use crate::Rao;

/// What an epoch pays, all of it: `servers + validators + carried = emission`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payout {
    /// Rao per UID for work as a server.
    pub servers: Vec<Rao>,
    /// Rao per UID for work as a validator, before child keys, take and nominators.
    pub validators: Vec<Rao>,
    /// What nobody earned; belongs to the subnet's next epoch. Zero whenever anyone has a validator share.
    pub carried: Rao,
}

/// Turns an epoch's [`server_emission`](crate::Outcome::server_emission) and
/// [`validator_emission`](crate::Outcome::validator_emission) into payments.
///
/// Servers get their amounts as they are. Validators share the rest in proportion to their numbers: their half, the
/// dust of the servers' half, and the whole of it where no server earned anything. The dust of that division goes to
/// the validators at which the running sum of shares crosses a whole rao (see [`Apportion`]).
pub fn split(emission: Rao, server_emission: Vec<Rao>, validator_emission: Vec<Rao>) -> Payout {
    let (mut servers, mut validators) = (server_emission, validator_emission);
    let mut rest = emission;
    for amount in &mut servers {
        // Server amounts are floors of shares of the emission, so the limit holds back nothing; it keeps the sum an
        // invariant.
        *amount = (*amount).min(rest);
        rest = rest.saturating_sub(*amount);
    }
    let total = validators.iter().fold(0, |sum: Rao, &share| sum.saturating_add(share));
    let mut pool = Apportion::new(rest, total);
    for amount in &mut validators {
        *amount = pool.next_for(*amount);
    }
    Payout {
        servers,
        validators,
        carried: pool.left(),
    }
}

/// Takes a part of an amount: `(taken, rest)`, where `taken = floor(amount * rate / 65535)` and both together are the
/// amount.
///
/// The dust stays in the rest: owner cuts and delegate takes are rounded against the one who takes.
pub fn take(amount: Rao, rate: u16) -> (Rao, Rao) {
    let exact = u128::from(amount)
        .saturating_mul(u128::from(rate))
        .checked_div(u128::from(u16::MAX));
    // At most the amount, since rate <= 65535.
    let taken = exact.and_then(|taken| Rao::try_from(taken).ok()).unwrap_or(amount);
    (taken, amount.saturating_sub(taken))
}

/// Divides an amount by shares, one share after the other.
///
/// The i-th part is floor(amount * S_i / total) - floor(amount * S_(i-1) / total), S_i being the sum of the first i
/// shares. So the parts sum to the amount exactly once the shares sum to the total, each is within one rao of its
/// exact value, a share of zero gets nothing, and a division can stop at any share and go on later with the same
/// result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Apportion {
    amount: Rao,
    total: u64,
    seen: u64,
    paid: Rao,
}

impl Apportion {
    /// Divides `amount` by shares that sum to `total`.
    pub const fn new(amount: Rao, total: u64) -> Self {
        Self {
            amount,
            total,
            seen: 0,
            paid: 0,
        }
    }

    /// The part of the next share. Shares beyond the total get nothing.
    pub fn next_for(&mut self, share: u64) -> Rao {
        self.seen = self.seen.saturating_add(share).min(self.total);
        let product = u128::from(self.amount).saturating_mul(u128::from(self.seen));
        // At most the amount, since seen <= total; nothing where the total is zero.
        let due = product
            .checked_div(u128::from(self.total))
            .map_or(0, |due| Rao::try_from(due).unwrap_or(self.amount));
        let part = due.saturating_sub(self.paid);
        self.paid = due;
        part
    }

    /// What has not been given out.
    pub const fn left(&self) -> Rao {
        self.amount.saturating_sub(self.paid)
    }
}
