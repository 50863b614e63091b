//! In place of every page while there is no chain to show.

use super::{Notice, NoticeKind};
use yew::prelude::*;

/// Properties of [`ConnectionNotice`].
#[derive(PartialEq, Properties)]
pub struct Props {
    /// Whether the configuration is the matter; else it is the node.
    pub is_unconfigured: bool,
    /// Why, and what to do.
    pub reason: AttrValue,
    /// The node that was asked.
    pub node: Option<AttrValue>,
    /// Asks again.
    pub on_retry: Callback<()>,
    /// Chooses another node.
    pub on_settings: Callback<()>,
}

/// There is no chain to show.
#[function_component]
pub fn ConnectionNotice(props: &Props) -> Html {
    let (kind, title) = if props.is_unconfigured {
        (NoticeKind::Error, AttrValue::from("This page is not set up yet"))
    } else {
        (NoticeKind::Offline, "The network cannot be shown".into())
    };
    html! {
        <Notice {kind} {title} text={props.reason.clone()}>
            <button type="button" class="primary" onclick={props.on_retry.reform(|_| ())}>{ "Try again" }</button>
            if !props.is_unconfigured {
                <button type="button" onclick={props.on_settings.reform(|_| ())}>{ "Use another node" }</button>
            }
            if let Some(node) = &props.node {
                <p class="note">{ "Node: " }<code>{ node.clone() }</code></p>
            }
        </Notice>
    }
}
