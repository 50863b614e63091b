//! Indices that point outside of what they index, given by the model and given at run time: an error by name, or what ONNX defines.

use crate::model::Attribute;
use crate::tensor::Tensor;
use crate::testing::{Case, ramp, tensor};

/// Indices that no axis of the tests has.
const OUTSIDE: [i64; 6] = [3, -4, i64::MAX, i64::MIN, 1 << 32, -(1 << 31)];

fn integers(dims: &[usize], elements: &[i64]) -> Tensor {
    tensor(dims, elements.to_vec())
}

/// Asserts that a case is refused for its index, whether the index is a constant or comes at run time.
fn is_refused(case: impl Fn() -> Case, index: impl Fn(i64) -> Tensor, then: impl Fn(Case) -> Case) {
    for outside in OUTSIDE {
        for is_known in [true, false] {
            let case = case();
            let case = if is_known {
                case.known(index(outside))
            } else {
                case.input(index(outside))
            };
            let refused = then(case).refusal();
            let names_it = refused.contains("outside of") && refused.contains(&outside.to_string());
            assert!(names_it, "index {outside}, known {is_known}: {refused}");
        }
    }
}

#[test]
fn gathering_outside_is_refused() {
    let data = || ramp(&[3, 3]);
    let one = |index: i64| integers(&[1], &[index]);
    is_refused(|| Case::new("Gather").input(data()), one, |case| case);
    is_refused(|| Case::new("Gather").int("axis", 1).known(data()), one, |case| case);
    is_refused(
        || Case::new("GatherElements").input(data()),
        |index| integers(&[1, 1], &[index]),
        |case| case,
    );
    is_refused(
        || Case::new("GatherND").input(data()),
        |index| integers(&[1, 2], &[0, index]),
        |case| case,
    );
    is_refused(
        || Case::of("ai.onnx.ml", "ArrayFeatureExtractor", 1).input(data()),
        |index| integers(&[1, 1], &[index]),
        |case| case,
    );
}

#[test]
fn an_empty_table_has_nothing_to_gather() {
    let refused = Case::new("Gather")
        .input(tensor::<f32>(&[0, 3], []))
        .input(integers(&[1], &[0]))
        .refusal();
    assert!(refused.contains("index 0 is outside of the 0 elements"), "{refused}");
}

#[test]
fn scattering_outside_is_refused() {
    for reduction in ["none", "add", "max"] {
        let case = |kind: &str| Case::new(kind).text("reduction", reduction).input(ramp(&[3, 3]));
        is_refused(
            || case("ScatterElements"),
            |index| integers(&[1, 1], &[index]),
            |case| case.input(ramp(&[1, 1])),
        );
        is_refused(
            || case("ScatterND"),
            |index| integers(&[1, 2], &[index, 0]),
            |case| case.input(ramp(&[1])),
        );
    }
    let cache = || {
        Case::of("", "TensorScatter", 24)
            .input(ramp(&[1, 3, 2]))
            .input(ramp(&[1, 1, 2]))
    };
    for outside in [3, 7, i64::MAX] {
        let refused = cache().input(integers(&[1], &[outside])).refusal();
        assert!(refused.contains("outside of the 3 elements"), "{refused}");
    }
}

#[test]
fn choices_and_lengths_beyond_an_axis_are_refused() {
    let chosen = Case::new("Compress").int("axis", 0).input(ramp(&[2, 2]));
    let refused = chosen.input(tensor::<bool>(&[3], [false, false, true])).refusal();
    assert!(refused.contains("a choice beyond the 2 elements"), "{refused}");
    for length in [4, -1, i64::MAX] {
        let reversed = Case::new("ReverseSequence").input(ramp(&[3, 1]));
        let refused = reversed.input(integers(&[1], &[length])).refusal();
        assert!(refused.contains("for 1 sequences of 3"), "{refused}");
    }
    for k in [4, -1, i64::MIN] {
        let best = Case::new("TopK").input(ramp(&[3]));
        let refused = best.input(integers(&[1], &[k])).refusal();
        assert!(refused.contains("k is not between 0 and the 3 elements"), "{refused}");
    }
    for position in [4, -1, i64::MAX] {
        let unpooled = Case::new("MaxUnpool").ints("kernel_shape", &[2]).ints("strides", &[2]);
        let refused = unpooled
            .input(ramp(&[1, 1, 2]))
            .input(integers(&[1, 1, 2], &[0, position]))
            .refusal();
        assert!(refused.contains("outside of"), "{refused}");
    }
}

#[test]
fn a_class_outside_is_cold() {
    for outside in OUTSIDE {
        let hot = Case::new("OneHot")
            .input(integers(&[1], &[outside]))
            .known(integers(&[], &[3]))
            .known(tensor::<f32>(&[2], [0.0, 1.0]));
        assert_eq!(hot.run(), tensor::<f32>(&[1, 3], [0.0; 3]), "{outside}");
    }
}

#[test]
fn bounds_of_a_slice_are_clamped_whenever_they_are_known() {
    let slice = |start: i64, end: i64, step: i64, is_known: bool| {
        let mut case = Case::new("Slice").input(tensor::<f32>(&[3], [1.0, 2.0, 3.0]));
        for bound in [start, end, 0, step] {
            let bound = integers(&[1], &[bound]);
            case = if is_known { case.known(bound) } else { case.input(bound) };
        }
        case
    };
    for is_known in [true, false] {
        let run = |start, end, step| slice(start, end, step, is_known).run();
        assert_eq!(run(i64::MIN, i64::MAX, 1), tensor::<f32>(&[3], [1.0, 2.0, 3.0]));
        assert_eq!(run(i64::MAX, i64::MIN, -1), tensor::<f32>(&[3], [3.0, 2.0, 1.0]));
        assert_eq!(run(1 << 40, 1 << 41, 1), tensor::<f32>(&[0], []));
        assert_eq!(run(0, i64::MAX, i64::MAX), tensor::<f32>(&[1], [1.0]));
        assert_eq!(run(-1, i64::MIN, i64::MIN), tensor::<f32>(&[1], [3.0]));
        let refused = slice(0, 3, 0, is_known).refusal();
        assert!(refused.contains("a step of 0"), "{refused}");
    }
}

/// Coordinates that are no place.
const NOWHERE: [f32; 6] = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, -f32::MAX, 3e9];

/// Asserts that each number is a mean of ones and the zeros around them, or none: nothing of other memory.
fn is_of_ones(found: &Tensor, what: &str) {
    let found = found.as_slice::<f32>().expect("numbers");
    let is_mean = |v: &f32| v.is_nan() || (-1e-3..=1.0 + 1e-3).contains(v);
    assert!(found.iter().all(is_mean), "{what}: {found:?}");
}

#[test]
fn images_are_sampled_only_inside_wherever_the_grid_points() {
    let ones = || tensor::<f32>(&[1, 1, 3, 3], [1.0; 9]);
    for nowhere in NOWHERE {
        for padding in ["zeros", "border", "reflection"] {
            for mode in ["linear", "nearest", "cubic"] {
                let grid = tensor::<f32>(&[1, 1, 2, 2], [nowhere, 0.0, 0.25, nowhere]);
                let sampled = Case::of("", "GridSample", 20)
                    .text("mode", mode)
                    .text("padding_mode", padding)
                    .input(ones())
                    .input(grid)
                    .run();
                if mode != "cubic" {
                    is_of_ones(&sampled, &format!("{mode} {padding} at {nowhere}"));
                }
            }
        }
        let deformed = Case::of("", "DeformConv", 19)
            .input(ones())
            .input(tensor::<f32>(&[1, 1, 1, 1], [1.0]))
            .input(tensor::<f32>(&[1, 2, 3, 3], [nowhere; 18]))
            .run();
        is_of_ones(&deformed, &format!("DeformConv at {nowhere}"));
        for corner in 0..4 {
            let mut region = [0.0, 0.0, 2.0, 2.0];
            region[corner] = nowhere;
            let aligned = Case::of("", "RoiAlign", 16)
                .int("output_height", 2)
                .int("output_width", 2)
                .input(ones())
                .input(tensor(&[1, 4], region.to_vec()))
                .input(integers(&[1], &[0]))
                .run();
            is_of_ones(&aligned, &format!("RoiAlign at {nowhere}"));
        }
    }
}

#[test]
fn a_region_of_no_sample_is_refused() {
    for outside in [2, -1, i64::MAX, i64::MIN] {
        let refusal = Case::of("", "RoiAlign", 16)
            .input(tensor::<f32>(&[2, 1, 3, 3], [1.0; 18]))
            .input(tensor::<f32>(&[2, 4], [0.0, 0.0, 2.0, 2.0, 0.0, 0.0, 1.0, 1.0]))
            .input(integers(&[2], &[1, outside]))
            .refusal();
        assert!(
            refusal.ends_with(&format!("a region is of sample {outside}, but there are 2 samples")),
            "{refusal}"
        );
    }
}

#[test]
fn boxes_that_are_no_numbers_are_kept_or_not_but_never_others() {
    for nowhere in NOWHERE {
        let kept = Case::new("NonMaxSuppression")
            .input(tensor(&[1, 2, 4], vec![nowhere, 0.0, 1.0, 1.0, 0.0, 0.0, nowhere, 1.0]))
            .input(tensor(&[1, 1, 2], vec![nowhere, 0.5]))
            .input(integers(&[1], &[i64::MAX]))
            .run();
        let rows = kept.as_slice::<i64>().expect("integers");
        assert!(
            rows.chunks(3).all(|row| row[..2] == [0, 0] && (0..2).contains(&row[2])),
            "{rows:?}"
        );
    }
}

#[test]
fn trees_that_lead_nowhere_or_in_circles_are_refused() {
    let tree = |children: [i64; 2], feature: i64, leaf: i64| {
        Case::of("ai.onnx.ml", "TreeEnsembleRegressor", 1)
            .ints("nodes_treeids", &[0, 0])
            .ints("nodes_nodeids", &[0, 1])
            .ints("nodes_featureids", &[feature, 0])
            .with("nodes_values", Attribute::Floats(vec![0.5, 0.0]))
            .with(
                "nodes_modes",
                Attribute::Texts(vec!["BRANCH_LEQ".into(), "LEAF".into()]),
            )
            .ints("nodes_truenodeids", &[children[0], 0])
            .ints("nodes_falsenodeids", &[children[1], 0])
            .ints("target_treeids", &[0])
            .ints("target_nodeids", &[1])
            .ints("target_ids", &[leaf])
            .with("target_weights", Attribute::Floats(vec![2.0]))
            .int("n_targets", 1)
            .input(tensor::<f32>(&[1, 2], [0.25, 0.75]))
    };
    assert_eq!(tree([1, 1], 0, 0).run(), tensor::<f32>(&[1, 1], [2.0]));
    let refused = [
        tree([0, 0], 0, 0),
        tree([7, 1], 0, 0),
        tree([-1, -1], 0, 0),
        tree([1, 1], 2, 0),
        tree([1, 1], -1, 0),
        tree([1, 1], i64::MAX, 0),
        tree([1, 1], 0, 1),
        tree([1, 1], 0, i64::MIN),
    ];
    for case in refused {
        case.refusal();
    }
}
