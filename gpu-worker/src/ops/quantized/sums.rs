//! Sums of products of codes by the kernels for single precision. What codes stand for are whole numbers, so those kernels are exact, in
//! whichever order they add up, as long as the sum of all magnitudes is a number that single precision holds. Weights for which it is not
//! are taken apart into a high and a low part, of which each is far smaller; what is larger even then is left to the host.

use super::elements::Integers;
use super::{Zeros, each};
use crate::kernels::{Codes, MAX_ROUNDS, Part};
use crate::ops::compose::{Composer, Composition, Value, lower_as};
use crate::ops::conv;
use crate::ops::host_op::with_kernels;
use crate::ops::window::Window;
use crate::ops::{Lowered, OpError, Operands, Operator};
use crate::tensor::{DataType, Tensor, TensorType};

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
    /// The terms of a sum, and how many codes of the second operand in a row have the same zero point, of which there are so many.
    pub fn layout(&self, inputs: &Operands) -> Result<(usize, usize, usize), OpError> {
        let dims = inputs.dims(self.inputs[1])?;
        Ok(match (&self.kind, dims) {
            (Kind::Product, [k]) => (*k, *k, 1),
            (Kind::Product, [.., k, n]) => (*k, 1, *n),
            (Kind::Convolution(..), [filters, filter @ ..]) => {
                let terms = filter.iter().product();
                (terms, terms, *filters)
            }
            _ => return Err(OpError::unsupported("operands without dimensions")),
        })
    }

    /// The known zero points of an operand; an error where they are not known.
    fn known_zeros<'a>(&self, operand: usize, inputs: &Operands<'a>) -> Option<Option<&'a Tensor>> {
        match inputs.optional(self.zeros[operand]) {
            None => Some(None),
            Some(zero) => zero.value.map(Some),
        }
    }

    /// The greatest magnitude of what a code of an operand stands for.
    fn reach(&self, operand: usize, inputs: &Operands) -> Result<u64, OpError> {
        let data_type = inputs.data_type(self.inputs[operand])?;
        let unsupported = || OpError::unsupported(format!("{data_type} as codes"));
        let (low, high) = data_type.integer_range().ok_or_else(unsupported)?;
        let (low, high) = (low as i32, high as i32);
        let Some(zeros) = self.known_zeros(operand, inputs) else {
            return Ok(u64::from(low.abs_diff(high)));
        };
        let mut reach = 0;
        let mut add = |zero: i32| reach = reach.max(low.abs_diff(zero)).max(high.abs_diff(zero));
        match zeros {
            None => add(0),
            Some(zeros) => each(zeros, |_, zero| add(zero))?,
        }
        Ok(reach.into())
    }

    /// The greatest sum of magnitudes of the second operand that one result has: of whole numbers, of high and of low parts.
    fn magnitudes(&self, inputs: &Operands) -> Result<[u64; 3], OpError> {
        let (terms, inner, count) = self.layout(inputs)?;
        let weights = inputs.get(self.inputs[1])?;
        let (Some(known), Some(zeros)) = (weights.value, self.known_zeros(1, inputs)) else {
            let terms = terms as u64;
            return Ok([self.reach(1, inputs)?, 16, 8].map(|reach| terms.saturating_mul(reach)));
        };
        let zeros = Zeros::of(zeros, inner)?;
        let mut sums = vec![[0_u64; 3]; count];
        each(known, |at, code| {
            let number = code - zeros.at(at);
            if let Some(sums) = sums.get_mut(at / inner.max(1) % count.max(1)) {
                for (sum, part) in sums.iter_mut().zip([Part::Whole, Part::High, Part::Low]) {
                    *sum += u64::from(part.of(number).unsigned_abs());
                }
            }
        })?;
        let most = |part: usize| sums.iter().map(|sums| sums[part]).max().unwrap_or(0);
        Ok([most(0), most(1), most(2)])
    }

    /// How results are exact, and their greatest magnitude; an error where they are not.
    fn way(&self, inputs: &Operands) -> Result<(Way, u64), OpError> {
        let reach = self.reach(0, inputs)?;
        let [whole, high, low] = self.magnitudes(inputs)?.map(|sum| sum.saturating_mul(reach));
        if whole <= EXACT {
            return Ok((Way::Whole, whole));
        }
        if high.max(low) <= EXACT && whole <= i32::MAX as u64 {
            return Ok((Way::Parts, whole));
        }
        Err(OpError::unsupported("sums beyond 32 bits"))
    }

    /// What the codes of an operand stand for, calculated with each run.
    fn computed<'a>(&self, operand: usize, composer: &mut Composer<'a>) -> Result<Value<'a>, OpError> {
        let numbers = composer.numbers(self.inputs[operand])?;
        let is_zero =
            |zero: &Tensor| Zeros::of(Some(zero), 1).is_ok_and(|zeros| zeros.zeros.iter().all(|&zero| zero == 0));
        match composer.inputs().optional(self.zeros[operand]) {
            None => return Ok(numbers),
            Some(zero) if zero.value.is_some_and(is_zero) => return Ok(numbers),
            Some(_) => {}
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
        let (_, inner, count) = self.layout(inputs)?;
        let is_known = inputs.get(self.inputs[1])?.value.is_some();
        if let (true, Some(zeros)) = (is_known, self.known_zeros(1, inputs)) {
            let fits = |zeros: &Tensor| [1, count].contains(&zeros.shape().elements());
            if !zeros.is_none_or(fits) {
                return Err(OpError::unsupported("zero points of that shape"));
            }
            let is_zero = zeros.is_none_or(|zeros| {
                zeros
                    .to_floats()
                    .is_ok_and(|zeros| zeros.iter().all(|zero| *zero == 0.0))
            });
            return composer.codes(Codes {
                input: self.inputs[1],
                zero: (!is_zero).then_some(self.zeros[1]),
                inner,
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
        let terms = self.layout(inputs).map_or(0, |(terms, ..)| terms as u64);
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
