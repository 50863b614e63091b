//! Choice between two tensors by a third.

use super::element::{Expression, Operation, Walk};
use super::strided::signed;
use super::{Binding, Kernel, Launch, Params, Role, Strided, kernel};
use crate::tensor::Shape;

pub(super) static KERNEL: Kernel = kernel!("select", inputs: 3);

/// Launches the choice over `output`; the strides of condition, x and y broadcast each to it.
pub fn launch(output: &Shape, strides: &[Vec<usize>; 3]) -> Launch {
    let strided = Strided::new(output, &strides.each_ref().map(|strides| signed(strides)));
    let params = strided
        .append(Params::new())
        .count(output.elements())
        .count(strided.rank());
    let reads = vec![Binding::Input(0), Binding::Input(1), Binding::Input(2)];
    let walks = strides.each_ref().map(|strides| Walk::new(output, &signed(strides), 0));
    let function = |operands: &[usize]| Operation::Select(operands[0], operands[1], operands[2]);
    Launch::new(&KERNEL, params, reads, output.elements())
        .playing(Role::element(Expression::of_reads(walks, function), output.elements()))
}
