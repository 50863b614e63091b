//! Files of every kind, right ones and wrong ones.

use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::{DataError, DataOptions, Dataset, Fit, ImageOptions};

fn saved(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, bytes).expect("written");
    path
}

fn refusal(path: &Path, options: &DataOptions) -> String {
    Dataset::open(path, options).expect_err("does not fit").to_string()
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/data")
        .join(name)
}

/// The digits of the demo's subnet.
fn digits() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../e2e/data/digits-test.npz")
}

#[test]
fn an_archive_gives_any_samples_in_any_arrangement() {
    let data = Dataset::open(&digits(), &DataOptions::default()).expect("digits");
    assert_eq!((data.len(), data.sample_shape().dims()), (600, &[1, 8, 8][..]));
    let batch = data.batch(&[5, 5, 0], &[64]).expect("samples");
    assert_eq!(batch.shape().dims(), [3, 64]);
    let elements = batch.as_slice::<f32>().expect("floats");
    assert_eq!(elements[..64], elements[64..128]);
    assert!(data.has_labels());
    assert!(data.batch(&[600], &[64]).is_err());
}

#[test]
fn a_name_that_is_not_there_is_told_with_those_that_are() {
    let options = DataOptions {
        targets: Some("classes".into()),
        ..DataOptions::default()
    };
    assert_eq!(
        refusal(&digits(), &options),
        "the data has no 'classes', which --targets names for the targets; there are: images, labels"
    );
}

#[test]
fn samples_are_bounded_before_they_are_unpacked() {
    let options = DataOptions {
        max_bytes: 1000,
        ..DataOptions::default()
    };
    assert!(matches!(
        Dataset::open(&digits(), &options),
        Err(DataError::TooLarge { limit: 1000, .. })
    ));
}

#[test]
fn other_files_are_no_data() {
    let folder = tempfile::tempdir().expect("a folder");
    for bytes in [&b""[..], b"text", b"PK\x03\x04", b"PK\x03\x04 and more"] {
        let path = saved(folder.path(), "data", bytes);
        assert!(Dataset::open(&path, &DataOptions::default()).is_err());
    }
    assert!(matches!(
        Dataset::open(&fixture("none"), &DataOptions::default()),
        Err(DataError::File { .. })
    ));
}

fn with_targets(name: &str) -> DataOptions {
    DataOptions {
        targets: Some(name.into()),
        ..DataOptions::default()
    }
}

/// Sample i of the fixtures is 4 i + (0, 1, 2, 3), its label i modulo 3.
fn assert_fixture(data: &Dataset, scale: f32) {
    assert_eq!((data.len(), data.sample_shape().elements()), (6, 4));
    assert!(data.has_labels());
    let samples = data.batch(&[5, 0, 2], &[2, 2]).expect("samples");
    let expected: Vec<f32> = [5, 0, 2]
        .iter()
        .flat_map(|index| (0..4).map(move |at| (4 * index + at) as f32 / scale))
        .collect();
    assert_eq!(samples.as_slice::<f32>(), Ok(&expected[..]));
    let targets = data.targets(&[5, 0, 2]).expect("targets");
    assert_eq!(targets.as_slice::<i64>(), Ok(&[2_i64, 0, 2][..]));
}

#[test]
fn tensors_that_python_saved_are_read_batch_by_batch() {
    for name in ["float16.safetensors", "uint8.safetensors"] {
        let data = Dataset::open(&fixture(name), &DataOptions::default()).expect("tensors");
        assert_eq!(data.sample_shape().dims(), [1, 2, 2]);
        assert_fixture(&data, 1.0);
        assert!(data.batch(&[6], &[4]).is_err());
    }
    assert_eq!(
        refusal(&fixture("uint8.safetensors"), &with_targets("other")),
        "'images' has 6 samples, but 'other' has 3"
    );
}

#[test]
fn columns_of_numbers_are_features_and_lists_are_samples() {
    let table = Dataset::open(&fixture("pandas.parquet"), &DataOptions::default()).expect("a table");
    assert_eq!((table.samples_name(), table.targets_name()), ("features", "label"));
    assert_fixture(&table, 1.0);
    let lists = Dataset::open(&fixture("lists.parquet"), &DataOptions::default()).expect("lists");
    assert_eq!((lists.samples_name(), lists.targets_name()), ("images", "labels"));
    assert_fixture(&lists, 1.0);
    let column = DataOptions {
        samples: Some("c".into()),
        ..with_targets("d")
    };
    let column = Dataset::open(&fixture("pandas.parquet"), &column).expect("two columns");
    assert!(!column.has_labels());
    let targets = column.targets(&[1]).expect("a number");
    assert_eq!(targets.as_slice::<f64>(), Ok(&[7.0][..]));
}

#[test]
fn a_footer_of_a_few_bytes_does_not_keep_the_reader_busy() {
    // In an unknown field, a list that says it has as many truth values as can be.
    let footer = [0x15, 4, 0x99, 0xf2, 0xff, 0xff, 0xff, 0xff, 7, 0];
    let file = [b"PAR1", &footer[..], &[10, 0, 0, 0], b"PAR1"].concat();
    let folder = tempfile::tempdir().expect("a folder");
    let refused = refusal(&saved(folder.path(), "data", &file), &DataOptions::default());
    let reason = "its footer is broken: a list says that it has 2147483647 elements, which take no room";
    assert!(refused.ends_with(reason), "{refused}");
}

#[test]
fn a_column_that_does_not_fit_is_named() {
    assert_eq!(
        refusal(&fixture("lists.parquet"), &with_targets("label")),
        "the data has no 'label', which --targets names for the targets; there are: labels, images"
    );
    let refused = refusal(&fixture("images.parquet"), &with_targets("image"));
    assert_eq!(
        refused,
        "'image' has elements of type text or bytes; numbers are needed"
    );
    let refused = refusal(&fixture("zstd.parquet"), &DataOptions::default());
    assert!(refused.contains("'labels'") && refused.contains("ZSTD"), "{refused}");
}

#[test]
fn images_of_a_column_are_unpacked() {
    let options = DataOptions {
        images: ImageOptions {
            channels: 1,
            ..ImageOptions::default()
        },
        ..DataOptions::default()
    };
    let data = Dataset::open(&fixture("images.parquet"), &options).expect("images");
    assert_eq!(
        (data.samples_name(), data.sample_shape().dims()),
        ("image", &[1, 2, 2][..])
    );
    assert_fixture(&data, 255.0);
    assert_eq!(data.images(), Some(&options.images));
}

/// A folder of two classes: black images of 4 by 2, and grey ones of 2 by 2.
fn image_folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (class, width, shade) in [("a", 4, 0), ("b", 2, 51)] {
        std::fs::create_dir(folder.path().join(class)).expect("a folder");
        for name in ["1.png", "2.PNG"] {
            let image = image::RgbImage::from_pixel(width, 2, image::Rgb([shade, shade, 255]));
            let path = folder.path().join(class).join(name);
            image.save_with_format(path, image::ImageFormat::Png).expect("written");
        }
    }
    saved(folder.path(), "notes.txt", b"no class");
    saved(&folder.path().join("a"), "notes.txt", b"no image");
    folder
}

#[test]
fn a_folder_is_a_class_of_images() {
    let folder = image_folder();
    let options = DataOptions {
        images: ImageOptions {
            size: Some((2, 2)),
            mean: vec![0.2, 0.2, 0.5],
            deviation: vec![1.0, 2.0, 0.5],
            ..ImageOptions::default()
        },
        ..DataOptions::default()
    };
    for fit in [Fit::Stretch, Fit::Crop] {
        let mut options = options.clone();
        options.images.fit = fit;
        let data = Dataset::open(folder.path(), &options).expect("images");
        assert_eq!((data.len(), data.sample_shape().dims()), (4, &[3, 2, 2][..]));
        let targets = data.targets(&[0, 1, 2, 3]).expect("labels");
        assert_eq!(targets.as_slice::<i64>(), Ok(&[0_i64, 0, 1, 1][..]));
        let samples = data.batch(&[0, 3], &[12]).expect("images");
        let expected = [[-0.2, -0.1, 1.0], [0.0, 0.0, 1.0]];
        let expected: Vec<f32> = expected.iter().flatten().flat_map(|channel| [*channel; 4]).collect();
        for (found, expected) in samples.as_slice::<f32>().expect("floats").iter().zip(&expected) {
            assert!((found - expected).abs() < 1e-6, "{found} instead of {expected}");
        }
    }
    let data = Dataset::open(folder.path(), &DataOptions::default()).expect("the first");
    let refused = data.batch(&[0, 2], &[24]).expect_err("of two sizes").to_string();
    assert!(
        refused.contains("it is 2 by 2 pixels, but the first is 4 by 2; --image-size makes them one size"),
        "{refused}"
    );
}

#[test]
fn a_jpeg_image_is_as_pillow_unpacks_it() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("ramps")).expect("a folder");
    std::fs::copy(fixture("ramp.jpeg"), folder.path().join("ramps/ramp.jpeg")).expect("a copy");
    let data = Dataset::open(folder.path(), &DataOptions::default()).expect("an image");
    let found = data.batch(&[0], &[3, 16, 24]).expect("pixels");
    let expected = npyz::NpyFile::new(std::fs::File::open(fixture("ramp.npy")).expect("pixels")).expect("an array");
    let expected: Vec<u8> = expected.into_vec().expect("bytes");
    for (found, expected) in found.as_slice::<f32>().expect("floats").iter().zip(&expected) {
        let difference = found * 255.0 - f32::from(*expected);
        assert!(difference.abs() <= 3.0, "{found} instead of {expected}");
    }
}

#[test]
fn an_image_larger_than_allowed_is_refused_before_it_is_unpacked() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("a")).expect("a folder");
    // The head of an image of 60,000 by 60,000 pixels.
    let mut head = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    head.extend([0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60, 8, 2, 0, 0, 0, 0, 0, 0, 0]);
    saved(&folder.path().join("a"), "bomb.png", &head);
    assert!(Dataset::open(folder.path(), &DataOptions::default()).is_err());
}

#[test]
fn batches_are_read_ahead_in_order() {
    let data = Dataset::open(&digits(), &DataOptions::default()).expect("digits");
    let batches: Vec<Vec<usize>> = (0..10).map(|batch| vec![batch, 599 - batch]).collect();
    let read: Vec<_> = data
        .prefetch(batches.clone(), 2)
        .expect("a thread")
        .map(|loaded| loaded.expect("a batch"))
        .collect();
    assert_eq!(
        read.iter().map(|loaded| loaded.indices.clone()).collect::<Vec<_>>(),
        batches
    );
    assert_eq!(read[3].samples, data.batch(&[3, 596], &[1, 8, 8]).expect("samples"));
    let failed: Vec<_> = data
        .prefetch(vec![vec![0], vec![600], vec![1]], 1)
        .expect("a thread")
        .collect();
    assert!(matches!(failed.as_slice(), [Ok(_), Err(_)]));
    // Whoever stops listening stops the reading.
    drop(data.prefetch(batches, 0).expect("a thread"));
}

/// Every file of the fixtures, and the archive.
fn all_files() -> Vec<Vec<u8>> {
    let names = [
        "float16.safetensors",
        "pandas.parquet",
        "lists.parquet",
        "images.parquet",
    ];
    names
        .into_iter()
        .map(fixture)
        .chain([digits()])
        .map(|path| std::fs::read(path).expect("a file"))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn damaged_files_never_panic(
        which in any::<prop::sample::Index>(),
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in prop::option::weighted(0.2, any::<prop::sample::Index>()),
    ) {
        let files = all_files();
        let mut file = files[which.index(files.len())].clone();
        for (at, byte) in flips {
            let at = at.index(file.len());
            file[at] = byte;
        }
        if let Some(cut) = cut {
            file.truncate(cut.index(file.len()));
        }
        let folder = tempfile::tempdir().expect("a folder");
        let path = saved(folder.path(), "data", &file);
        let options = DataOptions { max_bytes: 1 << 20, ..DataOptions::default() };
        if let Ok(data) = Dataset::open(&path, &options) {
            drop(data.batch(&[0, data.len() - 1], data.sample_shape().dims()));
            drop(data.targets(&[0]));
        }
    }
}
