//! The dApp: browse the network, stake and unstake with a wallet, in the browser.
//!
//! Invariant: pages and components never talk to a chain or a wallet; [`hooks`] do.

mod app;
mod components;
mod draft;
mod explain;
mod format;
mod hooks;
mod pages;
mod sort;
mod wallet;

fn main() {
    yew::Renderer::<app::App>::new().render();
}
