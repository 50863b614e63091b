//! Delegation of TAO to hotkeys.

use crate::macros::shared;
use crate::{AccountId, BlockNumber, Rao};
use alloc::vec::Vec;

/// The take of a hotkey that never set one, and the most that it can set: 18 % of 65535.
pub const MAX_TAKE: u16 = 11_796;
/// Blocks between the announcement of a higher take and its effect: a week of blocks of 12 seconds, in which nominators can leave.
pub const TAKE_DELAY: BlockNumber = 50_400;
/// Blocks between the announcement of child keys and their effect: a day of blocks of 12 seconds.
pub const CHILDREN_DELAY: BlockNumber = 7_200;
/// The most children of a hotkey on a subnet.
pub const MAX_CHILDREN: usize = 5;
/// The most parents of a hotkey on a subnet.
pub const MAX_PARENTS: usize = 8;
/// How far back voting power can be asked for: four weeks of blocks of 12 seconds.
pub const VOTES_HORIZON: BlockNumber = 201_600;

shared! {
    /// A coldkey's stake on one hotkey.
    pub struct Position {
        /// The hotkey staked to.
        pub hotkey: AccountId,
        /// What unstaking everything would pay now.
        pub stake: Rao,
    }

    /// A hotkey that holds stake.
    pub struct Delegate {
        /// The hotkey.
        pub hotkey: AccountId,
        /// The coldkey that receives the take, once known.
        pub owner: Option<AccountId>,
        /// All stake on the hotkey.
        pub stake: Rao,
        /// How many coldkeys have stake on it.
        pub nominators: u32,
        /// The owner's part of dividends before nominators share them, in 65535ths.
        pub take: u16,
        /// The higher take that is announced, if one is.
        pub rise: Option<Rise>,
    }

    /// A take that will be higher.
    pub struct Rise {
        /// The take, in 65535ths.
        pub take: u16,
        /// The first block with it.
        pub at: BlockNumber,
    }

    /// A hotkey that another one lends stake to, on one subnet.
    pub struct Child {
        /// The hotkey that validates with the stake.
        pub hotkey: AccountId,
        /// How much of the parent's stake, in parts of `u64::MAX`.
        pub proportion: u64,
    }

    /// A hotkey that lends to or borrows from another, on one subnet.
    pub struct Relative {
        /// The other hotkey.
        pub hotkey: AccountId,
        /// How much of the parent's stake the child counts with now, in parts of `u64::MAX`.
        pub proportion: u64,
        /// The proportion that is announced, where it is another one.
        pub next: Option<NextProportion>,
    }

    /// A proportion that is announced.
    pub struct NextProportion {
        /// In parts of `u64::MAX`; 0 ends the relation.
        pub proportion: u64,
        /// The first block with it.
        pub at: BlockNumber,
    }

    /// A hotkey's child keys on one subnet.
    pub struct Family {
        /// What the hotkey keeps of the dividends that it earns for parents of other owners, in 65535ths.
        pub take: u16,
        /// The higher take that is announced, if one is.
        pub rise: Option<Rise>,
        /// Whom it lends stake to.
        pub children: Vec<Relative>,
        /// Who lends stake to it.
        pub parents: Vec<Relative>,
    }

    /// What one neuron earned in an epoch; `rewards` hands these to `staking`.
    pub struct Payout {
        /// The neuron's hotkey.
        pub hotkey: AccountId,
        /// The neuron's coldkey: the hotkey's owner.
        pub coldkey: AccountId,
        /// Paid whole to the coldkey's stake on the hotkey, or where the coldkey wants what it mines.
        pub incentive: Rao,
        /// Split over parents by the stake they lend, then by take, then over nominators by share.
        pub dividends: Rao,
    }

    /// What one neuron was credited with.
    pub struct Earned {
        /// The neuron's hotkey.
        pub hotkey: AccountId,
        /// Its owner.
        pub coldkey: AccountId,
        /// Paid to the owner's stake.
        pub incentive: Rao,
        /// The hotkey that the incentive is staked to, where it is not the neuron's.
        pub staked_to: Option<AccountId>,
        /// Shared by owner and nominators; what parents got is not in it, what they left to the child is.
        pub dividends: Rao,
        /// The part of the dividends that went to the owner before nominators shared the rest.
        pub take: Rao,
    }

    /// What one parent was credited with.
    pub struct ParentEarned {
        /// The hotkey that lends.
        pub parent: AccountId,
        /// The hotkey that earned.
        pub child: AccountId,
        /// Shared by the parent's owner and nominators.
        pub dividends: Rao,
        /// What the child kept; it is in its own dividends.
        pub child_take: Rao,
        /// The part of the dividends that went to the parent's owner before nominators shared the rest.
        pub take: Rao,
    }

    /// Why a staking message failed. New reasons are added at the end.
    pub enum Error {
        /// The caller may not do this.
        NotAllowed,
        /// The rewards contract is set already.
        AlreadyWired,
        /// The amount is zero or below the minimum stake.
        BelowMinimumStake,
        /// The position holds less than asked for.
        InsufficientStake,
        /// The take is above the maximum.
        TakeTooHigh,
        /// More items were asked for than one call may return.
        PageTooLarge,
        /// The caller's TAO balance or allowance does not cover the amount.
        InsufficientTao,
        /// The TAO contract refused or could not be called.
        TokenCallFailed,
        /// An amount does not fit its type: nothing was changed.
        Overflow,
        /// Stake would move to where it is.
        SameAccount,
        /// What would be left of the position is below the minimum stake: leave more, or take all.
        RemainderBelowMinimum,
        /// More child keys than a hotkey may have.
        TooManyChildren,
        /// A child key is the hotkey itself, is named twice, or has a proportion of zero, or the proportions exceed the whole.
        InvalidChildren,
        /// The hotkey has too little stake to lend.
        BelowMinimumParentStake,
        /// The child has as many parents as it can have, and all lend more.
        TooManyParents,
        /// The block is not over yet: its votes are not known.
        BlockNotPast,
        /// The block is too long ago: its votes are forgotten.
        BlockForgotten,
        /// The hotkeys are not in ascending order, each once.
        HotkeysNotAscending,
    }
}
