//! A subnet's rules in words.

use crate::{
    components::subnet_list::{metric, tensor},
    format,
};
use inktensor_primitives::registry::{Hyperparameters, Task};
use yew::prelude::*;

/// Properties of [`Rules`].
#[derive(PartialEq, Properties)]
pub struct Props {
    /// What is asked of models.
    pub task: Task,
    /// The rules.
    pub rules: Hyperparameters,
}

/// The task, and the rules that matter to who takes part.
#[function_component]
pub fn Rules(props: &Props) -> Html {
    let Props { task, rules } = props;
    let blocks = |number: u32| format::count(number, "block");
    let reveal = if rules.commit_reveal {
        format!("after {}", format::count(rules.reveal_period, "tempo"))
    } else {
        "off: weights are public at once".to_owned()
    };
    let burn = format!("{} to {} TAO", format::tao(rules.min_burn), format::tao(rules.max_burn));
    let asked = [
        ("Input", tensor(&task.input)),
        ("Output", tensor(&task.output)),
        ("Score", metric(&task.metric)),
        ("Largest model", format::bytes(task.max_model_bytes)),
        (
            "Most operations a sample",
            format!("{} FLOPs", format::number(task.max_flops)),
        ),
        (
            "Longest evaluation",
            format!("{} ms", format::number(task.max_latency_ms)),
        ),
        ("Evaluation data", task.data_uri.clone()),
        ("Its hash", format::short(&format::hash(&task.data_hash))),
    ];
    let ruled = [
        ("Tempo", blocks(rules.tempo.into())),
        ("UIDs", format!("at most {}", format::number(rules.max_uids))),
        (
            "Validators",
            format!("at most {}", format::number(rules.max_validators)),
        ),
        ("Immunity", blocks(rules.immunity_period)),
        ("Consensus majority (kappa)", format::percent(rules.kappa)),
        ("Largest weight", format::percent(rules.max_weight_limit)),
        ("Commit and reveal", reveal),
        ("Registration burn", burn),
        ("Consensus", if rules.yuma3 { "Yuma 3" } else { "Yuma 2" }.to_owned()),
        (
            "Registration",
            if rules.registration_allowed { "open" } else { "closed" }.to_owned(),
        ),
    ];
    html! {
        <div class="columns">
            <section class="card"><h2>{ "What models must do" }</h2>{ list(&asked) }</section>
            <section class="card"><h2>{ "Rules" }</h2>{ list(&ruled) }</section>
        </div>
    }
}

fn list(lines: &[(&'static str, String)]) -> Html {
    html! {
        <dl class="lines">
            for (name, value) in lines.iter().cloned() {
                <div key={name}><dt>{ name }</dt><dd>{ value }</dd></div>
            }
        </dl>
    }
}
