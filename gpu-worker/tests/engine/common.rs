//! What the integration tests share.
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use gpu_worker::gpu::{AdapterChoice, Engine};

/// The device of all tests: the one that INKTENSOR_ADAPTER names, else the best there is.
pub fn engine() -> Arc<Engine> {
    static ENGINE: OnceLock<Arc<Engine>> = OnceLock::new();
    let open = || {
        let choice = AdapterChoice::from(std::env::var("INKTENSOR_ADAPTER").ok());
        Arc::new(Engine::new(&choice).expect("tests need an adapter; mesa-vulkan-drivers brings one"))
    };
    Arc::clone(ENGINE.get_or_init(open))
}

fn folder(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The ONNX files of a folder, in order of their names; there must be some.
fn onnx_files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let mut models: Vec<PathBuf> = paths
        .filter(|path| path.extension().is_some_and(|name| name == "onnx"))
        .collect();
    models.sort();
    assert!(!models.is_empty(), "{} has no models", folder.display());
    models
}

/// The models of the digits subnet.
pub fn models() -> Vec<PathBuf> {
    onnx_files(&folder("../e2e/models"))
}

/// Small models of other exporters.
pub fn fixtures() -> Vec<PathBuf> {
    onnx_files(&folder("tests/fixtures"))
}

/// What ONNX Runtime's quantiser makes of one of the digits models.
pub fn quantised() -> Vec<PathBuf> {
    onnx_files(&folder("tests/fixtures/quantised"))
}

/// The test data of the digits subnet.
pub fn digits() -> PathBuf {
    folder("../e2e/data/digits-test.npz")
}

/// The model of a case of the conformance fixtures.
pub fn conformance_model(case: &str) -> PathBuf {
    folder("tests/fixtures/conformance").join(case).join("model.onnx")
}
