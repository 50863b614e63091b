//! Attention, composed of products and softmax, and the rotation of its inputs.

mod rotary;

pub use self::rotary::rotary_embedding;
use super::compose::{Composer, Composition, Value, composed};
use super::{OpError, Operator, Spec};
use crate::model::{Attribute, Attributes};
use crate::tensor::{DataType, Shape};

/// What of the product of queries and keys is an output, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Inside {
    Product,
    Capped,
    Masked,
    Softmax,
}

#[derive(Debug)]
struct Attention {
    scale: Option<f32>,
    is_causal: bool,
    query_heads: Option<i64>,
    key_heads: Option<i64>,
    softcap: f32,
    /// The type in which softmax is computed.
    precision: Option<DataType>,
    inside: Inside,
    gives_present: bool,
    gives_inside: bool,
}

/// Builds Attention, and FlexAttention of ai.onnx.preview; one that changes scores by a sub-graph is refused for that attribute.
pub fn attention(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let attributes = &mut *spec.attributes;
    let precision = match attributes.int("softmax_precision")? {
        None => None,
        Some(code) => {
            let code = i32::try_from(code).unwrap_or(-1);
            let found = crate::model::decode_data_type(code);
            Some(found.map_err(|error| OpError::unsupported(format!("softmax_precision: {error}")))?)
        }
    };
    let inside = match attributes.int("qk_matmul_output_mode")? {
        None | Some(0) => Inside::Product,
        Some(1) => Inside::Capped,
        Some(2) => Inside::Masked,
        Some(3) => Inside::Softmax,
        Some(other) => return Err(OpError::invalid(format!("qk_matmul_output_mode {other}"))),
    };
    let composition = Attention {
        scale: attributes.float("scale")?,
        is_causal: attributes.flag("is_causal", false)?,
        query_heads: attributes.int("q_num_heads")?,
        key_heads: attributes.int("kv_num_heads")?,
        softcap: attributes.float("softcap")?.unwrap_or(0.0),
        precision,
        inside,
        gives_present: spec.has_output(1) || spec.has_output(2),
        gives_inside: spec.has_output(3),
    };
    Ok(composed(spec, composition))
}

/// Sees rows of concatenated heads, [batch, length, heads * size], as [batch, heads, length, size].
fn split_heads<'a>(
    composer: &mut Composer<'a>,
    x: &Value<'a>,
    heads: Option<i64>,
    name: &str,
) -> Result<Value<'a>, OpError> {
    let &[batch, length, hidden] = x.dims() else {
        return Ok(x.clone());
    };
    let wrong = || OpError::invalid(format!("attribute '{name}' does not divide {hidden} into heads"));
    let heads = heads
        .and_then(|heads| usize::try_from(heads).ok())
        .filter(|&heads| heads > 0);
    let heads = heads.filter(|&heads| hidden.is_multiple_of(heads)).ok_or_else(wrong)?;
    let apart = composer.reshape(x, &[batch, length, heads, hidden / heads])?;
    composer.transpose(&apart, &[0, 2, 1, 3])
}

fn softmax() -> Attributes {
    Attributes::default().with("axis", Attribute::Int(-1))
}

impl Composition for Attention {
    fn compose<'a>(&self, composer: &mut Composer<'a>) -> Result<Vec<Option<Value<'a>>>, OpError> {
        let (q, k, v) = (composer.input(0)?, composer.input(1)?, composer.input(2)?);
        let rank = q.rank();
        if !(3..=4).contains(&rank) || k.rank() != rank || v.rank() != rank {
            return Err(OpError::invalid(
                "queries, keys and values need three dimensions each, or four",
            ));
        }
        let q = split_heads(composer, &q, self.query_heads, "q_num_heads")?;
        let mut k = split_heads(composer, &k, self.key_heads, "kv_num_heads")?;
        let mut v = split_heads(composer, &v, self.key_heads, "kv_num_heads")?;
        let past = match composer.optional(4) {
            None => 0,
            Some(past_key) => {
                let past_value = composer.input(5)?;
                let length = past_key.dims().get(2).copied().unwrap_or(0);
                k = composer.concat(&[&past_key, &k], 2)?;
                v = composer.concat(&[&past_value, &v], 2)?;
                length
            }
        };
        let (&[batch, heads, length, size], &[_, groups, total, _], &[_, _, _, value_size]) =
            (q.dims(), k.dims(), v.dims())
        else {
            return Err(OpError::invalid("queries, keys and values need four dimensions"));
        };
        if groups == 0 || !heads.is_multiple_of(groups) {
            return Err(OpError::invalid(format!(
                "{heads} heads of queries for {groups} of keys"
            )));
        }
        // Heads that share keys are a dimension along which the product stretches the keys.
        let shared = heads / groups;
        let q = composer.reshape(&q, &[batch, groups, shared, length, size])?;
        let scale = self.scale.unwrap_or_else(|| 1.0 / (size as f32).sqrt());
        if scale < 0.0 {
            return Err(OpError::unsupported(format!("the scale {scale}")));
        }
        // Each side takes a square root of it, as the definition says, so that half precision does not overflow.
        let q = composer.call_number("Mul", &q, scale.sqrt())?;
        let keys = composer.transpose(&k, &[0, 1, 3, 2])?;
        let keys = composer.call_number("Mul", &keys, scale.sqrt())?;
        let keys = composer.reshape(&keys, &[batch, groups, 1, size, total])?;
        let product = composer.call("MatMul", &[&q, &keys])?;
        let capped = self.capped(composer, &product)?;
        let extents = Extents {
            batch,
            groups,
            shared,
            length,
            total,
            past,
        };
        let mut masked = capped.clone();
        for bias in self.biases(composer, &extents, &q)? {
            masked = composer.call("Add", &[&masked, &bias])?;
        }
        let precise = composer.cast(&masked, self.precision.unwrap_or(masked.data_type()))?;
        let weights = composer.apply("Softmax", &[&precise], softmax())?;
        let weights = composer.cast(&weights, v.data_type())?;
        let values = composer.reshape(&v, &[batch, groups, 1, total, value_size])?;
        let y = composer.call("MatMul", &[&weights, &values])?;
        let mut y = composer.reshape(&y, &[batch, heads, length, value_size])?;
        if rank == 3 {
            y = composer.transpose(&y, &[0, 2, 1, 3])?;
            y = composer.reshape(&y, &[batch, length, heads * value_size])?;
        }
        let inside = match self.inside {
            Inside::Product => &product,
            Inside::Capped => &capped,
            Inside::Masked => &masked,
            Inside::Softmax => &weights,
        };
        let inside = match self.gives_inside {
            true => Some(composer.reshape(inside, &[batch, heads, length, total])?),
            false => None,
        };
        let present = |value: Value<'a>| self.gives_present.then_some(value);
        Ok(vec![Some(y), present(k), present(v), inside])
    }
}

/// Lengths of an attention.
struct Extents {
    batch: usize,
    groups: usize,
    shared: usize,
    length: usize,
    total: usize,
    past: usize,
}

impl Attention {
    fn capped<'a>(&self, composer: &mut Composer<'a>, product: &Value<'a>) -> Result<Value<'a>, OpError> {
        if self.softcap <= 0.0 {
            return Ok(product.clone());
        }
        let small = composer.call_number("Div", product, self.softcap)?;
        let bent = composer.call("Tanh", &[&small])?;
        composer.call_number("Mul", &bent, self.softcap)
    }

    /// What is added to the product: the mask, and minus infinity where a query must not look.
    fn biases<'a>(
        &self,
        composer: &mut Composer<'a>,
        extents: &Extents,
        like: &Value<'a>,
    ) -> Result<Vec<Value<'a>>, OpError> {
        let &Extents {
            batch,
            length,
            total,
            past,
            ..
        } = extents;
        let mut biases = Vec::new();
        if composer.optional(3).is_some() {
            biases.push(mask(composer, extents, like)?);
        }
        if self.is_causal {
            let shape = Shape::new([length, total])?;
            let table = composer.table(shape, || {
                let hidden = |i: usize, j: usize| j > past && j - past > i;
                let row = |i: usize| (0..total).map(move |j| if hidden(i, j) { f32::NEG_INFINITY } else { 0.0 });
                Ok((0..length).flat_map(row).collect())
            })?;
            biases.push(composer.cast(&table, like.data_type())?);
        }
        if let Some(lengths) = composer.inputs().integers(6, "nonpad_kv_seqlen")? {
            if lengths.len() != batch {
                return Err(OpError::invalid(format!(
                    "{} lengths for {batch} samples",
                    lengths.len()
                )));
            }
            let shape = Shape::new([batch, 1, 1, 1, total])?;
            let table = composer.table(shape, || {
                let row =
                    |&limit: &i64| (0..total).map(move |j| if (j as i64) < limit { 0.0 } else { f32::NEG_INFINITY });
                Ok(lengths.iter().flat_map(row).collect())
            })?;
            biases.push(composer.cast(&table, like.data_type())?);
        }
        Ok(biases)
    }
}

/// The mask as something to add, in the product's dimensions.
fn mask<'a>(composer: &mut Composer<'a>, extents: &Extents, like: &Value<'a>) -> Result<Value<'a>, OpError> {
    let mut mask = composer.input(3)?;
    if mask.data_type() == DataType::Bool {
        let seen = composer.scalar(0.0, like)?;
        let hidden = composer.scalar(f32::NEG_INFINITY, like)?;
        mask = composer.call("Where", &[&mask, &seen, &hidden])?;
    }
    let wrong = || OpError::invalid("the mask does not fit queries and keys");
    let (&covered, leading) = mask.dims().split_last().ok_or_else(wrong)?;
    if covered < extents.total {
        // Keys beyond the mask are hidden.
        let hidden = composer.scalar(f32::NEG_INFINITY, like)?;
        let dims = [leading, &[extents.total - covered]].concat();
        let hidden = composer.expand(&hidden, &dims)?;
        let axis = dims.len() - 1;
        mask = composer.concat(&[&mask, &hidden], axis)?;
    }
    let &Extents { groups, shared, .. } = extents;
    match *mask.dims() {
        [batch, 1, length, total] => composer.reshape(&mask, &[batch, 1, 1, length, total]),
        [batch, heads, length, total] if heads == groups * shared => {
            composer.reshape(&mask, &[batch, groups, shared, length, total])
        }
        [heads, length, total] if heads == groups * shared && heads != 1 => {
            composer.reshape(&mask, &[1, groups, shared, length, total])
        }
        [_, _] | [_] | [1, _, _] => Ok(mask),
        _ => Err(wrong()),
    }
}
