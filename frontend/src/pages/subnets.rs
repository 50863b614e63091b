//! All subnets.

use crate::{
    components::{Notice, NoticeKind, Skeleton, SubnetList},
    hooks::{network::use_overview, query::Loadable, title::use_title},
};
use yew::prelude::*;

/// The page.
#[function_component]
pub fn Subnets() -> Html {
    use_title("Subnets".to_owned());
    let overview = use_overview();
    html! {
        <>
            <div class="title">
                <h1>{ "Subnets" }</h1>
                <p class="muted">{ "Each subnet is a task with its data, its score and its rules. Miners publish models for it." }</p>
            </div>
            { match &overview {
                Loadable::Loading => html! { <section class="card"><Skeleton lines={6} /></section> },
                Loadable::Failed(reason) => html! {
                    <Notice kind={NoticeKind::Error} title="The subnets cannot be read" text={reason.clone()} />
                },
                Loadable::Ready(overview) if overview.subnets.is_empty() => html! {
                    <Notice kind={NoticeKind::Empty} title="No subnet is open yet" text="Any account can open one." />
                },
                Loadable::Ready(overview) => html! { <SubnetList subnets={overview.subnets.clone()} block={overview.block} /> },
            } }
        </>
    }
}
