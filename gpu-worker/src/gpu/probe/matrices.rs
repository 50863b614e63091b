//! Whether products of matrices by subgroups come out right. What multiplies them is young in every driver, and what it gives decides who
//! is paid, so an adapter that is wrong about it is given the kernels that all can run.

use super::run;
use crate::gpu::GpuError;
use crate::gpu::adapters::AdapterLimits;
use crate::kernels::Matrices;
use crate::kernels::matmul::needs_of_matrices;

/// The matrices that kernels may have an open device multiply.
pub fn matrices(
    limits: &AdapterLimits,
    device: &wgpu::Device,
    queue: &wgpu::Queue,
) -> Result<Option<Matrices>, GpuError> {
    let Some(side) = limits.cooperative_matrix else {
        return Ok(None);
    };
    let kind = Matrices {
        side,
        subgroup: limits.subgroup_threads,
    };
    let has_room = needs_of_matrices(kind)
        .is_some_and(|[threads, bytes]| threads <= limits.workgroup_threads && bytes <= limits.workgroup_bytes);
    if !has_room {
        return Ok(None);
    }
    let source = include_str!("matrices.wgsl").replace("16", &side.to_string());
    let source = source.replace(&format!("f{side}"), "f16");
    let (operands, product) = trial(side as usize);
    let zeros = vec![0.0; product.len()];
    let scope = device.push_error_scope(wgpu::ErrorFilter::Validation);
    let found = run(
        device,
        queue,
        &source,
        bytemuck::cast_slice(&[operands.clone(), zeros].concat()),
    );
    let refused = pollster::block_on(scope.pop());
    let found: Vec<f32> = match refused {
        Some(_) => return Ok(None),
        None => bytemuck::pod_collect_to_vec(&found?),
    };
    let is_right = found.get(operands.len()..) == Some(&product);
    Ok(is_right.then_some(kind))
}

/// Two operands, one column by column and one row by row, and their product row by row. Every sum is exact whatever its terms' order, and
/// the first row of it is of numbers that float16 has below its normal ones.
fn trial(side: usize) -> (Vec<f32>, Vec<f32>) {
    let left = |row: usize, term: usize| {
        let number = ((7 * row + 3 * term) % 13) as f32 - 6.0;
        number / if row == 0 { 16_777_216.0 } else { 8.0 }
    };
    let right = |term: usize, column: usize| ((5 * term + 11 * column) % 17) as f32 - 8.0;
    let of = |number: &dyn Fn(usize, usize) -> f32| -> Vec<f32> {
        (0..side * side).map(|at| number(at / side, at % side)).collect()
    };
    let columns = of(&|term, row| left(row, term));
    let product = of(&|row, column| (0..side).map(|term| left(row, term) * right(term, column)).sum());
    ([columns, of(&right)].concat(), product)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trial_is_of_float16_and_exact() {
        for side in [8, 16] {
            let (operands, product) = trial(side);
            assert_eq!((operands.len(), product.len()), (2 * side * side, side * side));
            assert!(
                operands
                    .iter()
                    .all(|&number| half::f16::from_f32(number).to_f32() == number)
            );
            // 24 bits hold every sum of them.
            let steps = |number: f32, step: f32| (number / step).fract() == 0.0 && (number / step).abs() < 16_777_216.0;
            let (first, others) = product.split_at(side);
            assert!(first.iter().all(|&number| steps(number, 1.0 / 16_777_216.0)));
            assert!(others.iter().all(|&number| steps(number, 0.125)));
            assert!(product.iter().any(|&number| number != 0.0));
        }
    }
}
