//! What this machine can run models on, found out by trying.

use std::sync::Arc;

use serde::Serialize;

use crate::evaluation::{Confinement, possible_confinement};
use crate::gpu::{AdapterChoice, AdapterInfo, Engine, adapters};
use crate::kernels::Abilities;
use crate::model::{Limits, Model};
use crate::session::Session;
use crate::tensor::{Shape, Tensor};

/// The state of the machine.
#[derive(Debug, Serialize)]
pub struct Diagnosis {
    /// Adapters, the one that is taken by default first.
    pub adapters: Vec<Examination>,
    /// What a process that evaluates gives up here.
    pub confinement: Confinement,
    /// Why it cannot, if it should and cannot.
    pub confinement_problem: Option<String>,
    /// What to do, if anything.
    pub advice: Option<&'static str>,
}

/// What became of trying an adapter.
#[derive(Debug, Serialize)]
pub struct Examination {
    /// The adapter.
    #[serde(flatten)]
    pub adapter: AdapterInfo,
    /// Whether it multiplies the matrices that it offers, and comes out right.
    pub multiplies_matrices: bool,
    /// Why it does not work, if it does not.
    pub problem: Option<String>,
}

impl Diagnosis {
    /// Whether models can run.
    pub fn is_healthy(&self) -> bool {
        self.adapters
            .first()
            .is_some_and(|examination| examination.problem.is_none())
    }
}

/// A model of one matrix product: small, and wrong on a driver that is.
const TRIAL: &[u8] = include_bytes!("diagnosis/trial.onnx");

/// Opens every adapter and runs a product of matrices on it.
pub fn diagnose() -> Diagnosis {
    let adapters: Vec<Examination> = adapters()
        .iter()
        .map(|adapter| {
            let tried = try_adapter(&adapter.info().name);
            Examination {
                adapter: adapter.info().clone(),
                multiplies_matrices: tried.as_ref().is_ok_and(|abilities| abilities.matrices.is_some()),
                problem: tried.err(),
            }
        })
        .collect();
    let advice = advice(&adapters);
    let (confinement, confinement_problem) = match possible_confinement() {
        Ok(confinement) => (confinement, None),
        Err(error) => (Confinement::default(), Some(error.to_string())),
    };
    Diagnosis {
        adapters,
        confinement,
        confinement_problem,
        advice,
    }
}

/// What it can do, if it works.
fn try_adapter(name: &str) -> Result<Abilities, String> {
    let text = |error: &dyn std::fmt::Display| error.to_string();
    let engine = Engine::new(&AdapterChoice::Named(name.into())).map_err(|error| text(&error))?;
    let model = Model::load(TRIAL, &Limits::default()).map_err(|error| text(&error))?;
    let shape = Shape::new([2, 3]).map_err(|error| text(&error))?;
    let input = Tensor::new(shape, vec![1.0_f32, 2.0, 3.0, 4.0, 5.0, 6.0]).map_err(|error| text(&error))?;
    let abilities = engine.abilities();
    let outputs = Session::new(Arc::new(engine), Arc::new(model))
        .run(&[input])
        .map_err(|error| text(&error))?;
    // The model multiplies by [[1, 2], [3, 4], [5, 6]].
    let expected = [22.0_f32, 28.0, 49.0, 64.0];
    match outputs.first().map(|output| output.tensor.as_slice::<f32>()) {
        Some(Ok(found)) if found == expected => Ok(abilities),
        other => Err(format!(
            "a product of matrices should be {expected:?}, but is {other:?}: update the driver"
        )),
    }
}

fn advice(adapters: &[Examination]) -> Option<&'static str> {
    let Some(first) = adapters.first() else {
        return Some(
            "No adapter: install your GPU's Vulkan driver, or a software one (Debian and Ubuntu: mesa-vulkan-drivers; Fedora: \
             mesa-vulkan-drivers; Arch: vulkan-swrast). In a container, pass the GPU in and install its driver there, too.",
        );
    };
    if first.problem.is_some() {
        return Some("The first adapter does not work: update its driver, or choose another by --adapter.");
    }
    (first.adapter.kind == "software").then_some(
        "Only a software adapter: models run on the processor, slowly. If there is a GPU, install its Vulkan driver.",
    )
}
