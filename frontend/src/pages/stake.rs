//! Balances and positions of the account in use, and the form that changes them.

mod form;

use self::form::Form;
use super::shell::OpenWallet;
use crate::{
    components::{Delegates, Figure, Figures, Notice, NoticeKind, Positions, Skeleton},
    draft::{Direction, Draft},
    format,
    hooks::{
        chain::use_chain,
        network::{Overview, use_overview},
        portfolio::{Portfolio, use_portfolio},
        query::Loadable,
        title::use_title,
        wallet::use_wallet,
    },
};
use inktensor_client::accounts;
use inktensor_primitives::AccountId;
use yew::prelude::*;

/// Properties of [`Stake`].
#[derive(PartialEq, Properties)]
pub struct Props {
    /// The address of the hotkey to start with.
    #[prop_or_default]
    pub hotkey: String,
}

/// The page.
#[function_component]
pub fn Stake(props: &Props) -> Html {
    use_title("Stake".to_owned());
    let chain = use_chain();
    let prefix = chain.prefix();
    let account = use_wallet().account;
    let portfolio = use_portfolio(account.as_ref().map(|account| account.id));
    let overview = use_overview();
    let draft = use_state_eq(Draft::default);
    {
        let draft = draft.setter();
        use_effect_with(props.hotkey.clone(), move |hotkey| {
            draft.set(Draft {
                hotkey: hotkey.clone(),
                ..Draft::default()
            });
        });
    }
    let start = |direction: Direction| {
        let draft = draft.setter();
        Callback::from(move |hotkey: AccountId| {
            draft.set(Draft {
                direction,
                hotkey: accounts::to_ss58(&hotkey, prefix),
                ..Draft::default()
            });
            focus("amount");
        })
    };
    let (on_stake, on_unstake) = (start(Direction::Stake), start(Direction::Unstake));
    let delegates = overview
        .ready()
        .map(|overview| overview.delegates.clone())
        .unwrap_or_default();
    let list = delegate_list(&overview, prefix, &on_stake);
    html! {
        <>
            <div class="title">
                <h1>{ "Stake" }</h1>
                <p class="muted">{ "Back a hotkey with TAO. Its dividends are shared by stake, and you can take yours back at any time." }</p>
            </div>
            { match (&account, &portfolio) {
                (None, _) => html! { <Welcome /> },
                (Some(_), Loadable::Loading) => html! { <section class="card"><Skeleton lines={8} /></section> },
                (Some(_), Loadable::Failed(reason)) => html! {
                    <Notice kind={NoticeKind::Error} title="Your balances cannot be read" text={reason.clone()} />
                },
                (Some(_), Loadable::Ready(portfolio)) => html! {
                    <>
                        <Figures label="Your balances">
                            <Figure label="TAO, not staked" unit="TAO" value={AttrValue::from(format::tao(portfolio.free))}
                                note={html! { "can be staked" }} />
                            <Figure label="TAO, staked" unit="TAO" value={AttrValue::from(format::tao(portfolio.staked()))}
                                note={html! { format!("on {}", format::count(portfolio.positions.len() as u64, "hotkey")) }} />
                            <Figure label="For fees" value={AttrValue::from(chain.token().show(portfolio.native))}
                                note={html! { "the chain's own token" }} />
                        </Figures>
                        <div class="with-side">
                            <div>
                                { positions(portfolio, prefix, &on_stake, &on_unstake) }
                                { list.clone() }
                            </div>
                            <Form portfolio={(**portfolio).clone()} delegates={delegates.clone()} draft={(*draft).clone()}
                                on_draft={let draft = draft.setter(); Callback::from(move |changed| draft.set(changed))} />
                        </div>
                    </>
                },
            } }
            if account.is_none() || portfolio.ready().is_none() {
                { list }
            }
        </>
    }
}

#[function_component]
fn Welcome() -> Html {
    let open = use_context::<OpenWallet>().map(|open| open.0).unwrap_or_default();
    html! {
        <Notice kind={NoticeKind::Empty} title="Connect a wallet to stake"
            text="Your keys stay in the wallet: this page only asks it for signatures, and shows what they cost first.">
            <button type="button" class="primary" onclick={open.reform(|_| ())}>{ "Connect wallet" }</button>
        </Notice>
    }
}

fn delegate_list(overview: &Loadable<Overview>, prefix: u16, on_stake: &Callback<AccountId>) -> Html {
    html! {
        <section aria-labelledby="delegates">
            <h2 id="delegates">{ "Hotkeys" }</h2>
            { match overview {
                Loadable::Loading => html! { <div class="card"><Skeleton lines={4} /></div> },
                Loadable::Failed(reason) => html! {
                    <Notice kind={NoticeKind::Error} title="The hotkeys cannot be read" text={reason.clone()} />
                },
                Loadable::Ready(overview) if overview.delegates.is_empty() => html! {
                    <Notice kind={NoticeKind::Empty} title="Nobody has staked yet" text="Enter the address of a hotkey to be the first." />
                },
                Loadable::Ready(overview) => html! {
                    <div class="card flush">
                        <Delegates delegates={overview.delegates.clone()} {prefix} on_stake={on_stake.clone()} />
                    </div>
                },
            } }
        </section>
    }
}

fn positions(
    portfolio: &Portfolio,
    prefix: u16,
    on_stake: &Callback<AccountId>,
    on_unstake: &Callback<AccountId>,
) -> Html {
    html! {
        <section aria-labelledby="positions">
            <h2 id="positions">{ "Your stakes" }</h2>
            if portfolio.positions.is_empty() {
                <Notice kind={NoticeKind::Empty} title="You have not staked yet" text="Choose a hotkey and an amount in the form." />
            } else {
                <div class="card flush">
                    <Positions positions={portfolio.positions.clone()} staked={portfolio.staked()} {prefix}
                        on_stake={on_stake.clone()} on_unstake={on_unstake.clone()} />
                </div>
            }
        </section>
    }
}

fn focus(id: &str) {
    let field = gloo::utils::document().get_element_by_id(id);
    if let Some(field) = field.and_then(|field| wasm_bindgen::JsCast::dyn_into::<web_sys::HtmlElement>(field).ok()) {
        // A field that is disabled for the moment does not take the focus, and need not.
        drop(field.focus());
        field.scroll_into_view();
    }
}
