//! The name of the page in the browser's tab and history.

use yew::prelude::*;

/// Names the page.
#[hook]
pub fn use_title(title: String) {
    use_effect_with(title, |title| {
        gloo::utils::document().set_title(&format!("{title} · Inktensor"))
    });
}
