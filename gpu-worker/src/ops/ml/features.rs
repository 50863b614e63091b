//! Imputer, OneHotEncoder and FeatureVectorizer.

use crate::ops::compose::{Composer, Composition, Value, composed};
use crate::ops::doubles::{doubles, from_doubles, given, integers};
use crate::ops::{Lowered, OpError, Operands, Operator, Spec};
use crate::tensor::{DataType, Shape, Tensor, TensorType};

/// Puts a value in the place of another one, such as NaN.
#[derive(Debug)]
struct Imputer {
    replaced: f64,
    /// One for all columns, or for each.
    values: Vec<f64>,
}

/// Builds Imputer.
pub fn imputer(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let attributes = &mut *spec.attributes;
    let floats = attributes
        .floats("imputed_value_floats")?
        .filter(|values| !values.is_empty());
    let ints = attributes
        .ints("imputed_value_int64s")?
        .filter(|values| !values.is_empty());
    let (float, int) = (
        attributes.float("replaced_value_float")?,
        attributes.int("replaced_value_int64")?,
    );
    let (values, replaced): (Vec<f64>, f64) = match (floats, ints) {
        (Some(values), _) => (values.into_iter().map(f64::from).collect(), float.unwrap_or(0.0).into()),
        (None, Some(values)) => (
            values.into_iter().map(|value| value as f64).collect(),
            int.unwrap_or(0) as f64,
        ),
        (None, None) => return Err(OpError::invalid("no value is given")),
    };
    Ok(Box::new(Imputer { replaced, values }))
}

impl Operator for Imputer {
    fn infer(&self, inputs: &Operands) -> Result<Vec<TensorType>, OpError> {
        super::expect_numbers(inputs)?;
        let columns = inputs.dims(0)?.last().copied().unwrap_or(1);
        if self.values.len() != 1 && self.values.len() != columns {
            return Err(OpError::invalid(format!(
                "{} values for {columns} columns",
                self.values.len()
            )));
        }
        Ok(vec![inputs.get(0)?.tensor_type.clone()])
    }

    fn lower(&self, _: &Operands, _: &[TensorType]) -> Result<Lowered, OpError> {
        Ok(Lowered::Host)
    }

    fn evaluate(&self, inputs: &[Option<&Tensor>], outputs: &[TensorType]) -> Result<Vec<Tensor>, OpError> {
        let elements = doubles(given(inputs, 0)?)?;
        let is_replaced = |element: f64| element == self.replaced || (element.is_nan() && self.replaced.is_nan());
        let impute = |(at, element): (usize, f64)| {
            if is_replaced(element) {
                self.values[at % self.values.len()]
            } else {
                element
            }
        };
        let made = elements.into_iter().enumerate().map(impute).collect();
        Ok(vec![from_doubles(&outputs[0], made)?])
    }
}

/// One column for each category, one where it is met.
#[derive(Debug)]
struct OneHotEncoder {
    categories: Vec<i64>,
    /// Whether what is no category becomes zeros.
    allows_zeros: bool,
}

/// Builds OneHotEncoder.
pub fn one_hot_encoder(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let categories = spec.attributes.ints("cats_int64s")?.unwrap_or_default();
    if spec
        .attributes
        .texts("cats_strings")?
        .is_some_and(|texts| !texts.is_empty())
    {
        return Err(OpError::unsupported("categories that are strings"));
    }
    Ok(Box::new(OneHotEncoder {
        categories,
        allows_zeros: spec.attributes.flag("zeros", true)?,
    }))
}

impl Operator for OneHotEncoder {
    fn infer(&self, inputs: &Operands) -> Result<Vec<TensorType>, OpError> {
        super::expect_numbers(inputs)?;
        let dims = [inputs.dims(0)?, &[self.categories.len()]].concat();
        Ok(vec![TensorType::new(DataType::Float32, Shape::new(dims)?)])
    }

    fn lower(&self, _: &Operands, _: &[TensorType]) -> Result<Lowered, OpError> {
        Ok(Lowered::Host)
    }

    fn evaluate(&self, inputs: &[Option<&Tensor>], outputs: &[TensorType]) -> Result<Vec<Tensor>, OpError> {
        let x = given(inputs, 0)?;
        let elements = match integers(x) {
            Ok(integers) => integers,
            // Fractions are cut off, as the definition's cast does.
            Err(_) => doubles(x)?.into_iter().map(|element| element as i64).collect(),
        };
        let count = self.categories.len();
        let mut made = vec![0.0; outputs[0].shape.elements()];
        for (row, element) in elements.iter().enumerate() {
            match self.categories.iter().position(|category| category == element) {
                Some(at) => made[row * count + at] = 1.0,
                None if self.allows_zeros => {}
                None => return Err(OpError::invalid(format!("{element} is no category"))),
            }
        }
        Ok(vec![from_doubles(&outputs[0], made)?])
    }
}

/// The columns of several inputs beside each other.
#[derive(Debug)]
struct FeatureVectorizer {
    lengths: Option<Vec<i64>>,
}

/// Builds FeatureVectorizer.
pub fn feature_vectorizer(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let lengths = spec.attributes.ints("inputdimensions")?;
    Ok(composed(spec, FeatureVectorizer { lengths }))
}

impl Composition for FeatureVectorizer {
    fn compose<'a>(&self, composer: &mut Composer<'a>) -> Result<Vec<Option<Value<'a>>>, OpError> {
        let mut parts = Vec::new();
        for index in 0..composer.inputs().count() {
            let x = composer.input(index)?;
            let (rows, columns) = match *x.dims() {
                [rows] => (rows, 1),
                [rows, columns] => (rows, columns),
                _ => return Err(OpError::invalid(format!("input {index} is not a matrix"))),
            };
            let x = composer.reshape(&x, &[rows, columns])?;
            let mut x = composer.cast(&x, DataType::Float32)?;
            let stated = self.lengths.as_ref().and_then(|lengths| lengths.get(index).copied());
            let wanted = match stated {
                None => columns,
                Some(stated) => usize::try_from(stated).map_err(|_| OpError::invalid(format!("{stated} columns")))?,
            };
            if wanted < columns {
                x = composer.slice(&x, 1, (0, wanted, 1))?;
            } else if wanted > columns {
                let zero = composer.scalar(0.0, &x)?;
                let zeros = composer.expand(&zero, &[rows, wanted - columns])?;
                x = composer.concat(&[&x, &zeros], 1)?;
            }
            parts.push(x);
        }
        Ok(vec![Some(composer.concat(&parts.iter().collect::<Vec<_>>(), 1)?)])
    }
}
