//! What is only moved is read where it lay.

use crate::kernels::Target;
use crate::model::{Attribute, Attributes, ValueId};
use crate::testing::{Network, Ready, ramp, tensor};

fn along(axis: i64) -> Attributes {
    Attributes::default().with("axis", Attribute::Int(axis))
}

/// Rotary embedding of [batch, heads, length, 2 half], as exporters write it out.
fn rotary(network: &mut Network, x: ValueId, [length, width]: [usize; 2]) -> ValueId {
    let (cos, sin) = (
        network.constant(ramp(&[length, width])),
        network.constant(ramp(&[length, width])),
    );
    let parts = network.nodes("Split", &[x], along(-1), 2);
    let turned = network.node("Neg", &[parts[1]]);
    let turned = network.node_with("Concat", &[turned, parts[0]], along(-1));
    let (left, right) = (network.node("Mul", &[x, cos]), network.node("Mul", &[turned, sin]));
    network.node("Add", &[left, right])
}

fn rotated_heads(width: usize) -> Ready {
    let mut network = Network::default();
    let x = network.input(ramp(&[2, 5, 3 * width]));
    let heads = network.reshape(x, &[2, 5, 3, width as i64]);
    let heads = network.transpose(heads, &[0, 2, 1, 3]);
    let rotated = rotary(&mut network, heads, [5, width]);
    let scale = network.number(0.353);
    let result = network.node("Mul", &[rotated, scale]);
    network.output(result);
    network.finish()
}

#[test]
fn a_rotary_embedding_is_one_kernel() {
    let ready = rotated_heads(8);
    assert_eq!(ready.kernels(false).len(), 9);
    assert_eq!(ready.kernels(true), ["element"]);
    assert_eq!(ready.kernels_on(Target::Lanes(8)), ["element_fours"]);
    ready.agrees(1e-6);
}

#[test]
fn halves_that_are_no_whole_fours_are_put_together_by_copies() {
    let ready = rotated_heads(6);
    assert!(ready.kernels(true).len() < ready.kernels(false).len());
    ready.agrees(1e-6);
}

#[test]
fn keys_that_are_repeated_turned_and_scaled_are_read_where_they_are() {
    let mut network = Network::default();
    let (q, k, v) = (
        network.input(ramp(&[1, 6, 5, 8])),
        network.input(ramp(&[1, 5, 24])),
        network.input(ramp(&[1, 5, 24])),
    );
    let heads = |network: &mut Network, x: ValueId| {
        let x = network.reshape(x, &[1, 5, 3, 8]);
        network.transpose(x, &[0, 2, 1, 3])
    };
    let repeated = |network: &mut Network, x: ValueId, dims: &[i64]| {
        let x = network.reshape(x, &[1, 3, 1, 5, 8]);
        let shape = network.constant(tensor::<i64>(&[5], [1, 3, 2, 5, 8]));
        let x = network.node("Expand", &[x, shape]);
        network.reshape(x, dims)
    };
    let k = heads(&mut network, k);
    let k = rotary(&mut network, k, [5, 8]);
    let k = repeated(&mut network, k, &[6, 5, 8]);
    let k = network.transpose(k, &[0, 2, 1]);
    let k = network.reshape(k, &[1, 6, 8, 5]);
    let scale = network.number(0.353);
    let k = network.node("Mul", &[k, scale]);
    let v = heads(&mut network, v);
    let v = repeated(&mut network, v, &[1, 6, 5, 8]);
    let product = network.node("MatMul", &[q, k]);
    let weights = network.node_with("Softmax", &[product], along(-1));
    let result = network.node("MatMul", &[weights, v]);
    network.output(result);
    let ready = network.finish();
    let elements = |kernels: &[&str]| kernels.iter().filter(|kernel| kernel.starts_with("element")).count();
    // One for the embedding, and one that repeats, turns and scales it.
    assert_eq!(elements(&ready.kernels(true)), 2);
    ready.agrees(1e-5);
}

#[test]
fn what_is_moved_and_is_an_output_stays() {
    let mut network = Network::default();
    let x = network.input(ramp(&[4, 6]));
    let turned = network.transpose(x, &[1, 0]);
    let y = network.node("Tanh", &[turned]);
    network.output(turned);
    network.output(y);
    let ready = network.finish();
    assert_eq!(ready.kernels(true).len(), 2);
    ready.agrees(1e-6);
}

#[test]
fn tensors_of_any_lengths_are_put_side_by_side() {
    for (lengths, inner) in [
        (vec![4, 8], 1),
        (vec![12, 4], 1),
        (vec![4, 4, 4, 4], 1),
        (vec![3, 5], 4),
        (vec![1, 1, 1], 8),
        (vec![3, 5], 1),
        (vec![0, 4, 8], 1),
        (vec![4; 9], 1),
    ] {
        let mut network = Network::default();
        let inputs: Vec<ValueId> = lengths
            .iter()
            .map(|&length| network.input(ramp(&[2, length, inner])))
            .collect();
        let whole = network.node_with("Concat", &inputs, along(1));
        let total: usize = lengths.iter().sum();
        let seen = network.reshape(whole, &[2, (total * inner) as i64]);
        let turned = network.transpose(seen, &[1, 0]);
        let result = network.node("Neg", &[turned]);
        network.output(whole);
        network.output(result);
        network.finish().agrees(0.0);
    }
}

#[test]
fn two_tensors_side_by_side_are_one_kernel() {
    let mut network = Network::default();
    let (x, y) = (network.input(ramp(&[2, 4])), network.input(ramp(&[2, 12])));
    let whole = network.node_with("Concat", &[x, y], along(1));
    network.output(whole);
    let ready = network.finish();
    assert_eq!(ready.kernels(true), ["element"]);
    let expected: Vec<f32> = [ramp(&[2, 4]), ramp(&[2, 12])]
        .iter()
        .flat_map(|part| part.as_slice::<f32>().expect("numbers").to_vec())
        .collect();
    let found = ready.run(true)[0].as_slice::<f32>().expect("numbers").to_vec();
    let rows: Vec<f32> = [&expected[..4], &expected[8..20], &expected[4..8], &expected[20..]].concat();
    assert_eq!(found, rows);
}

#[test]
fn a_chain_of_moves_without_end_stays_within_bounds() {
    let mut network = Network::default();
    let mut x = network.input(ramp(&[4, 8]));
    for _ in 0..300 {
        let y = network.node("Neg", &[x]);
        let both = network.node_with("Concat", &[x, y], along(0));
        let bounds = [2_i64, 6, 0].map(|bound| network.constant(tensor::<i64>(&[1], [bound])));
        x = network.node("Slice", &[both, bounds[0], bounds[1], bounds[2]]);
    }
    network.output(x);
    let ready = network.finish();
    for launch in ready.plan(true).launches() {
        let (expression, _) = launch.expression().expect("all are element-wise");
        assert!(expression.operations().len() <= 64);
    }
    ready.agrees(0.0);
}
