//! An account as people recognise it: a pattern, the ends of its address, and the whole of it to copy.

use super::{Icon, Symbol};
use crate::format;
use inktensor_client::accounts;
use inktensor_primitives::AccountId;
use yew::prelude::*;

/// Properties of [`Address`].
#[derive(PartialEq, Properties)]
pub struct Props {
    /// The account.
    pub id: AccountId,
    /// How the chain writes addresses.
    pub prefix: u16,
    /// Whether the address can be copied with a button.
    #[prop_or(true)]
    pub can_copy: bool,
}

/// An account.
#[function_component]
pub fn Address(props: &Props) -> Html {
    let text = accounts::to_ss58(&props.id, props.prefix);
    let is_copied = use_state_eq(|| false);
    let copy = {
        let (text, is_copied) = (text.clone(), is_copied.setter());
        Callback::from(move |_: MouseEvent| {
            if let Some(window) = web_sys::window() {
                // The browser refuses silently where pages may not copy; the address is selectable then.
                drop(window.navigator().clipboard().write_text(&text));
                is_copied.set(true);
            }
        })
    };
    let symbol = if *is_copied { Symbol::Tick } else { Symbol::Copy };
    let label = if *is_copied { "Copied" } else { "Copy address" };
    html! {
        <span class="address">
            { pattern(&props.id) }
            <code title={text.clone()}>{ format::short(&text) }</code>
            if props.can_copy {
                <button type="button" class="quiet" onclick={copy} title={label} aria-label={format!("{label} {text}")}>
                    <Icon {symbol} />
                </button>
            }
        </span>
    }
}

/// A mirrored five-by-five pattern from the key's bytes, in one of twelve hues: two keys rarely look alike.
fn pattern(id: &AccountId) -> Html {
    let bytes: &[u8; 32] = id.as_ref();
    let hue = bytes
        .iter()
        .skip(16)
        .fold(0_u16, |sum, byte| sum.wrapping_add(u16::from(*byte)))
        % 12
        * 30;
    let cells = bytes
        .iter()
        .take(15)
        .enumerate()
        .filter(|(_, byte)| **byte & 1 == 1)
        .flat_map(|(index, _)| {
            let (column, row) = (index / 5, index % 5);
            [(column, row), (4 - column, row)]
        });
    html! {
        <svg class="pattern" viewBox="0 0 5 5" aria-hidden="true" focusable="false" style={format!("--hue:{hue}")}>
            for (x, y) in cells {
                <rect x={x.to_string()} y={y.to_string()} width="1.02" height="1.02" />
            }
        </svg>
    }
}
