//! Chooses the wallet, and the account in it.

use super::{Address, Icon, Modal, Symbol};
use crate::wallet::{Account, WalletChoice};
use yew::prelude::*;

/// Properties of [`WalletDialog`].
#[derive(PartialEq, Properties)]
pub struct Props {
    /// Whether it is open.
    pub is_open: bool,
    /// The wallets that can be chosen.
    pub choices: Vec<WalletChoice>,
    /// The wallet that is being asked.
    pub asking: Option<WalletChoice>,
    /// The wallet that gave access.
    pub connected: Option<WalletChoice>,
    /// Its accounts.
    pub accounts: Vec<Account>,
    /// The account in use.
    pub account: Option<Account>,
    /// Why the last attempt failed.
    pub error: Option<AttrValue>,
    /// How the chain writes addresses.
    pub prefix: u16,
    /// Asks a wallet.
    pub on_connect: Callback<WalletChoice>,
    /// Uses another account.
    pub on_choose: Callback<String>,
    /// Forgets the wallet.
    pub on_disconnect: Callback<()>,
    /// It was closed.
    pub on_close: Callback<()>,
}

/// The dialog.
#[function_component]
pub fn WalletDialog(props: &Props) -> Html {
    let title = if props.connected.is_some() {
        "Account"
    } else {
        "Connect a wallet"
    };
    html! {
        <Modal {title} is_open={props.is_open} on_close={props.on_close.clone()}>
            <div aria-live="polite">
                if let Some(error) = &props.error {
                    <p class="help is-error" role="alert"><Icon symbol={Symbol::Alert} />{ error.clone() }</p>
                }
                if let Some(asking) = &props.asking {
                    <p class="help">{ format!("Waiting for {}: answer in its window.", asking.title()) }</p>
                }
            </div>
            if props.connected.is_some() {
                { accounts(props) }
            } else {
                { wallets(props) }
            }
        </Modal>
    }
}

fn wallets(props: &Props) -> Html {
    if props.choices.is_empty() {
        return html! {
            <p>
                { "No wallet was found in this browser. Install an extension that speaks the polkadot.js protocol (Polkadot.js, \
                   Talisman, SubWallet, Nova, Enkrypt, …), then open this dialog again." }
            </p>
        };
    }
    html! {
        <ul class="choices">
            for choice in props.choices.iter().cloned() {
                <li key={choice.title()}>
                    <button type="button" disabled={props.asking.is_some()}
                        onclick={props.on_connect.reform({ let choice = choice.clone(); move |_| choice.clone() })}>
                        <Icon symbol={Symbol::Wallet} />
                        <span>{ choice.title() }</span>
                        if choice == WalletChoice::Development {
                            <span class="badge is-caution">{ "Public keys, no value" }</span>
                        }
                    </button>
                </li>
            }
        </ul>
    }
}

fn accounts(props: &Props) -> Html {
    let title = props.connected.as_ref().map(WalletChoice::title).unwrap_or_default();
    html! {
        <>
            <fieldset class="choices">
                <legend>{ title }</legend>
                for account in props.accounts.iter().cloned() {
                    <label key={account.address.clone()} class="choice">
                        <input type="radio" name="account" value={account.address.clone()}
                            checked={Some(&account) == props.account.as_ref()}
                            onchange={props.on_choose.reform({ let address = account.address.clone(); move |_| address.clone() })} />
                        <span class="choice-name">{ account.label() }</span>
                        <Address id={account.id} prefix={props.prefix} can_copy={false} />
                    </label>
                }
            </fieldset>
            <div class="actions">
                <button type="button" class="primary" onclick={props.on_close.reform(|_| ())}>{ "Done" }</button>
                <button type="button" onclick={props.on_disconnect.reform(|_| ())}>{ "Disconnect" }</button>
            </div>
        </>
    }
}
