//! The network as a whole.

use crate::{
    app::Route,
    components::{Delegates, Figure, Figures, Meter, Notice, NoticeKind, Skeleton, SubnetList},
    format,
    hooks::{
        chain::use_chain,
        network::{self, use_overview},
        query::Loadable,
        title::use_title,
    },
};
use inktensor_client::accounts;
use inktensor_primitives::{AccountId, rewards::Economy};
use yew::prelude::*;
use yew_router::prelude::*;

/// How many hotkeys the overview shows.
const SHOWN: usize = 8;

/// The page.
#[function_component]
pub fn Overview() -> Html {
    let chain = use_chain();
    use_title("Network".to_owned());
    let overview = use_overview();
    let prefix = chain.prefix();
    let navigator = use_navigator();
    let on_stake = Callback::from(move |hotkey: AccountId| {
        let hotkey = accounts::to_ss58(&hotkey, prefix);
        if let Some(navigator) = &navigator {
            navigator.push(&Route::StakeTo { hotkey });
        }
    });
    html! {
        <>
            <div class="title">
                <h1>{ "Network" }</h1>
                <p class="muted">{ "Models compete on open tasks; validators score them; consensus turns scores into TAO." }</p>
            </div>
            { figures(chain.best, chain.finalised, overview.ready().map(|overview| &**overview)) }
            { match &overview {
                Loadable::Failed(reason) => html! {
                    <Notice kind={NoticeKind::Error} title="The network's figures cannot be read" text={reason.clone()} />
                },
                Loadable::Loading => html! { <section class="card"><Skeleton lines={6} /></section> },
                Loadable::Ready(overview) => lists(overview, prefix, on_stake),
            } }
        </>
    }
}

fn figures(best: Option<u32>, finalised: Option<u32>, overview: Option<&network::Overview>) -> Html {
    let economy = overview.map(|overview| &overview.economy);
    let tao = |amount: fn(&Economy) -> u64| {
        economy.map(|economy| AttrValue::from(format::tao_short(inktensor_primitives::Rao(amount(economy)))))
    };
    let part = |part: fn(&Economy) -> u64, of: fn(&Economy) -> u64| {
        economy.map_or_else(
            || ("…".to_owned(), 0),
            |economy| {
                let (part, of) = (part(economy), of(economy));
                (format::percent_of(part, of), format::permille(part, of))
            },
        )
    };
    let issued = part(|economy| economy.issuance.0, |economy| economy.cap.0);
    let halving = part(|economy| economy.issuance.0, |economy| economy.next_halving.0);
    let staked = part(|economy| economy.staked.0, |economy| economy.issuance.0);
    let subnets = overview.map(|overview| AttrValue::from(format::number(overview.subnets.len() as u64)));
    let neurons: u64 = overview.map_or(0, |overview| {
        overview
            .subnets
            .iter()
            .map(|summary| u64::from(summary.subnet.neurons))
            .sum()
    });
    let final_block = finalised.map_or_else(String::new, |block| format!("final: {}", format::number(block)));
    html! {
        <Figures label="Figures of the network">
            <Figure label="Block" value={best.map(|best| AttrValue::from(format::number(best)))} note={html! { final_block }} />
            <Figure label="Issued" unit="TAO" value={tao(|economy| economy.issuance.0)}
                note={html! { <><Meter permille={issued.1} />{ format!("{} of 21,000,000", issued.0) }</> }} />
            <Figure label="Emission a block" unit="TAO" value={tao(|economy| economy.block_emission.0)}
                note={html! { <><Meter permille={halving.1} />{ format!("{} of the way to the halving", halving.0) }</> }} />
            <Figure label="Staked" unit="TAO" value={tao(|economy| economy.staked.0)}
                note={html! { <><Meter permille={staked.1} />{ format!("{} of what is issued", staked.0) }</> }} />
            <Figure label="Subnets" value={subnets} note={html! { format::count(neurons, "neuron") }} />
        </Figures>
    }
}

fn lists(overview: &network::Overview, prefix: u16, on_stake: Callback<AccountId>) -> Html {
    let delegates: Vec<_> = overview.delegates.iter().take(SHOWN).cloned().collect();
    html! {
        <>
            <section aria-labelledby="subnets">
                <h2 id="subnets">{ "Subnets" }</h2>
                if overview.subnets.is_empty() {
                    <Notice kind={NoticeKind::Empty} title="No subnet is open yet"
                        text="A subnet names a task that models compete on. Any account can open one." />
                } else {
                    <SubnetList subnets={overview.subnets.clone()} block={overview.block} />
                }
            </section>
            <section aria-labelledby="delegates">
                <h2 id="delegates">{ "Most staked hotkeys" }</h2>
                if delegates.is_empty() {
                    <Notice kind={NoticeKind::Empty} title="Nobody has staked yet" text="The first stake on a hotkey makes it appear here." />
                } else {
                    <div class="card flush"><Delegates {delegates} {prefix} {on_stake} /></div>
                }
            </section>
        </>
    }
}
