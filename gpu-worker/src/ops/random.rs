//! Dropout, Bernoulli, RandomUniform, RandomNormal, their Like forms and Multinomial. All draw from one generator, whose start is the
//! attribute `seed`, so that a model gives the same result each time.

mod twister;

use self::twister::Twister;
use super::compose::{Composer, Composition, Value, composed};
use super::doubles::{doubles, from_doubles, input_doubles};
use super::signal::output_type;
use super::{Lowered, OpError, Operands, Operator, Spec};
use crate::model::Attributes;
use crate::tensor::{DataType, Shape, Tensor, TensorType};

/// The generator that an attribute `seed` starts; without one it starts at 0.
fn seed(spec: &mut Spec) -> Result<u32, OpError> {
    // Dropout's seed is an integer, the others' are numbers.
    let seed = match spec.kind {
        "Dropout" => spec.attributes.int("seed")?.unwrap_or(0) as u64,
        _ => spec.attributes.float("seed")?.unwrap_or(0.0) as u64,
    };
    Ok(seed as u32)
}

#[derive(Debug)]
struct Dropout {
    /// The share that is dropped, if it is an attribute and not input 1.
    ratio: Option<f32>,
    seed: u32,
}

/// Builds Dropout; ratio and mode became inputs with version 12.
pub fn dropout(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    spec.attributes.ignore("is_test");
    spec.attributes.ignore("consumed_inputs");
    let seed = seed(spec)?;
    let ratio = match spec.opset {
        ..12 => Some(spec.attributes.float("ratio")?.unwrap_or(0.5)),
        _ => None,
    };
    if spec.opset < 10 && spec.has_output(1) {
        return Err(OpError::unsupported("the mask before version 10"));
    }
    Ok(composed(spec, Dropout { ratio, seed }))
}

impl Dropout {
    /// The share that is dropped: none but in training.
    fn dropped(&self, inputs: &Operands) -> Result<f64, OpError> {
        let trains = match (self.ratio, inputs.optional(2)) {
            (None, Some(_)) => doubles(inputs.known(2, "training_mode")?)?
                .first()
                .is_some_and(|&mode| mode != 0.0),
            _ => false,
        };
        if !trains {
            return Ok(0.0);
        }
        let ratio = match inputs.optional(1) {
            None => 0.5,
            Some(_) => doubles(inputs.known(1, "ratio")?)?.first().copied().unwrap_or(0.5),
        };
        if (0.0..1.0).contains(&ratio) {
            Ok(ratio)
        } else {
            Err(OpError::invalid(format!("the ratio {ratio}")))
        }
    }
}

impl Composition for Dropout {
    fn compose<'a>(&self, composer: &mut Composer<'a>) -> Result<Vec<Option<Value<'a>>>, OpError> {
        let x = composer.input(0)?;
        let dropped = self.dropped(composer.inputs())?;
        let shape = Shape::new(x.dims())?;
        let count = shape.elements();
        let mask = composer.table(shape, || {
            if dropped == 0.0 {
                return Ok(vec![true; count]);
            }
            let mut twister = Twister::new(self.seed);
            Ok((0..count).map(|_| twister.uniform() >= dropped).collect())
        })?;
        if dropped == 0.0 {
            return Ok(vec![Some(x), Some(mask)]);
        }
        let zero = composer.scalar(0.0, &x)?;
        let scaled = composer.call_number("Mul", &x, (1.0 / (1.0 - dropped)) as f32)?;
        let y = composer.apply("Where", &[&mask, &scaled, &zero], Attributes::default())?;
        Ok(vec![Some(y), Some(mask)])
    }
}

/// From where the shape of random numbers comes.
#[derive(Debug)]
enum Extent {
    Fixed(Vec<i64>),
    LikeInput,
}

/// How they are distributed.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Distribution {
    /// Evenly between two bounds.
    Uniform { low: f64, high: f64 },
    /// Around a mean.
    Normal { mean: f64, scale: f64 },
    /// One with the probability that the input gives, else zero.
    Bernoulli,
}

#[derive(Debug)]
struct Random {
    distribution: Distribution,
    extent: Extent,
    data_type: Option<DataType>,
    seed: u32,
}

/// Builds RandomUniform, RandomNormal, RandomUniformLike, RandomNormalLike or Bernoulli.
pub fn random(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let kind = spec.kind;
    let mut number = |name: &str, default: f32| {
        let number = spec.attributes.float(name)?.unwrap_or(default);
        Ok::<_, OpError>(f64::from(number))
    };
    let distribution = match kind {
        "RandomUniform" | "RandomUniformLike" => Distribution::Uniform {
            low: number("low", 0.0)?,
            high: number("high", 1.0)?,
        },
        "Bernoulli" => Distribution::Bernoulli,
        _ => Distribution::Normal {
            mean: number("mean", 0.0)?,
            scale: number("scale", 1.0)?,
        },
    };
    let extent = match kind {
        "RandomUniform" | "RandomNormal" => {
            let shape = spec.attributes.ints("shape")?;
            Extent::Fixed(shape.ok_or_else(|| OpError::invalid("attribute 'shape' is missing"))?)
        }
        _ => Extent::LikeInput,
    };
    Ok(Box::new(Random {
        distribution,
        extent,
        data_type: output_type(spec, "dtype")?,
        seed: seed(spec)?,
    }))
}

impl Operator for Random {
    fn infer(&self, inputs: &Operands) -> Result<Vec<TensorType>, OpError> {
        let output = match &self.extent {
            Extent::Fixed(dims) => {
                let negative = || OpError::invalid(format!("the shape {dims:?}"));
                let dims = dims.iter().map(|&dim| usize::try_from(dim).map_err(|_| negative()));
                let shape = Shape::new(dims.collect::<Result<Vec<_>, _>>()?)?;
                TensorType::new(self.data_type.unwrap_or(DataType::Float32), shape)
            }
            Extent::LikeInput => {
                let like = inputs.get(0)?.tensor_type;
                TensorType::new(self.data_type.unwrap_or(like.data_type), like.shape.clone())
            }
        };
        Ok(vec![output])
    }

    fn lower(&self, _: &Operands, _: &[TensorType]) -> Result<Lowered, OpError> {
        Ok(Lowered::Host)
    }

    fn evaluate(&self, inputs: &[Option<&Tensor>], outputs: &[TensorType]) -> Result<Vec<Tensor>, OpError> {
        let mut twister = Twister::new(self.seed);
        let count = 0..outputs[0].shape.elements();
        let numbers: Vec<f64> = match self.distribution {
            Distribution::Uniform { low, high } => count.map(|_| low + (high - low) * twister.uniform()).collect(),
            Distribution::Normal { mean, scale } => count.map(|_| mean + scale * twister.normal()).collect(),
            Distribution::Bernoulli => {
                let shares = input_doubles(inputs, 0)?;
                shares
                    .into_iter()
                    .map(|share| f64::from(u8::from(twister.uniform() < share)))
                    .collect()
            }
        };
        Ok(vec![from_doubles(&outputs[0], numbers)?])
    }
}

/// Draws classes by the logarithms of their probabilities.
#[derive(Debug)]
struct Multinomial {
    draws: i64,
    data_type: DataType,
    seed: u32,
}

/// Builds Multinomial.
pub fn multinomial(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    Ok(Box::new(Multinomial {
        draws: spec.attributes.int("sample_size")?.unwrap_or(1),
        data_type: output_type(spec, "dtype")?.unwrap_or(DataType::Int32),
        seed: seed(spec)?,
    }))
}

impl Operator for Multinomial {
    fn infer(&self, inputs: &Operands) -> Result<Vec<TensorType>, OpError> {
        let wrong = || OpError::invalid("the input should be a row of classes for each sample, and draws positive");
        let &[rows, classes] = inputs.dims(0)? else {
            return Err(wrong());
        };
        let draws = usize::try_from(self.draws).map_err(|_| wrong())?;
        if classes == 0 {
            return Err(wrong());
        }
        Ok(vec![TensorType::new(self.data_type, Shape::new([rows, draws])?)])
    }

    fn lower(&self, _: &Operands, _: &[TensorType]) -> Result<Lowered, OpError> {
        Ok(Lowered::Host)
    }

    fn evaluate(&self, inputs: &[Option<&Tensor>], outputs: &[TensorType]) -> Result<Vec<Tensor>, OpError> {
        let logarithms = input_doubles(inputs, 0)?;
        let &[rows, draws] = outputs[0].shape.dims() else {
            return Err(OpError::invalid("a matrix is needed"));
        };
        let classes = logarithms.len().checked_div(rows).unwrap_or(1).max(1);
        let mut twister = Twister::new(self.seed);
        let mut drawn = Vec::with_capacity(rows * draws);
        for row in logarithms.chunks(classes) {
            let greatest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let shares: Vec<f64> = row.iter().map(|logarithm| (logarithm - greatest).exp()).collect();
            let total: f64 = shares.iter().sum();
            for _ in 0..draws {
                let mut rest = twister.uniform() * total;
                let chosen = shares.iter().position(|share| {
                    rest -= share;
                    rest < 0.0
                });
                drawn.push(chosen.unwrap_or(classes - 1) as f64);
            }
        }
        Ok(vec![from_doubles(&outputs[0], drawn)?])
    }
}
