//! Softmax and its logarithm.

use super::{Binding, Kernel, Launch, Params, Role, kernel};

pub(super) static KERNEL: Kernel = kernel!("softmax", inputs: 1, after "softmax/params.wgsl");
pub(super) static ROWS: Kernel =
    kernel!("softmax_rows", inputs: 1, after "rows.wgsl", "rows/memory.wgsl", "softmax/params.wgsl");
pub(super) static ROWS_BY_SUBGROUPS: Kernel = kernel!("softmax_rows_by_subgroups" of "softmax_rows", inputs: 1, after "rows.wgsl", "rows/subgroups.wgsl", "softmax/params.wgsl");
pub(super) static FOURS: Kernel = kernel!("softmax_fours", inputs: 1, after "softmax/params.wgsl");

/// Launches the softmax of input 0, seen as `outer` x `length` x `inner`, along the middle.
pub fn launch(log: bool, (outer, length, inner): (usize, usize, usize)) -> Launch {
    let rows = if length == 0 { 0 } else { outer * inner };
    let params = Params::new().count(rows).count(length).count(inner.max(1));
    let launch = Launch::new(&KERNEL, params, vec![Binding::Input(0)], rows)
        .with("LOG", log.into())
        .taking(3 * length);
    if inner != 1 {
        return launch;
    }
    let launch = launch
        .by_rows(&ROWS, &ROWS_BY_SUBGROUPS, rows, length)
        .by_fours(&FOURS, length);
    match log {
        false => launch.playing(Role::Softmax { rows, length }),
        true => launch,
    }
}
