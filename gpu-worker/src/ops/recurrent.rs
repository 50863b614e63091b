//! RNN, GRU and LSTM, written out step by step: one product for the inputs of all steps, then a smaller one for each.

mod activation;
mod cells;

use self::activation::Activation;
use self::cells::Cell;
use super::compose::{Composer, Composition, Value, composed};
use super::{OpError, Operator, Spec};
use crate::model::{Attribute, Attributes};
use crate::tensor::Shape;

/// Steps of all directions that are written out; longer sequences would take more launches than a batch may have.
const MAX_STEPS: usize = 16_384;

/// In which order a sequence is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    Forward,
    Reverse,
}

#[derive(Debug)]
struct Recurrent {
    cell: Cell,
    directions: Vec<Direction>,
    /// As many for each direction as the cell has.
    activations: Vec<Activation>,
    clip: Option<f32>,
    hidden_size: Option<i64>,
    /// Whether samples come before steps.
    batch_first: bool,
}

/// Builds RNN, GRU or LSTM.
pub fn build(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let attributes = &mut *spec.attributes;
    let cell = match spec.kind {
        "RNN" => Cell::Rnn,
        "GRU" => Cell::Gru {
            linear_before_reset: attributes.flag("linear_before_reset", false)?,
        },
        _ => Cell::Lstm {
            couples_gates: attributes.flag("input_forget", false)?,
        },
    };
    let directions = match attributes.text("direction")?.as_deref() {
        None | Some("forward") => vec![Direction::Forward],
        Some("reverse") => vec![Direction::Reverse],
        Some("bidirectional") => vec![Direction::Forward, Direction::Reverse],
        Some(other) => return Err(OpError::invalid(format!("direction '{other}'"))),
    };
    let activations = activation::read(attributes, cell.activations(), directions.len())?;
    // Before version 7 this attribute said which outputs are made.
    attributes.ignore("output_sequence");
    let composition = Recurrent {
        cell,
        directions,
        activations,
        clip: attributes.float("clip")?.filter(|&clip| clip > 0.0),
        hidden_size: attributes.int("hidden_size")?,
        batch_first: attributes.flag("layout", false)?,
    };
    Ok(composed(spec, composition))
}

/// What the steps of one direction share.
struct Layer<'l, 'a> {
    cell: Cell,
    hidden: usize,
    /// [gates * hidden, hidden].
    recurrence: Value<'a>,
    /// The bias that the recurrence adds, [gates * hidden].
    recurrence_bias: Option<Value<'a>>,
    /// [1, hidden] each: for the input, output and forget gate.
    peepholes: Option<[Value<'a>; 3]>,
    activations: &'l [Activation],
    clip: Option<f32>,
}

/// State of a direction: hidden, and the cell's own.
#[derive(Clone)]
struct State<'a> {
    hidden: Value<'a>,
    cell: Option<Value<'a>>,
}

/// Lengths.
struct Extents {
    steps: usize,
    batch: usize,
    hidden: usize,
}

impl Composition for Recurrent {
    fn compose<'a>(&self, composer: &mut Composer<'a>) -> Result<Vec<Option<Value<'a>>>, OpError> {
        let mut x = composer.input(0)?;
        if x.rank() != 3 {
            return Err(OpError::invalid("the input needs three dimensions"));
        }
        if self.batch_first {
            x = composer.transpose(&x, &[1, 0, 2])?;
        }
        let extents = self.extents(composer, &x)?;
        let lengths = composer.inputs().integers(4, "sequence_lens")?;
        if lengths.as_ref().is_some_and(|lengths| lengths.len() != extents.batch) {
            return Err(OpError::invalid("a length is needed for each sample"));
        }
        let (mut results, mut last, mut last_cells) = (Vec::new(), Vec::new(), Vec::new());
        for (index, &direction) in self.directions.iter().enumerate() {
            let (outputs, state) = self.run(composer, &x, &extents, (index, direction), lengths.as_deref())?;
            results.push(outputs);
            last.push(state.hidden);
            last_cells.extend(state.cell);
        }
        let y = composer.concat(&results.iter().collect::<Vec<_>>(), 1)?;
        let mut outputs = vec![if self.batch_first {
            composer.transpose(&y, &[2, 0, 1, 3])?
        } else {
            y
        }];
        for states in [last, last_cells] {
            if states.is_empty() {
                continue;
            }
            let flat = [1, extents.batch, extents.hidden];
            let states = states.iter().map(|state| composer.reshape(state, &flat));
            let states = states.collect::<Result<Vec<_>, _>>()?;
            let states = composer.concat(&states.iter().collect::<Vec<_>>(), 0)?;
            outputs.push(if self.batch_first {
                composer.transpose(&states, &[1, 0, 2])?
            } else {
                states
            });
        }
        Ok(outputs.into_iter().map(Some).collect())
    }
}

impl Recurrent {
    fn extents(&self, composer: &Composer, x: &Value) -> Result<Extents, OpError> {
        let (w, r) = (composer.inputs().shape(1)?, composer.inputs().shape(2)?);
        let wrong = || OpError::invalid(format!("weights {w} and {r} do not fit {:?} steps", x.dims()));
        let (&[steps, batch, size], &[directions, rows, columns], &[_, _, hidden]) = (x.dims(), w.dims(), r.dims())
        else {
            return Err(wrong());
        };
        let gates = self.cell.gates();
        let all = hidden.checked_mul(gates).ok_or_else(wrong)?;
        if hidden == 0 || directions != self.directions.len() || rows != all || columns != size {
            return Err(wrong());
        }
        if r.dims() != [directions, all, hidden] || self.hidden_size.is_some_and(|stated| stated != hidden as i64) {
            return Err(wrong());
        }
        if steps == 0 || steps.saturating_mul(directions) > MAX_STEPS {
            return Err(OpError::unsupported(format!(
                "{steps} steps; 1 to {MAX_STEPS} are supported"
            )));
        }
        Ok(Extents { steps, batch, hidden })
    }

    /// Row `index` of an input with one for each direction, without that dimension.
    fn of_direction<'a>(
        composer: &mut Composer<'a>,
        input: usize,
        index: usize,
        dims: &[usize],
    ) -> Result<Option<Value<'a>>, OpError> {
        let Some(all) = composer.optional(input) else {
            return Ok(None);
        };
        let one = if all.dims().first() == Some(&1) {
            all
        } else {
            composer.slice(&all, 0, (index, index + 1, 1))?
        };
        composer.reshape(&one, dims).map(Some)
    }

    /// Where the state of a direction starts.
    fn start<'a>(
        &self,
        composer: &mut Composer<'a>,
        (input, index): (usize, usize),
        extents: &Extents,
        like: &Value<'a>,
    ) -> Result<Value<'a>, OpError> {
        let dims = [extents.batch, extents.hidden];
        let Some(mut all) = composer.optional(input) else {
            let zero = composer.scalar(0.0, like)?;
            return composer.expand(&zero, &dims);
        };
        if self.batch_first {
            all = composer.transpose(&all, &[1, 0, 2])?;
        }
        let one = composer.slice(&all, 0, (index, index + 1, 1))?;
        composer.reshape(&one, &dims)
    }

    /// Runs one direction: the hidden states of all steps, [steps, 1, batch, hidden], and the last state.
    fn run<'a>(
        &self,
        composer: &mut Composer<'a>,
        x: &Value<'a>,
        extents: &Extents,
        (index, direction): (usize, Direction),
        lengths: Option<&[i64]>,
    ) -> Result<(Value<'a>, State<'a>), OpError> {
        let &Extents { steps, batch, hidden } = extents;
        let (gates, size) = (self.cell.gates(), x.dims()[2]);
        let all = gates * hidden;
        let missing = || OpError::invalid("inputs 1 and 2 are needed");
        let weights = Self::of_direction(composer, 1, index, &[all, size])?.ok_or_else(missing)?;
        let recurrence = Self::of_direction(composer, 2, index, &[all, hidden])?.ok_or_else(missing)?;
        let (input_bias, recurrence_bias) = match Self::of_direction(composer, 3, index, &[2 * all])? {
            None => (None, None),
            Some(bias) => (
                Some(composer.slice(&bias, 0, (0, all, 1))?),
                Some(composer.slice(&bias, 0, (all, 2 * all, 1))?),
            ),
        };
        let peepholes = match Self::of_direction(composer, 7, index, &[3, hidden])? {
            Some(all) if matches!(self.cell, Cell::Lstm { .. }) => {
                let mut row = |row| composer.slice(&all, 0, (row, row + 1, 1));
                Some([row(0)?, row(1)?, row(2)?])
            }
            _ => None,
        };
        let flat = composer.reshape(x, &[steps * batch, size])?;
        let transposed = Attributes::default().with("transB", Attribute::Int(1));
        let mut operands = vec![&flat, &weights];
        operands.extend(&input_bias);
        let inputs = composer.apply("Gemm", &operands, transposed)?;
        let inputs = composer.reshape(&inputs, &[steps, batch, all])?;
        let count = self.activations.len() / self.directions.len();
        let layer = Layer {
            cell: self.cell,
            hidden,
            recurrence,
            recurrence_bias,
            peepholes,
            activations: &self.activations[index * count..(index + 1) * count],
            clip: self.clip,
        };
        let mut state = State {
            hidden: self.start(composer, (5, index), extents, x)?,
            cell: match self.cell {
                Cell::Lstm { .. } => Some(self.start(composer, (6, index), extents, x)?),
                _ => None,
            },
        };
        let mut results = vec![None; steps];
        for step in 0..steps {
            let at = if direction == Direction::Forward {
                step
            } else {
                steps - 1 - step
            };
            let input = composer.slice(&inputs, 0, (at, at + 1, 1))?;
            let input = composer.reshape(&input, &[batch, all])?;
            let next = layer.step(composer, &input, &state)?;
            let (result, next) = match lengths {
                None => (next.hidden.clone(), next),
                Some(lengths) => masked(composer, lengths, at, &state, next)?,
            };
            state = next;
            results[at] = Some(composer.reshape(&result, &[1, 1, batch, hidden])?);
        }
        let results: Vec<Value> = results.into_iter().flatten().collect();
        let results = composer.concat(&results.iter().collect::<Vec<_>>(), 0)?;
        Ok((results, state))
    }
}

/// Leaves the state of sequences that have ended, whose result is zero.
fn masked<'a>(
    composer: &mut Composer<'a>,
    lengths: &[i64],
    at: usize,
    old: &State<'a>,
    new: State<'a>,
) -> Result<(Value<'a>, State<'a>), OpError> {
    let runs = |&length: &i64| (at as i64) < length;
    if lengths.iter().all(runs) {
        return Ok((new.hidden.clone(), new));
    }
    let shape = Shape::new([lengths.len(), 1])?;
    let mask = composer.table(shape, || Ok(lengths.iter().map(runs).collect()))?;
    let zero = composer.scalar(0.0, &new.hidden)?;
    let result = composer.call("Where", &[&mask, &new.hidden, &zero])?;
    let hidden = composer.call("Where", &[&mask, &new.hidden, &old.hidden])?;
    let cell = match (&new.cell, &old.cell) {
        (Some(new), Some(old)) => Some(composer.call("Where", &[&mask, new, old])?),
        _ => None,
    };
    Ok((result, State { hidden, cell }))
}
