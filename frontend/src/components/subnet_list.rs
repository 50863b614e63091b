//! Subnets with what they ask and when they pay next.

use super::Meter;
use crate::{app::Route, format, hooks::network::SubnetSummary};
use inktensor_primitives::registry::{Metric, TensorSpec};
use yew::prelude::*;
use yew_router::prelude::*;

/// Properties of [`SubnetList`].
#[derive(PartialEq, Properties)]
pub struct Props {
    /// The subnets.
    pub subnets: Vec<SubnetSummary>,
    /// The block they were read at.
    pub block: u32,
}

/// The list.
#[function_component]
pub fn SubnetList(props: &Props) -> Html {
    html! {
        <ul class="cards">
            for summary in props.subnets.iter() {
                <li key={summary.subnet.netuid.0}>{ card(summary, props.block) }</li>
            }
        </ul>
    }
}

fn card(summary: &SubnetSummary, block: u32) -> Html {
    let SubnetSummary { subnet, status, tempo } = summary;
    let waited = block.saturating_sub(status.last_epoch_at);
    let span = status.next_epoch_at.saturating_sub(status.last_epoch_at);
    html! {
        <article class="card subnet">
            <header>
                <span class="badge">{ format!("Subnet {}", subnet.netuid) }</span>
                <h3>
                    <Link<Route> to={Route::Subnet { netuid: subnet.netuid.0 }}>{ subnet.identity.name.clone() }</Link<Route>>
                </h3>
            </header>
            <p class="muted">{ subnet.identity.description.clone() }</p>
            <p class="chips">
                <span class="chip">{ metric(&subnet.task.metric) }</span>
                <span class="chip">{ format!("{} → {}", tensor(&subnet.task.input), tensor(&subnet.task.output)) }</span>
                <span class="chip">{ format!("up to {}", format::bytes(subnet.task.max_model_bytes)) }</span>
            </p>
            <dl class="facts">
                <div><dt>{ "Neurons" }</dt><dd>{ format::number(subnet.neurons) }</dd></div>
                <div><dt>{ "To be paid" }</dt><dd>{ format!("{} TAO", format::tao_short(status.pending)) }</dd></div>
                <div><dt>{ "Epochs" }</dt><dd>{ format::number(status.epoch) }</dd></div>
                <div><dt>{ "Next epoch" }</dt><dd>{ format::until(status.next_epoch_at, block) }</dd></div>
            </dl>
            <Meter permille={format::permille(waited.into(), span.max(u32::from(*tempo == 0)).into())} />
        </article>
    }
}

/// A metric in a few words.
pub fn metric(metric: &Metric) -> String {
    let name = match metric {
        Metric::Accuracy => "Accuracy",
        Metric::TopK(count) => return format!("Top-{count} accuracy"),
        Metric::F1(average) => return format!("F1 ({average})"),
        Metric::RocAuc(_) => "ROC-AUC",
        Metric::LogLoss(_) => "Log loss",
        Metric::Perplexity(_) => "Perplexity",
        Metric::MeanSquaredError => "Mean squared error",
        Metric::RootMeanSquaredError => "Root mean squared error",
        Metric::MeanAbsoluteError => "Mean absolute error",
        Metric::R2 => "R²",
        Metric::Bleu(_) => "BLEU",
        Metric::ChrF(_) => "chrF",
        Metric::MeanIou(_) => "Mean IoU",
        Metric::Size => "Model size",
        Metric::Flops => "Operations a sample",
        Metric::Latency => "Latency",
    };
    name.to_owned()
}

/// A tensor's element and shape: `float32 [batch, 64]`.
pub fn tensor(spec: &TensorSpec) -> String {
    let dimensions: Vec<String> = spec
        .shape
        .iter()
        .map(|dimension| match dimension {
            0 => "batch".to_owned(),
            size => size.to_string(),
        })
        .collect();
    format!("{} [{}]", spec.element, dimensions.join(", "))
}
