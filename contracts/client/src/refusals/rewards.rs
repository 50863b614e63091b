//! Refusals of the rewards contract.

use super::{Reads, Refused, percent};
use crate::messages::{registry, rewards, staking};
use inktensor_primitives::registry::Hyperparameters;
use inktensor_primitives::rewards::{Commit, Error, MetagraphRow, Reveal};
use inktensor_primitives::{AccountId, NetUid, Uid};

impl<C: Reads> Refused<'_, C> {
    pub(super) async fn rewards(&self, error: &Error) -> Option<String> {
        match error {
            Error::NoPermit => self.permit().await,
            Error::RateLimited => {
                let (row, rules) = (self.row().await?, self.rules().await?);
                let next = row.last_update.saturating_add(rules.weights_rate_limit);
                Some(format!(
                    "the last weights are of block {}, the next can be set {} blocks later, in block {next}; the best block is {}",
                    row.last_update,
                    rules.weights_rate_limit,
                    self.chain.block()
                ))
            }
            Error::TooManyCommits | Error::RevealTooEarly | Error::RevealTooLate => self.commits().await,
            Error::VersionKeyTooLow => {
                let (least, given) = (self.rules().await?.weights_version_key, self.weights()?.1);
                Some(format!("the least is {least}, given was {given}"))
            }
            Error::TooFewWeights => {
                let (least, given) = (self.rules().await?.min_allowed_weights, self.weights()?.0.len());
                Some(format!("the least is {least}, given were {given}"))
            }
            Error::WeightTooLarge => {
                let most = self.rules().await?.max_weight_limit;
                let values = self.weights()?.0;
                let sum = values.iter().copied().map(u64::from).sum::<u64>().max(1);
                let largest = u64::from(values.into_iter().max()?).saturating_mul(u16::MAX.into()) / sum;
                let largest = u16::try_from(largest).unwrap_or(u16::MAX);
                Some(format!(
                    "the most is {}, the largest is {}",
                    percent(most),
                    percent(largest)
                ))
            }
            Error::EpochNotDue => {
                let status = self.chain.read(rewards::epoch_status(self.arguments()?)).await?;
                let (due, now) = (status.next_epoch_at, self.chain.block());
                Some(format!("the next is due at block {due}, the best block is {now}"))
            }
            Error::NotEnoughStake => self.seat().await,
            Error::RefusedByRegistry(error) => {
                use inktensor_primitives::registry::Error as Reason;
                let (old, new) = self.arguments::<(AccountId, AccountId)>()?;
                match error {
                    Reason::HotkeyNotOwned => self.hotkey(&old).await,
                    Reason::HotkeyOwnedByOther => self.hotkey(&new).await,
                    Reason::HotkeySwappedAway => {
                        let swapped = self.chain.read(registry::successor_of(old)).await?.is_some();
                        self.hotkey(if swapped { &old } else { &new }).await
                    }
                    other => self.registry(other).await,
                }
            }
            Error::HotkeyInUse => {
                let (_, new) = self.arguments::<(AccountId, AccountId)>()?;
                let stake = self.chain.read(staking::delegate(new)).await?.stake;
                Some(format!("{stake} TAO are staked to {} now", self.name(&new)))
            }
            _ => None,
        }
    }

    async fn rules(&self) -> Option<Hyperparameters> {
        self.chain.read(registry::hyperparameters(self.arguments()?)).await
    }

    /// The caller on the subnet that the call names first.
    async fn row(&self) -> Option<MetagraphRow> {
        let netuid = self.arguments::<NetUid>()?;
        let uid = self.chain.read(registry::uid_of(netuid, self.caller)).await??;
        let page = self.chain.read(rewards::metagraph(netuid, uid.0.into(), 1)).await?;
        page.items.into_iter().next()
    }

    async fn permit(&self) -> Option<String> {
        let (row, rules) = (self.row().await?, self.rules().await?);
        Some(format!(
            "{} counts with {} TAO; the least that counts is {}, and where all {} permits are given, more than the least of their holders",
            self.caller_name(),
            row.stake,
            rules.stake_threshold,
            rules.max_validators
        ))
    }

    /// Weights and version key of the call.
    fn weights(&self) -> Option<(Vec<u16>, u64)> {
        if self.is("reveal_weights") {
            let (_, reveal) = self.arguments::<(NetUid, Reveal)>()?;
            return Some((reveal.values, reveal.version_key));
        }
        let (.., values, key) = self.arguments::<(NetUid, Vec<Uid>, Vec<u16>, u64)>()?;
        Some((values, key))
    }

    async fn commits(&self) -> Option<String> {
        let netuid = self.arguments::<NetUid>()?;
        let waiting = self.chain.read(rewards::commits(netuid, self.caller)).await?;
        let windows: Vec<String> = waiting.iter().map(window).collect();
        let now = self.chain.block();
        Some(if windows.is_empty() {
            format!("no commit can be revealed any more, the best block is {now}")
        } else {
            format!(
                "{} wait, to be revealed in blocks {}; the best block is {now}",
                windows.len(),
                windows.join(", ")
            )
        })
    }

    async fn seat(&self) -> Option<String> {
        let mut hotkeys = self.chain.read(rewards::voters()).await?;
        hotkeys.push(self.caller);
        let stakes = self.chain.read(staking::hotkey_stakes(hotkeys)).await?;
        let (own, others) = stakes.split_last()?;
        let least = others.iter().min().copied().unwrap_or_default();
        Some(format!(
            "{} has {own} TAO staked to it; of the {} hotkeys that vote the weakest has {least}",
            self.caller_name(),
            others.len()
        ))
    }
}

fn window(commit: &Commit) -> String {
    format!("{} to {}", commit.reveal_from, commit.reveal_until)
}
