//! MatMulInteger and QLinearMatMul.

use super::requantized::Requantised;
use super::sums::{Kind, Sums, summing};
use super::{Scale, add_products, check_codes, codes, requantised};
use crate::kernels::matmul::Product;
use crate::ops::host_op::{Given, host_op};
use crate::ops::matmul::{batches, product};
use crate::ops::{OpError, Operator, Spec};
use crate::tensor::{DataType, Shape, Tensor, TensorType};

/// Builds MatMulInteger: (a - zero point) . (b - zero point) in 32 bits.
pub fn matmul_integer(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let host = host_op(
        spec.kind,
        |inputs| {
            check_codes(inputs, 0, 2)?;
            check_codes(inputs, 1, 3)?;
            Ok(vec![TensorType::new(
                DataType::Int32,
                product(inputs.shape(0)?, inputs.shape(1)?)?.1,
            )])
        },
        |inputs| {
            let (sums, shape, _) = sums(inputs, 0, 1, (2, 3))?;
            Ok(vec![Tensor::from_integers(
                DataType::Int32,
                shape,
                sums.into_iter().map(i128::from),
            )?])
        },
    )?;
    let sums = Sums {
        kind: Kind::Product,
        inputs: [0, 1],
        zeros: [2, 3],
    };
    Ok(summing(host, sums.clone(), sums))
}

/// Builds QLinearMatMul: the product of quantised matrices, quantised.
pub fn qlinear_matmul(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let host = host_op(
        spec.kind,
        |inputs| {
            check_codes(inputs, 0, 2)?;
            check_codes(inputs, 3, 5)?;
            let shape = product(inputs.shape(0)?, inputs.shape(3)?)?.1;
            Ok(vec![TensorType::new(inputs.data_type(7)?, shape)])
        },
        |inputs| {
            let (sums, shape, product) = sums(inputs, 0, 3, (2, 5))?;
            let (m, n) = (product.m, product.n);
            let (a, b) = (Scale::of(inputs, 1, m, 1.0)?, Scale::of(inputs, 4, n, 1.0)?);
            let (y, zero) = (Scale::of(inputs, 6, 1, 1.0)?, Scale::of(inputs, 7, 1, 0.0)?);
            let values = sums
                .iter()
                .enumerate()
                .map(|(at, &sum)| sum as f64 * a.at(at / n.max(1) % m.max(1)) * b.at(at % n.max(1)) / y.at(0));
            Ok(vec![requantised(
                inputs.get(7)?.data_type(),
                shape,
                values,
                zero.at(0),
            )?])
        },
    )?;
    let sums = Sums {
        kind: Kind::Product,
        inputs: [0, 3],
        zeros: [2, 5],
    };
    Ok(summing(host, Requantised(sums.clone()), sums))
}

/// The product of inputs `a` and `b` less their zero points.
fn sums(inputs: Given, a: usize, b: usize, zeros: (usize, usize)) -> Result<(Vec<i64>, Shape, Product), OpError> {
    let (left, right) = (inputs.get(a)?, inputs.get(b)?);
    let (product, shape) = product(left.shape(), right.shape())?;
    let (m, n, k) = (product.m, product.n, product.k);
    let (a_zero, b_zero) = (Scale::of(inputs, zeros.0, m, 0.0)?, Scale::of(inputs, zeros.1, n, 0.0)?);
    let a = codes(left, |at| a_zero.at(at / k.max(1) % m.max(1)))?;
    let b = codes(right, |at| b_zero.at(at % n.max(1)))?;
    let mut sums = vec![0; shape.elements()];
    let rows = batches(&product)
        .into_iter()
        .flat_map(|starts| (0..m).map(move |row| (starts, row)));
    for (((a_start, b_start), row), sums) in rows.zip(sums.chunks_exact_mut(n.max(1))) {
        let a_start = a_start + row * k;
        for (factor, row) in a[a_start..a_start + k].iter().zip(b[b_start..].chunks_exact(n.max(1))) {
            add_products(sums, *factor, row.iter());
        }
    }
    Ok((sums, shape, product))
}
