//! DynamicQuantizeLinear: to unsigned 8 bits, with a scale that fits the data and zero.

use super::sums::lower_if_it_fits;
use crate::kernels::binary::Binary;
use crate::kernels::element::{Expression, Operation, Walk, launch};
use crate::kernels::unary::Unary;
use crate::kernels::{Binding, Launch, Target, extremes};
use crate::ops::compose::{Composer, Composition, Value};
use crate::ops::host_op::{host_op, with_kernels};
use crate::ops::quantize::code;
use crate::ops::{Lowered, OpError, Operands, Operator, Spec};
use crate::tensor::{DataType, Shape, Tensor, TensorType};

/// The least scale; data within fewer steps of it are as good as nothing but zeros, of which any scale is right.
const LEAST: f32 = 1e-30;

/// Types of the codes, their scale and their zero point.
fn types(data: &Shape) -> Vec<TensorType> {
    let scalar = |data_type| TensorType::new(data_type, Shape::scalar());
    let codes = TensorType::new(DataType::Uint8, data.clone());
    vec![codes, scalar(DataType::Float32), scalar(DataType::Uint8)]
}

/// Builds DynamicQuantizeLinear.
pub fn dynamic(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let host = host_op(
        spec.kind,
        |inputs| {
            inputs.expect_type(0, &[DataType::Float32])?;
            Ok(types(inputs.shape(0)?))
        },
        |inputs| {
            let data = inputs.get(0)?;
            let elements = data.as_slice::<f32>()?;
            // What is no number stays, so that there is no range.
            let low = |low: f32, &v: &f32| if v.is_nan() || v < low { v } else { low };
            let high = |high: f32, &v: &f32| if v.is_nan() || v > high { v } else { high };
            let (low, high) = (elements.iter().fold(0.0, low), elements.iter().fold(0.0, high));
            let scale = (high - low) / 255.0;
            let scale = if scale >= LEAST { scale } else { 1.0 };
            let zero = code((-low / scale).into(), 0.0, (0, 255));
            let code = |&v: &f32| code((v / scale).into(), zero as f64, (0, 255)) as u8;
            Ok(vec![
                Tensor::new(data.shape().clone(), elements.iter().map(code).collect())?,
                Tensor::scalar(scale),
                Tensor::scalar(zero as u8),
            ])
        },
    )?;
    let lower = |inputs: &Operands, outputs: &[TensorType]| lower_if_it_fits(&Range, inputs, outputs);
    let flops = |_: &Operands, outputs: &[TensorType]| (outputs[0].shape.elements() as u64).saturating_mul(5);
    Ok(with_kernels(host, lower, flops))
}

/// The least and the greatest element, and codes between them.
#[derive(Debug)]
struct Range;

impl Composition for Range {
    fn compose<'a>(&self, composer: &mut Composer<'a>) -> Result<Vec<Option<Value<'a>>>, OpError> {
        let x = composer.input(0)?;
        let target = composer.inputs().target();
        let parts = composer.add(Box::new(Extremes { target }), &[Some(&x)])?;
        let extremes = composer.reduce("ReduceMin", &parts, &[1])?;
        let values = composer.add_all(Box::new(Within), &[Some(&x), Some(&extremes)])?;
        Ok(values.into_iter().map(Some).collect())
    }
}

/// The extremes of parts of the data, in two rows, see [`extremes`].
#[derive(Debug)]
struct Extremes {
    target: Target,
}

impl Operator for Extremes {
    fn infer(&self, inputs: &Operands) -> Result<Vec<TensorType>, OpError> {
        let parts = extremes::parts(inputs.shape(0)?.elements(), self.target);
        Ok(vec![TensorType::new(DataType::Float32, Shape::new([2, parts])?)])
    }

    fn lower(&self, inputs: &Operands, _: &[TensorType]) -> Result<Lowered, OpError> {
        let count = inputs.shape(0)?.elements();
        Ok(Lowered::Device(vec![extremes::launch(count, self.target)]))
    }
}

/// Codes of input 0; input 1 holds the least element and the greatest with its sign turned.
#[derive(Debug)]
struct Within;

/// An expression of two single elements of what is read, and perhaps more.
struct Few(Expression);

impl Few {
    fn of(places: [(usize, i64); 2]) -> Self {
        let mut expression = Expression::default();
        for (input, offset) in places {
            let terms = Vec::new();
            let walk = Walk { offset, terms };
            expression.add(Operation::Read { input, walk });
        }
        Self(expression)
    }

    fn number(&mut self, number: f32) -> usize {
        self.0.add(Operation::Number(number.to_bits()))
    }

    fn binary(&mut self, op: Binary, x: usize, y: usize) -> usize {
        self.0.add(Operation::Binary(op, x, y))
    }

    fn unary(&mut self, op: Unary, x: usize) -> usize {
        self.0.add(Operation::Unary(op, 0.0, 0.0, x))
    }

    /// The code of so many steps, to be counted.
    fn code(&mut self, target: Target, x: usize, scale: usize, zero: Option<usize>) {
        let mut steps = match target {
            // Processors divide as IEEE defines it, and the scale is none of the numbers that some take for zero.
            Target::Lanes(_) => {
                let quotient = self.binary(Binary::Divide, x, scale);
                self.unary(Unary::ToWhole, quotient)
            }
            Target::Any | Target::Gpu(_) => self.binary(Binary::Steps, x, scale),
        };
        if let Some(zero) = zero {
            steps = self.binary(Binary::Add, steps, zero);
        }
        self.0.add(Operation::Unary(Unary::Clip, 0.0, 255.0, steps));
    }

    fn launch(self, target: Target, reads: Vec<Binding>, count: usize) -> Launch {
        let mut launch = launch(self.0, reads.len(), count, target);
        launch.reads = reads;
        launch
    }
}

impl Operator for Within {
    fn infer(&self, inputs: &Operands) -> Result<Vec<TensorType>, OpError> {
        Ok(types(inputs.shape(0)?))
    }

    fn lower(&self, inputs: &Operands, outputs: &[TensorType]) -> Result<Lowered, OpError> {
        let target = inputs.target();
        let (x, extremes) = (Binding::Input(0), Binding::Input(1));
        let (scale, zero) = (Binding::Output(1), Binding::Output(2));
        let mut range = Few::of([(0, 0), (0, 1)]);
        let none = range.number(0.0);
        let greatest = range.binary(Binary::Subtract, none, 1);
        let length = range.binary(Binary::Subtract, greatest, 0);
        range.unary(Unary::ToScale, length);
        let mut below = Few::of([(0, 0), (1, 0)]);
        let none = below.number(0.0);
        let distance = below.binary(Binary::Subtract, none, 0);
        below.code(target, distance, 1, None);
        let count = outputs[0].shape.elements();
        let mut codes = Few::of([(0, 0), (1, 0)]);
        let walk = Walk::straight(count);
        let read = codes.0.add(Operation::Read { input: 2, walk });
        codes.code(target, read, 0, Some(1));
        Ok(Lowered::Device(vec![
            range.launch(target, vec![extremes.clone()], 1).writing(1),
            below.launch(target, vec![extremes, scale.clone()], 1).writing(2),
            codes.launch(target, vec![scale, zero, x], count),
        ]))
    }
}
