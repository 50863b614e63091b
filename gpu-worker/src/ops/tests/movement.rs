use proptest::prelude::*;
use prost::bytes::Bytes;

use crate::model::{Attributes, decode_raw};
use crate::ops::{Spec, transpose};
use crate::tensor::{DataType, Shape, Tensor, TensorType};
use crate::testing::{Case, tensor};

fn numbers(dims: &[usize]) -> Tensor {
    tensor(
        dims,
        (0..dims.iter().product::<usize>())
            .map(|i| i as f32)
            .collect::<Vec<_>>(),
    )
}

fn integers(values: &[i64]) -> Tensor {
    tensor(&[values.len()], values)
}

#[test]
fn reshapes_resolve_zero_and_minus_one() {
    let x = || numbers(&[2, 3, 4]);
    Case::new("Reshape")
        .input(x())
        .known(integers(&[0, -1]))
        .gives(&numbers(&[2, 12]));
    Case::new("Reshape")
        .input(x())
        .known(integers(&[4, 6]))
        .gives(&numbers(&[4, 6]));
    Case::new("Flatten").int("axis", 2).input(x()).gives(&numbers(&[6, 4]));
    Case::new("Flatten").int("axis", 0).input(x()).gives(&numbers(&[1, 24]));
    Case::new("Identity").input(x()).gives(&x());
    Case::new("Dropout").input(x()).gives(&x());
    for shape in [
        &[5, -1][..],
        &[-1, -1],
        &[2, 3],
        &[0, 0, 0, 0],
        &[i64::MAX, 2],
        &[-2, 12],
    ] {
        assert!(
            Case::new("Reshape")
                .input(x())
                .known(integers(shape))
                .refusal()
                .contains("reshape")
                || shape[0] == i64::MAX
        );
    }
    // A shape that only comes with the data is run node by node.
    assert_eq!(
        Case::new("Reshape").input(x()).input(integers(&[24])).run(),
        numbers(&[24])
    );
}

#[test]
fn dimensions_of_one_come_and_go() {
    Case::new("Squeeze").input(numbers(&[1, 3, 1])).gives(&numbers(&[3]));
    Case::new("Squeeze")
        .input(numbers(&[1, 3, 1]))
        .known(integers(&[-1]))
        .gives(&numbers(&[1, 3]));
    Case::of("", "Squeeze", 11)
        .ints("axes", &[0])
        .input(numbers(&[1, 3, 1]))
        .gives(&numbers(&[3, 1]));
    Case::new("Unsqueeze")
        .input(numbers(&[3]))
        .known(integers(&[0, -1]))
        .gives(&numbers(&[1, 3, 1]));
    assert!(
        Case::new("Squeeze")
            .input(numbers(&[1, 3]))
            .known(integers(&[1]))
            .refusal()
            .contains("is not 1")
    );
}

#[test]
fn transposition_reorders_dimensions() {
    let expected = tensor::<f32>(&[3, 2], [0.0, 3.0, 1.0, 4.0, 2.0, 5.0]);
    Case::new("Transpose").input(numbers(&[2, 3])).gives(&expected);
    Case::new("Transpose")
        .ints("perm", &[1, 0])
        .input(numbers(&[2, 3]))
        .gives(&expected);
    let to_last = Case::new("Transpose")
        .ints("perm", &[0, 2, 1])
        .input(tensor::<i64>(&[1, 2, 2], [0, 1, 2, 3]));
    to_last.gives(&tensor::<i64>(&[1, 2, 2], [0, 2, 1, 3]));
    assert!(
        Case::new("Transpose")
            .ints("perm", &[0, 0])
            .input(numbers(&[2, 3]))
            .refusal()
            .contains("twice")
    );
}

#[test]
fn what_lies_in_a_file_is_moved_as_it_lies_there() {
    let spec = &mut Spec {
        kind: "Transpose",
        opset: 21,
        attributes: &mut Attributes::default(),
        inputs: vec![true],
        outputs: vec![true],
    };
    let operator = transpose::transpose(spec).expect("an operator");
    let moved = |x: &Tensor, data_type| {
        let output = TensorType::new(data_type, Shape::new([3, 2]).expect("small"));
        operator.evaluate(&[Some(x)], &[output]).expect("moved").remove(0)
    };
    let types = [DataType::Uint8, DataType::Float16, DataType::Float32, DataType::Int64];
    for data_type in types {
        let bytes: Bytes = (0..6 * data_type.size()).map(|byte| byte as u8).collect();
        let shape = Shape::new([2, 3]).expect("small");
        let decoded = decode_raw(data_type, &shape, bytes.clone()).expect("elements");
        let stored = Tensor::stored(shape, data_type, bytes);
        let stored = stored.expect("as many").expect("no packed ones");
        let turned = moved(&stored, data_type);
        assert!(turned.stored_bytes().is_some(), "{data_type}");
        assert_eq!(turned, moved(&decoded, data_type));
    }
}

#[test]
fn tensors_are_joined_and_split() {
    let joined = tensor::<f32>(&[2, 3], [0.0, 1.0, 9.0, 2.0, 3.0, 8.0]);
    Case::new("Concat")
        .int("axis", -1)
        .input(numbers(&[2, 2]))
        .input(tensor::<f32>(&[2, 1], [9.0, 8.0]))
        .gives(&joined);
    let parts = Case::of("", "Split", 13)
        .int("axis", 1)
        .input(joined.clone())
        .known(integers(&[1, 2]))
        .outputs(2);
    assert_eq!(
        parts,
        Ok(vec![
            tensor::<f32>(&[2, 1], [0.0, 2.0]),
            tensor::<f32>(&[2, 2], [1.0, 9.0, 3.0, 8.0])
        ])
    );
    let even = Case::new("Split").int("num_outputs", 2).input(numbers(&[5])).outputs(2);
    assert_eq!(even, Ok(vec![numbers(&[3]), tensor::<f32>(&[2], [3.0, 4.0])]));
    let wrong = Case::new("Concat")
        .int("axis", 0)
        .input(numbers(&[2, 2]))
        .input(numbers(&[1, 3]))
        .refusal();
    assert!(wrong.contains("does not fit"), "{wrong}");
    assert!(
        Case::of("", "Split", 13)
            .input(joined)
            .known(integers(&[5, -3]))
            .outputs(2)
            .is_err()
    );
}

#[test]
fn slices_step_forwards_and_backwards() {
    let slice = |starts: &[i64], ends: &[i64], axes: &[i64], steps: &[i64]| {
        let case = Case::new("Slice")
            .input(numbers(&[2, 4]))
            .known(integers(starts))
            .known(integers(ends));
        case.known(integers(axes)).known(integers(steps))
    };
    slice(&[1], &[i64::MAX], &[1], &[2]).gives(&tensor::<f32>(&[2, 2], [1.0, 3.0, 5.0, 7.0]));
    slice(&[-1], &[i64::MIN], &[1], &[-1]).gives(&tensor::<f32>(&[2, 4], [3.0, 2.0, 1.0, 0.0, 7.0, 6.0, 5.0, 4.0]));
    slice(&[1, 1], &[2, 3], &[0, 1], &[1, 1]).gives(&tensor::<f32>(&[1, 2], [5.0, 6.0]));
    slice(&[3], &[1], &[1], &[1]).gives(&tensor::<f32>(&[2, 0], []));
    let old = Case::of("", "Slice", 9)
        .ints("starts", &[1])
        .ints("ends", &[2])
        .ints("axes", &[0])
        .input(numbers(&[2, 2]));
    old.gives(&tensor::<f32>(&[1, 2], [2.0, 3.0]));
    assert!(slice(&[0], &[1], &[2], &[1]).refusal().contains("axis 2"));
}

#[test]
fn broadcasting_and_tiling_repeat() {
    Case::new("Expand")
        .input(numbers(&[2, 1]))
        .known(integers(&[1, 2, 2]))
        .gives(&tensor::<f32>(&[1, 2, 2], [0.0, 0.0, 1.0, 1.0]));
    Case::new("Tile")
        .input(numbers(&[1, 2]))
        .known(integers(&[2, 2]))
        .gives(&tensor::<f32>(&[2, 4], [0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0]));
}

#[test]
fn padding_has_every_mode() {
    let x = || tensor::<f32>(&[3], [1.0, 2.0, 3.0]);
    let pad = |mode: &str, pads: &[i64]| {
        Case::of("", "Pad", 19)
            .text("mode", mode)
            .input(x())
            .known(integers(pads))
    };
    pad("constant", &[1, 2]).gives(&tensor::<f32>(&[6], [0.0, 1.0, 2.0, 3.0, 0.0, 0.0]));
    pad("constant", &[1, 0])
        .known(Tensor::scalar(9.0_f32))
        .gives(&tensor::<f32>(&[4], [9.0, 1.0, 2.0, 3.0]));
    pad("constant", &[-1, 1]).gives(&tensor::<f32>(&[3], [2.0, 3.0, 0.0]));
    pad("reflect", &[2, 2]).gives(&tensor::<f32>(&[7], [3.0, 2.0, 1.0, 2.0, 3.0, 2.0, 1.0]));
    pad("edge", &[2, 1]).gives(&tensor::<f32>(&[6], [1.0, 1.0, 1.0, 2.0, 3.0, 3.0]));
    pad("wrap", &[1, 2]).gives(&tensor::<f32>(&[6], [3.0, 1.0, 2.0, 3.0, 1.0, 2.0]));
    let square = Case::new("Pad")
        .text("mode", "reflect")
        .input(tensor::<f32>(&[2, 2], [1.0, 2.0, 3.0, 4.0]))
        .known(integers(&[1, 0, 0, 1]));
    square.gives(&tensor::<f32>(&[3, 3], [3.0, 4.0, 3.0, 1.0, 2.0, 1.0, 3.0, 4.0, 3.0]));
    assert!(
        pad("reflect", &[3, 0])
            .refusal()
            .contains("padding a dimension of 3 by 3")
    );
    assert!(pad("constant", &[i64::MIN, 0]).refusal().contains("a padding of"));
    assert!(pad("constant", &[-2, -2]).refusal().contains("cut more"));
}

#[test]
fn gathers_check_their_indices() {
    let x = || numbers(&[3, 2]);
    let expected = tensor::<f32>(&[2, 2], [4.0, 5.0, 0.0, 1.0]);
    Case::new("Gather")
        .input(x())
        .input(integers(&[-1, 0]))
        .gives(&expected);
    Case::new("Gather")
        .int("axis", 1)
        .input(x())
        .known(Tensor::scalar(1_i64))
        .gives(&tensor::<f32>(&[3], [1.0, 3.0, 5.0]));
    for index in [3, -4, i64::MIN, i64::MAX] {
        let message = format!("Gather: index {index} is outside of the 3 elements of the axis");
        assert_eq!(
            Case::new("Gather").input(x()).known(integers(&[index])).refusal(),
            message
        );
        assert_eq!(
            Case::new("Gather").input(x()).input(integers(&[index])).refusal(),
            message
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn a_transposition_and_its_inverse_change_nothing(
        dims in prop::collection::vec(1_usize..4, 1..6),
        seed in any::<prop::sample::Index>(),
    ) {
        let rank = dims.len();
        let mut order: Vec<i64> = (0..rank as i64).collect();
        order.rotate_left(seed.index(rank));
        let mut inverse = vec![0; rank];
        for (to, &from) in order.iter().enumerate() {
            inverse[from as usize] = to as i64;
        }
        let x = numbers(&dims);
        let there = Case::new("Transpose").ints("perm", &order).input(x.clone()).run();
        let back = Case::new("Transpose").ints("perm", &inverse).input(there).run();
        prop_assert_eq!(back, x);
    }
}
