//! One step of an optimiser, of ai.onnx.preview.training: Adagrad, Adam and Momentum.

use super::host_op::{Given, host_op};
use super::{OpError, Operator, Spec};
use crate::tensor::{Tensor, TensorType};

/// What an optimiser does with a parameter, its gradient and its state.
#[derive(Debug, Clone, Copy)]
enum Rule {
    Adagrad {
        decay: f64,
        epsilon: f64,
    },
    Adam {
        alpha: f64,
        beta: f64,
        epsilon: f64,
        post: f64,
    },
    Momentum {
        alpha: f64,
        beta: f64,
        is_nesterov: bool,
    },
}

impl Rule {
    /// Tensors of state for each parameter.
    fn states(self) -> usize {
        match self {
            Self::Adam { .. } => 2,
            _ => 1,
        }
    }

    /// New parameter and state, for one element, at `rate` after `count` updates.
    fn step(self, rate: f64, count: f64, [x, gradient, first, second]: [f64; 4]) -> [f64; 3] {
        match self {
            Self::Adagrad { decay, epsilon } => {
                let squares = first + gradient * gradient;
                let rate = rate / (1.0 + count * decay);
                [x - rate * gradient / (squares.sqrt() + epsilon), squares, 0.0]
            }
            Self::Adam {
                alpha,
                beta,
                epsilon,
                post,
            } => {
                let mean = alpha * first + (1.0 - alpha) * gradient;
                let squares = beta * second + (1.0 - beta) * gradient * gradient;
                let rate = if count > 0.0 {
                    rate * (1.0 - beta.powf(count)).sqrt() / (1.0 - alpha.powf(count))
                } else {
                    rate
                };
                let moved = x - rate * mean / (squares.sqrt() + epsilon);
                [(1.0 - post) * moved, mean, squares]
            }
            Self::Momentum {
                alpha,
                beta,
                is_nesterov,
            } => {
                let beta = if count > 0.0 { beta } else { 1.0 };
                let velocity = alpha * first + beta * gradient;
                let direction = if is_nesterov {
                    gradient + alpha * velocity
                } else {
                    velocity
                };
                [x - rate * direction, velocity, 0.0]
            }
        }
    }
}

/// Builds one of the optimisers. Inputs: learning rate, updates so far, parameters, gradients, states; outputs: parameters, states.
pub fn build(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let mut number =
        |name: &str, default: f32| Ok::<f64, OpError>(spec.attributes.float(name)?.unwrap_or(default).into());
    let regularisation = number("norm_coefficient", 0.0)?;
    let rule = match spec.kind {
        "Adagrad" => Rule::Adagrad {
            decay: number("decay_factor", 0.0)?,
            epsilon: number("epsilon", 1e-6)?,
        },
        "Adam" => Rule::Adam {
            alpha: number("alpha", 0.9)?,
            beta: number("beta", 0.999)?,
            epsilon: number("epsilon", 1e-6)?,
            post: number("norm_coefficient_post", 0.0)?,
        },
        _ => Rule::Momentum {
            alpha: number("alpha", 0.9)?,
            beta: number("beta", 1.0)?,
            is_nesterov: match spec.attributes.text("mode")?.as_deref() {
                Some("standard") => false,
                Some("nesterov") => true,
                other => return Err(OpError::invalid(format!("mode {other:?}"))),
            },
        },
    };
    let parameters = move |inputs: usize| {
        let groups = 2 + rule.states();
        let count = inputs
            .checked_sub(2)
            .filter(|rest| *rest > 0 && rest.is_multiple_of(groups));
        count
            .map(|rest| rest / groups)
            .ok_or_else(|| OpError::invalid(format!("{inputs} inputs")))
    };
    host_op(
        spec.kind,
        move |inputs| {
            let count = parameters(inputs.count())?;
            let output = |at: usize| {
                let from = if at < count { 2 + at } else { 2 + count + at };
                let tensor_type = inputs.get(from)?.tensor_type;
                if tensor_type != inputs.get(2 + at % count)?.tensor_type {
                    return Err(OpError::invalid("a state is of another type than its parameter"));
                }
                Ok(tensor_type.clone())
            };
            (0..count * (1 + rule.states()))
                .map(output)
                .collect::<Result<Vec<TensorType>, _>>()
        },
        move |inputs: Given| {
            let count = parameters(inputs.0.len())?;
            let (rate, updates) = (inputs.get(0)?.floats()?(0), inputs.get(1)?.floats()?(0));
            let mut outputs: Vec<Vec<Tensor>> = vec![Vec::new(); 1 + rule.states()];
            for at in 0..count {
                let x = inputs.get(2 + at)?;
                let read = |group: usize| inputs.get(2 + group * count + at)?.floats().map_err(OpError::from);
                let (values, gradients, first) = (read(0)?, read(1)?, read(2)?);
                let second = if rule.states() > 1 { read(3)? } else { Box::new(|_| 0.0) };
                let stepped: Vec<[f64; 3]> = (0..x.shape().elements())
                    .map(|i| {
                        let gradient = regularisation * values(i) + gradients(i);
                        rule.step(rate, updates, [values(i), gradient, first(i), second(i)])
                    })
                    .collect();
                for (which, group) in outputs.iter_mut().enumerate() {
                    let numbers = stepped.iter().map(|step| step[which]);
                    group.push(Tensor::from_floats(x.data_type(), x.shape().clone(), numbers)?);
                }
            }
            Ok(outputs.into_iter().flatten().collect())
        },
    )
}
