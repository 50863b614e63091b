//! Convolution, pooling and sampling over one to three axes.

use crate::tensor::Tensor;
use crate::testing::{Case, assert_close, ramp, tensor};

fn ones(dims: &[usize]) -> Tensor {
    tensor(dims, vec![1.0_f32; dims.iter().product()])
}

#[test]
fn windows_slide_over_three_axes() {
    let cube = || ones(&[1, 1, 3, 3, 3]);
    let sums = tensor(&[1, 1, 2, 2, 2], [8.0_f32; 8]);
    Case::new("Conv")
        .input(cube())
        .input(ones(&[1, 1, 2, 2, 2]))
        .gives(&sums);
    let spread = Case::new("ConvTranspose")
        .input(ones(&[1, 1, 2, 2, 2]))
        .input(ones(&[1, 1, 2, 2, 2]));
    let spread = spread.run();
    assert_eq!(spread.shape().dims(), [1, 1, 3, 3, 3]);
    let spread = spread.as_slice::<f32>().expect("floats");
    assert_eq!((spread[0], spread[1], spread[4], spread[13]), (1.0, 2.0, 4.0, 8.0));
    let pool = |kind: &str| Case::new(kind).ints("kernel_shape", &[2, 2, 2]);
    pool("MaxPool").input(cube()).gives(&ones(&[1, 1, 2, 2, 2]));
    pool("AveragePool").input(cube()).gives(&ones(&[1, 1, 2, 2, 2]));
    let norms = tensor(&[1, 1, 2, 2, 2], [2.0_f32; 8]);
    pool("LpPool").int("p", 3).input(cube()).gives(&norms);
}

#[test]
fn four_axes_are_refused_by_name() {
    let refused = Case::new("Conv")
        .input(ones(&[1, 1, 2, 2, 2, 2]))
        .input(ones(&[1, 1, 1, 1, 1, 1]));
    assert!(refused.refusal().contains("windows over 4 axes"));
}

#[test]
fn a_pooling_tells_where_its_elements_were_and_takes_them_back() {
    let x = tensor::<f32>(&[1, 1, 2, 4], [1.0, 5.0, 2.0, 0.0, 3.0, 4.0, 7.0, 6.0]);
    let pool = |order: i64| {
        let case = Case::new("MaxPool")
            .ints("kernel_shape", &[2, 2])
            .ints("strides", &[2, 2]);
        case.int("storage_order", order)
            .input(x.clone())
            .outputs(2)
            .expect("runs")
    };
    let rows = pool(0);
    assert_eq!(rows[0], tensor::<f32>(&[1, 1, 1, 2], [5.0, 7.0]));
    assert_eq!(rows[1], tensor::<i64>(&[1, 1, 1, 2], [1, 6]));
    assert_eq!(pool(1)[1], tensor::<i64>(&[1, 1, 1, 2], [2, 5]));
    let unpool = || {
        Case::new("MaxUnpool")
            .ints("kernel_shape", &[2, 2])
            .ints("strides", &[2, 2])
    };
    let back = unpool().input(rows[0].clone()).input(rows[1].clone()).run();
    assert_eq!(
        back,
        tensor::<f32>(&[1, 1, 2, 4], [0.0, 5.0, 0.0, 0.0, 0.0, 0.0, 7.0, 0.0])
    );
    let beyond = tensor::<i64>(&[1, 1, 1, 2], [1, 8]);
    assert!(
        unpool()
            .input(rows[0].clone())
            .input(beyond)
            .refusal()
            .contains("position 8")
    );
}

#[test]
fn bytes_are_pooled_on_the_host() {
    let x = tensor::<u8>(&[1, 1, 3], [3, 200, 7]);
    Case::new("MaxPool")
        .ints("kernel_shape", &[2])
        .input(x)
        .gives(&tensor::<u8>(&[1, 1, 2], [200, 200]));
}

#[test]
fn without_offsets_a_deformable_convolution_is_a_plain_one() {
    let (x, w) = (ramp(&[1, 2, 5, 4]), ramp(&[3, 2, 3, 3]));
    let with = |kind: &str| {
        Case::new(kind)
            .ints("pads", &[1, 1, 1, 1])
            .input(x.clone())
            .input(w.clone())
    };
    let offsets = tensor(&[1, 18, 5, 4], vec![0.0_f32; 360]);
    let plain = with("Conv").run();
    assert_close(&with("DeformConv").input(offsets.clone()).run(), &plain, 1e-5);
    let halves = tensor(&[1, 9, 5, 4], vec![0.5_f32; 180]);
    let masked = with("DeformConv").input(offsets).absent().input(halves).run();
    let half: Vec<f32> = plain
        .as_slice::<f32>()
        .expect("floats")
        .iter()
        .map(|v| v / 2.0)
        .collect();
    assert_close(&masked, &tensor(plain.shape().dims(), half), 1e-5);
}

#[test]
fn a_grid_of_the_identity_gives_the_input_back() {
    for corners in [0, 1] {
        let maps = tensor::<f32>(&[1, 2, 3], [1.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
        let grid = Case::new("AffineGrid").int("align_corners", corners).input(maps);
        let grid = grid.known(tensor::<i64>(&[4], [1, 2, 3, 4])).run();
        assert_eq!(grid.shape().dims(), [1, 3, 4, 2]);
        let x = ramp(&[1, 2, 3, 4]);
        for mode in ["nearest", "linear", "cubic"] {
            let sample = Case::of("", "GridSample", 20)
                .text("mode", mode)
                .int("align_corners", corners);
            assert_close(&sample.input(x.clone()).input(grid.clone()).run(), &x, 1e-5);
        }
    }
}

#[test]
fn what_lies_outside_of_a_sampled_input_is_zero_its_edge_or_reflected() {
    let x = tensor::<f32>(&[1, 1, 1, 3], [1.0, 2.0, 4.0]);
    // Column 4 of three: two beyond the last.
    let grid = tensor::<f32>(&[1, 1, 1, 2], [3.0, 0.0]);
    for (mode, expected) in [("zeros", 0.0_f32), ("border", 4.0), ("reflection", 1.0)] {
        let sample = Case::of("", "GridSample", 20)
            .text("mode", "nearest")
            .text("padding_mode", mode);
        let sample = sample
            .int("align_corners", 1)
            .input(x.clone())
            .input(grid.clone())
            .run();
        assert_eq!(sample, tensor(&[1, 1, 1, 1], [expected]), "{mode}");
    }
}

#[test]
fn regions_are_pooled_from_their_own_sample() {
    let x = tensor(&[2, 1, 4, 4], [[1.0_f32; 16], [5.0; 16]].concat());
    let rois = tensor::<f32>(&[2, 4], [0.0, 0.0, 3.0, 3.0, 1.0, 1.0, 2.0, 2.0]);
    let align = |samples: [i64; 2]| {
        let case = Case::of("", "RoiAlign", 16)
            .int("output_height", 1)
            .int("output_width", 2);
        case.input(x.clone())
            .input(rois.clone())
            .input(tensor::<i64>(&[2], samples))
            .run()
    };
    assert_eq!(align([0, 1]), tensor::<f32>(&[2, 1, 1, 2], [1.0, 1.0, 5.0, 5.0]));
    assert_eq!(align([1, 0]), tensor::<f32>(&[2, 1, 1, 2], [5.0, 5.0, 1.0, 1.0]));
}

#[test]
fn blocks_add_up_where_they_overlap() {
    let case = Case::new("Col2Im").input(ones(&[1, 4, 4]));
    let case = case
        .known(tensor::<i64>(&[2], [3, 3]))
        .known(tensor::<i64>(&[2], [2, 2]));
    case.gives(&tensor::<f32>(
        &[1, 1, 3, 3],
        [1.0, 2.0, 1.0, 2.0, 4.0, 2.0, 1.0, 2.0, 1.0],
    ));
}

#[test]
fn images_are_cut_and_padded_around_their_centre() {
    let case = Case::new("CenterCropPad").input(tensor::<f32>(&[2, 3], [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]));
    let expected = tensor::<f32>(&[3, 2], [1.0, 2.0, 4.0, 5.0, 0.0, 0.0]);
    case.known(tensor::<i64>(&[2], [3, 2])).gives(&expected);
}

#[test]
fn a_constant_image_stays_constant_however_it_is_resized() {
    for mode in ["nearest", "linear", "cubic"] {
        for antialias in [0, 1] {
            if mode == "nearest" && antialias == 1 {
                continue;
            }
            let case = Case::new("Resize")
                .text("mode", mode)
                .int("antialias", antialias)
                .input(ones(&[1, 1, 4, 5]));
            let case = case.absent().absent().known(tensor::<i64>(&[4], [1, 1, 3, 9]));
            case.gives(&ones(&[1, 1, 3, 9]));
        }
    }
}

#[test]
fn a_resizing_keeps_the_aspect_and_crops() {
    let case = Case::new("Resize")
        .text("keep_aspect_ratio_policy", "not_larger")
        .ints("axes", &[2, 3]);
    let case = case.input(ones(&[1, 1, 2, 4])).absent().absent();
    assert_eq!(case.known(tensor::<i64>(&[2], [7, 8])).run(), ones(&[1, 1, 4, 8]));
    let crop = Case::new("Resize").text("coordinate_transformation_mode", "tf_crop_and_resize");
    let crop = crop
        .text("mode", "linear")
        .float("extrapolation_value", 9.0)
        .ints("axes", &[0]);
    let crop = crop
        .input(tensor::<f32>(&[3], [0.0, 1.0, 2.0]))
        .known(tensor::<f32>(&[2], [0.5, 1.5]));
    crop.absent()
        .known(tensor::<i64>(&[1], [3]))
        .gives(&tensor::<f32>(&[3], [1.0, 2.0, 9.0]));
}
