//! Small drawings of proportions. The numbers stand beside them, so they are hidden from screen readers.

use crate::format;
use yew::prelude::*;

/// Properties of [`Meter`].
#[derive(PartialEq, Properties)]
pub struct MeterProps {
    /// How full, in permille.
    pub permille: u16,
}

/// A bar that is partly full.
#[function_component]
pub fn Meter(props: &MeterProps) -> Html {
    html! {
        <svg class="meter" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true" focusable="false">
            <rect class="track" width="1000" height="10" />
            <rect class="fill" width={props.permille.min(1000).to_string()} height="10" />
        </svg>
    }
}

/// Properties of [`Share`].
#[derive(PartialEq, Properties)]
pub struct ShareProps {
    /// The share, in 65535ths.
    pub value: u16,
    /// The largest share that is shown beside it, in 65535ths: its bar is full.
    #[prop_or(u16::MAX)]
    pub largest: u16,
}

/// A share as a percentage over a bar.
#[function_component]
pub fn Share(props: &ShareProps) -> Html {
    let is_zero = props.value == 0;
    html! {
        <span class={classes!("share", is_zero.then_some("is-zero"))}>
            { format::percent(props.value) }
            <Meter permille={format::permille(props.value.into(), props.largest.max(1).into())} />
        </span>
    }
}

/// Properties of [`Distribution`].
#[derive(PartialEq, Properties)]
pub struct DistributionProps {
    /// What is distributed.
    pub label: AttrValue,
    /// The shares, in 65535ths, in the order they are drawn.
    pub values: Vec<u16>,
}

/// A bar for each share, side by side: who earns how much at a glance.
#[function_component]
pub fn Distribution(props: &DistributionProps) -> Html {
    let largest = props.values.iter().copied().max().unwrap_or_default().max(1);
    let count = props.values.len().max(1);
    let is_nothing = props.values.iter().all(|value| *value == 0);
    let bars = props.values.iter().enumerate().map(|(index, value)| {
        // A share above zero stays visible.
        let height = format::permille((*value).into(), largest.into()) / 10;
        let height = if *value == 0 { 1 } else { height.max(3) };
        (index, 100_u16.saturating_sub(height), height, *value == 0)
    });
    html! {
        <figure class="distribution" style={format!("--bars:{count}")}>
            <figcaption>{ props.label.clone() }</figcaption>
            if is_nothing {
                <p class="muted">{ "Nothing yet: it comes with the first epoch that finds consensus." }</p>
            } else {
            <svg viewBox={format!("0 0 {} 100", count * 10)} preserveAspectRatio="none" aria-hidden="true" focusable="false">
                for (index, y, height, is_zero) in bars {
                    <rect
                        class={if is_zero { "track" } else { "fill" }}
                        x={(index * 10 + 1).to_string()} y={y.to_string()}
                        width="8" height={height.to_string()}
                    />
                }
            </svg>
            }
        </figure>
    }
}
