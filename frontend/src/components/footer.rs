//! The bottom of every page: which chain, which contracts, which node.

use crate::format;
use yew::prelude::*;

/// Properties of [`Footer`].
#[derive(PartialEq, Properties)]
pub struct Props {
    /// The chain's name.
    pub chain: Option<AttrValue>,
    /// The genesis hash, in hexadecimal.
    pub genesis: Option<AttrValue>,
    /// The newest final block.
    pub finalised: Option<u32>,
    /// The node.
    pub node: Option<AttrValue>,
}

/// The footer.
#[function_component]
pub fn Footer(props: &Props) -> Html {
    html! {
        <footer class="bottom">
            <div class="wide">
                if let Some(chain) = &props.chain {
                    <span>{ chain.clone() }</span>
                }
                if let Some(genesis) = &props.genesis {
                    <span>{ "Genesis " }<code title={genesis.clone()}>{ format::short(genesis) }</code></span>
                }
                if let Some(finalised) = props.finalised {
                    <span>{ "Final block " }<span class="number">{ format::number(finalised) }</span></span>
                }
                if let Some(node) = &props.node {
                    <span>{ "Node " }<code>{ node.clone() }</code></span>
                }
            </div>
        </footer>
    }
}
