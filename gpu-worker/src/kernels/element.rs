//! Element-wise kernels that are generated: any expression over tensors that broadcast, in one launch, or as the epilogue of another
//! kernel.

mod expression;
mod template;
mod walk;

use std::sync::Arc;

pub use self::expression::{Expression, Operation};
pub use self::walk::{Term, Walk};
use super::{Binding, Epilogue, Kernel, Launch, Params, Role, kernel};

pub(super) static KERNEL: Kernel = kernel!("element", inputs: 0);

/// Launches an expression over `inputs` tensors for each of `count` elements.
pub fn launch(expression: Expression, inputs: usize, count: usize) -> Launch {
    let mut launch = Launch::new(&KERNEL, Params::new().count(count), Vec::new(), count);
    launch.epilogue = Some(Arc::new(template::write(&expression, template::Form::Element, inputs)));
    launch.reads = (0..inputs).map(Binding::Input).collect();
    launch.playing(Role::element(expression, count))
}

/// An expression over what a kernel computes and `inputs` tensors, as that kernel's epilogue.
pub fn epilogue(expression: &Expression, inputs: usize) -> Epilogue {
    template::write(expression, template::Form::Finish, inputs)
}
