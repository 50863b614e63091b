//! The form of the stake page with what it needs of chain and wallet.

use crate::{
    components::StakeForm,
    draft::{Direction, Draft, Limits, Problems},
    format::{self, Token},
    hooks::{
        chain::use_chain,
        portfolio::Portfolio,
        transaction::{Preview, Progress, Transaction, use_preview, use_transaction},
    },
};
use inktensor_client::accounts;
use inktensor_primitives::{AccountId, Rao, staking::Delegate};
use yew::prelude::*;

/// Properties of [`Form`].
#[derive(PartialEq, Properties)]
pub struct Props {
    /// What the account has.
    pub portfolio: Portfolio,
    /// The hotkeys to choose from.
    pub delegates: Vec<Delegate>,
    /// What was typed.
    pub draft: Draft,
    /// Something was typed.
    pub on_draft: Callback<Draft>,
}

/// The form.
#[function_component]
pub fn Form(props: &Props) -> Html {
    let chain = use_chain();
    let Transaction { progress, start, clear } = use_transaction();
    let limits = Limits {
        free: props.portfolio.free,
        staked: props
            .draft
            .hotkey()
            .map_or(Rao::ZERO, |hotkey| props.portfolio.stake_on(&hotkey)),
        minimum: props.portfolio.minimum_stake,
    };
    let (action, problems) = match props.draft.check(&limits) {
        Ok(action) => (Some(action), Problems::default()),
        Err(problems) => (None, problems),
    };
    let is_idle = progress == Progress::Idle;
    let preview = afford(
        use_preview(action.filter(|_| is_idle)),
        props.portfolio.native,
        &chain.token(),
    );
    let on_submit = Callback::from(move |()| {
        if let Some(action) = action {
            start.emit(action);
        }
    });
    let on_clear = {
        let (draft, on_draft) = (props.draft.clone(), props.on_draft.clone());
        let is_final = matches!(progress, Progress::Finalised { .. });
        Callback::from(move |()| {
            clear.emit(());
            if is_final {
                on_draft.emit(Draft {
                    amount: String::new(),
                    is_everything: false,
                    ..draft.clone()
                });
            }
        })
    };
    html! {
        <StakeForm
            draft={props.draft.clone()} on_draft={props.on_draft.clone()} {problems} {limits} {preview} {progress}
            hotkeys={hotkeys(props, chain.prefix())} token={chain.token()} {on_submit} {on_clear}
        />
    }
}

/// Refuses what the account cannot pay for, before anybody signs.
fn afford(preview: Preview, native: u128, token: &Token) -> Preview {
    match preview {
        Preview::Ready(costs) if costs.fee.saturating_add(costs.deposit) > native => {
            let (needed, found) = (costs.fee.saturating_add(costs.deposit), token.show(native));
            let needed = token.show(needed);
            Preview::Refused(
                format!("Fee and deposit need {needed}, the account has {found}: send it some first.").into(),
            )
        }
        other => other,
    }
}

/// What can be chosen: every hotkey to stake to, one's own positions to unstake from.
fn hotkeys(props: &Props, prefix: u16) -> Vec<(String, String)> {
    let line = |hotkey: &AccountId, stake: Rao| {
        let address = accounts::to_ss58(hotkey, prefix);
        let text = format!("{} · {} TAO", format::short(&address), format::tao_short(stake));
        (address, text)
    };
    match props.draft.direction {
        Direction::Stake => props
            .delegates
            .iter()
            .map(|delegate| line(&delegate.hotkey, delegate.stake))
            .collect(),
        Direction::Unstake => {
            let positions = props.portfolio.positions.iter();
            positions
                .map(|position| line(&position.hotkey, position.stake))
                .collect()
        }
    }
}
