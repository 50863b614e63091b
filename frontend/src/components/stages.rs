//! How far a transaction is, for eyes and for screen readers.

use super::{Icon, Symbol};
use crate::{
    format::{self, Token},
    hooks::transaction::Progress,
};
use yew::prelude::*;

/// Properties of [`Stages`].
#[derive(PartialEq, Properties)]
pub struct Props {
    /// How far it is.
    pub progress: Progress,
    /// The chain's own token.
    pub token: Token,
    /// Clears it.
    pub on_clear: Callback<()>,
}

const STAGES: [&str; 3] = ["Signed in your wallet", "In a block", "Final"];

/// The stages signing, in block, finalised, and where it failed.
#[function_component]
pub fn Stages(props: &Props) -> Html {
    let (reached, is_failed) = match &props.progress {
        Progress::Idle => return html! { <div class="stages" aria-live="polite" /> },
        Progress::Preparing | Progress::Signing => (0, false),
        Progress::Sent => (1, false),
        Progress::InBlock { .. } => (2, false),
        Progress::Finalised { .. } => (3, false),
        Progress::Failed { reached, .. } => (*reached, true),
    };
    let stage = |index: usize| match (index.cmp(&reached), is_failed) {
        (std::cmp::Ordering::Less, _) => ("is-done", Some(Symbol::Tick)),
        (std::cmp::Ordering::Equal, true) => ("is-failed", Some(Symbol::Cross)),
        (std::cmp::Ordering::Equal, false) => ("is-active", None),
        (std::cmp::Ordering::Greater, _) => ("", None),
    };
    html! {
        <div class="stages" aria-live="polite" data-progress={name(&props.progress)}>
            <ol aria-hidden="true">
                for (index, text) in STAGES.into_iter().enumerate() {
                    <li key={index} class={stage(index).0}>
                        <span class="mark">
                            if let Some(symbol) = stage(index).1 { <Icon {symbol} /> }
                        </span>
                        { text }
                    </li>
                }
            </ol>
            <p class={if is_failed { "help is-error" } else { "help" }}>{ say(&props.progress, &props.token) }</p>
            if !props.progress.is_running() {
                <button type="button" onclick={props.on_clear.reform(|_| ())}>
                    { if is_failed { "Try again" } else { "Done" } }
                </button>
            }
        </div>
    }
}

fn name(progress: &Progress) -> &'static str {
    match progress {
        Progress::Idle => "idle",
        Progress::Preparing => "preparing",
        Progress::Signing => "signing",
        Progress::Sent => "sent",
        Progress::InBlock { .. } => "in-block",
        Progress::Finalised { .. } => "finalised",
        Progress::Failed { .. } => "failed",
    }
}

fn say(progress: &Progress, token: &Token) -> String {
    match progress {
        Progress::Idle => String::new(),
        Progress::Preparing => "Working out gas and fee…".to_owned(),
        Progress::Signing => "Sign in your wallet. Nothing is sent before you do.".to_owned(),
        Progress::Sent => "Sent. Waiting for a block…".to_owned(),
        Progress::InBlock { block } => format!("In block {}. Waiting until it is final…", format::number(*block)),
        Progress::Finalised { block, fee: None } => format!("Final in block {}.", format::number(*block)),
        Progress::Finalised { block, fee: Some(fee) } => {
            format!(
                "Final in block {}. The fee was {}.",
                format::number(*block),
                token.show(*fee)
            )
        }
        Progress::Failed { reason, .. } => format!("Failed: {reason}"),
    }
}
