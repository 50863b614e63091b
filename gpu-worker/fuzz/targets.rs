//! What each fuzz target does with its bytes: the binaries in `fuzz_targets/` run these under libFuzzer, `tests/fuzz.rs` on seeds and
//! their mutations. Whatever the bytes are, the engine answers or refuses: no panic, and no more memory than its limits say.

use std::io::{Cursor, Write};

use gpu_worker::data::{DataOptions, Dataset, read_array};
use gpu_worker::kernels::{Abilities, Matrices, Target};
use gpu_worker::model::{Limits, Model, Structure, decode_value, operators};
use gpu_worker::plan::{PlanOptions, plan_with, types_for_batch};

#[path = "archive.rs"]
mod archive;
#[path = "generate.rs"]
mod generate;

/// As strict as keeps one input well below a second; all that is checked against them is the same code at any size.
fn limits() -> Limits {
    Limits {
        bytes: 1 << 20,
        nodes: 500,
        dim: 1 << 16,
        initializer_bytes: 1 << 20,
        tensor_bytes: 1 << 18,
        memory_bytes: 1 << 22,
        flops: 1 << 24,
        ..Limits::default()
    }
}

/// A GPU that can do all that there are kernels for.
const GPU: Target = Target::Gpu(Abilities {
    has_subgroups: true,
    matrices: Some(Matrices { side: 16, subgroup: 32 }),
});

/// A model file: reading, resolving of operators, shape inference, folding, planning for adapters of each kind.
pub fn model(bytes: &[u8]) {
    // What it says of a file's operators needs no more than that the file is one.
    let _ = operators(bytes, &limits());
    let Ok(model) = Model::load(bytes, &limits()) else {
        return;
    };
    for (batch, target) in [
        (1, Target::Any),
        (1, Target::Lanes(8)),
        (3, Target::Lanes(16)),
        (3, GPU),
    ] {
        let Ok(Some(types)) = types_for_batch(model.graph(), batch) else {
            continue;
        };
        let options = PlanOptions {
            target: Some(target),
            ..PlanOptions::default()
        };
        if let Ok(plan) = plan_with(&model, &types, options) {
            assert!(plan.memory_bytes() <= limits().memory_bytes);
            assert!(plan.flops <= limits().flops);
        }
    }
}

/// A few nodes of real operators with the attributes that they know, on small tensors: gets past the reader every time.
pub fn operator(bytes: &[u8]) {
    model(&generate::model(bytes));
}

/// A stored tensor, sequence or optional.
pub fn value(bytes: &[u8]) {
    for structure in [Structure::Tensor, Structure::Sequence, Structure::Optional] {
        let _ = decode_value(bytes.to_vec().into(), structure);
    }
}

/// A data set: the bytes as the file that they begin like, opened and read to its end; and as the one array of an archive that is sound.
pub fn dataset(bytes: &[u8]) {
    table(bytes);
    let archive = archive::of_one("images.npy", bytes);
    if let Ok(mut archive) = npyz::npz::NpzArchive::new(Cursor::new(archive)) {
        let _ = read_array(&mut archive, "images");
    }
}

/// Files are opened by their path, as an evaluation does.
fn table(bytes: &[u8]) {
    let mut file = tempfile::NamedTempFile::new().expect("a file for what is read");
    file.write_all(bytes).expect("room for the file");
    let options = DataOptions {
        max_bytes: 1 << 20,
        ..DataOptions::default()
    };
    let Ok(data) = Dataset::open(file.path(), &options) else {
        return;
    };
    let all: Vec<usize> = (0..data.len().min(64)).collect();
    if let Ok(samples) = data.batch(&all, data.sample_shape().dims()) {
        assert!(samples.shape().elements() <= 64 << 20);
    }
    let _ = data.targets(&all);
}
