//! Says that what is shown is old.

use super::{Icon, Symbol};
use crate::format;
use yew::prelude::*;

/// Properties of [`Banner`].
#[derive(PartialEq, Properties)]
pub struct Props {
    /// The last block that was seen.
    pub block: Option<u32>,
    /// Chooses another node.
    pub on_settings: Callback<()>,
}

/// The node stopped answering.
#[function_component]
pub fn Banner(props: &Props) -> Html {
    let seen = props
        .block
        .map(|block| format!(" You see block {}.", format::number(block)))
        .unwrap_or_default();
    html! {
        <div class="banner" role="alert">
            <Icon symbol={Symbol::Unplugged} />
            <p>{ format!("The node stopped answering; reconnecting…{seen}") }</p>
            <button type="button" onclick={props.on_settings.reform(|_| ())}>{ "Use another node" }</button>
        </div>
    }
}
