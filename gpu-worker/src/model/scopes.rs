//! Which value a name means: in a graph, in a graph inside of it, and in a function.

use std::collections::{HashMap, HashSet};

use super::LoadError;
use super::functions::Body;
use super::graph::{Graph, ValueId};
use super::limits::Limits;
use super::proto::{GraphProto, NodeProto};

/// The names of a graph or a function.
#[derive(Debug, Default)]
struct Scope {
    ids: HashMap<String, ValueId>,
    /// Names that a node of it makes, sooner or later.
    made: HashSet<String>,
    /// Inputs of a function that its call leaves out.
    left_out: HashSet<String>,
    /// Names from around a function mean nothing in it.
    is_closed: bool,
}

/// The scopes around a node, the innermost last.
#[derive(Debug)]
pub struct Scopes {
    open: Vec<Scope>,
    limits: Limits,
}

impl Scopes {
    /// No scope yet.
    pub fn new(limits: &Limits) -> Self {
        Self {
            open: Vec::new(),
            limits: limits.clone(),
        }
    }

    /// Enters a graph.
    pub fn enter(&mut self, graph: &GraphProto) -> Result<(), LoadError> {
        self.push(Scope {
            made: made(&graph.node),
            ..Scope::default()
        })
    }

    /// Enters a function whose inputs and outputs are values of its call.
    pub fn enter_function(
        &mut self,
        body: &Body,
        inputs: &[Option<ValueId>],
        outputs: &[Option<ValueId>],
        call: &str,
    ) -> Result<(), LoadError> {
        if inputs.len() > body.inputs.len() || outputs.len() > body.outputs.len() {
            return Err(LoadError::InvalidNode {
                node: call.into(),
                message: format!(
                    "the function has {} inputs and {} outputs, the call {} and {}",
                    body.inputs.len(),
                    body.outputs.len(),
                    inputs.len(),
                    outputs.len()
                ),
            });
        }
        let mut scope = Scope {
            made: made(&body.nodes),
            is_closed: true,
            ..Scope::default()
        };
        for (at, name) in body.inputs.iter().enumerate() {
            match inputs.get(at).copied().flatten() {
                Some(id) => drop(scope.ids.insert(name.clone(), id)),
                None => drop(scope.left_out.insert(name.clone())),
            }
        }
        for (name, id) in body.outputs.iter().zip(outputs) {
            if let Some(id) = id
                && scope.ids.insert(name.clone(), *id).is_some()
            {
                return Err(LoadError::DuplicateValue(name.clone()));
            }
        }
        self.push(scope)
    }

    fn push(&mut self, scope: Scope) -> Result<(), LoadError> {
        self.limits.check_depth(self.open.len() as u64 + 1)?;
        self.open.push(scope);
        Ok(())
    }

    /// Leaves the innermost graph or function.
    pub fn leave(&mut self) {
        self.open.pop();
    }

    /// Whether a name is an input of the function that its call leaves out.
    pub fn is_left_out(&self, name: &str) -> bool {
        self.open.last().is_some_and(|scope| scope.left_out.contains(name))
    }

    /// The value of a name, if it was met.
    pub fn find(&self, name: &str) -> Option<ValueId> {
        for scope in self.open.iter().rev() {
            if let Some(id) = scope.ids.get(name) {
                return Some(*id);
            }
            if scope.is_closed {
                break;
            }
        }
        None
    }

    /// The value of a name that was met, or that a node makes later.
    pub fn refer(&mut self, name: &str, graph: &mut Graph) -> Option<ValueId> {
        for scope in self.open.iter_mut().rev() {
            if let Some(id) = scope.ids.get(name) {
                return Some(*id);
            }
            if scope.made.contains(name) {
                let id = graph.add_value(name);
                scope.ids.insert(name.into(), id);
                return Some(id);
            }
            if scope.is_closed {
                break;
            }
        }
        None
    }

    /// A new value of the innermost scope, unless it has one of that name.
    pub fn define(&mut self, name: &str, graph: &mut Graph) -> Option<ValueId> {
        let scope = self.open.last_mut()?;
        if scope.ids.contains_key(name) {
            return None;
        }
        let id = graph.add_value(name);
        scope.ids.insert(name.into(), id);
        Some(id)
    }
}

fn made(nodes: &[NodeProto]) -> HashSet<String> {
    nodes
        .iter()
        .flat_map(|node| &node.output)
        .filter(|name| !name.is_empty())
        .cloned()
        .collect()
}
