//! The functions that the gates of a recurrent operator apply.

use crate::model::{Attribute, Attributes};
use crate::ops::OpError;
use crate::ops::compose::{Composer, Value};

/// A function of one number.
#[derive(Debug, Clone, PartialEq)]
pub struct Activation {
    kind: String,
    alpha: Option<f32>,
    beta: Option<f32>,
}

/// Which parameters a function has, and their defaults.
fn defaults(kind: &str) -> Option<(Option<f32>, Option<f32>)> {
    Some(match kind {
        "Relu" | "Tanh" | "Sigmoid" | "Softsign" | "Softplus" => (None, None),
        "LeakyRelu" => (Some(0.01), None),
        "ThresholdedRelu" | "Elu" => (Some(1.0), None),
        "Affine" => (Some(1.0), Some(0.0)),
        "ScaledTanh" => (Some(1.0), Some(1.0)),
        "HardSigmoid" => (Some(0.2), Some(0.5)),
        _ => return None,
    })
}

/// Reads the attributes: names in the order of the gates, for each direction; parameters in the order of the functions that have them.
pub fn read(attributes: &mut Attributes, by_default: &[&str], directions: usize) -> Result<Vec<Activation>, OpError> {
    let kinds = match attributes.texts("activations")? {
        Some(kinds) => kinds,
        None => (0..directions)
            .flat_map(|_| by_default.iter().map(|&kind| kind.to_owned()))
            .collect(),
    };
    if kinds.len() != directions * by_default.len() {
        return Err(OpError::invalid(format!(
            "{} activations are given; {} are needed for each direction",
            kinds.len(),
            by_default.len()
        )));
    }
    let mut alphas = attributes.floats("activation_alpha")?.unwrap_or_default().into_iter();
    let mut betas = attributes.floats("activation_beta")?.unwrap_or_default().into_iter();
    let read = |kind: String| {
        // Their case is left open.
        let known = [
            "Relu",
            "Tanh",
            "Sigmoid",
            "Softsign",
            "Softplus",
            "LeakyRelu",
            "ThresholdedRelu",
            "Elu",
            "Affine",
            "ScaledTanh",
            "HardSigmoid",
        ];
        let kind = known.iter().find(|known| known.eq_ignore_ascii_case(&kind)).copied();
        let unknown = || OpError::unsupported("an activation that the definition does not name");
        let kind = kind.ok_or_else(unknown)?;
        let (alpha, beta) = defaults(kind).ok_or_else(unknown)?;
        Ok(Activation {
            kind: kind.into(),
            alpha: alpha.map(|default| alphas.next().unwrap_or(default)),
            beta: beta.map(|default| betas.next().unwrap_or(default)),
        })
    };
    kinds.into_iter().map(read).collect()
}

impl Activation {
    /// The function of `x`.
    pub fn apply<'a>(&self, composer: &mut Composer<'a>, x: &Value<'a>) -> Result<Value<'a>, OpError> {
        let (alpha, beta) = (self.alpha.unwrap_or(1.0), self.beta.unwrap_or(0.0));
        match self.kind.as_str() {
            "Affine" => {
                let scaled = composer.call_number("Mul", x, alpha)?;
                composer.call_number("Add", &scaled, beta)
            }
            "ScaledTanh" => {
                let scaled = composer.call_number("Mul", x, beta)?;
                let bent = composer.call("Tanh", &[&scaled])?;
                composer.call_number("Mul", &bent, alpha)
            }
            kind => {
                let mut attributes = Attributes::default();
                if let Some(alpha) = self.alpha {
                    attributes = attributes.with("alpha", Attribute::Float(alpha));
                }
                if let Some(beta) = self.beta {
                    attributes = attributes.with("beta", Attribute::Float(beta));
                }
                composer.apply(kind, &[x], attributes)
            }
        }
    }
}
