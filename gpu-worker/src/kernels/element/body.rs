//! The body of a generated function, and the uniform block that it reads.

use std::fmt::Write;

/// Lines in the making, and the numbers that they read: first one that is none, which functions of other kernels may need.
pub struct Body {
    numbers: Vec<u32>,
    lines: String,
}

impl Body {
    /// Without lines.
    pub fn new() -> Self {
        Self {
            numbers: vec![f32::NAN.to_bits()],
            lines: String::new(),
        }
    }

    /// Adds a line.
    pub fn line(&mut self, line: &str) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.lines, "    {line}");
    }

    /// The place of a word in the uniform block.
    pub fn number(&mut self, word: u32) -> String {
        let at = self.numbers.len();
        self.numbers.push(word);
        format!("element_numbers[{}].{}", at / 4, ["x", "y", "z", "w"][at % 4])
    }

    /// The lines.
    pub fn lines(&self) -> &str {
        &self.lines
    }

    /// Declares the uniform block, and tensors of elements of these types.
    pub fn declarations<'t>(&self, tensors: impl IntoIterator<Item = &'t str>) -> String {
        let vectors = self.numbers.len().div_ceil(4);
        let mut declared =
            format!("\n@group(1) @binding(0) var<uniform> element_numbers: array<vec4<u32>, {vectors}>;\n");
        for (input, element) in tensors.into_iter().enumerate() {
            let binding = input + 1;
            declared +=
                &format!("@group(1) @binding({binding}) var<storage, read> element_input_{input}: array<{element}>;\n");
        }
        declared + "fn element_nan() -> f32 { return bitcast<f32>(element_numbers[0].x); }\n"
    }

    /// The words of the uniform block, whole vectors.
    pub fn into_numbers(self) -> Vec<u32> {
        let mut numbers = self.numbers;
        numbers.resize(numbers.len().next_multiple_of(4), 0);
        numbers
    }
}
