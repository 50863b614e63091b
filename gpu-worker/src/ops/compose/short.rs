//! Short forms for parts that many compositions have.

use super::{Composer, Value};
use crate::model::{Attribute, Attributes};
use crate::ops::OpError;
use crate::tensor::DataType;

impl<'a> Composer<'a> {
    /// `x` in another shape.
    pub fn reshape(&mut self, x: &Value<'a>, dims: &[usize]) -> Result<Value<'a>, OpError> {
        if x.dims() == dims {
            return Ok(x.clone());
        }
        let shape: Vec<i64> = dims.iter().map(|&dim| dim as i64).collect();
        let shape = self.integers(&shape)?;
        // An empty dimension is meant, not copied from the input.
        let attributes = Attributes::default().with("allowzero", Attribute::Int(1));
        self.apply("Reshape", &[x, &shape], attributes)
    }

    /// `x` with its dimensions in another order.
    pub fn transpose(&mut self, x: &Value<'a>, order: &[usize]) -> Result<Value<'a>, OpError> {
        let order = order.iter().map(|&axis| axis as i64).collect();
        let attributes = Attributes::default().with("perm", Attribute::Ints(order));
        self.apply("Transpose", &[x], attributes)
    }

    /// Elements `from` to before `to` along `axis`, every `step`-th.
    pub fn slice(
        &mut self,
        x: &Value<'a>,
        axis: usize,
        (from, to, step): (usize, usize, usize),
    ) -> Result<Value<'a>, OpError> {
        let bounds = [from, to, axis, step].map(|bound| bound as i64);
        let mut values = Vec::with_capacity(5);
        for bound in bounds {
            values.push(self.integers(&[bound])?);
        }
        let [from, to, axis, step] = values.as_slice() else {
            return Err(OpError::invalid("a slice has four bounds"));
        };
        self.apply("Slice", &[x, from, to, axis, step], Attributes::default())
    }

    /// Values one after another along `axis`.
    pub fn concat(&mut self, values: &[&Value<'a>], axis: usize) -> Result<Value<'a>, OpError> {
        if let [value] = values {
            return Ok((*value).clone());
        }
        let attributes = Attributes::default().with("axis", Attribute::Int(axis as i64));
        self.apply("Concat", values, attributes)
    }

    /// `x` repeated as it broadcasts to `dims`.
    pub fn expand(&mut self, x: &Value<'a>, dims: &[usize]) -> Result<Value<'a>, OpError> {
        if x.dims() == dims {
            return Ok(x.clone());
        }
        let shape: Vec<i64> = dims.iter().map(|&dim| dim as i64).collect();
        let shape = self.integers(&shape)?;
        self.apply("Expand", &[x, &shape], Attributes::default())
    }

    /// A function of one or more values without attributes.
    pub fn call(&mut self, kind: &str, inputs: &[&Value<'a>]) -> Result<Value<'a>, OpError> {
        self.apply(kind, inputs, Attributes::default())
    }

    /// `x op number`.
    pub fn call_number(&mut self, kind: &str, x: &Value<'a>, number: f32) -> Result<Value<'a>, OpError> {
        let number = self.scalar(number, x)?;
        self.call(kind, &[x, &number])
    }

    /// A Reduce… of `x` along `axes`, which stay as dimensions of one element.
    pub fn reduce(&mut self, kind: &str, x: &Value<'a>, axes: &[usize]) -> Result<Value<'a>, OpError> {
        let axes: Vec<i64> = axes.iter().map(|&axis| axis as i64).collect();
        let axes = self.integers(&axes)?;
        let attributes = Attributes::default().with("noop_with_empty_axes", Attribute::Int(1));
        self.apply(kind, &[x, &axes], attributes)
    }

    /// `x` in another type.
    pub fn cast(&mut self, x: &Value<'a>, to: DataType) -> Result<Value<'a>, OpError> {
        if x.data_type() == to {
            return Ok(x.clone());
        }
        self.add(crate::ops::cast::to(to), &[Some(x)])
    }
}
