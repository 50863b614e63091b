//! Neighbours in memory that a thread loads at once, wherever they begin, see span.wgsl.

use super::template::expand;

/// Elements that are loaded as one vector.
const WHOLE: usize = 4;

/// Whether all of a tensor of so many elements can be loaded in whole vectors, and signed numbers hold the places of its padding too.
pub fn fits(elements: usize) -> bool {
    elements.is_multiple_of(WHOLE) && elements < 1 << 30
}

/// Writes out a template in which the line `//# span` stands for loading `length` neighbours.
pub fn expand_with_span(template: &str, length: usize, constants: &[(&'static str, usize)]) -> String {
    // The first element may be any of the four of its vector.
    let own = [
        ("SPAN", length),
        ("SHIFTED", length + 2),
        ("LOADS", (length + 3).div_ceil(WHOLE)),
    ];
    let constants: Vec<(&'static str, u32)> = own
        .iter()
        .chain(constants)
        .map(|&(name, value)| (name, value as u32))
        .collect();
    expand(&template.replace("//# span\n", include_str!("span.wgsl")), &constants)
}
