//! Builds the runtime's Wasm beside the native one.

fn main() {
    #[cfg(feature = "std")]
    build_wasm();
}

#[cfg(feature = "std")]
fn build_wasm() {
    // The target directory may lie outside the checkout, where the builder does not find the workspace's Cargo.lock by itself.
    set_unless_given(
        "WASM_BUILD_WORKSPACE_HINT",
        concat!(env!("CARGO_MANIFEST_DIR"), "/../.."),
    );
    // What the builder takes for a profile it does not know, as `chain` is; said outright it does not warn.
    set_unless_given("WASM_BUILD_TYPE", "release");
    substrate_wasm_builder::WasmBuilder::init_with_defaults()
        // The host functions are undefined symbols; since Rust 1.96 the target does not let them pass by itself.
        .append_to_rust_flags("-C link-arg=--allow-undefined")
        .build();
}

#[cfg(feature = "std")]
fn set_unless_given(variable: &str, value: &str) {
    if std::env::var_os(variable).is_none() {
        std::env::set_var(variable, value);
    }
}
