//! What kernels read that tell a driver's compiler which numbers all lanes agree on, see uniform.wgsl.

use super::Kernel;

/// The functions that do so.
pub const UNIFORM: &str = include_str!("uniform.wgsl");
/// What stands in for them in kernels that store lane by lane on any driver.
pub const BY_LANE: &str = "fn stores_straight() -> bool { return false; }";

/// Digits of numbers, each in the place that it numbers.
const DIGITS: usize = 32;

/// Bytes of the table of digits, the push constants of kernels that read it.
pub const TABLE_BYTES: u32 = (DIGITS * size_of::<u32>()) as u32;

/// The table of digits.
pub fn table() -> [u32; DIGITS] {
    std::array::from_fn(|digit| digit as u32)
}

/// The pipeline constant of kernels that read the table of digits, and of launches, that says whether they store at places that the driver
/// knows to be the same for all lanes. Engines whose driver gains nothing by that take it for 0.
pub const STORES_STRAIGHT: &str = "STORES_STRAIGHT";

impl Kernel {
    /// Whether it reads the table of digits.
    pub fn reads_digits(&self) -> bool {
        self.source.contains("var<immediate> digits")
    }
}
