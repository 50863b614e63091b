//! Light or dark: the system's wish, unless the user chose.

use super::storage;
use yew::prelude::*;

/// The colours in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Theme {
    /// The name in the style sheet.
    pub fn name(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The other one.
    pub fn other(self) -> Self {
        match self {
            Self::Light => Self::Dark,
            Self::Dark => Self::Light,
        }
    }
}

fn preferred() -> Theme {
    let asks_for_dark = || {
        let query = web_sys::window()?.match_media("(prefers-color-scheme: dark)").ok()??;
        Some(query.matches())
    };
    match storage::recall(storage::THEME).as_deref() {
        Some("light") => Theme::Light,
        Some("dark") => Theme::Dark,
        _ if asks_for_dark() == Some(true) => Theme::Dark,
        _ => Theme::Light,
    }
}

/// The theme, and what changes it to the other one.
#[hook]
pub fn use_theme() -> (Theme, Callback<()>) {
    let theme = use_state_eq(preferred);
    use_effect_with(*theme, |theme| {
        if let Some(root) = gloo::utils::document().document_element() {
            // The attribute's name and value are constants that every document takes.
            drop(root.set_attribute("data-theme", theme.name()));
        }
    });
    let toggle = {
        let theme = theme.clone();
        Callback::from(move |()| {
            let chosen = theme.other();
            storage::remember(storage::THEME, Some(chosen.name()));
            theme.set(chosen);
        })
    };
    (*theme, toggle)
}
