//! Messages of the rewards contract.

use super::messages;
use inktensor_primitives::rewards::{
    Commit, Economy, EpochProgress, EpochStatus, Error, MetagraphRow, Reveal, SubnetShare, SubnetVote, WeightRow,
};
use inktensor_primitives::{AccountId, Hash, NetUid, Page, Uid};

messages! {
    Rewards:
    /// Constructor. `domain` is the genesis hash of the chain: commits name it.
    new(tao: AccountId, registry: AccountId, staking: AccountId, domain: Hash) -> ();
    /// The chain that commits are bound to.
    domain() -> Hash;
    /// Commits the calling hotkey to weights: BLAKE2-256 of [`Reveal::preimage`].
    commit_weights(netuid: NetUid, commit: Hash) -> Result<(), Error>;
    /// Reveals committed weights.
    reveal_weights(netuid: NetUid, reveal: Reveal) -> Result<(), Error>;
    /// Sets weights at once, where the subnet does not ask for commit and reveal.
    set_weights(netuid: NetUid, uids: Vec<Uid>, values: Vec<u16>, version_key: u64) -> Result<(), Error>;
    /// A hotkey's waiting commits, oldest first.
    commits(netuid: NetUid, hotkey: AccountId) -> Result<Vec<Commit>, Error>;
    /// Weights in force by validator UID, at most 64 UIDs a page (`total` counts UIDs; those without weights are left out). A page ends
    /// early where rows are long: what follows its last row is another page.
    weights(netuid: NetUid, start: u32, limit: u32) -> Result<Page<WeightRow>, Error>;
    /// Where the subnet stands between epochs.
    epoch_status(netuid: NetUid) -> Result<EpochStatus, Error>;
    /// Runs the epoch that is due, or goes on with one that was begun: again until it is finished. Anyone may.
    run_epoch(netuid: NetUid) -> Result<EpochProgress, Error>;
    /// Neurons by UID with what the last epoch gave them, at most 64 a page.
    metagraph(netuid: NetUid, start: u32, limit: u32) -> Result<Page<MetagraphRow>, Error>;
    /// Votes with all stake on the calling hotkey on where emission goes, in place of its last ballot; an empty one gives the vote up.
    vote_subnets(ballot: Vec<SubnetVote>) -> Result<(), Error>;
    /// Counts all votes with the stake of now. Anyone may.
    count_votes() -> Result<(), Error>;
    /// How emission is split over the open subnets.
    subnet_shares() -> Result<Vec<SubnetShare>, Error>;
    /// The hotkeys that vote on subnets.
    voters() -> Result<Vec<AccountId>, Error>;
    /// What a hotkey votes for.
    ballot(hotkey: AccountId) -> Result<Vec<SubnetVote>, Error>;
    /// The network's money supply.
    economy() -> Result<Economy, Error>;
}
