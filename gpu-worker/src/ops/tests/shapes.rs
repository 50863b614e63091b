use std::sync::Arc;

use crate::model::{Attribute, Limits};
use crate::tensor::Tensor;
use crate::testing::{Case, tensor};

#[test]
fn shapes_are_known_while_planning() {
    let x = || tensor::<f32>(&[2, 3, 4], [0.0; 24]);
    Case::new("Shape").input(x()).gives(&tensor::<i64>(&[3], [2, 3, 4]));
    Case::new("Shape")
        .int("start", -2)
        .int("end", 2)
        .input(x())
        .gives(&tensor::<i64>(&[1], [3]));
    Case::new("Shape")
        .int("start", 5)
        .int("end", i64::MIN)
        .input(x())
        .gives(&tensor::<i64>(&[0], []));
    Case::new("Size").input(x()).gives(&Tensor::scalar(24_i64));
}

#[test]
fn constants_are_made_in_shape() {
    let two = Attribute::Tensor(Arc::new(tensor::<i64>(&[1], [2])));
    let filled = Case::new("ConstantOfShape")
        .with("value", two)
        .known(tensor::<i64>(&[2], [1, 3]));
    filled.gives(&tensor::<i64>(&[1, 3], [2; 3]));
    let range = |bounds: [i64; 3]| {
        bounds
            .into_iter()
            .fold(Case::new("Range"), |case, bound| case.known(Tensor::scalar(bound)))
    };
    range([3, 9, 2]).gives(&tensor::<i64>(&[3], [3, 5, 7]));
    range([3, -1, -3]).gives(&tensor::<i64>(&[2], [3, 0]));
    assert!(range([0, 1, 0]).refusal().contains("a step of 0"));
    assert!(
        range([0, i64::MAX, 1])
            .refusal()
            .contains("more than 2147483647 elements")
    );
}

#[test]
fn a_shape_beyond_the_limits_is_refused_before_it_is_made() {
    let giant = Case::new("ConstantOfShape")
        .known(tensor::<i64>(&[2], [1 << 20, 1 << 10]))
        .refusal();
    assert!(giant.contains("--limit-tensor-bytes raises it"), "{giant}");
    let overflowing = Case::new("ConstantOfShape")
        .known(tensor::<i64>(&[2], [i64::MAX, i64::MAX]))
        .refusal();
    assert!(overflowing.contains("more than 2147483647 elements"), "{overflowing}");
    let negative = Case::new("ConstantOfShape").known(tensor::<i64>(&[1], [-1])).refusal();
    assert!(negative.contains("negative length"), "{negative}");
    let deep = Case::new("Reshape")
        .input(Tensor::scalar(0.0_f32))
        .known(tensor::<i64>(&[9], [1; 9]))
        .refusal();
    assert!(deep.contains("--limit-rank"), "{deep}");
}

#[test]
fn what_is_not_known_is_refused_by_name() {
    let unknown = Case::new("NoSuchOperator").input(tensor::<f32>(&[1], [0.0])).refusal();
    assert_eq!(
        unknown,
        "the model needs operators that are not supported: NoSuchOperator (opset 18): not implemented"
    );
    let attribute = Case::new("Relu")
        .int("mystery", 1)
        .input(tensor::<f32>(&[1], [0.0]))
        .refusal();
    assert!(
        attribute.contains("Relu (opset 18): attribute 'mystery'"),
        "{attribute}"
    );
    let truths = Case::new("MatMul")
        .input(tensor::<bool>(&[1, 1], [false]))
        .input(tensor::<bool>(&[1, 1], [false]))
        .refusal();
    assert_eq!(truths, "MatMul: operands of type bool");
    let kind = Case::new("LeakyRelu")
        .int("alpha", 1)
        .input(tensor::<f32>(&[1], [0.0]))
        .refusal();
    assert_eq!(
        kind,
        "LeakyRelu: attribute 'alpha' should be a number, but is an integer"
    );
}

#[test]
fn planning_itself_is_bounded() {
    // Every dimension is cut into three, and every combination is a move of its own.
    let pads = tensor::<i64>(&[16], [1; 16]);
    let padded = || {
        Case::new("Pad")
            .text("mode", "reflect")
            .input(tensor(&[2; 8], vec![0.0_f32; 256]))
            .known(pads.clone())
    };
    assert_eq!(padded().run().shape().dims(), [4; 8]);
    let limits = Limits {
        nodes: 600,
        ..Limits::default()
    };
    assert!(
        padded()
            .within(limits)
            .refusal()
            .contains("the number of steps of a batch is 6561")
    );
    let limits = Limits {
        memory_bytes: 1000,
        ..Limits::default()
    };
    let indices = tensor(&[300], vec![0_i64; 300]);
    let gather = Case::new("Gather")
        .input(tensor(&[1], [0.0_f32]))
        .known(indices)
        .within(limits);
    assert!(gather.refusal().contains("--limit-memory-bytes"));
}
