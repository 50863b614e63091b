use crate::testing::{Case, ramp, targets, tensor};

/// A case of channels of square planes, among whose elements are some that are no numbers or infinite.
fn pooling(channels: usize, size: usize, [width, stride]: [i64; 2], pads: [i64; 4]) -> Case {
    let mut x = ramp(&[2, channels, size, size])
        .as_slice::<f32>()
        .expect("floats")
        .to_vec();
    for (at, element) in x.iter_mut().enumerate() {
        *element = match at % 61 {
            7 => f32::NAN,
            8..20 => f32::NEG_INFINITY,
            _ => *element,
        };
    }
    Case::new("MaxPool")
        .ints("kernel_shape", &[width, width])
        .ints("strides", &[stride, stride])
        .ints("pads", &pads)
        .input(tensor(&[2, channels, size, size], x))
}

#[test]
fn the_greatest_elements_are_those_that_the_host_finds() {
    for (window, pads) in [
        ([2, 2], [0; 4]),
        ([2, 2], [1, 1, 0, 1]),
        ([3, 1], [1; 4]),
        ([3, 2], [1; 4]),
        ([3, 2], [0, 2, 1, 0]),
    ] {
        for (channels, size) in [(2, 6), (3, 8), (8, 7), (1, 14), (4, 16), (2, 33)] {
            // With the positions, which the host finds.
            let expected = pooling(channels, size, window, pads)
                .outputs(2)
                .expect("runs")
                .remove(0);
            let expected = expected.as_slice::<f32>().expect("floats").to_vec();
            for target in targets() {
                let found = pooling(channels, size, window, pads).on(target).run();
                let found = found.as_slice::<f32>().expect("floats");
                let is_same = |(a, b): (&f32, &f32)| a == b || a.is_nan() && b.is_nan();
                assert_eq!(found.len(), expected.len());
                let differs = found.iter().zip(&expected).position(|pair| !is_same(pair));
                assert_eq!(differs, None, "{window:?} {pads:?} {channels} {size} on {target:?}");
            }
        }
    }
}
