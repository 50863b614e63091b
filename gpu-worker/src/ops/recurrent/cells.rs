//! One step of each kind of recurrent cell, by the equations of ONNX's definitions.

use super::{Layer, State};
use crate::model::{Attribute, Attributes};
use crate::ops::OpError;
use crate::ops::compose::{Composer, Value};

/// The kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell {
    /// h = f(w x + r h + b)
    Rnn,
    /// Gates z, r, h.
    Gru {
        /// Whether the reset gate applies after the product with the state.
        linear_before_reset: bool,
    },
    /// Gates i, o, f, c.
    Lstm {
        /// Whether the forget gate is one minus the input gate.
        couples_gates: bool,
    },
}

impl Cell {
    /// Number of gates.
    pub fn gates(self) -> usize {
        match self {
            Self::Rnn => 1,
            Self::Gru { .. } => 3,
            Self::Lstm { .. } => 4,
        }
    }

    /// The functions of a direction by default.
    pub fn activations(self) -> &'static [&'static str] {
        match self {
            Self::Rnn => &["Tanh"],
            Self::Gru { .. } => &["Sigmoid", "Tanh"],
            Self::Lstm { .. } => &["Sigmoid", "Tanh", "Tanh"],
        }
    }
}

impl<'a> Layer<'_, 'a> {
    /// The state after a step; `input` is the weighted input with its bias, [batch, gates * hidden].
    pub fn step(
        &self,
        composer: &mut Composer<'a>,
        input: &Value<'a>,
        state: &State<'a>,
    ) -> Result<State<'a>, OpError> {
        match self.cell {
            Cell::Rnn => {
                let sum = self.with_recurrence(composer, input, &state.hidden)?;
                let hidden = self.activate(composer, 0, &sum)?;
                Ok(State { hidden, cell: None })
            }
            Cell::Gru { linear_before_reset } => self.gru(composer, input, state, linear_before_reset),
            Cell::Lstm { couples_gates } => self.lstm(composer, input, state, couples_gates),
        }
    }

    /// input + state . recurrence^T + its bias, for all gates.
    fn with_recurrence(
        &self,
        composer: &mut Composer<'a>,
        input: &Value<'a>,
        state: &Value<'a>,
    ) -> Result<Value<'a>, OpError> {
        let transposed = Attributes::default().with("transB", Attribute::Int(1));
        let sum = composer.apply("Gemm", &[state, &self.recurrence, input], transposed)?;
        match &self.recurrence_bias {
            None => Ok(sum),
            Some(bias) => composer.call("Add", &[&sum, bias]),
        }
    }

    fn activate(&self, composer: &mut Composer<'a>, index: usize, x: &Value<'a>) -> Result<Value<'a>, OpError> {
        let clipped = match self.clip {
            None => x.clone(),
            Some(clip) => {
                let (low, high) = (composer.scalar(-clip, x)?, composer.scalar(clip, x)?);
                composer.call("Clip", &[x, &low, &high])?
            }
        };
        self.activations[index].apply(composer, &clipped)
    }

    /// Columns of gate `index`.
    fn gate(&self, composer: &mut Composer<'a>, gates: &Value<'a>, index: usize) -> Result<Value<'a>, OpError> {
        let axis = gates.rank() - 1;
        composer.slice(gates, axis, (index * self.hidden, (index + 1) * self.hidden, 1))
    }

    fn gru(
        &self,
        composer: &mut Composer<'a>,
        input: &Value<'a>,
        state: &State<'a>,
        linear_before_reset: bool,
    ) -> Result<State<'a>, OpError> {
        let hidden = self.hidden;
        let old = &state.hidden;
        let transposed = || Attributes::default().with("transB", Attribute::Int(1));
        let weights = composer.slice(&self.recurrence, 0, (0, 2 * hidden, 1))?;
        let input_gates = composer.slice(input, 1, (0, 2 * hidden, 1))?;
        let mut gates = composer.apply("Gemm", &[old, &weights, &input_gates], transposed())?;
        let candidate_bias = match &self.recurrence_bias {
            None => None,
            Some(bias) => {
                let first = composer.slice(bias, 0, (0, 2 * hidden, 1))?;
                gates = composer.call("Add", &[&gates, &first])?;
                Some(self.gate(composer, bias, 2)?)
            }
        };
        let (update, reset) = (self.gate(composer, &gates, 0)?, self.gate(composer, &gates, 1)?);
        let (update, reset) = (
            self.activate(composer, 0, &update)?,
            self.activate(composer, 0, &reset)?,
        );
        let weights = composer.slice(&self.recurrence, 0, (2 * hidden, 3 * hidden, 1))?;
        let candidate_input = self.gate(composer, input, 2)?;
        let sum = if linear_before_reset {
            let mut operands = vec![old, &weights];
            operands.extend(&candidate_bias);
            let linear = composer.apply("Gemm", &operands, transposed())?;
            let linear = composer.call("Mul", &[&reset, &linear])?;
            composer.call("Add", &[&candidate_input, &linear])?
        } else {
            let kept = composer.call("Mul", &[&reset, old])?;
            let sum = composer.apply("Gemm", &[&kept, &weights, &candidate_input], transposed())?;
            match &candidate_bias {
                None => sum,
                Some(bias) => composer.call("Add", &[&sum, bias])?,
            }
        };
        let candidate = self.activate(composer, 1, &sum)?;
        // (1 - z) * candidate + z * old
        let one = composer.scalar(1.0, &update)?;
        let share = composer.call("Sub", &[&one, &update])?;
        let new = composer.call("Mul", &[&share, &candidate])?;
        let kept = composer.call("Mul", &[&update, old])?;
        let hidden = composer.call("Add", &[&new, &kept])?;
        Ok(State { hidden, cell: None })
    }

    fn lstm(
        &self,
        composer: &mut Composer<'a>,
        input: &Value<'a>,
        state: &State<'a>,
        couples_gates: bool,
    ) -> Result<State<'a>, OpError> {
        let missing = || OpError::invalid("the cell has no state");
        let old = state.cell.as_ref().ok_or_else(missing)?;
        let gates = self.with_recurrence(composer, input, &state.hidden)?;
        let peep = |composer: &mut Composer<'a>, gate: Value<'a>, index: usize, cell: &Value<'a>| {
            let Some(peepholes) = &self.peepholes else {
                return Ok(gate);
            };
            let seen = composer.call("Mul", &[&peepholes[index], cell])?;
            composer.call("Add", &[&gate, &seen])
        };
        let entering = self.gate(composer, &gates, 0)?;
        let entering = peep(composer, entering, 0, old)?;
        let entering = self.activate(composer, 0, &entering)?;
        let kept = if couples_gates {
            let one = composer.scalar(1.0, &entering)?;
            composer.call("Sub", &[&one, &entering])?
        } else {
            let kept = self.gate(composer, &gates, 2)?;
            let kept = peep(composer, kept, 2, old)?;
            self.activate(composer, 0, &kept)?
        };
        let candidate = self.gate(composer, &gates, 3)?;
        let candidate = self.activate(composer, 1, &candidate)?;
        let (kept, new) = (
            composer.call("Mul", &[&kept, old])?,
            composer.call("Mul", &[&entering, &candidate])?,
        );
        let cell = composer.call("Add", &[&kept, &new])?;
        let leaving = self.gate(composer, &gates, 1)?;
        let leaving = peep(composer, leaving, 1, &cell)?;
        let leaving = self.activate(composer, 0, &leaving)?;
        // The cell's state itself is not clipped on its way out.
        let bent = self.activations[2].apply(composer, &cell)?;
        let hidden = composer.call("Mul", &[&leaving, &bent])?;
        Ok(State {
            hidden,
            cell: Some(cell),
        })
    }
}
