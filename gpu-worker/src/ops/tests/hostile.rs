//! Operators with attributes, shapes and indices that no exporter writes: refused or run, never a panic.

use proptest::prelude::*;

use crate::model::{Attribute, Limits};
use crate::tensor::Tensor;
use crate::testing::{Case, ramp, tensor};

/// An operator whose attributes or inputs are lengths, axes and indices.
#[derive(Debug, Clone, Copy)]
struct Kind {
    name: &'static str,
    /// Inputs of data before those of integers.
    data: usize,
    /// Inputs of integers.
    following: usize,
    /// Attributes of one integer.
    single: &'static [&'static str],
    /// Attributes of several integers.
    several: &'static [&'static str],
    /// Attributes of text.
    texts: &'static [(&'static str, &'static str)],
}

const fn kind(name: &'static str, data: usize, following: usize, single: &'static [&'static str]) -> Kind {
    Kind {
        name,
        data,
        following,
        single,
        several: &[],
        texts: &[],
    }
}

const WINDOW: &[&str] = &["kernel_shape", "strides", "pads", "dilations"];
const AUTO_PAD: &[(&str, &str)] = &[
    ("auto_pad", "SAME_UPPER"),
    ("auto_pad", "SAME_LOWER"),
    ("auto_pad", "VALID"),
];
const RESIZE: &[(&str, &str)] = &[("mode", "linear"), ("coordinate_transformation_mode", "align_corners")];
const PAD: &[(&str, &str)] = &[("mode", "reflect"), ("mode", "edge"), ("mode", "wrap")];

const KINDS: [Kind; 28] = [
    kind("Reshape", 1, 1, &["allowzero"]),
    kind("Flatten", 1, 0, &["axis"]),
    kind("Squeeze", 1, 1, &[]),
    kind("Unsqueeze", 1, 1, &[]),
    Kind {
        several: &["perm"],
        ..kind("Transpose", 1, 0, &[])
    },
    kind("Expand", 1, 1, &[]),
    kind("Tile", 1, 1, &[]),
    kind("Slice", 1, 4, &[]),
    Kind {
        several: &["starts", "ends", "axes"],
        ..kind("Slice", 1, 0, &[])
    },
    kind("Split", 1, 1, &["axis"]),
    Kind {
        texts: PAD,
        ..kind("Pad", 1, 1, &[])
    },
    kind("Gather", 1, 1, &["axis"]),
    kind("Concat", 3, 0, &["axis"]),
    kind("Shape", 1, 0, &["start", "end"]),
    kind("ConstantOfShape", 0, 1, &[]),
    Kind {
        several: WINDOW,
        texts: AUTO_PAD,
        ..kind("Conv", 2, 0, &["group"])
    },
    Kind {
        several: WINDOW,
        texts: AUTO_PAD,
        ..kind("ConvTranspose", 2, 0, &["group"])
    },
    Kind {
        several: &["strides", "output_padding", "output_shape"],
        ..kind("ConvTranspose", 2, 0, &["group"])
    },
    Kind {
        several: WINDOW,
        texts: AUTO_PAD,
        ..kind("MaxPool", 1, 0, &["ceil_mode"])
    },
    Kind {
        several: WINDOW,
        texts: AUTO_PAD,
        ..kind("AveragePool", 1, 0, &["ceil_mode", "count_include_pad"])
    },
    Kind {
        texts: RESIZE,
        ..kind("Resize", 1, 3, &[])
    },
    Kind {
        texts: &[("mode", "CRD")],
        ..kind("DepthToSpace", 1, 0, &["blocksize"])
    },
    kind("SpaceToDepth", 1, 0, &["blocksize"]),
    kind("ReduceSum", 1, 1, &["keepdims"]),
    kind("ArgMax", 1, 0, &["axis", "keepdims"]),
    kind("Softmax", 1, 0, &["axis"]),
    kind("LayerNormalization", 3, 0, &["axis"]),
    kind("Gemm", 3, 0, &["transA", "transB"]),
];

fn integer() -> impl Strategy<Value = i64> {
    let extremes = prop::sample::select(vec![
        i64::MIN,
        i64::MAX,
        i64::from(i32::MAX),
        1 << 32,
        1 << 62,
        -(1 << 31),
        65_536,
    ]);
    prop_oneof![6 => -3_i64..6, 1 => extremes]
}

fn integers() -> impl Strategy<Value = Vec<i64>> {
    prop::collection::vec(integer(), 0..6)
}

/// Some of the attributes that the operator has.
fn attributes(kind: Kind) -> impl Strategy<Value = Vec<(&'static str, Attribute)>> {
    let count = (kind.single.len(), kind.several.len());
    let single = prop::collection::vec(prop::option::weighted(0.7, integer()), count.0);
    let several = prop::collection::vec(prop::option::weighted(0.7, integers()), count.1);
    (single, several, any::<prop::sample::Index>(), any::<bool>()).prop_map(move |(single, several, text, has_text)| {
        let single = kind
            .single
            .iter()
            .zip(single)
            .filter_map(|(&name, value)| Some((name, Attribute::Int(value?))));
        let several = kind
            .several
            .iter()
            .zip(several)
            .filter_map(|(&name, values)| Some((name, Attribute::Ints(values?))));
        let texts = if has_text && !kind.texts.is_empty() {
            Some(*text.get(kind.texts))
        } else {
            None
        };
        let texts = texts.map(|(name, value)| (name, Attribute::Text(value.into())));
        single.chain(several).chain(texts).collect()
    })
}

fn data() -> impl Strategy<Value = Tensor> {
    let image = (1_usize..3, 1_usize..3, 0_usize..6, 1_usize..6).prop_map(|(n, c, h, w)| ramp(&[n, c, h, w]));
    prop_oneof![
        image,
        prop::collection::vec(0_usize..5, 0..6).prop_map(|dims| ramp(&dims))
    ]
}

fn case() -> impl Strategy<Value = (Kind, Vec<(&'static str, Attribute)>)> {
    prop::sample::select(&KINDS[..]).prop_flat_map(|kind| (Just(kind), attributes(kind)))
}

proptest! {
    #[test]
    fn no_attribute_and_no_shape_panics(
        (kind, attributes) in case(),
        opset in 7_i64..24,
        data in prop::collection::vec(data(), 3),
        following in prop::collection::vec((integers(), any::<bool>()), 4),
    ) {
        const MIB: u64 = 1 << 20;
        let limits = Limits { tensor_bytes: MIB, memory_bytes: 4 * MIB, flops: 1_000_000, ..Limits::default() };
        let case = Case::of("", kind.name, opset).within(limits);
        let case = attributes.into_iter().fold(case, |case, (name, attribute)| case.with(name, attribute));
        let case = data.into_iter().take(kind.data).fold(case, Case::input);
        let add = |case: Case, (values, is_known): (Vec<i64>, bool)| {
            let values = tensor(&[values.len()], values);
            if is_known { case.known(values) } else { case.input(values) }
        };
        drop(following.into_iter().take(kind.following).fold(case, add).outputs(1));
    }
}
