//! Attention, in the forms in which exporters write it, is one kernel on GPUs, and gives what its steps give.

use proptest::prelude::*;

use crate::kernels::Target;
use crate::model::{Attribute, Attributes, ValueId};
use crate::tensor::{DataType, Tensor};
use crate::testing::{Network, Ready, ramp, tensor};

/// Lengths of an attention.
#[derive(Debug, Clone, Copy)]
struct Sizes {
    batch: usize,
    heads: usize,
    rows: usize,
    keys: usize,
    terms: usize,
    columns: usize,
}

const SMALL: Sizes = Sizes {
    batch: 2,
    heads: 3,
    rows: 40,
    keys: 21,
    terms: 8,
    columns: 12,
};

fn along(axis: i64) -> Attributes {
    Attributes::default().with("axis", Attribute::Int(axis))
}

/// Queries, keys and values of their own for every head.
fn inputs(network: &mut Network, sizes: Sizes) -> [ValueId; 3] {
    let Sizes { batch, heads, .. } = sizes;
    let lengths = [
        [sizes.rows, sizes.terms],
        [sizes.keys, sizes.terms],
        [sizes.keys, sizes.columns],
    ];
    lengths.map(|[length, size]| network.input(ramp(&[batch, heads, length, size])))
}

fn scores(network: &mut Network, q: ValueId, k: ValueId) -> ValueId {
    let keys = network.transpose(k, &[0, 1, 3, 2]);
    network.node("MatMul", &[q, keys])
}

/// Attention whose scores go through `change`, and whose shares go through `guard`.
fn attention(
    sizes: Sizes,
    change: impl FnOnce(&mut Network, ValueId) -> ValueId,
    guard: impl FnOnce(&mut Network, ValueId) -> ValueId,
) -> Ready {
    let mut network = Network::default();
    let [q, k, v] = inputs(&mut network, sizes);
    let scores = scores(&mut network, q, k);
    let scores = change(&mut network, scores);
    let shares = network.node_with("Softmax", &[scores], along(-1));
    let shares = guard(&mut network, shares);
    let result = network.node("MatMul", &[shares, v]);
    network.output(result);
    network.finish()
}

fn same(_: &mut Network, x: ValueId) -> ValueId {
    x
}

fn scaled(network: &mut Network, x: ValueId) -> ValueId {
    let scale = network.number(0.353);
    network.node("Mul", &[x, scale])
}

/// Numbers that are no share are none.
fn guarded(network: &mut Network, shares: ValueId) -> ValueId {
    let test = network.node("IsNaN", &[shares]);
    let zero = network.number(0.0);
    network.node("Where", &[test, zero, shares])
}

/// For each row and key whether the row does not look at it: at none of them in the third row, and in others at no later one.
fn hides(row: usize, key: usize) -> bool {
    row == 2 || key > row
}

/// What is added to the scores so that keys are hidden by `hidden`.
fn hiding(sizes: Sizes, hidden: f32) -> Tensor {
    let Sizes { rows, keys, .. } = sizes;
    let at = |at: usize| if hides(at / keys, at % keys) { hidden } else { 0.0 };
    tensor(&[rows, keys], (0..rows * keys).map(at).collect::<Vec<f32>>())
}

fn is_attention(kernel: &str) -> bool {
    kernel.starts_with("attention")
}

/// Asserts that it is one kernel, which gives what its steps give.
fn is_one(ready: &Ready) {
    let kernels = ready.kernels_on(Target::PLAIN_GPU);
    assert!(matches!(kernels[..], [only] if is_attention(only)), "{kernels:?}");
    ready.agrees_on(Target::PLAIN_GPU, 1e-5);
}

/// Asserts that its steps stay apart.
fn is_apart(ready: &Ready) {
    let kernels = ready.kernels_on(Target::PLAIN_GPU);
    assert!(!kernels.iter().any(|kernel| is_attention(kernel)), "{kernels:?}");
    ready.agrees_on(Target::PLAIN_GPU, 1e-5);
}

#[test]
fn scores_are_scaled_and_masked_on_the_way() {
    is_one(&attention(SMALL, same, same));
    is_one(&attention(SMALL, scaled, same));
    let masks = [
        vec![2, 1, 1, 21],
        vec![40, 21],
        vec![3, 1, 21],
        vec![2, 3, 40, 21],
        vec![1],
    ];
    for dims in masks {
        let masked = |network: &mut Network, x: ValueId| {
            let x = scaled(network, x);
            let mask = network.input(ramp(&dims));
            network.node("Add", &[mask, x])
        };
        is_one(&attention(SMALL, masked, same));
    }
    let capped = |network: &mut Network, x: ValueId| {
        let cap = network.number(5.0);
        let x = network.node("Div", &[x, cap]);
        let x = network.node("Tanh", &[x]);
        network.node("Mul", &[x, cap])
    };
    is_one(&attention(SMALL, capped, same));
}

#[test]
fn a_row_that_looks_at_nothing_is_what_it_is_without_joining() {
    for hidden in [f32::NEG_INFINITY, f32::MIN] {
        let masked = |network: &mut Network, x: ValueId| {
            let mask = network.constant(hiding(SMALL, hidden));
            network.node("Add", &[x, mask])
        };
        let chosen = |network: &mut Network, x: ValueId| {
            let Sizes { rows, keys, .. } = SMALL;
            let seen: Vec<bool> = (0..rows * keys).map(|at| !hides(at / keys, at % keys)).collect();
            let (seen, hidden) = (network.constant(tensor(&[rows, keys], seen)), network.number(hidden));
            network.node("Where", &[seen, x, hidden])
        };
        for ready in [
            attention(SMALL, masked, same),
            attention(SMALL, chosen, same),
            attention(SMALL, masked, guarded),
            attention(SMALL, chosen, guarded),
        ] {
            is_one(&ready);
        }
        let row = |ready: &Ready| ready.run_on(Target::PLAIN_GPU)[0].as_slice::<f32>().expect("numbers")[2 * 12];
        assert_eq!(row(&attention(SMALL, masked, same)).is_nan(), hidden.is_infinite());
        assert_eq!(row(&attention(SMALL, masked, guarded)) == 0.0, hidden.is_infinite());
    }
}

#[test]
fn numbers_that_are_none_or_infinite_make_the_same_rows_none() {
    for number in [f32::NAN, f32::INFINITY] {
        let spoilt = |network: &mut Network, x: ValueId| {
            let mut mask = vec![0.0_f32; 40 * 21];
            mask[3 * 21 + 7] = number;
            let mask = network.constant(tensor(&[40, 21], mask));
            network.node("Add", &[x, mask])
        };
        is_one(&attention(SMALL, spoilt, same));
        is_one(&attention(SMALL, spoilt, guarded));
    }
}

#[test]
fn heads_are_split_and_shared_where_they_lie() {
    let mut network = Network::default();
    let heads = |network: &mut Network, length: usize, heads: usize| {
        let x = network.input(ramp(&[2, length, heads * 16]));
        let x = network.reshape(x, &[2, length as i64, heads as i64, 16]);
        network.transpose(x, &[0, 2, 1, 3])
    };
    let q = heads(&mut network, 40, 6);
    let [k, v] = [0, 1].map(|_| {
        let x = heads(&mut network, 50, 3);
        let x = network.reshape(x, &[2, 3, 1, 50, 16]);
        let shape = network.constant(tensor::<i64>(&[5], [2, 3, 2, 50, 16]));
        let x = network.node("Expand", &[x, shape]);
        network.reshape(x, &[2, 6, 50, 16])
    });
    let scores = scores(&mut network, q, k);
    let scores = scaled(&mut network, scores);
    let shares = network.node_with("Softmax", &[scores], along(-1));
    let result = network.node("MatMul", &[shares, v]);
    network.output(result);
    let ready = network.finish();
    let kernels = ready.kernels_on(Target::PLAIN_GPU);
    assert!(kernels.iter().any(|kernel| is_attention(kernel)), "{kernels:?}");
    assert!(
        !kernels
            .iter()
            .any(|kernel| kernel.starts_with("matmul") || kernel.starts_with("softmax"))
    );
    ready.agrees_on(Target::PLAIN_GPU, 1e-5);
}

#[test]
fn the_operator_attention_is_one_kernel_too() {
    let of = |attributes: Attributes, rows: usize| {
        let mut network = Network::default();
        let inputs = [[rows, 48], [30, 24], [30, 24]].map(|[length, hidden]| network.input(ramp(&[2, length, hidden])));
        let attributes = attributes
            .with("q_num_heads", Attribute::Int(6))
            .with("kv_num_heads", Attribute::Int(3));
        let result = network.node_with("Attention", &inputs, attributes);
        network.output(result);
        network.finish()
    };
    let causal = || Attributes::default().with("is_causal", Attribute::Int(1));
    for attributes in [
        Attributes::default(),
        causal(),
        causal().with("softcap", Attribute::Float(3.0)),
    ] {
        let ready = of(attributes, 40);
        let kernels = ready.kernels_on(Target::PLAIN_GPU);
        assert_eq!(
            kernels.iter().filter(|kernel| is_attention(kernel)).count(),
            1,
            "{kernels:?}"
        );
        assert!(!kernels.iter().any(|kernel| kernel.starts_with("matmul")));
        ready.agrees_on(Target::PLAIN_GPU, 1e-5);
    }
}

#[test]
fn what_others_read_is_written() {
    for read in ["product", "scaled", "shares"] {
        let mut network = Network::default();
        let [q, k, v] = inputs(&mut network, SMALL);
        let product = scores(&mut network, q, k);
        let scaled = scaled(&mut network, product);
        let shares = network.node_with("Softmax", &[scaled], along(-1));
        let result = network.node("MatMul", &[shares, v]);
        network.output(result);
        let other = match read {
            "product" => product,
            "scaled" => scaled,
            _ => shares,
        };
        let other = network.node("Abs", &[other]);
        network.output(other);
        is_apart(&network.finish());
    }
}

#[test]
fn what_is_no_attention_stays_apart() {
    // A softmax along the rows, and one whose shares are changed.
    let mut network = Network::default();
    let square = Sizes { keys: 40, ..SMALL };
    let [q, k, v] = inputs(&mut network, square);
    let product = scores(&mut network, q, k);
    let shares = network.node_with("Softmax", &[product], along(-2));
    let result = network.node("MatMul", &[shares, v]);
    network.output(result);
    is_apart(&network.finish());
    let squared = |network: &mut Network, x: ValueId| network.node("Mul", &[x, x]);
    is_apart(&attention(SMALL, same, squared));
    // Shares that are read transposed.
    let turned = |network: &mut Network, x: ValueId| network.transpose(x, &[0, 1, 3, 2]);
    is_apart(&attention(square, same, turned));
    // Scores that are read twice on their way.
    is_apart(&attention(
        SMALL,
        |network, x| {
            let y = network.node("Sigmoid", &[x]);
            network.node("Mul", &[x, y])
        },
        same,
    ));
}

#[test]
fn few_rows_and_long_vectors_stay_apart() {
    is_apart(&attention(Sizes { rows: 1, ..SMALL }, scaled, same));
    let long = Sizes {
        batch: 1,
        terms: 257,
        ..SMALL
    };
    is_apart(&attention(long, scaled, same));
}

#[test]
fn shares_of_half_precision_are_rounded_before_they_meet_the_values() {
    let mut network = Network::default();
    let of = |dims: &[usize]| ramp(dims).narrowed(DataType::Float16).expect("numbers");
    let [q, k, v] = [[40, 8], [21, 8], [21, 12]].map(|[length, size]| network.input(of(&[2, 3, length, size])));
    let product = scores(&mut network, q, k);
    let shares = network.node_with("Softmax", &[product], along(-1));
    let result = network.node("MatMul", &[shares, v]);
    network.output(result);
    let kernels = network.finish().kernels_on(Target::PLAIN_GPU);
    assert!(!kernels.iter().any(|kernel| is_attention(kernel)), "{kernels:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn attention_of_any_size_gives_what_its_steps_give(
        (batch, heads) in (1_usize..3, 1_usize..4),
        rows in prop::sample::select(vec![32_usize, 33, 63, 64, 65, 130]),
        keys in prop::sample::select(vec![1_usize, 5, 16, 31, 32, 33, 64, 127, 200]),
        terms in prop::sample::select(vec![1_usize, 7, 32, 33, 64, 100, 128, 129, 256]),
        columns in prop::sample::select(vec![1_usize, 7, 32, 33, 64, 100, 128, 129, 256]),
        (masks, hides) in any::<(bool, bool)>(),
    ) {
        let sizes = Sizes { batch, heads, rows, keys, terms, columns };
        let change = |network: &mut Network, x: ValueId| {
            let scale = network.number(1.0 / (terms as f32).sqrt());
            let mut x = network.node("Mul", &[x, scale]);
            if masks {
                let mask = network.input(ramp(&[batch, 1, 1, keys]));
                x = network.node("Add", &[x, mask]);
            }
            if hides {
                let mask = network.constant(hiding(sizes, f32::NEG_INFINITY));
                x = network.node("Add", &[x, mask]);
            }
            x
        };
        is_one(&attention(sizes, change, same));
    }
}
