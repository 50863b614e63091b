//! Runs one case in this process.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use prost::bytes::Bytes;

use super::compare::{Tolerance, compare};
use super::suite::{data_sets, light_output};
use super::{Case, CaseResult, Deviation, Outcome, Ran, Refusal};
use crate::gpu::Engine;
use crate::model::{Dim, Input, Limits, LoadError, Model, Structure, decode_value, operators};
use crate::ops::OpError;
use crate::plan::{Place, PlanError};
use crate::session::{RunError, Session};
use crate::tensor::{Shape, Tensor, Value};

/// Why a case did not pass.
enum Failure {
    /// It was refused by name.
    Unsupported(Vec<Refusal>, String),
    /// It is wrong, or broken.
    Wrong(String),
}

impl From<String> for Failure {
    fn from(message: String) -> Self {
        Self::Wrong(message)
    }
}

impl From<LoadError> for Failure {
    fn from(error: LoadError) -> Self {
        let message = error.to_string();
        let refused = match error {
            LoadError::Unsupported(list) => list
                .into_iter()
                .map(|one| Refusal {
                    operator: one.operator.to_string(),
                    reason: one.reason,
                })
                .collect(),
            LoadError::Function(name) => vec![Refusal {
                operator: name,
                reason: "a function of the model's own".into(),
            }],
            LoadError::Opset { .. }
            | LoadError::SparseInitializer
            | LoadError::InputType { .. }
            | LoadError::Input { .. }
            | LoadError::Initializer { .. }
            | LoadError::Attribute { .. } => vec![Refusal {
                operator: "(model)".into(),
                reason: message.clone(),
            }],
            _ => return Self::Wrong(message),
        };
        Self::Unsupported(refused, message)
    }
}

impl From<RunError> for Failure {
    fn from(error: RunError) -> Self {
        let message = error.to_string();
        let (node, error) = match error {
            RunError::Plan(PlanError::Operator { node, error }) | RunError::Operator { node, error } => (node, error),
            _ => return Self::Wrong(message),
        };
        let (mut node, mut error) = (node, error);
        while let OpError::Inside(inner, what) = error {
            (node, error) = (inner, *what);
        }
        match error {
            OpError::Unsupported(_) | OpError::DataDependent(..) | OpError::OnlyAtRunTime | OpError::NoHostForm => {
                // The label of a node is its operator, and its own name in quotes if it has one.
                let operator = node.split(" '").next().unwrap_or_default().to_owned();
                let reason = error.to_string();
                Self::Unsupported(vec![Refusal { operator, reason }], message)
            }
            _ => Self::Wrong(message),
        }
    }
}

/// What is seen of a run.
struct Seen {
    ran: Ran,
    deviation: Deviation,
}

/// Runs a case on an engine. Whatever happens becomes part of the result.
pub fn run_case(engine: &Arc<Engine>, case: &Case, limits: &Limits) -> CaseResult {
    let mut names = BTreeSet::new();
    let mut seen = Seen {
        ran: Ran::Nowhere,
        deviation: Deviation::default(),
    };
    let result = try_case(engine, case, limits, &mut names, &mut seen);
    let (outcome, refused, message) = match result {
        Ok(()) => (Outcome::Passed, Vec::new(), None),
        Err(Failure::Unsupported(refused, message)) => (Outcome::Unsupported, refused, Some(message)),
        Err(Failure::Wrong(message)) => (Outcome::Failed, Vec::new(), Some(message)),
    };
    CaseResult {
        name: case.name(),
        outcome,
        ran: seen.ran,
        deviation: seen.deviation,
        operators: names.into_iter().collect(),
        refused,
        message,
    }
}

fn try_case(
    engine: &Arc<Engine>,
    case: &Case,
    limits: &Limits,
    names: &mut BTreeSet<crate::model::OperatorName>,
    seen: &mut Seen,
) -> Result<(), Failure> {
    let bytes = read(&case.model())?;
    *names = operators(&bytes, limits)?;
    let model = Arc::new(Model::load(&bytes, limits)?);
    let mut session = Session::new(Arc::clone(engine), Arc::clone(&model));
    match case {
        Case::Folder(folder) => {
            let tolerance = tolerance(folder)?;
            let sets = data_sets(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
            if sets.is_empty() {
                return Err(Failure::Wrong("the folder has no test_data_set_*".into()));
            }
            for set in sets {
                let inputs = inputs(&model, &set)?;
                run_set(&mut session, &inputs, &expected(&model, &set)?, tolerance, seen)?;
            }
            Ok(())
        }
        Case::Light(path) => {
            let inputs = model
                .graph()
                .inputs
                .iter()
                .map(counted)
                .collect::<Result<Vec<_>, _>>()?;
            let output = value(&light_output(path), Structure::Tensor)?;
            run_set(&mut session, &inputs, &[(0, output)], Tolerance::default(), seen)
        }
    }
}

fn run_set(
    session: &mut Session,
    inputs: &[Option<Value>],
    expected: &[(usize, Value)],
    tolerance: Tolerance,
    seen: &mut Seen,
) -> Result<(), Failure> {
    let (outputs, places) = session.run_values(inputs)?;
    let has = |place| places.contains(&place);
    seen.ran = match (has(Place::Device), has(Place::Host)) {
        (true, true) => Ran::Both,
        (true, false) => Ran::Gpu,
        (false, _) => Ran::Host,
    };
    for (index, expected) in expected {
        let (name, found) = outputs
            .get(*index)
            .ok_or_else(|| format!("there is no output {index}"))?;
        seen.deviation = seen.deviation.and(Deviation::of(found, expected));
        compare(found, expected, tolerance).map_err(|wrong| format!("output '{name}': {wrong}"))?;
    }
    Ok(())
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    fs::read(path).map_err(|error| format!("'{}' cannot be read: {error}", path.display()))
}

fn tolerance(folder: &Path) -> Result<Tolerance, String> {
    let path = folder.join("data.json");
    if !path.is_file() {
        return Ok(Tolerance::default());
    }
    serde_json::from_slice(&read(&path)?).map_err(|error| format!("'{}' cannot be read: {error}", path.display()))
}

fn value(path: &Path, structure: Structure) -> Result<Value, String> {
    let bytes = Bytes::from(read(path)?);
    decode_value(bytes, structure).map_err(|error| format!("'{}': {error}", path.display()))
}

/// The inputs of a set; an optional one whose file is missing is left out.
fn inputs(model: &Model, set: &Path) -> Result<Vec<Option<Value>>, String> {
    let inputs = model.graph().inputs.iter().enumerate();
    inputs
        .map(|(index, input)| stored(set, "input", index, input.structure))
        .collect()
}

fn expected(model: &Model, set: &Path) -> Result<Vec<(usize, Value)>, String> {
    let mut expected = Vec::new();
    for (index, output) in model.graph().outputs.iter().enumerate() {
        if let Some(value) = stored(set, "output", index, output.structure)? {
            expected.push((index, value));
        }
    }
    if expected.is_empty() {
        return Err(format!("'{}' holds no output", set.display()));
    }
    Ok(expected)
}

fn stored(set: &Path, kind: &str, index: usize, structure: Structure) -> Result<Option<Value>, String> {
    let path: PathBuf = set.join(format!("{kind}_{index}.pb"));
    if path.is_file() {
        value(&path, structure).map(Some)
    } else {
        Ok(None)
    }
}

/// The input of a light model: 0 to n-1 divided by n, a dimension that is not stated being 1.
fn counted(input: &Input) -> Result<Option<Value>, String> {
    let dims = input.dims.as_deref().unwrap_or_default();
    let dims: Vec<usize> = dims
        .iter()
        .map(|dim| match dim {
            Dim::Fixed(length) => *length,
            _ => 1,
        })
        .collect();
    let shape = Shape::new(dims).map_err(|error| error.to_string())?;
    let count = shape.elements();
    let numbers = (0..count).map(|at| (at as f64 / count as f64) as f32).collect();
    Ok(Some(
        Tensor::new(shape, numbers).map_err(|error| error.to_string())?.into(),
    ))
}
