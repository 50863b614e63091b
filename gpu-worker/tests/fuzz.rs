//! What is fuzzed in `fuzz/`, without a fuzzer: on the seeds, on each with a part of it changed, and on models made of random bytes.

use std::fs;
use std::path::{Path, PathBuf};

#[allow(dead_code)] // what fuzzing alone needs
#[path = "../fuzz/targets.rs"]
mod targets;

use proptest::prelude::*;
use proptest::sample::Index;

/// Files that are larger would only make the tests slow.
const MOST_BYTES: u64 = 32 << 10;

/// The files under a folder whose names end in one of these ways.
fn seeds(folder: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder of this checkout") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(seeds(&path, endings));
        } else if endings.iter().any(|ending| path.to_string_lossy().ends_with(ending))
            && (1..=MOST_BYTES).contains(&path.metadata().expect("its size").len())
        {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn fixtures(endings: &[&str]) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let files = seeds(&folder, endings);
    assert!(files.len() > 5, "{} files end with {endings:?}", files.len());
    files.iter().map(|file| fs::read(file).expect("a fixture")).collect()
}

/// A seed with some bytes overwritten, and its end cut off or not.
fn changed(seeds: Vec<Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    let changes = prop::collection::vec((any::<Index>(), any::<u8>()), 1..8);
    let change = |(mut bytes, changes, end): (Vec<u8>, Vec<(Index, u8)>, Option<Index>)| {
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        bytes.truncate(end.map_or(bytes.len(), |end| end.index(bytes.len())));
        bytes
    };
    (
        prop::sample::select(seeds),
        changes,
        prop::option::weighted(0.2, any::<Index>()),
    )
        .prop_map(change)
}

fn check(seeds: Vec<Vec<u8>>, cases: u32, target: fn(&[u8])) {
    seeds.iter().for_each(|seed| target(seed));
    let config = ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    proptest!(config, |(bytes in changed(seeds))| target(&bytes));
}

#[test]
fn any_model_is_planned_or_refused() {
    check(fixtures(&[".onnx"]), 4096, targets::model);
}

#[test]
fn any_stored_value_is_read_or_refused() {
    check(fixtures(&[".pb"]), 4096, targets::value);
}

#[test]
fn any_data_set_is_read_or_refused() {
    check(fixtures(&[".npz", ".parquet", ".safetensors"]), 1024, targets::dataset);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4096, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_operator_with_any_attributes_is_planned_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        targets::operator(&bytes);
    }
}
