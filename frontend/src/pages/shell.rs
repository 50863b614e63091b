//! What surrounds every page: header, banner, dialogs, footer.

use crate::{
    components::{Banner, ConnectionNotice, Footer, Header, NodeDialog, WalletDialog},
    format,
    hooks::{
        chain::{ChainState, Connection, use_chain},
        theme::use_theme,
        wallet::{WalletStatus, use_wallet},
    },
    wallet::Account,
};
use yew::prelude::*;

/// Opens the wallet dialog; in the context of every page.
#[derive(Clone, PartialEq)]
pub struct OpenWallet(pub Callback<()>);

/// Properties of [`Shell`].
#[derive(PartialEq, Properties)]
pub struct Props {
    /// The page.
    pub children: Html,
}

/// The shell.
#[function_component]
pub fn Shell(props: &Props) -> Html {
    let chain = use_chain();
    let wallet = use_wallet();
    let (theme, on_theme) = use_theme();
    let is_wallet_open = use_state_eq(|| false);
    let is_node_open = use_state_eq(|| false);
    let set = |state: &UseStateHandle<bool>, value: bool| {
        let setter = state.setter();
        Callback::from(move |()| setter.set(value))
    };
    let open_wallet = {
        let (open, look) = (set(&is_wallet_open, true), wallet.look.clone());
        Callback::from(move |()| {
            look.emit(());
            open.emit(());
        })
    };
    let open_node = set(&is_node_open, true);
    let (asking, connected) = match &wallet.status {
        WalletStatus::Disconnected => (None, None),
        WalletStatus::Asking(choice) => (Some(choice.clone()), None),
        WalletStatus::Connected(choice) => (None, Some(choice.clone())),
    };
    let is_online = match chain.connection {
        Connection::Connecting => None,
        Connection::Online(_) => Some(true),
        _ => Some(false),
    };
    html! {
        <>
            <a class="skip" href="#main" onclick={skip()}>{ "Skip to content" }</a>
            <Header
                best={chain.best} is_online={is_online}
                is_development={wallet.is_development} {theme} {on_theme}
                account={wallet.account.as_ref().map(Account::label)}
                on_wallet={open_wallet.clone()} on_node={open_node.clone()}
            />
            if matches!(chain.connection, Connection::Lost(_)) {
                <Banner block={chain.best} on_settings={open_node.clone()} />
            }
            <main id="main" class="wide" tabindex="-1">
                <ContextProvider<OpenWallet> context={OpenWallet(open_wallet)}>
                    { content(&chain, &open_node, &props.children) }
                </ContextProvider<OpenWallet>>
            </main>
            { footer(&chain) }
            <WalletDialog
                is_open={*is_wallet_open} choices={wallet.choices} {asking} {connected}
                accounts={wallet.accounts} account={wallet.account} error={wallet.error} prefix={chain.prefix()}
                on_connect={wallet.connect} on_choose={wallet.choose} on_disconnect={wallet.disconnect}
                on_close={set(&is_wallet_open, false)}
            />
            <NodeDialog
                is_open={*is_node_open} node={chain.node} is_own_node={chain.is_own_node}
                on_choose={chain.set_node} on_close={set(&is_node_open, false)}
            />
        </>
    }
}

/// The page, or why there is none.
fn content(chain: &ChainState, open_node: &Callback<()>, page: &Html) -> Html {
    let notice = |is_unconfigured, reason: AttrValue| {
        html! {
            <>
                <h1 class="visually-hidden">{ "Inktensor" }</h1>
                <ConnectionNotice {is_unconfigured} {reason} node={chain.node.clone()}
                    on_retry={chain.retry.clone()} on_settings={open_node.clone()} />
            </>
        }
    };
    match &chain.connection {
        Connection::Unconfigured(error) => notice(true, error.to_string().into()),
        Connection::Failed(reason) => notice(false, reason.clone()),
        _ => page.clone(),
    }
}

fn footer(chain: &ChainState) -> Html {
    let genesis = chain
        .session()
        .map(|session| format::hash(&session.network.chain().genesis_hash()));
    html! {
        <Footer
            chain={chain.properties().map(|properties| AttrValue::from(properties.chain_name.clone()))}
            genesis={genesis.map(AttrValue::from)} finalised={chain.finalised} node={chain.node.clone()}
        />
    }
}

/// Moves the focus to the content; the address stays, as it names the page.
fn skip() -> Callback<MouseEvent> {
    Callback::from(|event: MouseEvent| {
        event.prevent_default();
        let main = gloo::utils::document().get_element_by_id("main");
        if let Some(main) = main.and_then(|main| wasm_bindgen::JsCast::dyn_into::<web_sys::HtmlElement>(main).ok()) {
            // An element with a tabindex always takes the focus.
            drop(main.focus());
        }
    })
}
