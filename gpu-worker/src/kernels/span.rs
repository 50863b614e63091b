//! Neighbours in memory that a thread loads at once, wherever they begin, see span/*.wgsl.

use super::TEXEL;
use super::template::expand;

/// How many neighbours come from memory at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wholes {
    /// Each by itself.
    One,
    /// Four, as one vector; tensors are whole multiples of four.
    Four,
    /// Four, as a texel.
    Texel,
    /// Four, as a texel, of which the span begins with a whole one.
    AlignedTexel,
}

impl Wholes {
    /// The declaration of an array that is loaded from.
    fn declaration(self, array: &str) -> String {
        match self {
            Self::One => format!("var<storage, read> {array}: array<f32>"),
            Self::Four => format!("var<storage, read> {array}: array<vec4<f32>>"),
            Self::Texel | Self::AlignedTexel => format!("var {array}: texture_storage_2d<rgba32float, read>"),
        }
    }

    /// Elements that are loaded together.
    fn length(self) -> usize {
        match self {
            Self::One => 1,
            Self::Four | Self::Texel | Self::AlignedTexel => TEXEL,
        }
    }

    /// What a line of a template is replaced by that stands for a span.
    fn source(self) -> &'static str {
        match self {
            Self::One => include_str!("span/one.wgsl"),
            Self::Four | Self::Texel => include_str!("span/four.wgsl"),
            Self::AlignedTexel => include_str!("span/aligned.wgsl"),
        }
    }

    /// Those of them in which a span of so many elements lies, wherever it begins.
    fn loads(self, length: usize) -> usize {
        match self {
            Self::AlignedTexel => length.div_ceil(TEXEL),
            Self::One | Self::Four | Self::Texel => (length + self.length() - 1).div_ceil(self.length()),
        }
    }

    /// What stands around the place in an array to load what lies there.
    fn load(self, array: &str) -> [String; 2] {
        match self {
            Self::One | Self::Four => [format!("{array}["), "]".into()],
            Self::Texel | Self::AlignedTexel => [format!("textureLoad({array}, place("), "))".into()],
        }
    }
}

/// Neighbours that a template loads in the place of its line `//# span of ARRAY`, from `from_NAME` on, as `element_NAME_0` and so on. The
/// array is declared where `$VAR_ARRAY` stands.
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
        let [open, close] = wholes.load(array);
        let replaced = [
            ("$NAME", name),
            ("$OPEN", &open),
            ("$CLOSE", &close),
            ("$LENGTH", &length.to_string()),
            ("$LOADS", &wholes.loads(length).to_string()),
            // The first element may be any of those of its whole, so these are moved by two and by one.
            ("$BY_TWO", &(length + 1).to_string()),
        ];
        let source = replaced.iter().fold(wholes.source().to_owned(), |source, (from, to)| {
            source.replace(from, to)
        });
        template
            .replace(&format!("//# span of {array}\n"), &source)
            .replace(&format!("$VAR_{array}"), &wholes.declaration(array))
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
