//! Sums of products of codes by the kernels for single precision. What codes stand for are whole numbers, so those kernels are exact, in
//! whichever order they add up, as long as every sum of some of the terms is a number that single precision holds. Weights for which it is not
//! are taken apart into a high and a low part, of which each is far smaller; what is larger even then is left to the host.

use super::elements::Integers;
use super::known::{Channels, Zeros, each};
use super::span::Span;
use crate::kernels::{Codes, MAX_ROUNDS, Part};
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

/// How the second operand is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Whole,
    Parts,
}

impl Sums {
    /// The terms of a sum, and the channels of the second operand: columns of a matrix, or filters.
    pub fn layout(&self, inputs: &Operands) -> Result<(usize, Channels), OpError> {
        let dims = inputs.dims(self.inputs[1])?;
        let (terms, inner, count) = match (&self.kind, dims) {
            (Kind::Product, [k]) => (*k, *k, 1),
            (Kind::Product, [.., k, n]) => (*k, 1, *n),
            (Kind::Convolution(..), [filters, filter @ ..]) => {
                let terms = filter.iter().product();
                (terms, terms, *filters)
            }
            _ => return Err(OpError::unsupported("operands without dimensions")),
        };
        Ok((terms, Channels { inner, count }))
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
        let most = [rows, self.layout(inputs)?.1.count];
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

    /// The greatest magnitude that any sum of some terms of a result has, with a part of the second operand.
    fn most(&self, part: Part, inputs: &Operands) -> Result<u64, OpError> {
        let span = self.span(0, inputs)?;
        let (terms, channels) = self.layout(inputs)?;
        let weights = inputs.get(self.inputs[1])?;
        let (Some(known), Some(zeros)) = (weights.value, self.known_zeros(1, inputs)?) else {
            let reach = match part {
                Part::Whole => self.span(1, inputs)?.most(1, 0),
                Part::High => 16,
                Part::Low => 8,
            };
            return Ok(span.most(reach.saturating_mul(terms as u64), 0));
        };
        let mut sums = vec![[0_u64; 2]; channels.count.max(1)];
        each(known, channels, |channel, code| {
            let weight = part.of(code - zeros.at(channel));
            sums[channel][usize::from(weight < 0)] += u64::from(weight.unsigned_abs());
        })?;
        let most = sums
            .into_iter()
            .map(|[positive, negative]| span.most(positive, negative));
        Ok(most.max().unwrap_or(0))
    }

    /// How results are exact, and their greatest magnitude; an error where they are not.
    fn way(&self, inputs: &Operands) -> Result<(Way, u64), OpError> {
        self.check_zeros(inputs)?;
        let whole = self.most(Part::Whole, inputs)?;
        if whole <= EXACT {
            return Ok((Way::Whole, whole));
        }
        let is_held = whole <= i32::MAX as u64;
        if is_held && self.most(Part::High, inputs)? <= EXACT && self.most(Part::Low, inputs)? <= EXACT {
            return Ok((Way::Parts, whole));
        }
        Err(OpError::unsupported("sums beyond 32 bits"))
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

    /// A part of what the codes of the second operand stand for.
    fn weights<'a>(&self, part: Part, composer: &mut Composer<'a>) -> Result<Value<'a>, OpError> {
        let inputs = composer.inputs();
        let (_, channels) = self.layout(inputs)?;
        let is_known = inputs.get(self.inputs[1])?.value.is_some();
        if let (true, Some(zeros)) = (is_known, self.known_zeros(1, inputs)?) {
            return composer.codes(Codes {
                input: self.inputs[1],
                zero: (!zeros.are_zero()).then_some(self.zeros[1]),
                inner: channels.inner,
                part,
            });
        }
        let numbers = self.computed(1, composer)?;
        if part == Part::Whole {
            return Ok(numbers);
        }
        let shifted = composer.call_number("Add", &numbers, 8.0)?;
        let sixteenths = composer.call_number("Mul", &shifted, 1.0 / 16.0)?;
        let high = composer.call("Floor", &[&sixteenths])?;
        if part == Part::High {
            return Ok(high);
        }
        let high = composer.call_number("Mul", &high, 16.0)?;
        composer.call("Sub", &[&numbers, &high])
    }

    fn sum<'a>(&self, x: &Value<'a>, part: Part, composer: &mut Composer<'a>) -> Result<Value<'a>, OpError> {
        let weights = self.weights(part, composer)?;
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
        let (way, most) = self.way(composer.inputs())?;
        let x = self.computed(0, composer)?;
        if way == Way::Whole {
            return Ok((self.sum(&x, Part::Whole, composer)?, most));
        }
        let high = self.sum(&x, Part::High, composer)?;
        let low = self.sum(&x, Part::Low, composer)?;
        let sums = composer.add(Box::new(Integers), &[Some(&high), Some(&low)])?;
        Ok((sums, most))
    }

    /// Operations of the sums, a multiplication and an addition counting as two.
    pub fn flops(&self, inputs: &Operands, outputs: &[TensorType]) -> u64 {
        let terms = self.layout(inputs).map_or(0, |(terms, _)| terms as u64);
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
