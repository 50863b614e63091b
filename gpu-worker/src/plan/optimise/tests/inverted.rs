//! Pointwise convolutions and first layers that are joined with the convolution of each of their channels after them.

use crate::kernels::Target;
use crate::model::{Attribute, Attributes, ValueId};
use crate::testing::{Network, Ready, engine, ramp, tensor};

const LANES: Target = Target::Lanes(8);

/// A block as a test wants it.
struct Block {
    /// Samples, channels of the input and of what lies between, rows and columns.
    size: [usize; 5],
    stride: i64,
    has_biases: bool,
}

impl Block {
    fn new(size: [usize; 5], stride: i64) -> Self {
        Self {
            size,
            stride,
            has_biases: true,
        }
    }

    fn convolved(&self, network: &mut Network, x: ValueId, filters: &[usize], attributes: Attributes) -> ValueId {
        let mut inputs = vec![x, network.constant(ramp(filters))];
        if self.has_biases {
            inputs.push(network.constant(ramp(&filters[..1])));
        }
        network.node_with("Conv", &inputs, attributes)
    }

    fn wide(&self, network: &mut Network, x: ValueId) -> ValueId {
        let [_, few, many, ..] = self.size;
        self.convolved(network, x, &[many, few, 1, 1], Attributes::default())
    }

    fn by_channel(&self, network: &mut Network, x: ValueId) -> ValueId {
        let many = self.size[2];
        let attributes = Attributes::default()
            .with("group", Attribute::Int(many as i64))
            .with("strides", Attribute::Ints(vec![self.stride; 2]))
            .with("pads", Attribute::Ints(vec![1; 4]));
        self.convolved(network, x, &[many, 1, 3, 3], attributes)
    }

    /// Both convolutions, with what `activate` makes of what lies between and of the results.
    fn build(&self, activate: impl Fn(&mut Network, ValueId) -> ValueId) -> Ready {
        let [samples, few, _, rows, columns] = self.size;
        let mut network = Network::default();
        let x = network.input(ramp(&[samples, few, rows, columns]));
        let wide = self.wide(&mut network, x);
        let between = activate(&mut network, wide);
        let y = self.by_channel(&mut network, between);
        let y = activate(&mut network, y);
        network.output(y);
        network.finish()
    }
}

fn clipped(network: &mut Network, x: ValueId) -> ValueId {
    let (low, high) = (network.number(-0.125), network.number(6.0));
    network.node("Clip", &[x, low, high])
}

fn is_joined(ready: &Ready) -> bool {
    let kernels = ready.kernels_on(LANES);
    kernels.iter().any(|name| name.starts_with("inverted"))
}

/// Asserts that the network computes the same as node by node, if the device of the tests has such kernels.
fn agrees(ready: &Ready) {
    let target = engine().target();
    if matches!(target, Target::Lanes(_)) {
        ready.agrees_on(target, 1e-4);
    }
}

#[test]
fn both_convolutions_and_their_activations_are_one_launch() {
    for stride in [1, 2] {
        let ready = Block::new([1, 16, 32, 24, 24], stride).build(clipped);
        let kernels = ready.kernels_on(LANES);
        assert!(
            matches!(&kernels[..], [inverted] if inverted.starts_with("inverted_by")),
            "{kernels:?}"
        );
    }
}

#[test]
fn planes_of_all_sizes_are_shared_among_lanes() {
    let sizes = [
        [1, 8, 64, 2, 4],
        [2, 8, 16, 5, 8],
        [1, 16, 32, 9, 12],
        [2, 24, 16, 10, 28],
        [1, 16, 48, 5, 56],
        [1, 8, 16, 31, 60],
        [2, 8, 32, 4, 64],
        [1, 16, 16, 7, 68],
        [1, 8, 16, 6, 112],
        [1, 8, 16, 3, 120],
        [1, 8, 16, 2, 200],
        [1, 24, 256, 40, 20],
    ];
    for (size, stride) in sizes.into_iter().flat_map(|size| [(size, 1), (size, 2)]) {
        let ready = Block::new(size, stride).build(clipped);
        assert!(is_joined(&ready), "{size:?} by {stride}");
        agrees(&ready);
    }
}

#[test]
fn high_planes_are_shared_among_more_workgroups() {
    for stride in [1, 2] {
        let ready = Block::new([1, 8, 16, 80_000, 4], stride).build(clipped);
        assert!(is_joined(&ready));
        agrees(&ready);
    }
}

/// A first layer of windows, its activation, and the convolution of each of its channels.
fn first_layer([samples, few, many, rows, columns]: [usize; 5], pads: [i64; 4], stride: i64) -> Ready {
    let block = Block::new([samples, few, many, rows, columns], stride);
    let mut network = Network::default();
    let x = network.input(ramp(&[samples, few, rows, columns]));
    let attributes = Attributes::default()
        .with("strides", Attribute::Ints(vec![2; 2]))
        .with("pads", Attribute::Ints(pads.to_vec()));
    let wide = block.convolved(&mut network, x, &[many, few, 3, 3], attributes);
    let wide = clipped(&mut network, wide);
    let y = block.by_channel(&mut network, wide);
    let y = clipped(&mut network, y);
    network.output(y);
    network.finish()
}

#[test]
fn windows_over_few_channels_are_joined_too() {
    let cases = [
        ([1, 3, 16, 16, 16], [1; 4]),
        ([2, 1, 32, 21, 24], [1; 4]),
        ([1, 3, 16, 17, 23], [1; 4]),
        ([1, 4, 16, 9, 56], [0, 0, 1, 1]),
        ([2, 3, 16, 13, 57], [0; 4]),
        ([1, 3, 32, 12, 120], [1; 4]),
        ([1, 2, 16, 30, 144], [1; 4]),
        ([1, 3, 16, 10, 224], [1; 4]),
    ];
    for ((size, pads), stride) in cases.into_iter().flat_map(|case| [(case, 1), (case, 2)]) {
        let ready = first_layer(size, pads, stride);
        assert!(is_joined(&ready), "{size:?} by {stride}: {:?}", ready.kernels_on(LANES));
        agrees(&ready);
    }
    assert!(!is_joined(&first_layer([1, 3, 16, 20, 28], [1; 4], 1)));
}

#[test]
fn activations_and_biases_may_be_left_out() {
    for stride in [1, 2] {
        for kind in ["Relu", "HardSwish", "Identity"] {
            let mut block = Block::new([2, 16, 32, 11, 24], stride);
            block.has_biases = kind != "Relu";
            let ready = block.build(|network, x| network.node(kind, &[x]));
            assert!(is_joined(&ready), "{kind} by {stride}");
            agrees(&ready);
        }
    }
}

#[test]
fn results_go_through_long_functions_after_they_are_stored() {
    for stride in [1, 2] {
        let block = Block::new([2, 16, 32, 11, 20], stride);
        let mut network = Network::default();
        let x = network.input(ramp(&[2, 16, 11, 20]));
        let wide = block.wide(&mut network, x);
        let y = block.by_channel(&mut network, wide);
        let y = network.node("Erf", &[y]);
        network.output(y);
        let ready = network.finish();
        assert!(is_joined(&ready));
        agrees(&ready);
    }
}

#[test]
fn no_number_and_infinity_stay_where_they_are() {
    for stride in [1, 2] {
        let block = Block::new([1, 8, 16, 12, 24], stride);
        let mut x: Vec<f32> = (0..8 * 12 * 24).map(|i| (i % 7) as f32 - 3.0).collect();
        for (at, value) in [
            (0, f32::NAN),
            (23, f32::INFINITY),
            (24 * 6 + 7, f32::NAN),
            (24 * 11 + 8, f32::NEG_INFINITY),
        ] {
            x[at] = value;
        }
        let mut network = Network::default();
        let x = network.input(tensor(&[1, 8, 12, 24], x));
        let wide = block.wide(&mut network, x);
        let wide = clipped(&mut network, wide);
        let y = block.by_channel(&mut network, wide);
        network.output(y);
        let ready = network.finish();
        assert!(is_joined(&ready));
        agrees(&ready);
    }
}

#[test]
fn what_somebody_else_reads_is_stored() {
    let block = Block::new([1, 16, 32, 24, 24], 1);
    for is_before in [true, false] {
        let mut network = Network::default();
        let x = network.input(ramp(&[1, 16, 24, 24]));
        let wide = block.wide(&mut network, x);
        let between = clipped(&mut network, wide);
        let y = block.by_channel(&mut network, between);
        network.output(y);
        network.output(if is_before { wide } else { between });
        let ready = network.finish();
        assert!(!is_joined(&ready));
        agrees(&ready);
    }
}

#[test]
fn convolutions_without_such_a_kernel_stay_apart() {
    let sizes = [
        ([1, 12, 32, 24, 24], 1),
        ([1, 16, 24, 24, 24], 1),
        ([1, 64, 32, 24, 24], 2),
        ([1, 16, 32, 24, 22], 1),
        ([1, 16, 32, 24, 24], 3),
    ];
    for (size, stride) in sizes {
        assert!(
            !is_joined(&Block::new(size, stride).build(clipped)),
            "{size:?} by {stride}"
        );
    }
    let sigmoid = |network: &mut Network, x: ValueId| network.node("Sigmoid", &[x]);
    assert!(!is_joined(&Block::new([1, 16, 32, 24, 24], 1).build(sigmoid)));
    for target in [Target::Any, Target::PLAIN_GPU] {
        let kernels = Block::new([1, 16, 32, 24, 24], 1).build(clipped).kernels_on(target);
        assert!(!kernels.iter().any(|name| name.starts_with("inverted")));
    }
}
