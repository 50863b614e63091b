//! The top of every page: where one is, how far the chain is, who one is.

use super::{Icon, Symbol};
use crate::{app::Route, format, hooks::theme::Theme};
use yew::prelude::*;
use yew_router::prelude::*;

/// Properties of [`Header`].
#[derive(PartialEq, Properties)]
pub struct Props {
    /// The newest block.
    pub best: Option<u32>,
    /// Whether the node answers; nothing while it is asked for the first time.
    pub is_online: Option<bool>,
    /// Whether the chain is a development chain.
    pub is_development: bool,
    /// The colours in use.
    pub theme: Theme,
    /// Changes the colours.
    pub on_theme: Callback<()>,
    /// The account in use.
    pub account: Option<AttrValue>,
    /// Opens the wallet dialog.
    pub on_wallet: Callback<()>,
    /// Opens the node dialog.
    pub on_node: Callback<()>,
}

/// The header.
#[function_component]
pub fn Header(props: &Props) -> Html {
    let theme = props.theme.other().name();
    let theme_symbol = match props.theme {
        Theme::Light => Symbol::Moon,
        Theme::Dark => Symbol::Sun,
    };
    let (dot, state) = match props.is_online {
        Some(true) => ("dot is-on", "Online"),
        Some(false) => ("dot", "Offline"),
        None => ("dot is-asking", "Connecting…"),
    };
    html! {
        <header class="top">
            <div class="wide">
                <Link<Route> to={Route::Overview} classes="brand"><Icon symbol={Symbol::Mark} />{ "Inktensor" }</Link<Route>>
                <nav aria-label="Pages">
                    <Tab route={Route::Overview} text="Overview" />
                    <Tab route={Route::Subnets} text="Subnets" />
                    <Tab route={Route::Stake} text="Stake" />
                </nav>
                <div class="tools">
                    if props.is_development {
                        <span class="badge is-caution" title="Tokens on this chain have no value">
                            { "Development" }<span class="from-wide">{ " chain" }</span>
                        </span>
                    }
                    <button type="button" class="chain" onclick={props.on_node.reform(|_| ())} title="Choose a node">
                        <span class={dot} aria-hidden="true" />
                        if let Some(best) = props.best {
                            <span class="visually-hidden">{ "Block " }</span>
                            <span class="number" data-block={best.to_string()}>{ format::number(best) }</span>
                        } else {
                            { state }
                        }
                    </button>
                    <button type="button" class="quiet theme" onclick={props.on_theme.reform(|_| ())}
                        aria-label={format!("Use the {theme} theme")} title={format!("Use the {theme} theme")}>
                        <Icon symbol={theme_symbol} />
                    </button>
                    <button type="button" class={if props.account.is_some() { "wallet" } else { "wallet primary" }}
                        onclick={props.on_wallet.reform(|_| ())}>
                        <Icon symbol={Symbol::Wallet} />
                        if let Some(account) = &props.account {
                            <span class="visually-hidden">{ "Account " }</span>
                            <span class="name">{ account.clone() }</span>
                        } else {
                            <span>{ "Connect" }<span class="from-wide">{ " wallet" }</span></span>
                        }
                    </button>
                </div>
            </div>
        </header>
    }
}

#[derive(PartialEq, Properties)]
struct TabProps {
    route: Route,
    text: AttrValue,
}

#[function_component]
fn Tab(props: &TabProps) -> Html {
    let section = |route: &Route| match route {
        Route::Subnet { .. } => Route::Subnets,
        Route::StakeTo { .. } => Route::Stake,
        other => other.clone(),
    };
    let is_here = use_route::<Route>().is_some_and(|route| section(&route) == props.route);
    let navigator = use_navigator();
    let route = props.route.clone();
    let go = Callback::from(move |event: MouseEvent| {
        event.prevent_default();
        if let Some(navigator) = &navigator {
            navigator.push(&route);
        }
    });
    html! {
        <a href={format!("#{}", props.route.to_path())} onclick={go} aria-current={is_here.then_some("page")}>
            { props.text.clone() }
        </a>
    }
}
