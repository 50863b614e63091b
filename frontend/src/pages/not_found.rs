//! No page has this address.

use crate::{
    app::Route,
    components::{Notice, NoticeKind},
    hooks::title::use_title,
};
use yew::prelude::*;
use yew_router::prelude::*;

/// The page.
#[function_component]
pub fn NotFound() -> Html {
    use_title("Not found".to_owned());
    html! {
        <>
            <h1 class="visually-hidden">{ "Not found" }</h1>
            <Notice kind={NoticeKind::Empty} title="There is no such page" text="The address may be misspelt, or the page may have moved.">
                <Link<Route> to={Route::Overview} classes="button">{ "Go to the overview" }</Link<Route>>
            </Notice>
        </>
    }
}
