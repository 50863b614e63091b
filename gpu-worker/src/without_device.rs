//! The root of this crate without the device, the chain and the command line, which the fuzz targets link in its stead
//! (`fuzz/Cargo.toml`): what reads a stranger's bytes, infers shapes, folds constants and plans, built in a minute instead of twenty.

#![allow(dead_code, unused_imports)] // what only the device and the command line use

pub mod data;
pub mod hash;
pub mod kernels;
pub mod model;
pub mod ops;
pub mod plan;
pub mod tensor;

mod gpu {
    mod words;

    pub(crate) use self::words::to_words;
}
