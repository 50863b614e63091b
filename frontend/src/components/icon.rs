//! Drawn symbols, so that no icon font is loaded.

use yew::prelude::*;

/// What is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Symbol {
    /// The product's mark.
    Mark,
    /// A light theme.
    Sun,
    /// A dark theme.
    Moon,
    /// A wallet.
    Wallet,
    /// Two sheets.
    Copy,
    /// A tick.
    Tick,
    /// A cross.
    Cross,
    /// An exclamation mark.
    Alert,
    /// An empty box.
    Box,
    /// A broken link.
    Unplugged,
}

impl Symbol {
    fn path(self) -> &'static str {
        match self {
            Self::Mark => "M12 2.8 20 7.4v9.2l-8 4.6-8-4.6V7.4zM12 7.6v8.8M8.2 9.8v4.4M15.8 9.8v4.4",
            Self::Sun => {
                "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2.5v2M12 19.5v2M4.6 4.6 6 6M18 18l1.4 1.4M2.5 12h2M19.5 12h2M4.6 19.4 6 18M18 6l1.4-1.4"
            }
            Self::Moon => "M20 14.2A8.2 8.2 0 0 1 9.8 4a8.2 8.2 0 1 0 10.2 10.2z",
            Self::Wallet => {
                "M4 7.5A2.5 2.5 0 0 1 6.5 5H17v3M4 7.5V17a2 2 0 0 0 2 2h13a1 1 0 0 0 1-1V9a1 1 0 0 0-1-1H4.5M16.5 13.5h.01"
            }
            Self::Copy => "M9 9h10v11H9zM5 15V4h10",
            Self::Tick => "m5 12.5 4.5 4.5L19 7.5",
            Self::Cross => "M6 6l12 12M18 6 6 18",
            Self::Alert => "M12 3.5 21.5 20h-19zM12 10v4.5M12 17.2v.1",
            Self::Box => "M4 8l8-4.5L20 8v8.5L12 21l-8-4.5zM4 8l8 4.5L20 8M12 12.5V21",
            Self::Unplugged => "M8 3v4M14 3v4M6 7h10v3a5 5 0 0 1-4 4.9V18M4 21 20 5",
        }
    }
}

/// Properties of [`Icon`].
#[derive(PartialEq, Properties)]
pub struct Props {
    /// What is drawn.
    pub symbol: Symbol,
}

/// A symbol beside a text that says the same: hidden from screen readers.
#[function_component]
pub fn Icon(props: &Props) -> Html {
    html! {
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
            <path d={props.symbol.path()} />
        </svg>
    }
}
