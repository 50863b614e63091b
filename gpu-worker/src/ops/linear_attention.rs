//! CausalConvWithState and LinearAttention, composed step by step.

use super::compose::{Composer, Composition, Value, composed};
use super::{OpError, Operator, Spec};
use crate::model::{Attribute, Attributes};
use crate::tensor::DataType;

/// Steps that are written out; longer sequences would take more launches than a batch may have.
const MAX_STEPS: usize = 16_384;

/// A convolution of each channel that sees only what came before, with what it saw last as its state.
#[derive(Debug)]
struct CausalConv {
    is_swish: bool,
}

/// Builds CausalConvWithState.
pub fn causal_conv(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let is_swish = match spec.attributes.text("activation")?.as_deref() {
        None | Some("none") => false,
        Some("silu" | "swish") => true,
        Some(other) => return Err(OpError::invalid(format!("activation '{other}'"))),
    };
    Ok(composed(spec, CausalConv { is_swish }))
}

impl Composition for CausalConv {
    fn compose<'a>(&self, composer: &mut Composer<'a>) -> Result<Vec<Option<Value<'a>>>, OpError> {
        let (x, weights) = (composer.input(0)?, composer.input(1)?);
        let wrong = || OpError::invalid(format!("filters {:?} for {:?}", weights.dims(), x.dims()));
        let (&[batch, channels, length], &[filters, 1, reach]) = (x.dims(), weights.dims()) else {
            return Err(wrong());
        };
        if filters != channels || reach == 0 {
            return Err(wrong());
        }
        let past = match composer.optional(3) {
            Some(past) => past,
            None => {
                let zero = composer.scalar(0.0, &x)?;
                composer.expand(&zero, &[batch, channels, reach - 1])?
            }
        };
        if past.dims() != [batch, channels, reach - 1] {
            return Err(OpError::invalid(format!("the state {:?}", past.dims())));
        }
        let padded = if reach == 1 {
            x.clone()
        } else {
            composer.concat(&[&past, &x], 2)?
        };
        let state = composer.slice(&padded, 2, (length, length + reach - 1, 1))?;
        let mut operands = vec![
            composer.cast(&padded, DataType::Float32)?,
            composer.cast(&weights, DataType::Float32)?,
        ];
        if let Some(bias) = composer.optional(2) {
            operands.push(composer.cast(&bias, DataType::Float32)?);
        }
        let groups = Attributes::default().with("group", Attribute::Int(channels as i64));
        let mut y = composer.apply("Conv", &operands.iter().collect::<Vec<_>>(), groups)?;
        if self.is_swish {
            let gate = composer.call("Sigmoid", &[&y])?;
            y = composer.call("Mul", &[&y, &gate])?;
        }
        let y = composer.cast(&y, x.data_type())?;
        Ok(vec![Some(y), Some(state)])
    }
}

/// Attention whose state is a matrix of each head, updated step by step.
#[derive(Debug)]
struct LinearAttention {
    query_heads: usize,
    key_heads: usize,
    scale: Option<f32>,
    /// Whether the state decays, and whether what it already gives is taken off before it is written.
    decays: bool,
    corrects: bool,
}

/// Builds LinearAttention.
pub fn linear_attention(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let attributes = &mut *spec.attributes;
    attributes.ignore("chunk_size");
    let (decays, corrects) = match attributes.text("update_rule")?.as_deref() {
        Some("linear") => (false, false),
        Some("gated") => (true, false),
        Some("delta") => (false, true),
        None | Some("gated_delta") => (true, true),
        Some(other) => return Err(OpError::invalid(format!("update_rule '{other}'"))),
    };
    let mut heads = |name: &str| {
        let found = attributes.int(name)?.and_then(|heads| usize::try_from(heads).ok());
        let positive = found.filter(|&heads| heads > 0);
        positive.ok_or_else(|| OpError::invalid(format!("attribute '{name}' is not a number of heads")))
    };
    let (query_heads, key_heads) = (heads("q_num_heads")?, heads("kv_num_heads")?);
    if !query_heads.is_multiple_of(key_heads) {
        return Err(OpError::invalid(format!(
            "{query_heads} heads of queries for {key_heads} of keys"
        )));
    }
    let scale = attributes.float("scale")?.filter(|&scale| scale != 0.0);
    let composition = LinearAttention {
        query_heads,
        key_heads,
        scale,
        decays,
        corrects,
    };
    Ok(composed(spec, composition))
}

/// [batch, length, heads * size] as [length, batch, heads, size], in single precision.
fn by_step<'a>(composer: &mut Composer<'a>, x: &Value<'a>, heads: usize) -> Result<Value<'a>, OpError> {
    let wrong = || OpError::invalid(format!("{:?} is not {heads} heads", x.dims()));
    let &[batch, length, hidden] = x.dims() else {
        return Err(wrong());
    };
    if !hidden.is_multiple_of(heads) {
        return Err(wrong());
    }
    let x = composer.cast(x, DataType::Float32)?;
    let apart = composer.reshape(&x, &[batch, length, heads, hidden / heads])?;
    composer.transpose(&apart, &[1, 0, 2, 3])
}

impl Composition for LinearAttention {
    fn compose<'a>(&self, composer: &mut Composer<'a>) -> Result<Vec<Option<Value<'a>>>, OpError> {
        let (query, value) = (composer.input(0)?, composer.input(2)?);
        let q = by_step(composer, &query, self.query_heads)?;
        let key = composer.input(1)?;
        let k = by_step(composer, &key, self.key_heads)?;
        let v = by_step(composer, &value, self.key_heads)?;
        let (&[length, batch, _, size], &[steps, _, groups, key_size], &[_, _, _, width]) =
            (q.dims(), k.dims(), v.dims())
        else {
            return Err(OpError::invalid("queries, keys and values need three dimensions"));
        };
        if size != key_size || steps != length || v.dims()[0] != length {
            return Err(OpError::invalid("queries, keys and values do not fit"));
        }
        if length == 0 || length > MAX_STEPS {
            return Err(OpError::unsupported(format!(
                "{length} steps; 1 to {MAX_STEPS} are supported"
            )));
        }
        if composer.optional(4).is_some() != self.decays || composer.optional(5).is_some() != self.corrects {
            return Err(OpError::invalid(
                "the inputs 'decay' and 'beta' do not fit the update rule",
            ));
        }
        let scale = self.scale.unwrap_or(1.0 / (size as f32).sqrt());
        let q = composer.call_number("Mul", &q, scale)?;
        let shared = self.query_heads / self.key_heads;
        let decay = match composer.optional(4) {
            None => None,
            Some(decay) => {
                let decay = by_step(composer, &decay, groups)?;
                Some(composer.call("Exp", &[&decay])?)
            }
        };
        let beta = match composer.optional(5) {
            None => None,
            Some(beta) => {
                let heads = beta.dims().last().copied().unwrap_or(1).max(1);
                Some(by_step(composer, &beta, heads)?)
            }
        };
        let (mut state, state_type) = match composer.optional(3) {
            Some(past) => (composer.cast(&past, DataType::Float32)?, past.data_type()),
            None => {
                let zero = composer.scalar(0.0, &q)?;
                let zeros = composer.expand(&zero, &[batch, groups, size, width])?;
                (zeros, query.data_type())
            }
        };
        if state.dims() != [batch, groups, size, width] {
            return Err(OpError::invalid(format!("the state {:?}", state.dims())));
        }
        let mut outputs = Vec::with_capacity(length);
        for step in 0..length {
            let mut at = |x: &Value<'a>, dims: &[usize]| {
                let row = composer.slice(x, 0, (step, step + 1, 1))?;
                composer.reshape(&row, dims)
            };
            let q = at(&q, &[batch, groups, shared, size])?;
            let k_row = at(&k, &[batch, groups, 1, size])?;
            let mut written = at(&v, &[batch, groups, 1, width])?;
            let decay = match &decay {
                None => None,
                Some(decay) => Some(at(decay, &[batch, groups, decay.dims()[3], 1])?),
            };
            let beta = match &beta {
                None => None,
                Some(beta) => Some(at(beta, &[batch, beta.dims()[2], 1, 1])?),
            };
            if let Some(decay) = decay {
                state = composer.call("Mul", &[&state, &decay])?;
            }
            if let Some(beta) = beta {
                let known = composer.call("MatMul", &[&k_row, &state])?;
                let new = composer.call("Sub", &[&written, &known])?;
                written = composer.call("Mul", &[&beta, &new])?;
            }
            let k_column = composer.reshape(&k_row, &[batch, groups, size, 1])?;
            let added = composer.call("MatMul", &[&k_column, &written])?;
            state = composer.call("Add", &[&state, &added])?;
            let read = composer.call("MatMul", &[&q, &state])?;
            outputs.push(composer.reshape(&read, &[batch, 1, groups * shared * width])?);
        }
        let y = composer.concat(&outputs.iter().collect::<Vec<_>>(), 1)?;
        let y = composer.cast(&y, query.data_type())?;
        let state = composer.cast(&state, state_type)?;
        Ok(vec![Some(y), Some(state)])
    }
}
