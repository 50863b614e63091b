//! Weights beside a graph: found, refused, and damaged.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use half::{bf16, f16};
use proptest::prelude::*;
use prost::Message;
use safetensors::Dtype;
use safetensors::tensor::TensorView;

use super::super::proto::{EXTERNAL, ModelProto, StringStringEntryProto, TensorProto};
use super::super::tests::model;
use super::super::{LoadError, Model};
use super::*;
use crate::tensor::{Int4, Tensor};

const NAME: &str = "model.safetensors";

fn tensors(tensors: &[(&str, Dtype, &[usize], &[u8])]) -> Vec<u8> {
    let views = tensors.iter().map(|(name, dtype, shape, bytes)| {
        let view = TensorView::new(*dtype, shape.to_vec(), bytes).expect("as many bytes as the shape holds");
        (*name, view)
    });
    safetensors::serialize(views, None).expect("a file")
}

fn floats(numbers: &[f32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

/// The weights of `y = x + w`.
fn weights() -> Vec<u8> {
    tensors(&[
        ("w", Dtype::F32, &[2], &floats(&[3.0, 4.0])),
        ("v", Dtype::F32, &[1], &floats(&[5.0])),
    ])
}

fn entry(key: &str, value: &str) -> StringStringEntryProto {
    StringStringEntryProto {
        key: key.into(),
        value: value.into(),
    }
}

/// `y = x + w`, of which `w` has no elements, changed as a test needs it.
fn graph(change: impl FnOnce(&mut TensorProto)) -> ModelProto {
    let mut proto = model();
    let tensor = &mut proto.graph.as_mut().expect("a graph").initializer[0];
    tensor.float_data.clear();
    change(tensor);
    proto
}

/// The graph with the hash of its weights in its metadata.
fn sealed(proto: &ModelProto, name: &str, weights: &[u8]) -> Vec<u8> {
    let metadata = Metadata {
        entries: vec![entry(
            &format!("blake2_256:{name}"),
            &Hash::of(weights).to_string()[2..],
        )],
    };
    [proto.encode_to_vec(), metadata.encode_to_vec()].concat()
}

fn saved(folder: &Path, files: &[(&str, &[u8])]) -> PathBuf {
    for (name, bytes) in files {
        std::fs::write(folder.join(name), bytes).expect("written");
    }
    folder.join("model.onnx")
}

fn load(path: &Path) -> Result<Model, LoadError> {
    let limits = Limits::default();
    Model::load_artifact(&Artifact::open(path, &limits)?, &limits)
}

/// What `w` is after loading.
fn loaded(model: &Model) -> Tensor {
    let graph = model.graph();
    let (_, tensor) = graph
        .constants
        .iter()
        .find(|(id, _)| graph.name(**id) == "w")
        .expect("a constant");
    tensor.as_ref().clone()
}

fn bundled(proto: &ModelProto, files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut all = BTreeMap::from([("model.onnx".to_owned(), proto.encode_to_vec())]);
    all.extend(files.iter().map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec())));
    bundle(&all).expect("a bundle")
}

fn external(entries: &[(&str, &str)]) -> impl FnOnce(&mut TensorProto) {
    let entries = entries.iter().map(|(key, value)| entry(key, value)).collect();
    |tensor| {
        tensor.data_location = EXTERNAL;
        tensor.external_data = entries;
    }
}

#[test]
fn weights_are_found_by_name_or_by_place() {
    let file = weights();
    let start = (file.len() - 12).to_string();
    // The crate stores tensors of one type in the order of their names: `v`, then `w`.
    let place = (file.len() - 8).to_string();
    let expected = Tensor::vector(vec![3.0_f32, 4.0]).expect("two");
    let graphs = [
        graph(|_| ()),
        graph(external(&[("location", NAME)])),
        graph(external(&[("location", NAME), ("offset", &place)])),
        graph(external(&[("location", NAME), ("offset", &place), ("length", "8")])),
    ];
    for graph in &graphs {
        let folder = tempfile::tempdir().expect("a folder");
        let path = saved(
            folder.path(),
            &[("model.onnx", &sealed(graph, NAME, &file)), (NAME, &file)],
        );
        assert_eq!(loaded(&load(&path).expect("weights beside it")), expected);
        let bundle = bundled(graph, &[(NAME, &file)]);
        assert_eq!(
            loaded(&Model::load(&bundle, &Limits::default()).expect("a bundle")),
            expected
        );
    }
    let other = graph(external(&[("location", NAME), ("offset", &start), ("length", "8")]));
    let other = Model::load(&bundled(&other, &[(NAME, &file)]), &Limits::default()).expect("another place");
    assert_eq!(loaded(&other), Tensor::vector(vec![5.0_f32, 3.0]).expect("two"));
}

#[test]
fn weights_of_every_width_keep_their_type() {
    let halves: Vec<u8> = [f16::ONE, f16::NEG_ONE]
        .iter()
        .flat_map(|half| half.to_le_bytes())
        .collect();
    let brains: Vec<u8> = [bf16::ONE, bf16::NEG_ONE]
        .iter()
        .flat_map(|half| half.to_le_bytes())
        .collect();
    type Case<'a> = (i32, Dtype, &'a [usize], &'a [u8], Tensor);
    let cases: [Case<'_>; 5] = [
        (
            10,
            Dtype::F16,
            &[2],
            &halves,
            Tensor::vector(vec![f16::ONE, f16::NEG_ONE]).expect("two"),
        ),
        (
            16,
            Dtype::BF16,
            &[2],
            &brains,
            Tensor::vector(vec![bf16::ONE, bf16::NEG_ONE]).expect("two"),
        ),
        (
            3,
            Dtype::I8,
            &[2],
            &[1, 255],
            Tensor::vector(vec![1_i8, -1]).expect("two"),
        ),
        (
            2,
            Dtype::U8,
            &[2],
            &[1, 255],
            Tensor::vector(vec![1_u8, 255]).expect("two"),
        ),
        (
            22,
            Dtype::U8,
            &[1],
            &[0xf1],
            Tensor::vector(vec![Int4::wrapped(1), Int4::wrapped(-1)]).expect("two"),
        ),
    ];
    for (code, dtype, shape, bytes, expected) in cases {
        let mut proto = graph(|tensor| tensor.data_type = code);
        let inner = proto.graph.as_mut().expect("a graph");
        // Of other types there is no sum with x.
        inner.node = vec![super::super::tests::node("Identity", &["w"], &["y"])];
        let bundle = bundled(&proto, &[(NAME, &tensors(&[("w", dtype, shape, bytes)]))]);
        let model = Model::load(&bundle, &Limits::default()).unwrap_or_else(|error| panic!("{dtype:?}: {error}"));
        assert_eq!(loaded(&model), expected);
    }
}

#[test]
fn a_bundle_of_files_beside_a_graph_is_the_same_model() {
    let file = weights();
    let folder = tempfile::tempdir().expect("a folder");
    let proto = graph(external(&[("location", "raw.bin"), ("length", "8")]));
    let raw = floats(&[3.0, 4.0]);
    let path = saved(
        folder.path(),
        &[("model.onnx", &proto.encode_to_vec()), ("raw.bin", &raw), (NAME, &file)],
    );
    let graph = std::fs::read(&path).expect("a graph");
    let beside = files_beside(&path, &graph, &Limits::default()).expect("two files");
    assert_eq!(beside, [folder.path().join(NAME), folder.path().join("raw.bin")]);
    let bundle = bundled(&proto, &[("raw.bin", &raw), (NAME, &file)]);
    let artifact = Artifact::from_bytes(bundle.clone().into()).expect("a bundle");
    assert_eq!(
        (artifact.hash(), artifact.bytes()),
        (Hash::of(&bundle), bundle.len() as u64)
    );
    assert!(Model::load(&bundle, &Limits::default()).is_ok());
}

#[test]
fn what_no_hash_covers_is_refused() {
    let file = weights();
    let folder = tempfile::tempdir().expect("a folder");
    let proto = graph(external(&[("location", NAME)]));
    let refused = |files: &[(&str, &[u8])]| load(&saved(folder.path(), files)).expect_err("refused").to_string();
    assert_eq!(
        refused(&[("model.onnx", &proto.encode_to_vec()), (NAME, &file)]),
        "initializer 'w': its elements are in 'model.safetensors', which the model's hash does not cover: bundle the files with \
         `inktensor bundle`, or give the file's hash in the graph's metadata (blake2_256:model.safetensors)"
    );
    let message = refused(&[("model.onnx", &sealed(&proto, NAME, b"other weights")), (NAME, &file)]);
    assert!(
        message.starts_with("the hash of 'model.safetensors' is 0x"),
        "{message}"
    );
    for name in ["../model.safetensors", "/etc/passwd", "a/b", "..", "a\\b"] {
        let message = refused(&[("model.onnx", &sealed(&proto, name, &file))]);
        assert!(
            message.contains("not the plain name of a file beside it"),
            "{name}: {message}"
        );
    }
    let message = refused(&[("model.onnx", &sealed(&proto, "absent", &file))]);
    assert!(message.contains("cannot be read"), "{message}");
    // Elements that are simply missing stay so.
    let message = refused(&[("model.onnx", &graph(|_| ()).encode_to_vec()), (NAME, &file)]);
    assert!(message.contains("needs 2 elements, but 0 were given"), "{message}");
}

#[test]
fn weights_that_do_not_fit_are_named() {
    let file = weights();
    let refused = |proto: &ModelProto, file: &[u8]| {
        Model::load(&bundled(proto, &[(NAME, file)]), &Limits::default())
            .expect_err("refused")
            .to_string()
    };
    assert_eq!(
        refused(&graph(|tensor| tensor.dims = vec![3]), &file),
        "initializer 'w': it is float32[3] in the graph, but F32[2] in 'model.safetensors'"
    );
    assert_eq!(
        refused(&graph(|tensor| tensor.name = "u".into()), &file),
        "initializer 'u': 'model.safetensors' has no tensor of its name"
    );
    for (offset, length) in [
        ("4000", "8"),
        ("-1", "8"),
        ("0", "18446744073709551615"),
        ("18446744073709551615", "8"),
        ("x", "8"),
    ] {
        let message = refused(
            &graph(external(&[("location", NAME), ("offset", offset), ("length", length)])),
            &file,
        );
        assert!(message.contains("its elements are at bytes"), "{message}");
    }
    let message = refused(
        &graph(external(&[("location", NAME), ("offset", "0"), ("length", "12")])),
        &file,
    );
    assert!(message.contains("takes 8 bytes, but 12 are stored"), "{message}");
}

#[test]
fn limits_hold_for_all_files_together() {
    let file = weights();
    let folder = tempfile::tempdir().expect("a folder");
    let graph = sealed(&graph(|_| ()), NAME, &file);
    let path = saved(folder.path(), &[("model.onnx", &graph), (NAME, &file)]);
    let whole = (graph.len() + file.len()) as u64;
    let limits = |bytes| Limits {
        bytes,
        ..Limits::default()
    };
    assert_eq!(
        Artifact::open(&path, &limits(whole)).expect("just enough").bytes(),
        whole
    );
    assert!(matches!(
        Artifact::open(&path, &limits(whole - 1)),
        Err(ArtifactError::Limit(_))
    ));
    let few = Limits {
        initializer_bytes: 7,
        ..Limits::default()
    };
    let artifact = Artifact::open(&path, &Limits::default()).expect("two files");
    assert!(matches!(
        Model::load_artifact(&artifact, &few),
        Err(LoadError::Limit(_))
    ));
}

#[test]
fn a_bundle_has_one_graph_and_only_bytes() {
    let onnx = model().encode_to_vec();
    for file in [
        tensors(&[
            ("a.onnx", Dtype::U8, &[onnx.len()], &onnx),
            ("b.onnx", Dtype::U8, &[onnx.len()], &onnx),
        ]),
        tensors(&[("a.bin", Dtype::U8, &[1], &[0])]),
        tensors(&[
            ("a.onnx", Dtype::U8, &[onnx.len()], &onnx),
            ("w", Dtype::F32, &[1], &[0; 4]),
        ]),
    ] {
        let refused = Model::load(&file, &Limits::default())
            .expect_err("no bundle")
            .to_string();
        assert!(
            refused.starts_with("a bundle holds exactly one file that ends in .onnx"),
            "{refused}"
        );
    }
}

proptest! {
    #[test]
    fn a_damaged_bundle_is_an_error_or_a_model(
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in prop::option::weighted(0.2, any::<prop::sample::Index>()),
    ) {
        let mut bundle = bundled(&graph(external(&[("location", NAME)])), &[(NAME, &weights())]);
        for (at, byte) in flips {
            let at = at.index(bundle.len());
            bundle[at] = byte;
        }
        if let Some(cut) = cut {
            bundle.truncate(cut.index(bundle.len()));
        }
        drop(Model::load(&bundle, &Limits::default()));
    }
}
