//! What suits which version of Mesa's llvmpipe, which runs kernels on the processor. Measured on a Zen 4, see e2e/bench/NOTES.md.

use super::{AdapterInfo, adapters};

/// The variable that tells it how many bits its vectors have. It reads that once, when a process first asks for adapters, and takes 256
/// at most by itself.
const WIDTH: &str = "LP_NATIVE_VECTOR_WIDTH";
/// What it is told.
const WIDE: &str = "512";

/// Whether it is the version that is right and faster with vectors of 512 bits, and with stores at places that it knows to be the same for all
/// lanes. Those of Mesa 25.0 and 26.1 are slower with either, and that of 26.1 crashes with such vectors.
fn is_of_mesa_22(info: &AdapterInfo) -> bool {
    info.kind == "software" && info.name.starts_with("llvmpipe") && info.driver.contains("Mesa 22.3.")
}

/// Whether kernels are to store at places that the driver knows to be the same for all lanes, see [`crate::kernels::uniform`].
pub fn stores_straight(info: &AdapterInfo) -> bool {
    is_of_mesa_22(info)
}

/// The variable, and its value, with which a process would have adapters that are faster; `None` if it has it, or if it would not help. To
/// find out asks for adapters, where the processor's vectors are so wide.
pub fn variable_for_wider_vectors() -> Option<(&'static str, &'static str)> {
    let is_chosen = std::env::var_os(WIDTH).is_some();
    let gains = || adapters().iter().any(|adapter| is_of_mesa_22(adapter.info()));
    (!is_chosen && has_wide_vectors() && gains()).then_some((WIDTH, WIDE))
}

/// Whether the processor computes with vectors of 512 bits.
fn has_wide_vectors() -> bool {
    #[cfg(target_arch = "x86_64")]
    return std::is_x86_feature_detected!("avx512f")
        && std::is_x86_feature_detected!("avx512bw")
        && std::is_x86_feature_detected!("avx512dq")
        && std::is_x86_feature_detected!("avx512vl");
    #[cfg(not(target_arch = "x86_64"))]
    false
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    /// Vectors of another width have kernels of their own, and the width is chosen once for a process.
    #[test]
    fn what_runs_on_adapters_holds_with_wider_vectors_too() {
        let Some((variable, value)) = variable_for_wider_vectors() else {
            return;
        };
        let tests = std::env::current_exe().expect("this program");
        let run = Command::new(tests)
            .args(["--quiet", "gpu::", "kernels::", "ops::", "plan::", "session::"])
            .env(variable, value)
            .output()
            .expect("this program runs");
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stdout));
    }
}
