use proptest::prelude::*;

use crate::tensor::{Tensor, TensorData};
use crate::testing::{Case, assert_close, tensor};

const INPUTS: [f32; 12] = [-30.0, -4.0, -1.5, -0.7, -0.2, -1e-3, 0.0, 1e-3, 0.4, 1.0, 2.5, 40.0];

/// The error function by its series, in double precision.
fn erf(x: f64) -> f64 {
    if x.abs() > 5.0 {
        return x.signum();
    }
    let (mut term, mut sum) = (x, x);
    for n in 1..200 {
        term *= -x * x / f64::from(n);
        sum += term / f64::from(2 * n + 1);
    }
    sum * 2.0 / std::f64::consts::PI.sqrt()
}

fn check(case: Case, expected: impl Fn(f64) -> f64) {
    check_on(case, &INPUTS, expected);
}

fn check_on(case: Case, inputs: &[f32], expected: impl Fn(f64) -> f64) {
    let expected: Vec<f32> = inputs.iter().map(|&x| expected(x.into()) as f32).collect();
    assert_close(
        &case.input(tensor(&[inputs.len()], inputs)).run(),
        &tensor(&[inputs.len()], expected),
        2e-6,
    );
}

#[test]
fn activations_follow_their_formulas() {
    let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
    let softplus = |x: f64| x.exp().ln_1p();
    check(Case::new("Relu"), |x| x.max(0.0));
    check(Case::new("LeakyRelu").float("alpha", 0.3), |x| {
        if x < 0.0 { 0.3 * x } else { x }
    });
    check(Case::new("LeakyRelu"), |x| if x < 0.0 { 0.01 * x } else { x });
    check(Case::new("Sigmoid"), sigmoid);
    check(Case::new("Tanh"), f64::tanh);
    check(Case::new("Elu").float("alpha", 2.0), |x| {
        if x < 0.0 { 2.0 * x.exp_m1() } else { x }
    });
    check(Case::new("Celu").float("alpha", 2.0), |x| {
        x.max(0.0) + (2.0 * (x / 2.0).exp_m1()).min(0.0)
    });
    check(Case::new("Selu"), |x| {
        1.050701 * if x <= 0.0 { 1.6732632 * x.exp_m1() } else { x }
    });
    check(Case::new("Softplus"), softplus);
    check(Case::new("Softsign"), |x| x / (1.0 + x.abs()));
    check(Case::new("HardSigmoid"), |x| (0.2 * x + 0.5).clamp(0.0, 1.0));
    check(Case::new("HardSwish"), |x| x * (x / 6.0 + 0.5).clamp(0.0, 1.0));
    check(Case::of("", "Gelu", 20), |x| 0.5 * x * (1.0 + erf(x / 2f64.sqrt())));
    check(Case::of("", "Gelu", 20).text("approximate", "tanh"), |x| {
        0.5 * x * (1.0 + ((2.0 / std::f64::consts::PI).sqrt() * (x + 0.044715 * x.powi(3))).tanh())
    });
    check(Case::new("Mish"), |x| x * softplus(x).tanh());
    check(Case::of("", "Swish", 24).float("alpha", 1.5), |x| x * sigmoid(1.5 * x));
    check(Case::new("ThresholdedRelu").float("alpha", 0.5), |x| {
        if x > 0.5 { x } else { 0.0 }
    });
}

#[test]
fn elementary_functions_follow_their_definitions() {
    check(Case::new("Neg"), |x| -x);
    check(Case::new("Abs"), f64::abs);
    check(Case::new("Erf"), erf);
    check(Case::new("Floor"), f64::floor);
    check(Case::new("Ceil"), f64::ceil);
    check(Case::new("Sign"), |x| if x == 0.0 { 0.0 } else { x.signum() });
    check(Case::new("Reciprocal"), |x| 1.0 / x);
    let positive = [1e-4, 0.3, 1.0, 7.0, 2e4];
    check_on(Case::new("Sqrt"), &positive, f64::sqrt);
    check_on(Case::new("Log"), &positive, f64::ln);
    check_on(Case::new("Exp"), &[-20.0, -1.0, 0.0, 1.0, 5.0], f64::exp);
    check_on(Case::new("Sin"), &[-3.0, -1.0, 0.0, 0.5, 2.0], f64::sin);
    check_on(Case::new("Cos"), &[-3.0, -1.0, 0.0, 0.5, 2.0], f64::cos);
    check_on(
        Case::new("Round"),
        &[-2.5, -1.5, -0.5, 0.5, 1.5, 2.4, 2.6],
        f64::round_ties_even,
    );
}

#[test]
fn clip_takes_bounds_from_attributes_and_from_inputs() {
    let x = || tensor::<f32>(&[4], [-3.0, 0.0, 2.0, 9.0]);
    let expected = tensor::<f32>(&[4], [-1.0, 0.0, 2.0, 6.0]);
    Case::of("", "Clip", 6)
        .float("min", -1.0)
        .float("max", 6.0)
        .input(x())
        .gives(&expected);
    Case::new("Clip")
        .input(x())
        .known(Tensor::scalar(-1.0_f32))
        .known(Tensor::scalar(6.0_f32))
        .gives(&expected);
    let above = tensor::<f32>(&[4], [-3.0, 0.0, 2.0, 2.0]);
    Case::new("Clip")
        .input(x())
        .absent()
        .known(Tensor::scalar(2.0_f32))
        .gives(&above);
}

#[test]
fn not_a_number_passes_through() {
    let nan = || tensor::<f32>(&[1], [f32::NAN]);
    for kind in ["Relu", "Sigmoid", "Tanh", "LeakyRelu", "Abs"] {
        assert!(
            Case::new(kind).input(nan()).run().as_slice::<f32>().expect("floats")[0].is_nan(),
            "{kind}"
        );
    }
    let one = || tensor::<f32>(&[1], [1.0]);
    for kind in ["Max", "Min", "Add"] {
        for case in [
            Case::new(kind).input(nan()).input(one()),
            Case::new(kind).input(one()).input(nan()),
        ] {
            assert!(case.run().as_slice::<f32>().expect("floats")[0].is_nan(), "{kind}");
        }
    }
}

#[test]
fn powers_are_those_of_ieee() {
    let bases = [-2.0_f32, -2.0, -2.0, 0.0, 0.0, 2.0, 2.25, -8.0, 0.0, 1.0];
    let exponents = [2.0_f32, 3.0, -1.0, 0.0, 3.0, 10.0, 0.5, 0.5, -2.0, 1e9];
    let expected: Vec<f32> = bases
        .iter()
        .zip(exponents)
        .map(|(base, exponent)| base.powf(exponent))
        .collect();
    let case = Case::new("Pow")
        .input(tensor(&[10], bases))
        .input(tensor(&[10], exponents));
    assert_close(&case.run(), &tensor(&[10], expected), 1e-5);
    // Exporters write squares with an integer exponent.
    let square = Case::new("Pow")
        .input(tensor::<f32>(&[2], [-3.0, 0.5]))
        .known(Tensor::scalar(2_i64));
    assert_close(&square.run(), &tensor::<f32>(&[2], [9.0, 0.25]), 1e-6);
}

#[test]
fn integers_are_calculated_with_on_the_host() {
    let x = || tensor::<i64>(&[4], [7, -7, 0, i64::MAX]);
    let y = || tensor::<i64>(&[4], [2, 2, 5, 1]);
    Case::new("Div")
        .input(x())
        .input(y())
        .gives(&tensor::<i64>(&[4], [3, -3, 0, i64::MAX]));
    Case::new("Add")
        .input(x())
        .input(y())
        .gives(&tensor::<i64>(&[4], [9, -5, 5, i64::MIN]));
    Case::new("Less")
        .input(x())
        .input(y())
        .gives(&tensor::<bool>(&[4], [false, true, true, false]));
    Case::new("Neg")
        .input(x())
        .gives(&tensor::<i64>(&[4], [-7, 7, 0, -i64::MAX]));
    let by_zero = Case::new("Div").input(x()).input(tensor::<i64>(&[1], [0]));
    assert_eq!(by_zero.refusal(), "Div: an integer is divided by zero");
}

#[test]
fn comparisons_and_logic_give_truth_values() {
    let x = || tensor::<f32>(&[3], [1.0, 2.0, 3.0]);
    let y = || tensor::<f32>(&[3], [2.0, 2.0, 2.0]);
    for (kind, expected) in [
        ("Equal", [false, true, false]),
        ("Less", [true, false, false]),
        ("LessOrEqual", [true, true, false]),
        ("Greater", [false, false, true]),
        ("GreaterOrEqual", [false, true, true]),
    ] {
        Case::new(kind)
            .input(x())
            .input(y())
            .gives(&tensor::<bool>(&[3], expected));
    }
    let p = || tensor::<bool>(&[4], [false, false, true, true]);
    let q = || tensor::<bool>(&[4], [false, true, false, true]);
    Case::new("And")
        .input(p())
        .input(q())
        .gives(&tensor::<bool>(&[4], [false, false, false, true]));
    Case::new("Or")
        .input(p())
        .input(q())
        .gives(&tensor::<bool>(&[4], [false, true, true, true]));
    Case::new("Xor")
        .input(p())
        .input(q())
        .gives(&tensor::<bool>(&[4], [false, true, true, false]));
    Case::new("Not")
        .input(p())
        .gives(&tensor::<bool>(&[4], [true, true, false, false]));
    Case::new("Equal")
        .input(p())
        .input(q())
        .gives(&tensor::<bool>(&[4], [true, false, false, true]));
}

#[test]
fn where_chooses_with_broadcasting() {
    let condition = || tensor::<bool>(&[2, 1], [true, false]);
    let x = || tensor::<f32>(&[3], [1.0, 2.0, 3.0]);
    let expected = tensor::<f32>(&[2, 3], [1.0, 2.0, 3.0, 0.0, 0.0, 0.0]);
    Case::new("Where")
        .input(condition())
        .input(x())
        .input(tensor::<f32>(&[1], [0.0]))
        .gives(&expected);
    let integers = Case::new("Where")
        .input(condition())
        .input(Tensor::scalar(1_i64))
        .input(Tensor::scalar(2_i64));
    integers.gives(&tensor::<i64>(&[2, 1], [1, 2]));
}

#[test]
fn casts_cut_fractions_off() {
    let x = || tensor::<f32>(&[4], [-1.9, 0.0, 0.5, 300.0]);
    Case::new("Cast")
        .int("to", 7)
        .input(x())
        .gives(&tensor::<i64>(&[4], [-1, 0, 0, 300]));
    Case::new("Cast")
        .int("to", 9)
        .input(x())
        .gives(&tensor::<bool>(&[4], [true, false, true, true]));
    Case::new("Cast")
        .int("to", 1)
        .input(tensor::<bool>(&[2], [true, false]))
        .gives(&tensor::<f32>(&[2], [1.0, 0.0]));
    Case::new("Cast")
        .int("to", 1)
        .input(tensor::<i64>(&[2], [3, -4]))
        .gives(&tensor::<f32>(&[2], [3.0, -4.0]));
    let refused = Case::new("Cast").int("to", 14).input(x()).refusal();
    assert!(
        refused.contains("Cast (opset 18): the target: its element type, complex64, is not supported"),
        "{refused}"
    );
}

#[test]
fn sums_of_many_inputs_are_written_out() {
    let x = |v: f32| tensor::<f32>(&[2], [v, -v]);
    Case::new("Sum")
        .input(x(1.0))
        .input(x(2.0))
        .input(x(4.0))
        .gives(&tensor::<f32>(&[2], [7.0, -7.0]));
    Case::new("Mean")
        .input(x(1.0))
        .input(x(2.0))
        .input(x(6.0))
        .gives(&tensor::<f32>(&[2], [3.0, -3.0]));
    Case::new("Max")
        .input(x(1.0))
        .input(x(2.0))
        .input(x(-4.0))
        .gives(&tensor::<f32>(&[2], [2.0, 4.0]));
    Case::new("Min").input(x(1.0)).gives(&tensor::<f32>(&[2], [1.0, -1.0]));
}

#[test]
fn shapes_that_do_not_broadcast_are_refused() {
    let case = Case::new("Add")
        .input(tensor::<f32>(&[2], [0.0; 2]))
        .input(tensor::<f32>(&[3], [0.0; 3]));
    assert_eq!(case.refusal(), "Add: the shapes [2] and [3] do not broadcast");
}

/// Two shapes that broadcast: a full one, and one with some dimensions of one or left out in front.
fn broadcasting_shapes() -> impl Strategy<Value = (Vec<usize>, Vec<usize>)> {
    let dims = prop::collection::vec((1_usize..4, any::<bool>()), 0..6);
    (dims, 0_usize..6).prop_map(|(dims, skip)| {
        let full = dims.iter().map(|(dim, _)| *dim).collect();
        let part = dims.iter().map(|(dim, stretches)| if *stretches { 1 } else { *dim });
        (full, part.skip(skip).collect())
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn broadcasting_on_the_device_equals_that_on_the_host((x, y) in broadcasting_shapes(), swap: bool) {
        let (x, y) = if swap { (y, x) } else { (x, y) };
        let (x, y) = (crate::testing::ramp(&x), crate::testing::ramp(&y));
        let on_device = Case::new("Sub").input(x.clone()).input(y.clone()).run();
        // With constants the same operator is folded on the host.
        let on_host = Case::new("Sub").known(x).known(y).run();
        prop_assert!(matches!(on_host.data(), TensorData::Float32(_)));
        prop_assert_eq!(on_device, on_host);
    }
}
