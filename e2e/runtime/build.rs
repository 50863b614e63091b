//! Builds the runtime's Wasm beside the native one.

fn main() {
    #[cfg(feature = "std")]
    {
        // Under clippy, cargo wraps the compiler of this workspace. The Wasm is built by another toolchain, which that wrapper is not of.
        std::env::remove_var("RUSTC_WORKSPACE_WRAPPER");
        substrate_wasm_builder::WasmBuilder::build_using_defaults();
    }
}
