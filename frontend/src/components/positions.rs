//! Where one's TAO is staked.

use super::Address;
use crate::format;
use inktensor_client::accounts;
use inktensor_primitives::{AccountId, Rao, staking::Position};
use yew::prelude::*;

/// Properties of [`Positions`].
#[derive(PartialEq, Properties)]
pub struct Props {
    /// The stakes, in the order they are shown.
    pub positions: Vec<Position>,
    /// All of them together.
    pub staked: Rao,
    /// How the chain writes addresses.
    pub prefix: u16,
    /// Stakes more to one.
    pub on_stake: Callback<AccountId>,
    /// Takes stake back from one.
    pub on_unstake: Callback<AccountId>,
}

/// The table.
#[function_component]
pub fn Positions(props: &Props) -> Html {
    html! {
        <table class="data">
            <caption class="visually-hidden">{ "Your stakes" }</caption>
            <thead>
                <tr>
                    <th scope="col">{ "Hotkey" }</th>
                    <th scope="col" class="end">{ "Your stake, TAO" }</th>
                    <th scope="col" class="end">{ "Of your stake" }</th>
                    <th scope="col"><span class="visually-hidden">{ "Actions" }</span></th>
                </tr>
            </thead>
            <tbody>
                for position in props.positions.iter() {
                    <tr key={accounts::to_ss58(&position.hotkey, props.prefix)}>
                        <th scope="row"><Address id={position.hotkey} prefix={props.prefix} /></th>
                        <td class="end" data-label="Your stake, TAO">{ format::tao(position.stake) }</td>
                        <td class="end" data-label="Of your stake">{ format::percent_of(position.stake.0, props.staked.0) }</td>
                        <td class="end buttons">
                            <button type="button" onclick={props.on_stake.reform({ let hotkey = position.hotkey; move |_| hotkey })}>
                                { "Stake more" }
                            </button>
                            <button type="button" onclick={props.on_unstake.reform({ let hotkey = position.hotkey; move |_| hotkey })}>
                                { "Unstake" }
                            </button>
                        </td>
                    </tr>
                }
            </tbody>
        </table>
    }
}
