//! Which values lie in rows apart, and that nothing depends on what is between them.

use crate::kernels::Target;
use crate::model::{Attribute, Attributes, ValueId};
use crate::plan::{Plan, PlanOptions, plan_with};
use crate::testing::{Network, Ready, engine, ramp};

const LANES: Target = Target::Lanes(8);

fn convolved(network: &mut Network, x: ValueId, filters: &[usize], stride: i64) -> ValueId {
    let (w, bias) = (network.constant(ramp(filters)), network.constant(ramp(&filters[..1])));
    let groups = if filters[1] == 1 { filters[0] } else { 1 };
    let pad = (filters[2] / 2) as i64;
    let attributes = Attributes::default()
        .with("group", Attribute::Int(groups as i64))
        .with("strides", Attribute::Ints(vec![stride; 2]))
        .with("pads", Attribute::Ints(vec![pad; 4]));
    network.node_with("Conv", &[x, w, bias], attributes)
}

/// What `build` makes of two samples of a plane for each of 16 channels, which a convolution of 8 made.
fn of_plane(size: [usize; 2], build: impl FnOnce(&mut Network, ValueId) -> ValueId) -> Ready {
    let mut network = Network::default();
    let x = network.input(ramp(&[2, 8, size[0], size[1]]));
    let x = convolved(&mut network, x, &[16, 8, 1, 1], 1);
    let y = build(&mut network, x);
    network.output(y);
    network.finish()
}

fn mean(network: &mut Network, x: ValueId) -> ValueId {
    network.node("GlobalAveragePool", &[x])
}

fn plan(ready: &Ready, target: Target, optimise: bool) -> Plan {
    let options = PlanOptions {
        optimise,
        target: Some(target),
        ..PlanOptions::default()
    };
    plan_with(&ready.model(), &ready.types(), options).expect("the graph is one that can be planned")
}

/// Whether what the first convolution makes takes so many elements.
fn takes(ready: &Ready, elements: usize) -> bool {
    plan(ready, LANES, true).used_buffers().contains(&(4 * elements as u64))
}

/// Asserts that the network computes the same as node by node, if the device of the tests has kernels for rows that lie apart.
fn agrees(ready: &Ready) {
    if engine().target() == LANES {
        ready.agrees_on(LANES, 1e-4);
    }
}

/// Two blocks of a network's last stage, the first of which has a stride.
fn stage(network: &mut Network, x: ValueId) -> ValueId {
    let x = convolved(network, x, &[16, 1, 3, 3], 2);
    let x = network.node("Relu", &[x]);
    let skipped = convolved(network, x, &[24, 16, 1, 1], 1);
    let (low, high) = (network.number(0.0), network.number(6.0));
    let wide = convolved(network, skipped, &[48, 24, 1, 1], 1);
    let wide = network.node("Clip", &[wide, low, high]);
    let wide = convolved(network, wide, &[48, 1, 3, 3], 1);
    // Squeeze and excitation.
    let gate = mean(network, wide);
    let gate = convolved(network, gate, &[48, 48, 1, 1], 1);
    let gate = network.node("Sigmoid", &[gate]);
    let wide = network.node("Mul", &[wide, gate]);
    let narrow = convolved(network, wide, &[24, 48, 1, 1], 1);
    network.node("Add", &[narrow, skipped])
}

#[test]
fn a_last_stage_lies_in_rows_of_eights() {
    let ready = of_plane([14, 14], |network, x| {
        let x = stage(network, x);
        mean(network, x)
    });
    let kernels = ready.kernels_on(LANES);
    let by_channel: Vec<&str> = kernels
        .into_iter()
        .filter(|name| name.starts_with("depthwise"))
        .collect();
    assert_eq!(
        by_channel,
        ["depthwise_3_by_2_of_texels_eights", "depthwise_rows_of_7_by_8_eights"]
    );
    agrees(&ready);
}

#[test]
fn what_a_network_takes_and_gives_is_the_same_on_every_target() {
    let ready = of_plane([14, 14], |network, x| {
        let x = stage(network, x);
        mean(network, x)
    });
    let [lanes, any] = [LANES, Target::Any].map(|target| plan(&ready, target, true));
    assert_eq!((lanes.flops, &lanes.places), (any.flops, &any.places));
    assert_eq!(lanes.outputs[0].tensor_type, any.outputs[0].tensor_type);
}

#[test]
fn planes_of_all_sizes_keep_apart_from_what_is_between_their_rows() {
    for size in [[14, 14], [10, 14], [6, 30], [18, 46], [14, 16], [3, 13]] {
        agrees(&of_plane(size, stage));
        agrees(&of_plane(size, |network, x| {
            let x = stage(network, x);
            mean(network, x)
        }));
    }
}

#[test]
fn only_rows_that_are_one_short_of_eights_lie_apart() {
    for (rows, columns, lie_apart) in [
        (7, 7, true),
        (5, 7, true),
        (3, 15, true),
        (8, 7, false),
        (7, 8, false),
        (7, 6, false),
    ] {
        let ready = of_plane([rows, columns], mean);
        assert_eq!(
            takes(&ready, 32 * rows * (columns + 1)) && !takes(&ready, 32 * rows * columns),
            lie_apart,
            "{rows} {columns}"
        );
    }
    let ready = of_plane([7, 7], mean);
    for (target, optimise) in [(Target::Any, true), (Target::PLAIN_GPU, true), (LANES, false)] {
        let buffers = plan(&ready, target, optimise).used_buffers();
        assert!(!buffers.contains(&(4 * 32 * 56)), "{target:?}");
    }
}

#[test]
fn what_is_not_only_summarised_or_convolved_keeps_its_rows_together() {
    let outputs: [fn(&mut Network, ValueId) -> ValueId; 5] = [
        |_, x| x,
        |network, x| network.node("Relu", &[x]),
        |network, x| {
            let x = network.node("Relu", &[x]);
            network.reshape(x, &[2, -1])
        },
        |network, x| network.transpose(x, &[0, 2, 3, 1]),
        // One of two readers.
        |network, x| {
            let summary = mean(network, x);
            let rows = network.node("Softmax", &[x]);
            network.node("Mul", &[rows, summary])
        },
    ];
    for build in outputs {
        let ready = of_plane([7, 7], build);
        assert!(!takes(&ready, 32 * 56));
        agrees(&ready);
    }
}

#[test]
fn rows_close_up_for_what_has_no_kernel_for_them() {
    let addends: [fn(&mut Network, ValueId) -> ValueId; 3] = [
        // A number for each element.
        |network, x| {
            let other = network.constant(ramp(&[16, 7, 7]));
            network.node("Add", &[x, other])
        },
        // A number for each column.
        |network, x| {
            let other = network.constant(ramp(&[7]));
            network.node("Add", &[x, other])
        },
        // On the host.
        |network, x| {
            let other = network.number(0.7);
            let truncates = Attributes::default().with("fmod", Attribute::Int(1));
            network.node_with("Mod", &[x, other], truncates)
        },
    ];
    for build in addends {
        let ready = of_plane([7, 7], |network, x| {
            let x = build(network, x);
            let x = convolved(network, x, &[16, 16, 3, 3], 1);
            mean(network, x)
        });
        assert!(takes(&ready, 32 * 56));
        agrees(&ready);
    }
}

#[test]
fn summaries_leave_out_what_is_between_rows() {
    for kind in [
        "ReduceMean",
        "ReduceMax",
        "ReduceMin",
        "ReduceSum",
        "ReduceL2",
        "ReduceLogSumExp",
    ] {
        for axes in [vec![2, 3], vec![-1], vec![2], vec![1], vec![0, 3], vec![0, 1, 2, 3]] {
            let ready = of_plane([5, 7], |network, x| {
                // Of the zeros between rows this makes what is no number.
                let bias = network.constant(ramp(&[1, 16, 1, 1]));
                let x = network.node("Sub", &[x, bias]);
                let squares = network.node("Mul", &[x, x]);
                let logarithms = network.node("Log", &[squares]);
                let zeros = network.node("Sub", &[logarithms, logarithms]);
                let x = network.node("Add", &[x, zeros]);
                let axes = network.constant(crate::tensor::Tensor::vector(axes.clone()).expect("few"));
                network.node(kind, &[x, axes])
            });
            assert!(takes(&ready, 32 * 40));
            agrees(&ready);
        }
    }
}
