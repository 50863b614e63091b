//! What the tests share.

use inktensor_primitives::registry::{Metric, ModelCommitment, ModelFormat, SubnetIdentity, Task, TensorSpec};
use inktensor_primitives::{AccountId, Hash};

/// An account by number.
pub fn account(number: u8) -> AccountId {
    AccountId::from([number; 32])
}

/// A valid identity.
pub fn identity() -> SubnetIdentity {
    SubnetIdentity {
        name: "digits".into(),
        description: String::new(),
        url: String::new(),
    }
}

/// A valid task.
pub fn task() -> Task {
    let tensor = |last| TensorSpec {
        name: String::new(),
        element: "float32".into(),
        shape: vec![0, last],
    };
    Task {
        input: tensor(64),
        output: tensor(10),
        metric: Metric::Accuracy,
        max_model_bytes: 1_000_000,
        max_flops: 1_000_000,
        max_latency_ms: 1_000,
        data_hash: Hash::from([1; 32]),
        data_uri: "https://data.example/digits".into(),
    }
}

/// A valid commitment.
pub fn commitment() -> ModelCommitment {
    ModelCommitment {
        hash: Hash::from([2; 32]),
        uri: "https://models.example/one.onnx".into(),
        size: 10_000,
        parent: None,
        format: ModelFormat::Onnx,
        licence: "Apache-2.0".into(),
        task: "image-classification".into(),
        parameters: 2_410,
    }
}
