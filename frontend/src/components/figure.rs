//! Figures: a label, a number, and what it means.

use yew::prelude::*;

/// Properties of [`Figures`].
#[derive(PartialEq, Properties)]
pub struct FiguresProps {
    /// What the figures are of.
    pub label: AttrValue,
    /// The figures.
    pub children: Html,
}

/// A group of figures.
#[function_component]
pub fn Figures(props: &FiguresProps) -> Html {
    html! { <dl class="figures" aria-label={props.label.clone()}>{ props.children.clone() }</dl> }
}

/// Properties of [`Figure`].
#[derive(PartialEq, Properties)]
pub struct FigureProps {
    /// What is counted.
    pub label: AttrValue,
    /// The number; nothing while it is loading.
    #[prop_or_default]
    pub value: Option<AttrValue>,
    /// What it is counted in.
    #[prop_or_default]
    pub unit: AttrValue,
    /// What it means, or how it compares.
    #[prop_or_default]
    pub note: Html,
}

/// One figure.
#[function_component]
pub fn Figure(props: &FigureProps) -> Html {
    html! {
        <div class="figure">
            <dt>{ props.label.clone() }</dt>
            <dd>
                if let Some(value) = &props.value {
                    <span class="value">{ value.clone() }</span>
                    if !props.unit.is_empty() {
                        <span class="unit">{ props.unit.clone() }</span>
                    }
                    <div class="note">{ props.note.clone() }</div>
                } else {
                    <span class="skeleton-line">{ "Loading" }</span>
                }
            </dd>
        </div>
    }
}
