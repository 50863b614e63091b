//! Functions that a model defines: operators made of other nodes.

use std::collections::HashMap;

use super::LoadError;
use super::graph::OperatorName;
use super::parse::domain;
use super::proto::{AttributeProto, FunctionProto, NodeProto, OperatorSetIdProto};

/// The nodes of a function as one call of it runs them.
#[derive(Debug)]
pub struct Body {
    /// Names of its inputs.
    pub inputs: Vec<String>,
    /// Names of its outputs.
    pub outputs: Vec<String>,
    /// Its nodes, with the attributes of the call.
    pub nodes: Vec<NodeProto>,
    /// The operator sets that its nodes belong to.
    pub opsets: Vec<OperatorSetIdProto>,
}

/// The functions of a model, and which of them are being written out.
#[derive(Debug)]
pub struct Functions {
    known: HashMap<OperatorName, FunctionProto>,
    open: Vec<OperatorName>,
}

impl Functions {
    /// The functions of a model.
    pub fn new(functions: Vec<FunctionProto>) -> Self {
        let name = |function: &FunctionProto| OperatorName {
            domain: domain(function.domain.clone()),
            kind: function.name.clone(),
        };
        Self {
            known: functions
                .into_iter()
                .map(|function| (name(&function), function))
                .collect(),
            open: Vec::new(),
        }
    }

    /// Whether the model defines this operator.
    pub fn contains(&self, operator: &OperatorName) -> bool {
        self.known.contains_key(operator)
    }

    /// The body of a function for a call with these attributes. A function that calls itself is refused.
    pub fn enter(&mut self, operator: &OperatorName, attributes: Vec<AttributeProto>) -> Result<Body, LoadError> {
        let function = self.known.get(operator).filter(|_| !self.open.contains(operator));
        let function = function.ok_or_else(|| LoadError::Function(operator.to_string()))?;
        self.open.push(operator.clone());
        let mut given: HashMap<String, AttributeProto> = function
            .attribute_proto
            .iter()
            .map(|default| (default.name.clone(), default.clone()))
            .collect();
        given.extend(
            attributes
                .into_iter()
                .map(|attribute| (attribute.name.clone(), attribute)),
        );
        let mut nodes = function.node.clone();
        substitute(&mut nodes, &given);
        Ok(Body {
            inputs: function.input.clone(),
            outputs: function.output.clone(),
            nodes,
            opsets: function.opset_import.clone(),
        })
    }

    /// Leaves the function that was entered last.
    pub fn leave(&mut self) {
        self.open.pop();
    }
}

/// Puts the call's attributes where the nodes refer to them; one that is not given is left out.
fn substitute(nodes: &mut [NodeProto], given: &HashMap<String, AttributeProto>) {
    for node in nodes {
        let attributes = std::mem::take(&mut node.attribute);
        for mut attribute in attributes {
            if let Some(graph) = &mut attribute.g {
                substitute(&mut graph.node, given);
            }
            if attribute.ref_attr_name.is_empty() {
                node.attribute.push(attribute);
            } else if let Some(value) = given.get(&attribute.ref_attr_name) {
                let name = attribute.name;
                node.attribute.push(AttributeProto { name, ..value.clone() });
            }
        }
    }
}
