//! Operators that are made of others: normalisations, attention, recurrent layers and sums of products.

use crate::model::Attribute;
use crate::tensor::Tensor;
use crate::testing::{Case, assert_close, ramp, tensor};

fn floats(tensor: &Tensor) -> Vec<f32> {
    tensor.as_slice::<f32>().expect("floats").to_vec()
}

#[test]
fn groups_of_one_channel_are_instances() {
    let (x, scale, bias) = (ramp(&[2, 3, 4]), ramp(&[3]), ramp(&[3]));
    let of = |case: Case| case.input(x.clone()).input(scale.clone()).input(bias.clone()).run();
    let instances = of(Case::new("InstanceNormalization"));
    assert_close(
        &of(Case::of("", "GroupNormalization", 21).int("num_groups", 3)),
        &instances,
        1e-5,
    );
    assert_close(
        &of(Case::of("", "GroupNormalization", 18).int("num_groups", 3)),
        &instances,
        1e-5,
    );
    let refused = Case::of("", "GroupNormalization", 21).int("num_groups", 2);
    assert!(refused.input(x).input(scale).input(bias).refusal().contains("groups"));
}

#[test]
fn rows_too_long_for_a_thread_are_normalised_all_the_same() {
    let x = ramp(&[1, 1, 150, 200]);
    let one = tensor(&[1], [1.0_f32]);
    let case = Case::new("InstanceNormalization").input(x).input(one.clone());
    let y = floats(&case.input(tensor(&[1], [0.0_f32])).run());
    let mean = y.iter().sum::<f32>() / y.len() as f32;
    let variance = y.iter().map(|v| v * v).sum::<f32>() / y.len() as f32;
    assert!(mean.abs() < 1e-3 && (variance - 1.0).abs() < 1e-2, "{mean} {variance}");
}

#[test]
fn layer_normalisation_gives_its_statistics_and_broadcasts_its_scale() {
    let x = || tensor::<f32>(&[2, 2], [1.0, 3.0, 2.0, 6.0]);
    let outputs = Case::of("", "LayerNormalization", 17).float("epsilon", 0.0).input(x());
    let outputs = outputs.input(tensor(&[2], [1.0_f32, 2.0])).outputs(3).expect("runs");
    assert_close(&outputs[0], &tensor::<f32>(&[2, 2], [-1.0, 2.0, -1.0, 2.0]), 1e-5);
    assert_close(&outputs[1], &tensor::<f32>(&[2, 1], [2.0, 4.0]), 1e-5);
    assert_close(&outputs[2], &tensor::<f32>(&[2, 1], [1.0, 0.5]), 1e-5);
    let scaled = Case::of("", "RMSNormalization", 23)
        .float("epsilon", 0.0)
        .input(tensor(&[1, 2], [3.0_f32, 3.0]));
    scaled
        .input(tensor(&[1], [5.0_f32]))
        .gives(&tensor(&[1, 2], [5.0_f32, 5.0]));
}

#[test]
fn batch_normalisation_in_training_moves_its_running_statistics() {
    let case = Case::of("", "BatchNormalization", 15)
        .int("training_mode", 1)
        .float("momentum", 0.5);
    let case = case.float("epsilon", 0.0).input(tensor::<f32>(&[2, 1, 1], [1.0, 3.0]));
    let number = |value: f32| tensor(&[1], [value]);
    let case = case
        .input(number(2.0))
        .input(number(1.0))
        .input(number(10.0))
        .input(number(3.0));
    let outputs = case.outputs(3).expect("runs");
    assert_close(&outputs[0], &tensor::<f32>(&[2, 1, 1], [-1.0, 3.0]), 1e-5);
    assert_close(&outputs[1], &number(6.0), 1e-5);
    assert_close(&outputs[2], &number(2.0), 1e-5);
}

#[test]
fn norms_divide_neighbours_and_rows() {
    let x = tensor::<f32>(&[1, 2, 1, 1], [1.0, 2.0]);
    let lrn = Case::new("LRN")
        .int("size", 3)
        .float("alpha", 3.0)
        .float("beta", 1.0)
        .float("bias", 1.0);
    lrn.input(x)
        .gives(&tensor::<f32>(&[1, 2, 1, 1], [1.0 / 6.0, 2.0 / 6.0]));
    let rows = tensor::<f32>(&[2, 2], [3.0, -4.0, 0.0, 0.0]);
    Case::of("", "LpNormalization", 22)
        .input(rows)
        .gives(&tensor::<f32>(&[2, 2], [0.6, -0.8, 0.0, 0.0]));
    let mvn = Case::new("MeanVarianceNormalization").ints("axes", &[0]);
    mvn.input(tensor::<f32>(&[2], [1.0, 5.0]))
        .gives(&tensor::<f32>(&[2], [-1.0, 1.0]));
}

fn attention() -> Case {
    Case::of("", "Attention", 23)
}

#[test]
fn keys_of_zero_attend_evenly_and_causal_ones_only_to_the_past() {
    let zeros = || tensor(&[1, 1, 2, 1], [0.0_f32; 2]);
    let values = || tensor(&[1, 1, 2, 1], [2.0_f32, 4.0]);
    let even = attention().input(zeros()).input(zeros()).input(values());
    even.gives(&tensor(&[1, 1, 2, 1], [3.0_f32, 3.0]));
    let causal = attention()
        .int("is_causal", 1)
        .input(zeros())
        .input(zeros())
        .input(values());
    causal.gives(&tensor(&[1, 1, 2, 1], [2.0_f32, 3.0]));
    let masked = attention().input(zeros()).input(zeros()).input(values());
    masked
        .input(tensor::<bool>(&[2, 1], [true, true]))
        .gives(&tensor(&[1, 1, 2, 1], [2.0_f32, 2.0]));
}

#[test]
fn heads_share_keys_in_order_and_the_past_comes_first() {
    let q = ramp(&[1, 2, 8]);
    let (k, v) = (ramp(&[1, 3, 4]), ramp(&[1, 3, 4]));
    let heads = |case: Case| case.int("q_num_heads", 4).int("kv_num_heads", 2);
    let grouped = heads(attention())
        .input(q.clone())
        .input(k.clone())
        .input(v.clone())
        .run();
    // Each head of keys twice.
    let twice = |x: &Tensor| {
        let rows = floats(x);
        let doubled: Vec<f32> = rows.chunks(2).flat_map(|head| [head, head].concat()).collect();
        tensor(&[1, 3, 8], doubled)
    };
    let plain = attention().int("q_num_heads", 4).int("kv_num_heads", 4);
    assert_close(
        &plain.input(q.clone()).input(twice(&k)).input(twice(&v)).run(),
        &grouped,
        1e-5,
    );
    let past = ramp(&[1, 2, 1, 2]);
    let with_past = heads(attention()).input(q).input(k).input(v).absent();
    let outputs = with_past
        .input(past.clone())
        .input(past.clone())
        .outputs(3)
        .expect("runs");
    assert_eq!(outputs[1].shape().dims(), [1, 2, 4, 2]);
    assert_eq!(floats(&outputs[1])[..2], floats(&past)[..2]);
}

#[test]
fn a_rotation_by_a_quarter_swaps_the_parts() {
    let x = || tensor::<f32>(&[1, 1, 1, 2], [3.0, 4.0]);
    let (cos, sin) = (tensor::<f32>(&[2, 1], [1.0, 0.0]), tensor::<f32>(&[2, 1], [0.0, 1.0]));
    for interleaved in [0, 1] {
        let case = Case::of("", "RotaryEmbedding", 23)
            .int("interleaved", interleaved)
            .input(x());
        let case = case
            .input(cos.clone())
            .input(sin.clone())
            .input(tensor::<i64>(&[1, 1], [1]));
        assert_close(&case.run(), &tensor::<f32>(&[1, 1, 1, 2], [-4.0, 3.0]), 1e-6);
    }
}

/// W, R and B of one direction, or of two that are alike.
fn weights(case: Case, gates: usize, directions: usize) -> Case {
    let repeat = |dims: &[usize]| {
        let one = floats(&ramp(dims));
        tensor(&[&[directions], dims].concat(), one.repeat(directions))
    };
    let case = case.input(repeat(&[gates * 3, 2])).input(repeat(&[gates * 3, 3]));
    case.input(repeat(&[gates * 6]))
}

fn recurrent(kind: &str, direction: &str, x: Tensor) -> Case {
    let gates = match kind {
        "RNN" => 1,
        "GRU" => 3,
        _ => 4,
    };
    let case = Case::of("", kind, 22)
        .int("hidden_size", 3)
        .text("direction", direction)
        .input(x);
    weights(case, gates, if direction == "bidirectional" { 2 } else { 1 })
}

#[test]
fn a_reversed_layer_reads_from_the_end() {
    let x = ramp(&[4, 1, 2]);
    let mirrored: Vec<f32> = floats(&x).chunks(2).rev().flatten().copied().collect();
    let mirrored = tensor(&[4, 1, 2], mirrored);
    for kind in ["RNN", "GRU", "LSTM"] {
        let forward = recurrent(kind, "forward", x.clone()).outputs(2).expect("runs");
        let reverse = recurrent(kind, "reverse", mirrored.clone()).outputs(2).expect("runs");
        assert_close(&reverse[1], &forward[1], 1e-5);
        let first = &floats(&reverse[0])[..3];
        assert_close(&tensor(&[3], first), &tensor(&[3], &floats(&forward[0])[9..]), 1e-5);
        let both = recurrent(kind, "bidirectional", x.clone()).outputs(2).expect("runs");
        assert_eq!(both[0].shape().dims(), [4, 2, 1, 3]);
        assert_eq!(floats(&both[1])[..3], floats(&forward[1])[..]);
    }
}

#[test]
fn a_sequence_ends_at_its_length() {
    let x = ramp(&[3, 2, 2]);
    for kind in ["RNN", "GRU", "LSTM"] {
        let whole = recurrent(kind, "forward", x.clone()).outputs(2).expect("runs");
        let cut = recurrent(kind, "forward", x.clone()).known(tensor::<i32>(&[2], [3, 1]));
        let cut = cut.outputs(2).expect("runs");
        let (whole, cut, last) = (floats(&whole[0]), floats(&cut[0]), floats(&cut[1]));
        assert_eq!(cut[..6], whole[..6]);
        assert_eq!(cut[9..12], [0.0; 3]);
        assert_eq!(last[3..6], whole[3..6]);
    }
}

#[test]
fn a_recurrent_cell_follows_its_equations() {
    let one = |dims: &[usize], value: f32| tensor(dims, vec![value; dims.iter().product()]);
    let sigmoid = |x: f32| 1.0 / (1.0 + (-x).exp());
    // Every weight one, the state starts at zero: gates are of x, twice what the first step gives.
    let lstm = Case::of("", "LSTM", 22)
        .input(one(&[2, 1, 1], 0.5))
        .input(one(&[1, 4, 1], 1.0));
    let lstm = lstm.input(one(&[1, 4, 1], 1.0)).outputs(3).expect("runs");
    let c1 = sigmoid(0.5) * 0.5_f32.tanh();
    let h1 = sigmoid(0.5) * c1.tanh();
    let gate = 0.5 + h1;
    let c2 = sigmoid(gate) * c1 + sigmoid(gate) * gate.tanh();
    assert_close(&lstm[2], &tensor(&[1, 1, 1], [c2]), 1e-5);
    assert_close(&lstm[1], &tensor(&[1, 1, 1], [sigmoid(gate) * c2.tanh()]), 1e-5);
    let gru = |linear: i64| {
        let gru = Case::of("", "GRU", 22)
            .int("linear_before_reset", linear)
            .input(one(&[1, 1, 1], 0.5));
        let gru = gru
            .input(one(&[1, 3, 1], 1.0))
            .input(one(&[1, 3, 1], 1.0))
            .input(one(&[1, 6], 0.25));
        gru.absent()
            .input(one(&[1, 1, 1], 2.0))
            .outputs(2)
            .expect("runs")
            .remove(1)
    };
    let gate = sigmoid(0.5 + 2.0 + 0.5);
    let linear = (0.75 + gate * (2.0 + 0.25)).tanh();
    assert_close(&gru(1), &tensor(&[1, 1, 1], [(1.0 - gate) * linear + gate * 2.0]), 1e-5);
    let plain = (0.75 + gate * 2.0 + 0.25).tanh();
    assert_close(&gru(0), &tensor(&[1, 1, 1], [(1.0 - gate) * plain + gate * 2.0]), 1e-5);
}

#[test]
fn activations_have_parameters_and_a_clip() {
    let rnn = Case::of("", "RNN", 22).with("activations", Attribute::Texts(vec!["Affine".into()]));
    let rnn = rnn.with("activation_alpha", Attribute::Floats(vec![3.0]));
    let rnn = rnn
        .with("activation_beta", Attribute::Floats(vec![1.0]))
        .float("clip", 0.5);
    let rnn = rnn
        .input(tensor(&[1, 1, 1], [2.0_f32]))
        .input(tensor(&[1, 1, 1], [1.0_f32]));
    let rnn = rnn.input(tensor(&[1, 1, 1], [1.0_f32]));
    assert_close(&rnn.outputs(2).expect("runs")[1], &tensor(&[1, 1, 1], [2.5_f32]), 1e-6);
    let unknown = recurrent("RNN", "forward", ramp(&[1, 1, 2]));
    let unknown = unknown.with("activations", Attribute::Texts(vec!["Gelu".into()]));
    assert!(unknown.refusal().contains("activation"));
    let endless = recurrent("RNN", "forward", tensor(&[20_000, 1, 2], vec![0.0_f32; 40_000]));
    assert!(endless.refusal().contains("20000 steps"));
}

fn einsum(equation: &str) -> Case {
    Case::new("Einsum").text("equation", equation)
}

#[test]
fn sums_of_products_follow_their_equation() {
    let a = || tensor::<f32>(&[2, 2], [1.0, 2.0, 3.0, 4.0]);
    einsum("ij,jk->ik")
        .input(a())
        .input(a())
        .gives(&tensor::<f32>(&[2, 2], [7.0, 10.0, 15.0, 22.0]));
    einsum("ij->ji")
        .input(a())
        .gives(&tensor::<f32>(&[2, 2], [1.0, 3.0, 2.0, 4.0]));
    einsum("ii").input(a()).gives(&Tensor::scalar(5.0_f32));
    einsum("ij->i").input(a()).gives(&tensor::<f32>(&[2], [3.0, 7.0]));
    einsum("ij,ij,j->i")
        .input(a())
        .input(a())
        .input(tensor::<f32>(&[2], [1.0, 10.0]))
        .gives(&tensor::<f32>(&[2], [41.0, 169.0]));
    einsum("...i,...i->...")
        .input(a())
        .input(tensor::<f32>(&[1, 2], [1.0, 1.0]))
        .gives(&tensor::<f32>(&[2], [3.0, 7.0]));
    let wide = tensor::<f64>(&[2, 2], [1.0, 2.0, 3.0, 4.0]);
    einsum("ij,jk->ik")
        .input(wide.clone())
        .input(wide)
        .gives(&tensor::<f64>(&[2, 2], [7.0, 10.0, 15.0, 22.0]));
    assert!(
        einsum("ij,jk->iz")
            .input(a())
            .input(a())
            .refusal()
            .contains("ij,jk->iz")
    );
}

#[test]
fn a_causal_convolution_carries_its_state() {
    let x = ramp(&[1, 2, 5]);
    let w = ramp(&[2, 1, 3]);
    let run = |x: Tensor, state: Option<Tensor>| {
        let case = Case::of("", "CausalConvWithState", 26)
            .input(x)
            .input(w.clone())
            .absent();
        let case = match state {
            Some(state) => case.input(state),
            None => case,
        };
        case.outputs(2).expect("runs")
    };
    let whole = run(x.clone(), None);
    let part = |range: std::ops::Range<usize>| {
        let rows = floats(&x);
        let cut: Vec<f32> = rows.chunks(5).flat_map(|row| row[range.clone()].to_vec()).collect();
        tensor(&[1, 2, range.len()], cut)
    };
    let first = run(part(0..3), None);
    let second = run(part(3..5), Some(first[1].clone()));
    assert_close(&second[1], &whole[1], 1e-6);
    let (whole, second) = (floats(&whole[0]), floats(&second[0]));
    assert_close(&tensor(&[2], &second[..2]), &tensor(&[2], &whole[3..5]), 1e-5);
}

#[test]
fn a_linear_attention_reads_what_was_written() {
    let run = |rule: &str, extra: &[f32]| {
        let case = Case::of("", "LinearAttention", 26)
            .text("update_rule", rule)
            .float("scale", 1.0);
        let case = case
            .int("q_num_heads", 1)
            .int("kv_num_heads", 1)
            .input(tensor::<f32>(&[1, 2, 1], [1.0, 1.0]));
        let case = case
            .input(tensor::<f32>(&[1, 2, 1], [2.0, 3.0]))
            .input(tensor::<f32>(&[1, 2, 1], [5.0, 7.0]));
        let case = case.absent();
        let case = match rule {
            "delta" => case.absent(),
            _ => case,
        };
        let case = if extra.is_empty() {
            case
        } else {
            case.input(tensor::<f32>(&[1, 2, 1], extra))
        };
        floats(&case.outputs(2).expect("runs")[0])
    };
    assert_eq!(run("linear", &[]), [10.0, 31.0]);
    let gated = run("gated", &[0.0, 2.0_f32.ln()]);
    assert!((gated[1] - 41.0).abs() < 1e-3, "{gated:?}");
    // Written are 1 * (5 - 0), then 0.5 * (7 - 3 * 10).
    assert_eq!(run("delta", &[1.0, 0.5]), [10.0, 10.0 + 3.0 * -11.5]);
}
