//! One subnet: its metagraph and its rules.

use crate::{
    app::Route,
    components::{Address, Distribution, Figure, Figures, Metagraph, Meter, Notice, NoticeKind, Rules, Skeleton},
    format,
    hooks::{
        chain::use_chain,
        query::Loadable,
        subnet::{SubnetView, use_subnet},
        title::use_title,
    },
    sort::{Column, Order},
};
use inktensor_client::accounts;
use inktensor_primitives::{AccountId, NetUid};
use yew::prelude::*;
use yew_router::prelude::*;

/// Properties of [`Subnet`].
#[derive(PartialEq, Properties)]
pub struct Props {
    /// Which one.
    pub netuid: NetUid,
}

/// The page.
#[function_component]
pub fn Subnet(props: &Props) -> Html {
    let prefix = use_chain().prefix();
    use_title(format!("Subnet {}", props.netuid));
    let subnet = use_subnet(props.netuid);
    let order = use_state_eq(|| Order::by(Column::Incentive));
    let on_order = {
        let order = order.clone();
        Callback::from(move |column| order.set(order.choose(column)))
    };
    let navigator = use_navigator();
    let on_stake = Callback::from(move |hotkey: AccountId| {
        let hotkey = accounts::to_ss58(&hotkey, prefix);
        if let Some(navigator) = &navigator {
            navigator.push(&Route::StakeTo { hotkey });
        }
    });
    let view = match &subnet {
        Loadable::Ready(view) => view.clone(),
        Loadable::Loading => {
            return html! {
                <>
                    <div class="title"><h1>{ format!("Subnet {}", props.netuid) }</h1></div>
                    <section class="card"><Skeleton lines={8} /></section>
                </>
            };
        }
        Loadable::Failed(reason) => {
            return html! {
                <>
                    <h1 class="visually-hidden">{ format!("Subnet {}", props.netuid) }</h1>
                    <Notice kind={NoticeKind::Error} title="This subnet cannot be read" text={reason.clone()}>
                        <Link<Route> to={Route::Subnets} classes="button">{ "All subnets" }</Link<Route>>
                    </Notice>
                </>
            };
        }
    };
    html! {
        <>
            { title(&view, prefix) }
            { figures(&view) }
            <section aria-labelledby="metagraph">
                <h2 id="metagraph">{ "Metagraph" }</h2>
                if view.entries.is_empty() {
                    <Notice kind={NoticeKind::Empty} title="No neuron is registered yet"
                        text="Miners and validators appear here when they register a hotkey." />
                } else {
                    { distributions(&view) }
                    <div class="card flush">
                        <Metagraph entries={order.sorted(&view.entries)} order={*order} block={view.block} {prefix} {on_order} {on_stake} />
                    </div>
                }
            </section>
            <Rules task={view.subnet.task.clone()} rules={view.rules.clone()} />
        </>
    }
}

fn title(view: &SubnetView, prefix: u16) -> Html {
    let identity = &view.subnet.identity;
    let is_link = identity.url.starts_with("https://") || identity.url.starts_with("http://");
    html! {
        <div class="title">
            <p class="crumbs">
                <Link<Route> to={Route::Subnets}>{ "Subnets" }</Link<Route>>{ " / " }{ format!("Subnet {}", view.subnet.netuid) }
            </p>
            <h1>{ identity.name.clone() }</h1>
            <p class="muted">{ identity.description.clone() }</p>
            <p class="muted byline">
                { "Owner " }<Address id={view.subnet.owner} {prefix} />
                if is_link {
                    <a href={identity.url.clone()} rel="noopener noreferrer nofollow" target="_blank">{ "Website" }</a>
                }
            </p>
        </div>
    }
}

fn figures(view: &SubnetView) -> Html {
    let status = &view.status;
    let waited = view.block.saturating_sub(status.last_epoch_at);
    let span = status.next_epoch_at.saturating_sub(status.last_epoch_at);
    let next = if status.in_progress {
        format!(
            "running, {} %",
            format::permille(status.steps_done.into(), status.steps.into()) / 10
        )
    } else {
        format::until(status.next_epoch_at, view.block)
    };
    let models = view.entries.iter().filter(|entry| entry.model.is_some()).count();
    let permits = view.entries.iter().filter(|entry| entry.row.validator_permit).count() as u64;
    let text = |text: String| Some(AttrValue::from(text));
    html! {
        <Figures label="Figures of the subnet">
            <Figure label="Next epoch" value={text(next)}
                note={html! { <><Meter permille={format::permille(waited.into(), span.into())} />{ format!("epoch {} is done", status.epoch) }</> }} />
            <Figure label="To be paid" unit="TAO" value={text(format::tao_short(status.pending))} note={html! { "accrued since the last epoch" }} />
            <Figure label="Neurons" value={text(format::number(view.subnet.neurons))}
                note={html! { format!("of at most {}", format::number(view.rules.max_uids)) }} />
            <Figure label="Models" value={text(models.to_string())} note={html! { format!("{} to validate", format::count(permits, "permit")) }} />
            <Figure label="Registration" unit="TAO" value={text(format::tao_short(view.burn))} note={html! { "burned for a slot, now" }} />
        </Figures>
    }
}

fn distributions(view: &SubnetView) -> Html {
    let ranked = |value: fn(&crate::hooks::subnet::Entry) -> u16| {
        let mut values: Vec<u16> = view.entries.iter().map(value).collect();
        values.sort_by_key(|value| std::cmp::Reverse(*value));
        values
    };
    html! {
        <div class="columns">
            <Distribution label="Incentive, by rank" values={ranked(|entry| entry.row.incentive)} />
            <Distribution label="Dividends, by rank" values={ranked(|entry| entry.row.dividends)} />
        </div>
    }
}
