//! Balances and positions of the account in use, and the form that changes them.

use super::shell::OpenWallet;
use crate::{
    components::{Delegates, Figure, Figures, Notice, NoticeKind, Positions, Skeleton, StakeForm},
    draft::{Direction, Draft, Limits, Problems},
    format,
    hooks::{
        chain::use_chain,
        network::use_overview,
        portfolio::{Portfolio, use_portfolio},
        query::Loadable,
        title::use_title,
        transaction::{Progress, use_preview, use_transaction},
        wallet::use_wallet,
    },
};
use inktensor_client::accounts;
use inktensor_primitives::{AccountId, Rao, staking::Delegate};
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
                                note={html! { format!("on {} hotkeys", portfolio.positions.len()) }} />
                            <Figure label="For fees" value={AttrValue::from(chain.token().show(portfolio.native))}
                                note={html! { "the chain's own token" }} />
                        </Figures>
                        <div class="with-side">
                            <div>
                                { positions(portfolio, prefix, &on_stake, &on_unstake) }
                            </div>
                            <Form portfolio={(**portfolio).clone()} delegates={delegates.clone()} draft={(*draft).clone()}
                                on_draft={let draft = draft.setter(); Callback::from(move |changed| draft.set(changed))} />
                        </div>
                    </>
                },
            } }
            <section aria-labelledby="delegates">
                <h2 id="delegates">{ "Hotkeys" }</h2>
                { match &overview {
                    Loadable::Loading => html! { <div class="card"><Skeleton lines={4} /></div> },
                    Loadable::Failed(reason) => html! {
                        <Notice kind={NoticeKind::Error} title="The hotkeys cannot be read" text={reason.clone()} />
                    },
                    Loadable::Ready(_) if delegates.is_empty() => html! {
                        <Notice kind={NoticeKind::Empty} title="Nobody has staked yet" text="Enter the address of a hotkey to be the first." />
                    },
                    Loadable::Ready(_) => html! { <div class="card flush"><Delegates {delegates} {prefix} {on_stake} /></div> },
                } }
            </section>
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

#[derive(PartialEq, Properties)]
struct FormProps {
    portfolio: Portfolio,
    delegates: Vec<Delegate>,
    draft: Draft,
    on_draft: Callback<Draft>,
}

#[function_component]
fn Form(props: &FormProps) -> Html {
    let chain = use_chain();
    let (progress, start, clear) = use_transaction();
    let limits = Limits {
        free: props.portfolio.free,
        staked: props
            .draft
            .hotkey()
            .map_or(Rao::ZERO, |hotkey| props.portfolio.stake_on(&hotkey)),
        minimum: props.portfolio.minimum_stake,
    };
    let (action, problems) = match props.draft.check(&limits) {
        Ok(action) => (Some(action), Problems::default()),
        Err(problems) => (None, problems),
    };
    let is_idle = progress == Progress::Idle;
    let preview = use_preview(action.filter(|_| is_idle));
    let on_submit = Callback::from(move |()| {
        if let Some(action) = action {
            start.emit(action);
        }
    });
    let on_clear = {
        let (draft, on_draft) = (props.draft.clone(), props.on_draft.clone());
        let is_final = matches!(progress, Progress::Finalised { .. });
        Callback::from(move |()| {
            clear.emit(());
            if is_final {
                on_draft.emit(Draft {
                    amount: String::new(),
                    is_everything: false,
                    ..draft.clone()
                });
            }
        })
    };
    html! {
        <StakeForm
            draft={props.draft.clone()} on_draft={props.on_draft.clone()} {problems} {limits} {preview} {progress}
            hotkeys={hotkeys(props, chain.prefix())} token={chain.token()} {on_submit} {on_clear}
        />
    }
}

/// What can be chosen: every hotkey to stake to, one's own positions to unstake from.
fn hotkeys(props: &FormProps, prefix: u16) -> Vec<(String, String)> {
    let line = |hotkey: &AccountId, stake: Rao| {
        let address = accounts::to_ss58(hotkey, prefix);
        let text = format!("{} · {} TAO", format::short(&address), format::tao_short(stake));
        (address, text)
    };
    match props.draft.direction {
        Direction::Stake => props
            .delegates
            .iter()
            .map(|delegate| line(&delegate.hotkey, delegate.stake))
            .collect(),
        Direction::Unstake => {
            let positions = props.portfolio.positions.iter();
            positions
                .map(|position| line(&position.hotkey, position.stake))
                .collect()
        }
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
