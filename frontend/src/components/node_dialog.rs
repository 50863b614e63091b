//! Chooses the node.

use super::Modal;
use crate::hooks::config::check_node;
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// Properties of [`NodeDialog`].
#[derive(PartialEq, Properties)]
pub struct Props {
    /// Whether it is open.
    pub is_open: bool,
    /// The node in use.
    pub node: Option<AttrValue>,
    /// Whether the user chose it.
    pub is_own_node: bool,
    /// Uses another node; `None` is the configured one.
    pub on_choose: Callback<Option<String>>,
    /// It was closed.
    pub on_close: Callback<()>,
}

/// The dialog.
#[function_component]
pub fn NodeDialog(props: &Props) -> Html {
    let error = use_state_eq(|| None::<String>);
    let input = use_node_ref();
    let submit = {
        let (input, error) = (input.clone(), error.setter());
        let (choose, close) = (props.on_choose.clone(), props.on_close.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let url = input
                .cast::<HtmlInputElement>()
                .map(|input| input.value().trim().to_owned())
                .unwrap_or_default();
            match check_node(&url) {
                Ok(()) => {
                    error.set(None);
                    choose.emit(Some(url));
                    close.emit(());
                }
                Err(failure) => error.set(Some(failure.to_string())),
            }
        })
    };
    let reset = {
        let (choose, close) = (props.on_choose.clone(), props.on_close.clone());
        Callback::from(move |_: MouseEvent| {
            choose.emit(None);
            close.emit(());
        })
    };
    html! {
        <Modal title="Node" is_open={props.is_open} on_close={props.on_close.clone()}>
            <form onsubmit={submit} novalidate=true>
                <label for="node">{ "WebSocket address" }</label>
                <input id="node" ref={input} type="url" inputmode="url" autocomplete="off" spellcheck="false"
                    value={props.node.clone().unwrap_or_default()}
                    aria-invalid={error.is_some().then_some("true")} aria-describedby="node-help" />
                <p id="node-help" class={if error.is_some() { "help is-error" } else { "help" }} aria-live="polite">
                    { error.as_ref().cloned().unwrap_or_else(|| {
                        "The page talks to this node only. It has to be of the chain that the contracts are on.".to_owned()
                    }) }
                </p>
                <div class="actions">
                    <button type="submit" class="primary">{ "Use this node" }</button>
                    if props.is_own_node {
                        <button type="button" onclick={reset}>{ "Back to the configured node" }</button>
                    }
                </div>
            </form>
        </Modal>
    }
}
