//! Writes an expression as WGSL for four neighbouring elements at a time, for drivers to which each access costs the same, however wide
//! it is up to four words. Where a walk leads to four neighbours, they are read as one vector; where it leads to one element for all
//! four, that is read once; else four are read. The form of it, for `x + bias[at / 10]` with rows of a multiple of four:
//!
//! ```wgsl
//! @group(1) @binding(0) var<uniform> element_numbers: array<vec4<u32>, 1>;
//! @group(1) @binding(1) var<storage, read> element_input_0: array<vec4<u32>>;
//! @group(1) @binding(2) var<storage, read> element_input_1: array<u32>;
//! fn element_nan() -> f32 { return bitcast<f32>(element_numbers[0].x); }
//! // fours.wgsl, and functions.wgsl of the unary and binary kernels as they are needed
//! fn element_four(at: u32) -> vec4<u32> {
//!     let w0 = at;
//!     let e0 = element_input_0[w0 / 4u];
//!     let q0 = element_quotient(at, element_numbers[0].y, element_numbers[0].z);
//!     let w1 = q0;
//!     let e1 = vec4(element_input_1[w1]);
//!     let e2 = bitcast<vec4<u32>>(bitcast<vec4<f32>>(e0) + bitcast<vec4<f32>>(e1));
//!     return e2;
//! }
//! ```

use super::body::Body;
use super::template::{Form, is_short, parts_apart, sign};
use super::{Expression, Operation, Term, Walk};
use crate::kernels::Epilogue;
use crate::kernels::binary;
use crate::kernels::unary::{self, Unary};

/// Elements whose indices f32 holds exactly.
const EXACT: usize = 1 << 24;

/// Writes the function for outputs of `count` elements, and what it reads: `element_four(at)`, or `finish_vector(values, at)`.
pub fn write(expression: &Expression, form: Form, inputs: usize, count: usize) -> Epilogue {
    let mut writer = Writer {
        is_exact: count <= EXACT,
        is_whole: whole_inputs(expression, inputs),
        walks: Vec::new(),
        indices: Vec::new(),
        fours: 0,
        body: Body::new(),
    };
    for (number, operation) in expression.operations().iter().enumerate() {
        let value = writer.operation(operation);
        writer.body.line(&format!("let e{number} = {value};"));
    }
    let result = expression.result();
    let Writer {
        body,
        is_whole,
        is_exact,
        ..
    } = writer;
    let lines = body.lines();
    let elements = is_whole
        .iter()
        .map(|is_whole| if *is_whole { "vec4<u32>" } else { "u32" });
    let mut source = body.declarations(elements);
    source += match is_exact {
        true => include_str!("quotient.wgsl"),
        false => "fn element_quotient(at: u32, by: u32, inverse: u32) -> u32 { return at / by; }\n",
    };
    let has = |kind: fn(&Operation) -> bool| expression.operations().iter().any(kind);
    if has(|operation| matches!(operation, Operation::Unary(op, ..) if is_short_function(*op))) {
        source += include_str!("short_four.wgsl");
    }
    for part in parts_apart(expression) {
        for own in [part.source, part.source_of_four] {
            let is_needed = part.is_repeated || own == part.source_of_four;
            if is_needed && !source.contains(own) {
                source += own;
            }
        }
    }
    let is_long = |op: Unary| !is_short_function(op) && op.apart().is_none();
    if expression
        .operations()
        .iter()
        .any(|operation| matches!(operation, Operation::Unary(op, ..) if is_long(*op)))
    {
        source += unary::FUNCTIONS;
        source += include_str!("unary_four.wgsl");
    }
    if has(|operation| matches!(operation, Operation::Binary(op, ..) if sign(*op).is_none() && op.apart().is_none())) {
        source += binary::FUNCTIONS;
        source += include_str!("binary_four.wgsl");
    }
    source += &match form {
        Form::Element => format!("fn element_four(at: u32) -> vec4<u32> {{\n{lines}    return e{result};\n}}\n"),
        Form::Finish => format!(
            "fn finish_vector(values: vec4<f32>, at: u32) -> vec4<f32> {{\n{lines}    return bitcast<vec4<f32>>(e{result});\n}}\n"
        ),
    };
    Epilogue {
        source: source.into(),
        numbers: body.into_numbers(),
        inputs,
        is_short: form == Form::Finish && is_short(expression),
    }
}

/// Whether a function is written out for vectors.
fn is_short_function(op: Unary) -> bool {
    matches!(op, Unary::Neg | Unary::Relu | Unary::Clip)
}

/// Where a walk leads for four neighbouring elements, the first of which is at a multiple of four.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pattern {
    /// To one element.
    Same,
    /// To four neighbours, the first of which is at a multiple of four.
    Whole,
    /// To elements that are so far from each other.
    Steps(i64),
    /// Anywhere.
    Apart,
}

fn pattern(walk: &Walk) -> Pattern {
    let mut step = 0;
    let mut is_aligned = walk.offset % 4 == 0;
    for term in &walk.terms {
        match term.inner {
            1 if term.dim.is_none_or(|dim| dim.is_multiple_of(4)) => step = term.stride,
            inner if inner.is_multiple_of(4) => is_aligned &= term.stride % 4 == 0,
            _ => return Pattern::Apart,
        }
    }
    match step {
        0 => Pattern::Same,
        1 if is_aligned => Pattern::Whole,
        step => Pattern::Steps(step),
    }
}

/// Whether a walk reads at most one vector or element for four of an output.
pub fn is_cheap(walk: &Walk) -> bool {
    matches!(pattern(walk), Pattern::Same | Pattern::Whole)
}

/// Which inputs are read by whole vectors alone.
fn whole_inputs(expression: &Expression, inputs: usize) -> Vec<bool> {
    let is_whole = |input: usize| {
        let mut walks = expression.operations().iter().filter_map(|operation| match operation {
            Operation::Read { input: read, walk } if *read == input => Some(walk),
            _ => None,
        });
        // Of one that is not read at all there may be less than a vector.
        walks.clone().next().is_some() && walks.all(|walk| pattern(walk) == Pattern::Whole)
    };
    (0..inputs).map(is_whole).collect()
}

struct Writer {
    is_exact: bool,
    is_whole: Vec<bool>,
    /// Walks that already have an index, from which of the four elements.
    walks: Vec<(Walk, usize)>,
    /// Quotients, and what they leave, that already have a name.
    indices: Vec<(usize, Option<usize>, usize)>,
    /// Vectors of indices that have a name.
    fours: usize,
    body: Body,
}

impl Writer {
    fn operation(&mut self, operation: &Operation) -> String {
        match operation {
            Operation::Value => "bitcast<vec4<u32>>(values)".into(),
            Operation::Number(word) => format!("vec4({})", self.body.number(*word)),
            Operation::Read { input, walk } => self.read(*input, walk),
            Operation::Below(walk, bound) => {
                let indices = self.indices(walk);
                let bound = self.body.number(*bound as u32);
                format!("select(vec4(0u), vec4(1u), {indices} < vec4({bound}))")
            }
            Operation::Unary(Unary::Neg, .., x) => format!("bitcast<vec4<u32>>(-bitcast<vec4<f32>>(e{x}))"),
            Operation::Unary(Unary::Relu, .., x) => format!("element_relu_four(e{x})"),
            Operation::Unary(op, alpha, beta, x) => {
                if let Some(apart) = op.apart() {
                    return format!("{}_four(e{x})", apart.name);
                }
                let [a, b] = match op.takes_numbers() {
                    true => [alpha, beta].map(|value| format!("bitcast<f32>({})", self.body.number(value.to_bits()))),
                    false => ["0.0".to_owned(), "0.0".to_owned()],
                };
                match op {
                    Unary::Clip => format!("element_clip_four(e{x}, {a}, {b})"),
                    op => format!("element_unary_four({}u, e{x}, {a}, {b})", *op as u32),
                }
            }
            Operation::Binary(op, x, y) if let Some(apart) = op.apart() => format!("{}_four(e{x}, e{y})", apart.name),
            Operation::Binary(op, x, y) => match sign(*op) {
                Some(sign) => {
                    format!("bitcast<vec4<u32>>(bitcast<vec4<f32>>(e{x}) {sign} bitcast<vec4<f32>>(e{y}))")
                }
                None => format!("element_binary_four({}u, e{x}, e{y})", *op as u32),
            },
            Operation::Select(condition, x, y) => format!("select(e{y}, e{x}, e{condition} != vec4(0u))"),
        }
    }

    fn read(&mut self, input: usize, walk: &Walk) -> String {
        match pattern(walk) {
            Pattern::Same => format!("vec4(element_input_{input}[{}])", self.walk(walk, 0)),
            Pattern::Whole if self.is_whole[input] => format!("element_input_{input}[{} / 4u]", self.walk(walk, 0)),
            _ => {
                let indices = self.indices(walk);
                let read = |lane| format!("element_input_{input}[{indices}.{lane}]");
                format!("vec4({})", ["x", "y", "z", "w"].map(read).join(", "))
            }
        }
    }

    /// The four indices that a walk leads to.
    fn indices(&mut self, walk: &Walk) -> String {
        let indices = match pattern(walk) {
            Pattern::Same => format!("vec4({})", self.walk(walk, 0)),
            Pattern::Whole => format!("vec4({}) + vec4(0u, 1u, 2u, 3u)", self.walk(walk, 0)),
            Pattern::Steps(steps) => {
                let (first, steps) = (self.walk(walk, 0), self.body.number(steps as u32));
                format!("vec4({first}) + vec4(0u, 1u, 2u, 3u) * {steps}")
            }
            Pattern::Apart => format!("vec4({})", [0, 1, 2, 3].map(|lane| self.walk(walk, lane)).join(", ")),
        };
        self.fours += 1;
        let name = format!("v{}", self.fours);
        self.body.line(&format!("let {name} = {indices};"));
        name
    }

    /// The index that a walk leads to from one of the four elements.
    fn walk(&mut self, walk: &Walk, lane: usize) -> String {
        let known = self.walks.iter().position(|(known, of)| known == walk && *of == lane);
        if let Some(known) = known {
            return format!("w{known}");
        }
        let mut sum = Vec::new();
        if walk.offset != 0 || walk.terms.is_empty() {
            sum.push(self.body.number(walk.offset as u32));
        }
        for Term { inner, dim, stride } in &walk.terms {
            let index = self.index(*inner, *dim, lane);
            sum.push(match stride {
                1 => index,
                stride => format!("{index} * {}", self.body.number(*stride as u32)),
            });
        }
        self.walks.push((walk.clone(), lane));
        let name = format!("w{}", self.walks.len() - 1);
        self.body.line(&format!("let {name} = {};", sum.join(" + ")));
        name
    }

    /// `(at + lane) / inner % dim`.
    fn index(&mut self, inner: usize, dim: Option<usize>, lane: usize) -> String {
        if (inner, dim) == (1, None) {
            return if lane == 0 {
                "at".into()
            } else {
                format!("(at + {lane}u)")
            };
        }
        if let Some(known) = self.indices.iter().position(|known| *known == (inner, dim, lane)) {
            return format!("q{known}");
        }
        let value = match dim {
            None => {
                let at = self.index(1, None, lane);
                self.quotient(&at, inner)
            }
            Some(dim) => {
                let steps = self.index(inner, None, lane);
                let rounds = self.quotient(&steps, dim);
                let dim = self.body.number(dim as u32);
                format!("{steps} - {rounds} * {dim}")
            }
        };
        self.indices.push((inner, dim, lane));
        let name = format!("q{}", self.indices.len() - 1);
        self.body.line(&format!("let {name} = {value};"));
        name
    }

    fn quotient(&mut self, at: &str, by: usize) -> String {
        // No walk over elements that are there divides by zero.
        let by = by.max(1) as u32;
        let (number, inverse) = (self.body.number(by), self.body.number((1.0 / by as f32).to_bits()));
        format!("element_quotient({at}, {number}, {inverse})")
    }
}
