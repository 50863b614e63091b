//! The typed client of Inktensor's contracts, native and wasm32.

pub mod messages;
