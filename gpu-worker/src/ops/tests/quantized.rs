//! Products and convolutions of small integers, against those of the same numbers in single precision, which holds them exactly here.

use crate::tensor::Tensor;
use crate::testing::{Case, tensor};

fn bytes(dims: &[usize]) -> Tensor {
    let count = dims.iter().product::<usize>();
    tensor::<u8>(dims, (0..count).map(|at| (at * 37 % 251) as u8).collect::<Vec<_>>())
}

fn signed(dims: &[usize]) -> Tensor {
    let count = dims.iter().product::<usize>();
    tensor::<i8>(
        dims,
        (0..count).map(|at| (at * 53 % 255) as u8 as i8).collect::<Vec<_>>(),
    )
}

/// Codes less their zero points, one for each index of a dimension of `along` elements.
fn numbers(codes: &Tensor, zeros: &[f32], along: impl Fn(usize) -> usize) -> Tensor {
    let read = codes.floats().expect("numbers");
    let number = |at: usize| read(at) as f32 - zeros[along(at)];
    tensor(
        codes.shape().dims(),
        (0..codes.shape().elements()).map(number).collect::<Vec<_>>(),
    )
}

/// Groups, strides, dilations and paddings.
type Window = (i64, [i64; 2], [i64; 2], [i64; 4]);

fn whole(found: &Tensor) -> Vec<f32> {
    found
        .as_slice::<i32>()
        .expect("32 bits")
        .iter()
        .map(|&sum| sum as f32)
        .collect()
}

#[test]
fn an_integer_product_is_exact() {
    let (a, b) = (bytes(&[2, 3, 7]), signed(&[7, 5]));
    let zeros = [3_i8, -4, 0, 100, -128];
    let found = Case::new("MatMulInteger")
        .input(a.clone())
        .input(b.clone())
        .input(Tensor::scalar(9_u8))
        .input(tensor::<i8>(&[5], zeros))
        .run();
    let b = numbers(&b, &zeros.map(f32::from), |at| at % 5);
    let expected = Case::new("MatMul").input(numbers(&a, &[9.0], |_| 0)).input(b).run();
    assert_eq!(whole(&found), expected.as_slice::<f32>().expect("numbers"));
}

#[test]
fn an_integer_convolution_is_exact_whatever_its_window() {
    let windows: [Window; 4] = [
        (1, [1, 1], [1, 1], [0, 0, 0, 0]),
        (2, [2, 1], [1, 2], [1, 0, 2, 1]),
        (2, [1, 3], [2, 1], [0, 2, 3, 0]),
        (1, [3, 2], [1, 1], [4, 5, 4, 5]),
    ];
    for (group, strides, dilations, pads) in windows {
        let (x, w) = (bytes(&[2, 4, 6, 7]), signed(&[6, 4 / group as usize, 3, 2]));
        let case = |kind: &str| {
            let case = Case::new(kind).int("group", group).ints("strides", &strides);
            case.ints("dilations", &dilations).ints("pads", &pads)
        };
        let zeros = [0_i8, 1, -2, 3, -100, 127];
        let found = case("ConvInteger").input(x.clone()).input(w.clone());
        let found = found
            .input(Tensor::scalar(128_u8))
            .input(tensor::<i8>(&[6], zeros))
            .run();
        let per_output = w.shape().elements() / 6;
        let w = numbers(&w, &zeros.map(f32::from), |at| at / per_output);
        let expected = case("Conv").input(numbers(&x, &[128.0], |_| 0)).input(w).run();
        assert_eq!(found.shape(), expected.shape());
        assert_eq!(
            whole(&found),
            expected.as_slice::<f32>().expect("numbers"),
            "{strides:?}"
        );
    }
}
