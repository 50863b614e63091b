//! Writes an expression as WGSL. The one form of it, for `relu(value + bias[at % 10])`:
//!
//! ```wgsl
//! @group(1) @binding(0) var<uniform> element_numbers: array<vec4<u32>, 1>;
//! @group(1) @binding(1) var<storage, read> element_input_0: array<u32>;
//! fn element_nan() -> f32 { return bitcast<f32>(element_numbers[0].x); }
//! // short.wgsl, or functions.wgsl of the unary and binary kernels
//! fn finish(value: f32, at: u32) -> f32 {
//!     let w0 = at % element_numbers[0].y;
//!     let e0 = bitcast<u32>(value);
//!     let e1 = element_input_0[w0];
//!     let e2 = bitcast<u32>(bitcast<f32>(e0) + bitcast<f32>(e1));
//!     let e3 = element_relu(e2);
//!     return bitcast<f32>(e3);
//! }
//! ```
//!
//! What is more code calls `element_binary(5u, e0, e1)` and `element_unary(13u, e2, 0.0, 0.0)` instead, which hold all functions there are.
//!
//! Every value is a word: the bits of a number, or 0 and 1 for truth. Shapes, strides and numbers lie in the uniform block, so that
//! layers of one kind share a compiled kernel. Names begin with `element_`, which no kernel's own do.

use super::body::Body;
use super::{Apart, Expression, Operation, Walk};
use crate::kernels::Epilogue;
use crate::kernels::binary::{self, Binary};
use crate::kernels::unary::{self, Unary};

/// Operations of a short epilogue: what it is given, and what it does with that and with two tensors, to read one of which takes as
/// much code as two others.
const MAX_SHORT: usize = 8;

/// What the function is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `element(at)`, a word.
    Element,
    /// `finish(value, at)`, a number.
    Finish,
}

/// Writes the function and what it reads.
pub fn write(expression: &Expression, form: Form, inputs: usize) -> Epilogue {
    let mut writer = Writer {
        walks: Vec::new(),
        body: Body::new(),
    };
    for (number, operation) in expression.operations().iter().enumerate() {
        let value = writer.operation(operation);
        writer.body.line(&format!("let e{number} = {value};"));
    }
    let result = expression.result();
    let body = writer.body;
    let lines = body.lines();
    let mut source = body.declarations(std::iter::repeat_n("u32", inputs));
    let has = |kind: fn(&Operation) -> bool| expression.operations().iter().any(kind);
    if has(|operation| matches!(operation, Operation::Unary(Unary::Relu | Unary::Clip, ..))) {
        source += include_str!("short.wgsl");
    }
    if has(|operation| matches!(operation, Operation::Unary(op, ..) if !op.is_short() && op.apart().is_none())) {
        source += unary::FUNCTIONS;
    }
    for part in parts_apart(expression) {
        // All functions of one word include those that round.
        if !source.contains(part.source) {
            source += part.source;
        }
    }
    if has(|operation| matches!(operation, Operation::Binary(op, ..) if sign(*op).is_none() && op.apart().is_none())) {
        source += binary::FUNCTIONS;
    }
    source += &match form {
        Form::Element => format!("fn element(at: u32) -> u32 {{\n{lines}    return e{result};\n}}\n"),
        Form::Finish => {
            format!("fn finish(value: f32, at: u32) -> f32 {{\n{lines}    return bitcast<f32>(e{result});\n}}\n")
        }
    };
    Epilogue {
        source: source.into(),
        numbers: body.into_numbers(),
        inputs,
        is_short: form == Form::Finish && is_short(expression),
    }
}

/// The functions of an expression that are written apart from all others.
pub(super) fn parts_apart(expression: &Expression) -> impl Iterator<Item = Apart> {
    expression.operations().iter().filter_map(|operation| match operation {
        Operation::Unary(op, ..) => op.apart(),
        Operation::Binary(op, ..) => op.apart(),
        _ => None,
    })
}

/// Whether an expression is little code: few operations, none of them of more than a few instructions.
pub(super) fn is_short(expression: &Expression) -> bool {
    let code = |operation: &Operation| match operation {
        Operation::Number(_) => Some(0),
        Operation::Read { .. } => Some(2),
        Operation::Value | Operation::Select(..) => Some(1),
        Operation::Unary(op, ..) => op.is_short().then_some(1),
        Operation::Binary(op, ..) => sign(*op).map(|_| 1),
        Operation::Below(..) => None,
    };
    let code: Option<usize> = expression.operations().iter().map(code).sum();
    code.is_some_and(|code| code <= MAX_SHORT)
}

/// The sign that WGSL has for a function of two numbers, and of vectors of them.
pub(super) fn sign(op: Binary) -> Option<char> {
    match op {
        Binary::Add => Some('+'),
        Binary::Subtract => Some('-'),
        Binary::Multiply => Some('*'),
        Binary::Divide => Some('/'),
        _ => None,
    }
}

struct Writer {
    /// Walks that already have an index.
    walks: Vec<Walk>,
    body: Body,
}

impl Writer {
    fn operation(&mut self, operation: &Operation) -> String {
        match operation {
            Operation::Value => "bitcast<u32>(value)".into(),
            Operation::Number(word) => self.body.number(*word),
            Operation::Read { input, walk } => {
                let index = self.walk(walk);
                format!("element_input_{input}[{index}]")
            }
            Operation::Below(walk, bound) => {
                let index = self.walk(walk);
                format!("select(0u, 1u, {index} < {})", self.body.number(*bound as u32))
            }
            Operation::Unary(op, .., x) if let Some(apart) = op.apart() => format!("{}(e{x})", apart.name),
            Operation::Unary(Unary::Relu, .., x) => format!("element_relu(e{x})"),
            Operation::Unary(op, alpha, beta, x) => {
                let [a, b] = match op.takes_numbers() {
                    true => [alpha, beta].map(|value| format!("bitcast<f32>({})", self.body.number(value.to_bits()))),
                    false => ["0.0".to_owned(), "0.0".to_owned()],
                };
                match op {
                    Unary::Clip => format!("element_clip(e{x}, {a}, {b})"),
                    op => format!("element_unary({}u, e{x}, {a}, {b})", *op as u32),
                }
            }
            Operation::Binary(op, x, y) if let Some(apart) = op.apart() => format!("{}(e{x}, e{y})", apart.name),
            Operation::Binary(op, x, y) => match sign(*op) {
                Some(sign) => format!("bitcast<u32>(bitcast<f32>(e{x}) {sign} bitcast<f32>(e{y}))"),
                None => format!("element_binary({}u, e{x}, e{y})", *op as u32),
            },
            Operation::Select(condition, x, y) => format!("select(e{y}, e{x}, e{condition} != 0u)"),
        }
    }

    /// The index that a walk leads to. Strides may be negative: words wrap around.
    fn walk(&mut self, walk: &Walk) -> String {
        if let Some(known) = self.walks.iter().position(|known| known == walk) {
            return format!("w{known}");
        }
        let mut sum = Vec::new();
        if walk.offset != 0 || walk.terms.is_empty() {
            sum.push(self.body.number(walk.offset as u32));
        }
        for term in &walk.terms {
            let mut step = "at".to_owned();
            if term.inner != 1 {
                step = format!("{step} / {}", self.body.number(term.inner as u32));
            }
            if let Some(dim) = term.dim {
                step = format!("{step} % {}", self.body.number(dim as u32));
            }
            if term.stride != 1 {
                step = format!("{step} * {}", self.body.number(term.stride as u32));
            }
            sum.push(step);
        }
        self.walks.push(walk.clone());
        let name = format!("w{}", self.walks.len() - 1);
        self.body.line(&format!("let {name} = {};", sum.join(" + ")));
        name
    }
}
