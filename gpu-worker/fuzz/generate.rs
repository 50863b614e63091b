//! Models out of bytes: a few nodes of operators that exist, with attributes of names and kinds that they have, on inputs of small
//! shapes and constants of small values. Written in protobuf's wire format directly, as a stranger would.

/// A line each: domain, name, most inputs, most outputs, attributes with their kinds. Printed by `operators.py`.
const OPERATORS: &str = include_str!("operators.txt");

/// Texts that some attribute of some operator knows.
const TEXTS: [&str; 58] = [
    "",
    "NOTSET",
    "SAME_UPPER",
    "SAME_LOWER",
    "VALID",
    "DCR",
    "CRD",
    "constant",
    "reflect",
    "edge",
    "wrap",
    "nearest",
    "linear",
    "cubic",
    "bilinear",
    "bicubic",
    "half_pixel",
    "pytorch_half_pixel",
    "align_corners",
    "asymmetric",
    "tf_crop_and_resize",
    "half_pixel_symmetric",
    "round_prefer_floor",
    "round_prefer_ceil",
    "floor",
    "ceil",
    "stretch",
    "not_larger",
    "not_smaller",
    "forward",
    "reverse",
    "bidirectional",
    "none",
    "add",
    "mul",
    "max",
    "min",
    "sum",
    "mean",
    "avg",
    "zeros",
    "border",
    "tanh",
    "LINEAR",
    "POLY",
    "RBF",
    "SIGMOID",
    "NONE",
    "SOFTMAX",
    "LOGISTIC",
    "SOFTMAX_ZERO",
    "PROBIT",
    "BRANCH_LEQ",
    "LEAF",
    "ij,jk->ik",
    "...ij->...ji",
    "TFIDF",
    "LOWER",
];

/// Integers that lie at an edge of something.
const EDGES: [i64; 12] = [
    0,
    1,
    -1,
    2,
    3,
    -2,
    i64::MAX,
    i64::MIN,
    i32::MAX as i64,
    i32::MIN as i64,
    65_536,
    1 << 40,
];

/// Bytes as a row of decisions; zeros when they run out.
struct Choices<'a>(&'a [u8]);

impl Choices<'_> {
    fn byte(&mut self) -> u8 {
        let Some((&first, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        first
    }

    fn below(&mut self, end: usize) -> usize {
        let wide = if end > 256 {
            usize::from(self.byte()) << 8 | usize::from(self.byte())
        } else {
            usize::from(self.byte())
        };
        wide % end.max(1)
    }

    fn integer(&mut self) -> i64 {
        match self.below(4) {
            0 => EDGES[self.below(EDGES.len())],
            _ => i64::from(self.byte() as i8) / 8,
        }
    }

    fn float(&mut self) -> f32 {
        match self.below(4) {
            0 => [
                0.0,
                -0.0,
                1.0,
                f32::NAN,
                f32::INFINITY,
                f32::NEG_INFINITY,
                f32::MAX,
                f32::MIN_POSITIVE,
            ][self.below(8)],
            _ => f32::from(self.byte() as i8) / 4.0,
        }
    }

    fn text(&mut self) -> &'static str {
        TEXTS[self.below(TEXTS.len())]
    }

    fn list<T>(&mut self, mut item: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..self.below(6)).map(|_| item(self)).collect()
    }

    fn dims(&mut self) -> Vec<i64> {
        self.list(|choices| choices.below(5) as i64)
    }
}

/// A message in the making.
#[derive(Default)]
struct Writer(Vec<u8>);

impl Writer {
    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    fn int(&mut self, field: u64, value: i64) {
        self.varint(field << 3);
        self.varint(value as u64);
    }

    fn float(&mut self, field: u64, value: f32) {
        self.varint(field << 3 | 5);
        self.0.extend(value.to_le_bytes());
    }

    fn bytes(&mut self, field: u64, bytes: &[u8]) {
        self.varint(field << 3 | 2);
        self.varint(bytes.len() as u64);
        self.0.extend(bytes);
    }
}

/// A model of up to four nodes.
pub fn model(bytes: &[u8]) -> Vec<u8> {
    let mut choices = Choices(bytes);
    let operators: Vec<Vec<&str>> = OPERATORS.lines().map(|line| line.split(' ').collect()).collect();
    let opset = 1 + choices.below(26) as i64;
    let (mut graph, mut values) = (Writer::default(), Vec::new());
    for node in 0..=choices.below(4) {
        let operator = &operators[choices.below(operators.len())];
        let [domain, kind, inputs, outputs, attributes @ ..] = operator.as_slice() else {
            unreachable!("a line has four words and attributes")
        };
        let count = |most: &str| most.parse::<usize>().expect("a number");
        let mut written = Writer::default();
        for _ in 0..choices.below(count(inputs) + 2) {
            let name = input(&mut choices, &mut graph, &mut values);
            written.bytes(1, name.as_bytes());
        }
        for output in 0..1 + choices.below(count(outputs).max(1)) {
            let name = format!("{node}/{output}");
            written.bytes(2, name.as_bytes());
            values.push(name);
        }
        written.bytes(4, kind.as_bytes());
        for attribute in attributes {
            if choices.below(3) != 0 {
                written.bytes(5, &written_attribute(&mut choices, attribute));
            }
        }
        written.bytes(7, domain.as_bytes());
        graph.bytes(1, &written.0);
    }
    for value in values.iter().filter(|value| value.contains('/')) {
        let mut output = Writer::default();
        output.bytes(1, value.as_bytes());
        graph.bytes(12, &output.0);
    }
    let mut model = Writer::default();
    model.int(1, 10);
    model.bytes(7, &graph.0);
    for (domain, version) in [
        ("", opset),
        ("ai.onnx.ml", 1 + opset % 5),
        ("ai.onnx.preview", 1),
        ("ai.onnx.preview.training", 1),
    ] {
        let mut import = Writer::default();
        import.bytes(1, domain.as_bytes());
        import.int(2, version);
        model.bytes(8, &import.0);
    }
    model.0
}

/// The name of an input: none, an earlier value, a new constant or a new input of the model.
fn input(choices: &mut Choices, graph: &mut Writer, values: &mut Vec<String>) -> String {
    let name = format!("v{}", values.len());
    match choices.below(8) {
        0 => return String::new(),
        1 | 2 if !values.is_empty() => return values[choices.below(values.len())].clone(),
        3..=5 => graph.bytes(5, &tensor(choices, &name)),
        _ => {
            let mut shape = Writer::default();
            for length in choices.dims() {
                let mut dim = Writer::default();
                match choices.below(8) {
                    0 => dim.bytes(2, b"n"),
                    _ => dim.int(1, length),
                }
                shape.bytes(1, &dim.0);
            }
            let mut of_tensor = Writer::default();
            of_tensor.int(1, element_type(choices));
            of_tensor.bytes(2, &shape.0);
            let (mut stated, mut value) = (Writer::default(), Writer::default());
            stated.bytes(1, &of_tensor.0);
            value.bytes(1, name.as_bytes());
            value.bytes(2, &stated.0);
            graph.bytes(11, &value.0);
        }
    }
    values.push(name.clone());
    name
}

/// Mostly float32 and int64, which most operators want.
fn element_type(choices: &mut Choices) -> i64 {
    match choices.below(4) {
        0 => choices.below(27) as i64,
        1 => 7,
        _ => 1,
    }
}

/// A tensor as many of whose elements are there as its shape says.
fn tensor(choices: &mut Choices, name: &str) -> Vec<u8> {
    let mut tensor = Writer::default();
    let dims = choices.dims();
    let count = dims.iter().product::<i64>();
    for &length in &dims {
        tensor.int(1, length);
    }
    match element_type(choices) {
        7 => {
            tensor.int(2, 7);
            (0..count).for_each(|_| tensor.int(7, choices.integer()));
        }
        8 => {
            tensor.int(2, 8);
            (0..count).for_each(|_| tensor.bytes(6, choices.text().as_bytes()));
        }
        1 => {
            tensor.int(2, 1);
            (0..count).for_each(|_| tensor.float(4, choices.float()));
        }
        11 => {
            tensor.int(2, 11);
            let raw: Vec<u8> = (0..count)
                .flat_map(|_| f64::from(choices.float()).to_le_bytes())
                .collect();
            tensor.bytes(9, &raw);
        }
        other => {
            // One element a field, which is right for whatever is not packed.
            tensor.int(2, other);
            (0..count).for_each(|_| tensor.int(5, choices.integer()));
        }
    }
    tensor.bytes(8, name.as_bytes());
    tensor.0
}

/// An attribute by `name:kind`.
fn written_attribute(choices: &mut Choices, attribute: &str) -> Vec<u8> {
    let (name, kind) = attribute.split_once(':').expect("a name and a kind");
    let mut written = Writer::default();
    written.bytes(1, name.as_bytes());
    let number = match kind {
        "float" => {
            written.float(2, choices.float());
            1
        }
        "int" => {
            written.int(3, choices.integer());
            2
        }
        "text" => {
            written.bytes(4, choices.text().as_bytes());
            3
        }
        "tensor" => {
            written.bytes(5, &tensor(choices, ""));
            4
        }
        "floats" => {
            choices
                .list(Choices::float)
                .iter()
                .for_each(|&value| written.float(7, value));
            6
        }
        "ints" => {
            choices
                .list(Choices::integer)
                .iter()
                .for_each(|&value| written.int(8, value));
            7
        }
        _ => {
            choices
                .list(Choices::text)
                .iter()
                .for_each(|value| written.bytes(9, value.as_bytes()));
            8
        }
    };
    written.int(20, number);
    written.0
}
