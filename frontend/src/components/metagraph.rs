//! The metagraph: every neuron of a subnet, its model, and what the last epoch decided.

use super::{Address, Share};
use crate::{
    format,
    hooks::subnet::Entry,
    sort::{Column, Order},
};
use inktensor_primitives::{AccountId, registry::ModelRecord};
use web_sys::HtmlSelectElement;
use yew::prelude::*;

/// Properties of [`Metagraph`].
#[derive(PartialEq, Properties)]
pub struct Props {
    /// The neurons, in the order they are shown.
    pub entries: Vec<Entry>,
    /// That order.
    pub order: Order,
    /// The block they were read at.
    pub block: u32,
    /// How the chain writes addresses.
    pub prefix: u16,
    /// Chooses a column to order by.
    pub on_order: Callback<Column>,
    /// Stakes to a neuron's hotkey.
    pub on_stake: Callback<AccountId>,
}

/// The table; on a narrow screen each neuron is a card.
#[function_component]
pub fn Metagraph(props: &Props) -> Html {
    let largest = |value: fn(&Entry) -> u16| props.entries.iter().map(value).max().unwrap_or_default();
    let largest = Largest {
        incentive: largest(|entry| entry.row.incentive),
        dividends: largest(|entry| entry.row.dividends),
    };
    html! {
        <>
            { narrow_order(props) }
            <div class="scroll" role="region" aria-label="Metagraph" tabindex="0">
                <table class="data metagraph">
                    <caption class="visually-hidden">{ "Neurons of the subnet as of its last epoch" }</caption>
                    <thead>
                        <tr>
                            { heading(props, Column::Uid, "") }
                            <th scope="col">{ "Neuron" }</th>
                            <th scope="col">{ "Model" }</th>
                            for column in Column::ALL.into_iter().skip(1) {
                                { heading(props, column, "end") }
                            }
                            <th scope="col"><span class="visually-hidden">{ "Actions" }</span></th>
                        </tr>
                    </thead>
                    <tbody>
                        for entry in props.entries.iter() {
                            { row(props, entry, &largest) }
                        }
                    </tbody>
                </table>
            </div>
        </>
    }
}

struct Largest {
    incentive: u16,
    dividends: u16,
}

fn heading(props: &Props, column: Column, class: &'static str) -> Html {
    let is_ordered_by = props.order.column == column;
    let (sort, mark) = match (is_ordered_by, props.order.is_descending) {
        (false, _) => (None, ""),
        (true, true) => (Some("descending"), " ↓"),
        (true, false) => (Some("ascending"), " ↑"),
    };
    html! {
        <th key={column.title()} scope="col" {class} aria-sort={sort}>
            <button type="button" class="sort" onclick={props.on_order.reform(move |_| column)}>
                { column.title() }<span aria-hidden="true">{ mark }</span>
            </button>
        </th>
    }
}

/// What orders the cards, which have no headings.
fn narrow_order(props: &Props) -> Html {
    let change = props.on_order.clone();
    let onchange = Callback::from(move |event: Event| {
        let chosen = event
            .target_dyn_into::<HtmlSelectElement>()
            .map(|select| select.value())
            .unwrap_or_default();
        if let Some(column) = Column::ALL.into_iter().find(|column| column.title() == chosen) {
            change.emit(column);
        }
    });
    html! {
        <label class="narrow-order">
            { "Order by" }
            <select {onchange}>
                for column in Column::ALL {
                    <option key={column.title()} value={column.title()} selected={column == props.order.column}>{ column.title() }</option>
                }
            </select>
        </label>
    }
}

fn row(props: &Props, entry: &Entry, largest: &Largest) -> Html {
    let row = &entry.row;
    let hotkey = row.hotkey;
    // A registration counts as the first update.
    let updated = match row.last_update {
        block if block <= row.registered_at => "never".to_owned(),
        block => format::since(block, props.block),
    };
    html! {
        <tr key={row.uid.0}>
            <th scope="row" class="uid" data-label="UID">{ row.uid.to_string() }</th>
            <td class="neuron">
                <Address id={hotkey} prefix={props.prefix} />
                if row.validator_permit {
                    <span class="badge" title="Validator permit: its weights count">{ "Permit" }</span>
                }
            </td>
            <td data-label="Model">{ model(entry.model.as_ref()) }</td>
            <td class="end" data-label="Stake"><span title={format::tao(row.stake)}>{ format::tao_short(row.stake) }</span></td>
            <td class="end" data-label="Incentive"><Share value={row.incentive} largest={largest.incentive} /></td>
            <td class="end" data-label="Dividends"><Share value={row.dividends} largest={largest.dividends} /></td>
            <td class="end" data-label="Consensus"><Share value={row.consensus} /></td>
            <td class="end" data-label="Trust"><Share value={row.validator_trust} /></td>
            <td class="end" data-label="Emission"><span title={format::tao(row.emission)}>{ format::tao_short(row.emission) }</span></td>
            <td class="end" data-label="Weights set">{ updated }</td>
            <td class="end"><button type="button" onclick={props.on_stake.reform(move |_| hotkey)}>{ "Stake" }</button></td>
        </tr>
    }
}

fn model(record: Option<&ModelRecord>) -> Html {
    let Some(ModelRecord { commitment, .. }) = record else {
        return html! { <span class="muted">{ "none" }</span> };
    };
    let hash = format::hash(&commitment.hash);
    let name = commitment
        .uri
        .rsplit('/')
        .find(|part| !part.is_empty())
        .unwrap_or("unnamed")
        .to_owned();
    html! {
        <span class="model">
            <span class="model-name" title={commitment.uri.clone()}>{ name }</span>
            <span class="muted">
                <code title={hash.clone()}>{ format::short(&hash) }</code>{ " · " }{ format::bytes(commitment.size) }
            </span>
        </span>
    }
}
