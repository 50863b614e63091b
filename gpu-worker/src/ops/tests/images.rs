//! Operators on images beside convolution and pooling.

use crate::tensor::Tensor;
use crate::testing::{Case, assert_close, ramp, tensor};

fn square() -> Tensor {
    tensor::<f32>(&[1, 1, 2, 2], [1.0, 2.0, 3.0, 4.0])
}

fn resize(mode: &str, coordinates: &str, scale: f32) -> Case {
    let case = Case::new("Resize")
        .text("mode", mode)
        .text("coordinate_transformation_mode", coordinates);
    case.input(square())
        .absent()
        .known(tensor::<f32>(&[4], [1.0, 1.0, 1.0, scale]))
}

#[test]
fn resizing_repeats_or_interpolates() {
    let doubled = tensor::<f32>(&[1, 1, 2, 4], [1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 4.0, 4.0]);
    assert_eq!(
        resize("nearest", "asymmetric", 2.0).text("nearest_mode", "floor").run(),
        doubled
    );
    assert_eq!(resize("nearest", "half_pixel", 2.0).run(), doubled);
    assert_eq!(
        Case::of("", "Resize", 10)
            .input(square())
            .known(tensor::<f32>(&[4], [1.0, 1.0, 1.0, 2.0]))
            .run(),
        doubled
    );
    let upsampled = Case::of("", "Upsample", 9)
        .input(square())
        .known(tensor::<f32>(&[4], [1.0, 1.0, 1.0, 2.0]))
        .run();
    assert_eq!(upsampled, doubled);
    let smooth = tensor::<f32>(&[1, 1, 2, 4], [1.0, 1.25, 1.75, 2.0, 3.0, 3.25, 3.75, 4.0]);
    assert_close(&resize("linear", "half_pixel", 2.0).run(), &smooth, 1e-6);
    let corners = tensor::<f32>(&[1, 1, 2, 3], [1.0, 1.5, 2.0, 3.0, 3.5, 4.0]);
    assert_close(&resize("linear", "align_corners", 1.5).run(), &corners, 1e-6);
    let one = tensor::<f32>(&[1, 1, 2, 1], [1.0, 3.0]);
    assert_close(&resize("linear", "pytorch_half_pixel", 0.5).run(), &one, 1e-6);
    let sized = Case::new("Resize")
        .input(square())
        .absent()
        .known(tensor::<f32>(&[0], []));
    assert_eq!(sized.known(tensor::<i64>(&[4], [1, 1, 2, 4])).run(), doubled);
}

#[test]
fn resizing_is_refused_where_it_is_not_defined() {
    assert!(
        resize("quartic", "half_pixel", 2.0)
            .refusal()
            .contains("mode 'quartic'")
    );
    assert!(
        resize("linear", "corners", 2.0)
            .refusal()
            .contains("coordinate_transformation_mode 'corners'")
    );
    assert!(
        resize("nearest", "half_pixel", f32::NAN)
            .refusal()
            .contains("not positive")
    );
    assert!(resize("nearest", "half_pixel", 1e30).refusal().contains("elements"));
    let channels = Case::new("Resize")
        .input(square())
        .absent()
        .known(tensor::<f32>(&[4], [1.0, 2.0, 1.0, 1.0]));
    assert_eq!(channels.run().shape().dims(), [1, 2, 2, 2]);
}

#[test]
fn blocks_become_channels_and_back() {
    let x = tensor(&[1, 4, 1, 2], (0..8).map(|i| i as f32).collect::<Vec<_>>());
    let image = tensor::<f32>(&[1, 1, 2, 4], [0.0, 2.0, 1.0, 3.0, 4.0, 6.0, 5.0, 7.0]);
    Case::new("DepthToSpace")
        .int("blocksize", 2)
        .input(x.clone())
        .gives(&image);
    Case::new("SpaceToDepth").int("blocksize", 2).input(image).gives(&x);
    // With several channels the two ways of numbering them differ.
    let x = tensor(&[1, 8, 1, 1], (0..8).map(|i| i as f32).collect::<Vec<_>>());
    let outer = tensor::<f32>(&[1, 2, 2, 2], [0.0, 2.0, 4.0, 6.0, 1.0, 3.0, 5.0, 7.0]);
    Case::new("DepthToSpace")
        .int("blocksize", 2)
        .input(x.clone())
        .gives(&outer);
    let inner = tensor(&[1, 2, 2, 2], (0..8).map(|i| i as f32).collect::<Vec<_>>());
    Case::new("DepthToSpace")
        .int("blocksize", 2)
        .text("mode", "CRD")
        .input(x.clone())
        .gives(&inner);
    for block in [0, -1, 3, i64::MAX] {
        let refused = Case::new("DepthToSpace")
            .int("blocksize", block)
            .input(x.clone())
            .refusal();
        assert!(refused.contains("has no blocks"), "{refused}");
    }
}

#[test]
fn instances_are_normalised_channel_by_channel() {
    let x = ramp(&[2, 2, 5]);
    let (scale, bias) = ([1.5_f32, -0.5], [0.1_f32, 0.2]);
    let elements: &[f32] = x.as_slice().expect("floats");
    let expected = elements.chunks(5).enumerate().flat_map(|(row, elements)| {
        let mean = elements.iter().sum::<f32>() / 5.0;
        let variance = elements.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / 5.0;
        let normal = move |v: &f32| (v - mean) / (variance + 1e-5).sqrt() * scale[row % 2] + bias[row % 2];
        elements.iter().map(normal).collect::<Vec<_>>()
    });
    let expected = tensor(&[2, 2, 5], expected.collect::<Vec<_>>());
    let case = Case::new("InstanceNormalization")
        .input(x.clone())
        .known(tensor(&[2], scale))
        .known(tensor(&[2], bias));
    assert_close(&case.run(), &expected, 1e-5);
    let wrong = Case::new("InstanceNormalization")
        .input(x)
        .known(tensor(&[1], [1.0_f32]))
        .known(tensor(&[2], bias));
    assert!(wrong.refusal().contains("not one for each of 2 channels"));
}
