//! Sums of products of codes by the kernels for single precision. What codes stand for are whole numbers, so those kernels are exact, in
//! whichever order they add up, as long as every sum of some of the terms is a number that single precision holds. Where one is not,
//! the terms are taken some at a time, and the sums of each time added up as integers; what takes too many times is left to the host.

use super::elements::Integers;
use super::known::{Channels, Zeros, each};
use super::span::Span;
use crate::kernels::{Codes, MAX_ROUNDS, Piece};
use crate::ops::compose::{Composer, Composition, Value, lower_as};
use crate::ops::conv;
use crate::ops::host_op::with_kernels;
use crate::ops::window::Window;
use crate::ops::{Lowered, OpError, Operands, Operator};
use crate::tensor::{DataType, TensorType};

/// The greatest number up to which single precision holds all integers.
const EXACT: u64 = 1 << 24;

/// How codes are added up.
#[derive(Debug, Clone)]
pub enum Kind {
    /// As MatMul does.
    Product,
    /// As a Conv of these windows in so many groups does.
    Convolution(Window, i64),
}

/// Sums of products of the codes of two inputs less their zero points.
#[derive(Debug, Clone)]
pub struct Sums {
    /// How they are added up.
    pub kind: Kind,
    /// The inputs: matrices, or a batch and its filters.
    pub inputs: [usize; 2],
    /// The inputs that hold their zero points.
    pub zeros: [usize; 2],
}

/// Times that terms are taken at most, each of which is a tensor that the last kernel reads.
const TIMES: usize = 6;
/// What the number of terms of a time is a multiple of, as kernels have them best.
const EIGHT: usize = 8;

/// How the second operand lies.
#[derive(Debug, Clone, Copy)]
pub struct Layout {
    /// Its channels: columns of a matrix, or filters.
    pub channels: Channels,
    /// The dimension along which terms are taken some at a time, and its length.
    axis: usize,
    steps: usize,
    /// Terms of a step along it.
    terms: usize,
}

impl Sums {
    /// How the second operand lies.
    pub fn layout(&self, inputs: &Operands) -> Result<Layout, OpError> {
        let dims = inputs.dims(self.inputs[1])?;
        let (axis, steps, terms, inner, count) = match (&self.kind, dims) {
            (Kind::Product, [k]) => (0, *k, 1, *k, 1),
            (Kind::Product, [.., k, n]) => (dims.len() - 2, *k, 1, 1, *n),
            (Kind::Convolution(..), [filters, channels, kernel @ ..]) => {
                let terms = kernel.iter().product();
                (1, *channels, terms, channels * terms, *filters)
            }
            _ => return Err(OpError::unsupported("operands without dimensions")),
        };
        let channels = Channels { inner, count };
        Ok(Layout {
            channels,
            axis,
            steps,
            terms,
        })
    }

    /// The zero points of an operand; `None` where they are not known.
    fn known_zeros(&self, operand: usize, inputs: &Operands) -> Result<Option<Zeros>, OpError> {
        let known = match inputs.optional(self.zeros[operand]) {
            None => Some(None),
            Some(zero) => zero.value.map(Some),
        };
        known.map(Zeros::of).transpose()
    }

    /// Refuses zero points that are neither one for all nor one for each row of a first matrix, each column of a second one, or each filter.
    fn check_zeros(&self, inputs: &Operands) -> Result<(), OpError> {
        let rows = match (&self.kind, inputs.dims(self.inputs[0])?) {
            (Kind::Product, [.., rows, _]) => *rows,
            _ => 1,
        };
        let most = [rows, self.layout(inputs)?.channels.count];
        for (index, most) in self.zeros.into_iter().zip(most) {
            let count = inputs
                .optional(index)
                .map_or(1, |zeros| zeros.tensor_type.shape.elements());
            if count != 1 && count != most {
                return Err(OpError::unsupported("zero points of that shape"));
            }
        }
        Ok(())
    }

    /// Where what the codes of an operand stand for lies.
    fn span(&self, operand: usize, inputs: &Operands) -> Result<Span, OpError> {
        let data_type = inputs.data_type(self.inputs[operand])?;
        let unsupported = || OpError::unsupported(format!("{data_type} as codes"));
        let (low, high) = data_type.integer_range().ok_or_else(unsupported)?;
        let (low, high) = (low as i32, high as i32);
        let Some(zeros) = self.known_zeros(operand, inputs)? else {
            return Ok(Span::Somewhere(low.abs_diff(high).into()));
        };
        let zeros = if zeros.all().is_empty() {
            vec![0]
        } else {
            zeros.all().to_vec()
        };
        let below = zeros.iter().map(|&zero| low.abs_diff(zero)).max().unwrap_or(0);
        let above = zeros.iter().map(|&zero| high.abs_diff(zero)).max().unwrap_or(0);
        Ok(Span::Between(below.into(), above.into()))
    }

    /// The greatest magnitude that any sum of some terms of a result has, of as many steps as are taken at a time.
    fn most(&self, at_a_time: usize, inputs: &Operands) -> Result<u64, OpError> {
        let span = self.span(0, inputs)?;
        let layout = self.layout(inputs)?;
        let weights = inputs.get(self.inputs[1])?;
        let (Some(known), Some(zeros)) = (weights.value, self.known_zeros(1, inputs)?) else {
            let terms = at_a_time.min(layout.steps).saturating_mul(layout.terms) as u64;
            let reach = self.span(1, inputs)?.most(1, 0);
            return Ok(span.most(reach.saturating_mul(terms), 0));
        };
        let (channels, steps) = (layout.channels.count.max(1), layout.steps.max(1));
        let (at_a_time, of_a_step) = (at_a_time.max(1), layout.terms.max(1));
        let mut sums = vec![[0_u64; 2]; channels * steps.div_ceil(at_a_time)];
        let all = steps * of_a_step;
        let firsts: Vec<usize> = (0..all).map(|term| term / of_a_step / at_a_time * channels).collect();
        each(known, layout.channels, |channel, term, code| {
            let weight = code - zeros.at(channel);
            // The terms of a batch of matrices begin again.
            let term = if term < all { term } else { term % all };
            let sum = &mut sums[firsts[term] + channel];
            sum[usize::from(weight < 0)] += u64::from(weight.unsigned_abs());
        })?;
        let most = sums
            .into_iter()
            .map(|[positive, negative]| span.most(positive, negative));
        Ok(most.max().unwrap_or(0))
    }

    /// The steps that are taken each time, so that all are exact, and the greatest magnitude of a result; an error where none are.
    fn times(&self, inputs: &Operands) -> Result<(Vec<(usize, usize)>, u64), OpError> {
        self.check_zeros(inputs)?;
        let steps = self.layout(inputs)?.steps;
        let whole = self.most(steps, inputs)?;
        if whole <= EXACT {
            return Ok((vec![(0, steps)], whole));
        }
        let beyond = || OpError::unsupported("sums that are beyond what kernels hold exactly");
        let is_in_groups = matches!(self.kind, Kind::Convolution(_, groups) if groups != 1);
        if is_in_groups || whole > i32::MAX as u64 {
            return Err(beyond());
        }
        let least = usize::try_from(whole.div_ceil(EXACT)).map_err(|_| beyond())?;
        for times in least..=TIMES {
            let at_a_time = steps.div_ceil(times).next_multiple_of(EIGHT);
            if at_a_time < steps && self.most(at_a_time, inputs)? <= EXACT {
                let starts = (0..steps).step_by(at_a_time);
                let taken = starts.map(|from| (from, steps.min(from + at_a_time)));
                return Ok((taken.collect(), whole));
            }
        }
        Err(beyond())
    }

    /// What the codes of an operand stand for, calculated with each run.
    fn computed<'a>(&self, operand: usize, composer: &mut Composer<'a>) -> Result<Value<'a>, OpError> {
        let numbers = composer.numbers(self.inputs[operand])?;
        let known = self.known_zeros(operand, composer.inputs())?;
        if known.is_some_and(|zeros| zeros.are_zero()) {
            return Ok(numbers);
        }
        let zeros = composer.numbers(self.zeros[operand])?;
        let count = zeros.dims().iter().product();
        // Zero points are one for each row of a first matrix, each column of a second one, or each filter.
        let dims = match (&self.kind, operand, count) {
            (_, _, 1) => vec![],
            (Kind::Product, 0, _) if numbers.rank() > 1 => vec![count, 1],
            (Kind::Product, 1, _) if numbers.rank() > 1 => vec![count],
            (Kind::Convolution(..), 1, _) => {
                let mut dims = vec![1; numbers.rank()];
                dims[0] = count;
                dims
            }
            _ => return Err(OpError::unsupported("zero points of that shape")),
        };
        let zeros = composer.reshape(&zeros, &dims)?;
        let less = composer.call("Sub", &[&numbers, &zeros])?;
        match less.dims() == numbers.dims() {
            true => Ok(less),
            false => Err(OpError::unsupported("zero points of that shape")),
        }
    }

    /// What the codes of the second operand stand for, of some steps.
    fn weights<'a>(&self, (from, to): (usize, usize), composer: &mut Composer<'a>) -> Result<Value<'a>, OpError> {
        let inputs = composer.inputs();
        let Layout {
            channels, axis, steps, ..
        } = self.layout(inputs)?;
        let is_known = inputs.get(self.inputs[1])?.value.is_some();
        if let (true, Some(zeros)) = (is_known, self.known_zeros(1, inputs)?) {
            let piece = Piece { axis, from, to };
            return composer.codes(Codes {
                input: self.inputs[1],
                zero: (!zeros.are_zero()).then_some(self.zeros[1]),
                inner: channels.inner,
                piece: (to - from < steps).then_some(piece),
            });
        }
        let numbers = self.computed(1, composer)?;
        match to - from < steps {
            true => composer.slice(&numbers, axis, (from, to, 1)),
            false => Ok(numbers),
        }
    }

    fn sum<'a>(&self, x: &Value<'a>, taken: (usize, usize), composer: &mut Composer<'a>) -> Result<Value<'a>, OpError> {
        let weights = self.weights(taken, composer)?;
        match &self.kind {
            Kind::Product => composer.call("MatMul", &[x, &weights]),
            Kind::Convolution(window, groups) => {
                let operator = conv::summing(window.clone(), *groups);
                composer.add(operator, &[Some(x), Some(&weights)])
            }
        }
    }

    /// The sums and their greatest magnitude: in single precision where that holds them, else as integers of 32 bits.
    pub fn exact<'a>(&self, composer: &mut Composer<'a>) -> Result<(Value<'a>, u64), OpError> {
        let (times, most) = self.times(composer.inputs())?;
        let x = self.computed(0, composer)?;
        if let [all] = times[..] {
            return Ok((self.sum(&x, all, composer)?, most));
        }
        let axis = match self.kind {
            Kind::Product => x.rank() - 1,
            Kind::Convolution(..) => 1,
        };
        let mut sums = Vec::with_capacity(times.len());
        for (from, to) in times {
            let some = composer.slice(&x, axis, (from, to, 1))?;
            sums.push(self.sum(&some, (from, to), composer)?);
        }
        let sums: Vec<Option<&Value>> = sums.iter().map(Some).collect();
        Ok((composer.add(Box::new(Integers), &sums)?, most))
    }

    /// Operations of the sums, a multiplication and an addition counting as two.
    pub fn flops(&self, inputs: &Operands, outputs: &[TensorType]) -> u64 {
        let terms = self
            .layout(inputs)
            .map_or(0, |layout| (layout.steps * layout.terms) as u64);
        (outputs[0].shape.elements() as u64).saturating_mul(terms.saturating_mul(2))
    }
}

impl Composition for Sums {
    fn compose<'a>(&self, composer: &mut Composer<'a>) -> Result<Vec<Option<Value<'a>>>, OpError> {
        let (sums, _) = self.exact(composer)?;
        Ok(vec![Some(match sums.data_type() {
            DataType::Int32 => sums,
            _ => composer.add(Box::new(Integers), &[Some(&sums)])?,
        })])
    }
}

/// Gives an operator of the host kernels, which are written out so and whose work are these sums.
pub fn summing(host: Box<dyn Operator>, composition: impl Composition + 'static, counted: Sums) -> Box<dyn Operator> {
    let lower = move |inputs: &Operands, outputs: &[TensorType]| lower_if_it_fits(&composition, inputs, outputs);
    let flops = move |inputs: &Operands, outputs: &[TensorType]| counted.flops(inputs, outputs);
    with_kernels(host, lower, flops)
}

/// The launches of a composition, or the host wherever it cannot be written out as kernels that fit the device. Whether it is wrong the
/// host tells.
pub fn lower_if_it_fits(
    composition: &impl Composition,
    inputs: &Operands,
    outputs: &[TensorType],
) -> Result<Lowered, OpError> {
    let given = (0..inputs.count()).filter_map(|index| Some(inputs.optional(index)?.tensor_type));
    let fits = |tensor_type: &TensorType| {
        let elements = tensor_type.shape.elements() as u64;
        elements > 0 && 4 * elements <= inputs.most_bytes()
    };
    if !given.chain(outputs).all(fits) {
        return Ok(Lowered::Host);
    }
    let lowered = match lower_as(composition, inputs, outputs) {
        Err(OpError::Unsupported(_) | OpError::Invalid(_)) => return Ok(Lowered::Host),
        lowered => lowered?,
    };
    Ok(match lowered {
        Lowered::Composed { launches, scratch }
            if launches.iter().all(|launch| launch.rounds <= MAX_ROUNDS) && scratch.iter().all(fits) =>
        {
            Lowered::Composed { launches, scratch }
        }
        _ => Lowered::Host,
    })
}
