//! Element-wise kernels that are generated: any expression over tensors that broadcast, in one launch, or as the epilogue of another
//! kernel.

mod apart;
mod body;
mod expression;
mod fours;
mod template;
mod walk;

use std::sync::Arc;

pub use self::apart::Apart;
pub use self::expression::{Expression, Operation};
pub use self::fours::is_cheap;
pub use self::walk::{Term, Walk};
use super::{Binding, Epilogue, Kernel, Launch, Params, Role, Target, kernel};

pub(super) static KERNEL: Kernel = kernel!("element", inputs: 0);
pub(super) static FOURS: Kernel = kernel!("element_fours", inputs: 0);

/// Whether a target has a kernel for so many elements that takes four of them at once. Where lanes load and store one by one, an access
/// of four elements costs as much as one of one.
pub fn goes_by_fours(count: usize, target: Target) -> bool {
    matches!(target, Target::Lanes(_)) && count > 0 && count.is_multiple_of(4)
}

/// Launches an expression over `inputs` tensors for each of `count` elements.
pub fn launch(expression: Expression, inputs: usize, count: usize, target: Target) -> Launch {
    let (kernel, threads, source) = match goes_by_fours(count, target) {
        true => (
            &FOURS,
            count / 4,
            fours::write(&expression, template::Form::Element, inputs, count),
        ),
        false => (
            &KERNEL,
            count,
            template::write(&expression, template::Form::Element, inputs),
        ),
    };
    let mut launch = Launch::new(kernel, Params::new().count(threads), Vec::new(), threads);
    launch.epilogue = Some(Arc::new(source));
    launch.reads = (0..inputs).map(Binding::Input).collect();
    launch.playing(Role::element(expression, count))
}

/// An expression over what a kernel computes for `count` elements and `inputs` tensors, as that kernel's epilogue.
pub fn epilogue(expression: &Expression, inputs: usize, count: usize, kernel: &Kernel) -> Epilogue {
    match kernel.finishes_vectors() {
        true => fours::write(expression, template::Form::Finish, inputs, count),
        false => template::write(expression, template::Form::Finish, inputs),
    }
}
