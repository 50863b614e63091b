//! The routes, and the state that all of them share.

use crate::{
    hooks::{
        chain::{ChainState, use_chain_provider},
        transaction::{Transaction, use_transaction_provider},
        wallet::{WalletState, use_wallet_provider},
    },
    pages::{NotFound, Overview, Shell, Stake, Subnet, Subnets},
};
use inktensor_primitives::NetUid;
use yew::prelude::*;
use yew_router::prelude::*;

/// Every page. Routes live behind the `#`, so that any file server will do.
#[derive(Clone, Debug, PartialEq, Eq, Routable)]
pub enum Route {
    /// The network as a whole.
    #[at("/")]
    Overview,
    /// All subnets.
    #[at("/subnets")]
    Subnets,
    /// One subnet.
    #[at("/subnets/:netuid")]
    Subnet {
        /// Which one.
        netuid: u16,
    },
    /// Balances and positions.
    #[at("/stake")]
    Stake,
    /// The same, with a hotkey chosen.
    #[at("/stake/:hotkey")]
    StakeTo {
        /// Its address.
        hotkey: String,
    },
    /// Anything else.
    #[not_found]
    #[at("/404")]
    NotFound,
}

/// The root.
#[function_component]
pub fn App() -> Html {
    let chain = use_chain_provider();
    html! {
        <ContextProvider<ChainState> context={chain}>
            <WithWallet />
        </ContextProvider<ChainState>>
    }
}

#[function_component]
fn WithWallet() -> Html {
    let wallet = use_wallet_provider();
    html! {
        <ContextProvider<WalletState> context={wallet}>
            <WithTransaction />
        </ContextProvider<WalletState>>
    }
}

#[function_component]
fn WithTransaction() -> Html {
    let transaction = use_transaction_provider();
    html! {
        <ContextProvider<Transaction> context={transaction}>
            <HashRouter>
                <Shell>
                    <Switch<Route> render={page} />
                </Shell>
            </HashRouter>
        </ContextProvider<Transaction>>
    }
}

fn page(route: Route) -> Html {
    match route {
        Route::Overview => html! { <Overview /> },
        Route::Subnets => html! { <Subnets /> },
        Route::Subnet { netuid } => html! { <Subnet netuid={NetUid(netuid)} /> },
        Route::Stake => html! { <Stake /> },
        Route::StakeTo { hotkey } => html! { <Stake {hotkey} /> },
        Route::NotFound => html! { <NotFound /> },
    }
}
