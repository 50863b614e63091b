//! A dialog over the page. The browser keeps the focus in it, and closes it by Escape.

use super::{Icon, Symbol};
use web_sys::HtmlDialogElement;
use yew::prelude::*;

/// Properties of [`Modal`].
#[derive(PartialEq, Properties)]
pub struct Props {
    /// What it is for.
    pub title: AttrValue,
    /// Whether it is open.
    pub is_open: bool,
    /// It was closed.
    pub on_close: Callback<()>,
    /// What is in it.
    pub children: Html,
}

/// A dialog.
#[function_component]
pub fn Modal(props: &Props) -> Html {
    let node = use_node_ref();
    {
        let node = node.clone();
        use_effect_with(props.is_open, move |is_open| {
            if let Some(dialog) = node.cast::<HtmlDialogElement>() {
                match (*is_open, dialog.open()) {
                    // Only a dialog that is not in the page refuses, and this one is.
                    (true, false) => drop(dialog.show_modal()),
                    (false, true) => dialog.close(),
                    _ => {}
                }
            }
        });
    }
    let closed = props.on_close.reform(|_: Event| ());
    let close = props.on_close.reform(|_: MouseEvent| ());
    html! {
        <dialog ref={node} onclose={closed} aria-label={props.title.clone()}>
            <header>
                <h2>{ props.title.clone() }</h2>
                <button type="button" class="quiet" onclick={close} aria-label="Close"><Icon symbol={Symbol::Cross} /></button>
            </header>
            if props.is_open {
                { props.children.clone() }
            }
        </dialog>
    }
}
