//! Neighbours in memory that a thread loads at once, wherever they begin, see span/*.wgsl.

use super::Target;
use super::pack::EIGHT;
use super::template::expand;

/// How many neighbours come from memory at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wholes {
    /// Each by itself.
    One,
    /// Four, as one vector.
    Four,
    /// Eight, as 64-bit words, for [`Target::Lanes`].
    Eight,
}

impl Wholes {
    /// The greatest of which tensors of so many elements are whole multiples.
    pub fn of(elements: &[usize], target: Target) -> Self {
        let are_multiples = |of: usize| elements.iter().all(|count| count.is_multiple_of(of));
        match target {
            Target::Lanes(_) if are_multiples(EIGHT) => Self::Eight,
            _ if are_multiples(4) => Self::Four,
            _ => Self::One,
        }
    }

    /// The type of an element of the array that is loaded from.
    pub fn element(self) -> &'static str {
        match self {
            Self::One => "f32",
            Self::Four => "vec4<f32>",
            Self::Eight => "vec4<u64>",
        }
    }

    /// Elements that are loaded together.
    fn length(self) -> usize {
        match self {
            Self::One => 1,
            Self::Four => 4,
            Self::Eight => EIGHT,
        }
    }

    /// What a line of a template is replaced by that stands for a span.
    fn source(self) -> &'static str {
        match self {
            Self::One => include_str!("span/one.wgsl"),
            Self::Four => include_str!("span/four.wgsl"),
            Self::Eight => include_str!("span/eight.wgsl"),
        }
    }
}

/// Neighbours that a template loads in the place of its line `//# span of ARRAY`, from `from_NAME` on, as `element_NAME_0` and so on. The
/// type of an element of the array is `$WHOLE_ARRAY`.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    /// The array.
    pub array: &'static str,
    /// What tells the span from others.
    pub name: &'static str,
    /// Number of neighbours.
    pub length: usize,
    /// How they are loaded.
    pub wholes: Wholes,
}

impl Span {
    /// The template with the span in the place of its line.
    fn write_out(&self, template: &str) -> String {
        let Self {
            array,
            name,
            length,
            wholes,
        } = *self;
        let loads = (length + wholes.length() - 1).div_ceil(wholes.length());
        let replaced = [
            ("$NAME", name),
            ("$ARRAY", array),
            ("$LENGTH", &length.to_string()),
            ("$LOADS", &loads.to_string()),
            // The first element may be any of those of its whole, so these are moved by four, by two and by one.
            ("$BY_FOUR", &(length + 3).to_string()),
            ("$BY_TWO", &(length + 1).to_string()),
        ];
        let source = replaced.iter().fold(wholes.source().to_owned(), |source, (from, to)| {
            source.replace(from, to)
        });
        template
            .replace(&format!("//# span of {array}\n"), &source)
            .replace(&format!("$WHOLE_{array}"), wholes.element())
    }
}

/// Writes out a template in which lines stand for spans.
pub fn expand_with_spans(template: &str, spans: &[Span], constants: &[(&'static str, usize)]) -> String {
    let template = spans
        .iter()
        .fold(template.to_owned(), |template, span| span.write_out(&template));
    let constants: Vec<(&'static str, u32)> = constants.iter().map(|&(name, value)| (name, value as u32)).collect();
    expand(&template, &constants)
}

/// Whether signed numbers hold the places of a tensor of so many elements, and of its padding.
pub fn fits(elements: usize) -> bool {
    elements < 1 << 30
}
