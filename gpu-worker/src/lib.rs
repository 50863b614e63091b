//! A run-time ONNX engine on wgpu, and what validators need around it.
//!
//! The way of a model: [`model::Model::load`] reads its bytes within [`model::Limits`] and resolves every node to an operator of
//! [`ops`]; [`plan::plan`] resolves shapes, folds constants, lowers operators to [`kernels`] and lays memory out; a
//! [`session::Session`] records that on an [`gpu::Engine`] and replays it for each batch.

pub mod bench;
pub mod chain;
pub mod conformance;
pub mod data;
pub mod diagnosis;
pub mod evaluation;
pub mod gpu;
pub mod hash;
pub mod inspection;
pub mod kernels;
pub mod metrics;
pub mod model;
pub mod ops;
pub mod plan;
pub mod session;
pub mod simulation;
pub mod tensor;
#[cfg(test)]
mod testing;
