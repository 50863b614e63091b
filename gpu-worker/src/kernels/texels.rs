//! Tensors that kernels read as textures of four floats a texel, see [`Launch::texels`](super::Launch::texels).

use std::sync::LazyLock;

/// Floats of a texel.
pub const TEXEL: usize = 4;
/// Bytes of a texel. Buffers that may be read as texels are whole multiples of it.
pub const BYTES: u64 = 4 * TEXEL as u64;
/// Texels of a row of a texture, which means nothing for the tensor: its elements simply follow each other. Places are divided by it with
/// shifts, and textures may have rows enough for what a buffer may hold.
pub const ROW: u32 = 4096;
/// Bytes of a row.
pub const ROW_BYTES: u64 = BYTES * ROW as u64;

/// Rows of the texture that holds so many bytes.
pub const fn rows(bytes: u64) -> u64 {
    let rows = bytes.div_ceil(ROW_BYTES);
    if rows == 0 { 1 } else { rows }
}

/// Rows of the texture that a buffer of so many bytes is copied to, where it may change with each run: one of few sizes, so that few
/// textures serve all launches, one after the other.
pub const fn staged_rows(bytes: u64) -> u64 {
    rows(bytes).next_power_of_two()
}

static SOURCE: LazyLock<String> = LazyLock::new(|| {
    let row = format!("const TEXELS_OF_A_ROW = {ROW}u;\n");
    row + include_str!("texels.wgsl")
});

/// What kernels use that read texels.
pub(super) fn source() -> &'static str {
    &SOURCE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn textures_hold_what_they_are_for() {
        assert_eq!([0, 1, ROW_BYTES, ROW_BYTES + 1].map(rows), [1, 1, 1, 2]);
        assert_eq!(
            [0, ROW_BYTES, 3 * ROW_BYTES, 5 * ROW_BYTES].map(staged_rows),
            [1, 1, 4, 8]
        );
    }
}
