//! Stakes and unstakes: to whom, how much, what it costs, how far it is.

use super::Stages;
use crate::{
    draft::{Direction, Draft, Limits, Problems},
    format::{self, Token},
    hooks::transaction::{Costs, Preview, Progress},
};
use inktensor_primitives::Rao;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

/// Properties of [`StakeForm`].
#[derive(PartialEq, Properties)]
pub struct Props {
    /// What was typed.
    pub draft: Draft,
    /// Something was typed.
    pub on_draft: Callback<Draft>,
    /// What is wrong with it.
    pub problems: Problems,
    /// Hotkeys to choose from: their addresses and what to show.
    pub hotkeys: Vec<(String, String)>,
    /// What the account can do.
    pub limits: Limits,
    /// What it will cost.
    pub preview: Preview,
    /// How far it is.
    pub progress: Progress,
    /// The chain's own token.
    pub token: Token,
    /// Signs and sends.
    pub on_submit: Callback<()>,
    /// Clears what became of the last one.
    pub on_clear: Callback<()>,
}

/// The form.
#[function_component]
pub fn StakeForm(props: &Props) -> Html {
    let is_busy = props.progress != Progress::Idle;
    let can_submit = matches!(props.preview, Preview::Ready(_)) && !is_busy;
    let submit = {
        let submit = props.on_submit.clone();
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            if can_submit {
                submit.emit(());
            }
        })
    };
    let verb = match props.draft.direction {
        Direction::Stake => "Stake",
        Direction::Unstake => "Unstake",
    };
    html! {
        <form class="card stake-form" onsubmit={submit} aria-label={verb}>
            <fieldset class="segments" disabled={is_busy}>
                <legend class="visually-hidden">{ "Direction" }</legend>
                { direction(props, Direction::Stake, "Stake") }
                { direction(props, Direction::Unstake, "Unstake") }
            </fieldset>
            <fieldset disabled={is_busy} class="fields">
                <legend class="visually-hidden">{ "What to do" }</legend>
                { hotkey(props) }
                { amount(props) }
            </fieldset>
            if !is_busy {
                { costs(props) }
                <button type="submit" class="primary large" disabled={!can_submit}>{ verb }</button>
            }
            <Stages progress={props.progress.clone()} token={props.token.clone()} on_clear={props.on_clear.clone()} />
        </form>
    }
}

fn direction(props: &Props, direction: Direction, text: &'static str) -> Html {
    let onchange = change(props, move |draft, _: Event| Draft {
        direction,
        amount: String::new(),
        is_everything: false,
        ..draft
    });
    html! {
        <label>
            <input type="radio" name="direction" value={text} checked={props.draft.direction == direction} {onchange} />
            <span>{ text }</span>
        </label>
    }
}

fn hotkey(props: &Props) -> Html {
    let is_listed = props.hotkeys.iter().any(|(address, _)| *address == props.draft.hotkey);
    let choose = change(props, |draft, event: Event| {
        let hotkey = event
            .target_dyn_into::<HtmlSelectElement>()
            .map(|select| select.value())
            .unwrap_or_default();
        Draft {
            hotkey,
            is_everything: false,
            ..draft
        }
    });
    let write = change(props, |draft, event: InputEvent| Draft {
        hotkey: typed(&event),
        is_everything: false,
        ..draft
    });
    html! {
        <>
            <label for="known">{ "Hotkey" }</label>
            <select id="known" onchange={choose}>
                <option value="" selected={!is_listed}>
                    { if props.draft.direction == Direction::Stake { "Choose, or enter an address below" } else { "Choose one of your stakes" } }
                </option>
                for (address, text) in props.hotkeys.iter().cloned() {
                    <option key={address.clone()} value={address.clone()} selected={address == props.draft.hotkey}>{ text }</option>
                }
            </select>
            <label for="hotkey" class="visually-hidden">{ "Hotkey address" }</label>
            <input id="hotkey" class="mono" type="text" autocomplete="off" spellcheck="false" placeholder="5…"
                value={props.draft.hotkey.clone()} oninput={write}
                aria-invalid={props.problems.hotkey.is_some().then_some("true")} aria-describedby="hotkey-help" />
            <p id="hotkey-help" class="help is-error" aria-live="polite">{ props.problems.hotkey.clone().unwrap_or_default() }</p>
        </>
    }
}

fn amount(props: &Props) -> Html {
    let available = match props.draft.direction {
        Direction::Stake => props.limits.free,
        Direction::Unstake => props.limits.staked,
    };
    let text = match props.draft.is_everything {
        true => format::plain_tao(props.limits.staked),
        false => props.draft.amount.clone(),
    };
    let write = change(props, |draft, event: InputEvent| Draft {
        amount: typed(&event),
        is_everything: false,
        ..draft
    });
    let part = |quarters: u64| {
        change(props, move |draft, _: MouseEvent| {
            let amount = Rao((available.0 / 4).saturating_mul(quarters));
            let amount = if quarters == 4 { available } else { amount };
            Draft {
                amount: format::plain_tao(amount),
                is_everything: quarters == 4 && draft.direction == Direction::Unstake,
                ..draft
            }
        })
    };
    html! {
        <>
            <div class="between">
                <label for="amount">{ "Amount" }</label>
                <span class="muted" id="available">{ format!("{} TAO available", format::tao(available)) }</span>
            </div>
            <div class="amount">
                <input id="amount" type="text" inputmode="decimal" autocomplete="off" placeholder="0.0" value={text} oninput={write}
                    aria-invalid={props.problems.amount.is_some().then_some("true")} aria-describedby="amount-help available" />
                <span aria-hidden="true">{ "TAO" }</span>
            </div>
            <div class="parts">
                <button type="button" onclick={part(1)}>{ "25 %" }</button>
                <button type="button" onclick={part(2)}>{ "50 %" }</button>
                <button type="button" onclick={part(3)}>{ "75 %" }</button>
                <button type="button" onclick={part(4)}>{ "All" }</button>
            </div>
            <p id="amount-help" class="help is-error" aria-live="polite">{ props.problems.amount.clone().unwrap_or_default() }</p>
        </>
    }
}

fn costs(props: &Props) -> Html {
    let lines = |costs: Option<&Costs>| {
        let show =
            |amount: fn(&Costs) -> u128| costs.map_or_else(|| "…".to_owned(), |costs| props.token.show(amount(costs)));
        let signature = match costs.map_or(1, |costs| costs.calls) {
            0 | 1 => "one".to_owned(),
            calls => format!("one, for {calls} calls"),
        };
        html! {
            <dl class="lines">
                <div><dt>{ "Network fee, at most" }</dt><dd data-cost="fee">{ show(|costs| costs.fee) }</dd></div>
                <div><dt>{ "Storage deposit, about" }</dt><dd data-cost="deposit">{ show(|costs| costs.deposit) }</dd></div>
                <div><dt>{ "Signatures" }</dt><dd>{ signature }</dd></div>
            </dl>
        }
    };
    html! {
        <div class="costs" aria-live="polite">
            { match &props.preview {
                Preview::Nothing => html! { <p class="help">{ "Fee and deposit are shown here before you sign." }</p> },
                Preview::Estimating => lines(None),
                Preview::Ready(costs) => lines(Some(costs)),
                Preview::Refused(reason) => html! { <p class="help is-error">{ reason.clone() }</p> },
            } }
        </div>
    }
}

/// A callback that makes a new draft of the present one and an event.
fn change<E: 'static>(props: &Props, make: impl Fn(Draft, E) -> Draft + 'static) -> Callback<E> {
    let draft = props.draft.clone();
    props.on_draft.reform(move |event| make(draft.clone(), event))
}

fn typed(event: &InputEvent) -> String {
    event
        .target_dyn_into::<HtmlInputElement>()
        .map(|input| input.value())
        .unwrap_or_default()
}
