//! Hotkeys that one can stake to.

use super::{Address, Meter};
use crate::format;
use inktensor_client::accounts;
use inktensor_primitives::{AccountId, staking::Delegate};
use yew::prelude::*;

/// Properties of [`Delegates`].
#[derive(PartialEq, Properties)]
pub struct Props {
    /// The hotkeys, in the order they are shown.
    pub delegates: Vec<Delegate>,
    /// How the chain writes addresses.
    pub prefix: u16,
    /// Stakes to one.
    pub on_stake: Callback<AccountId>,
}

/// The table.
#[function_component]
pub fn Delegates(props: &Props) -> Html {
    let largest = props
        .delegates
        .iter()
        .map(|delegate| delegate.stake.0)
        .max()
        .unwrap_or_default()
        .max(1);
    html! {
        <table class="data">
            <caption class="visually-hidden">{ "Hotkeys by stake" }</caption>
            <thead>
                <tr>
                    <th scope="col">{ "Hotkey" }</th>
                    <th scope="col" class="end">{ "Stake, TAO" }</th>
                    <th scope="col" class="end">{ "Nominators" }</th>
                    <th scope="col" class="end">{ "Take" }</th>
                    <th scope="col"><span class="visually-hidden">{ "Actions" }</span></th>
                </tr>
            </thead>
            <tbody>
                for delegate in props.delegates.iter() {
                    <tr key={accounts::to_ss58(&delegate.hotkey, props.prefix)}>
                        <th scope="row"><Address id={delegate.hotkey} prefix={props.prefix} /></th>
                        <td class="end" data-label="Stake, TAO">
                            <span class="share">
                                <span title={format::tao(delegate.stake)}>{ format::tao_short(delegate.stake) }</span>
                                <Meter permille={format::permille(delegate.stake.0, largest)} />
                            </span>
                        </td>
                        <td class="end" data-label="Nominators">{ format::number(delegate.nominators) }</td>
                        <td class="end" data-label="Take">{ format::percent(delegate.take) }</td>
                        <td class="end">
                            <button type="button" onclick={props.on_stake.reform({ let hotkey = delegate.hotkey; move |_| hotkey })}>
                                { "Stake" }
                            </button>
                        </td>
                    </tr>
                }
            </tbody>
        </table>
    }
}
