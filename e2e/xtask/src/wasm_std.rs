//! A standard library for wasm32, for a compiler that comes without one.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};

use crate::{places::Places, steps::Task, toolchain::sysroot_of};

/// What `-Zbuild-std` builds for each target: the dApp needs std, the chain's runtime only core and alloc.
const LIBRARIES: [(&str, &str); 2] = [
    ("wasm32-unknown-unknown", "std,panic_abort,panic_unwind,proc_macro"),
    ("wasm32v1-none", "core,alloc,compiler_builtins"),
];
const SEED: &str = "wasm_std_seed";

/// Whether a toolchain has a core library for a target.
pub fn is_built(sysroot: &Path, target: &str) -> bool {
    files(&libraries_of(sysroot, target)).is_ok_and(|files| files.iter().any(|file| has_prefix(file, "libcore-")))
}

fn libraries_of(sysroot: &Path, target: &str) -> PathBuf {
    sysroot.join("lib/rustlib").join(target).join("lib")
}

/// Builds the library for every target from the toolchain's sources and puts it where the compiler looks.
///
/// # Errors
/// When it does not compile or cannot be copied.
pub fn build(places: &Places, task: &mut Task, toolchain: &str) -> Result<()> {
    let sysroot = sysroot_of(toolchain)?;
    let work = places.cache.join("wasm-std");
    write_seed(&work)?;
    for (target, libraries) in LIBRARIES {
        task.report(&format!("compiling the standard library for {target}"));
        let mut cargo = places.cargo();
        cargo.args([&format!("+{toolchain}"), "build", "--release", "--target", target]);
        cargo.arg(format!("-Zbuild-std={libraries}")).current_dir(&work);
        // Bitcode: without it, a release build with LTO finds no ".llvmbc" section.
        cargo
            .env("RUSTC_BOOTSTRAP", "1")
            .env("RUSTFLAGS", "-Cembed-bitcode=yes");
        cargo.env("CARGO_TARGET_DIR", work.join("target"));
        task.run(&mut cargo)?;
        let built = work.join("target").join(target).join("release/deps");
        copy_libraries(&built, &libraries_of(&sysroot, target))?;
        if !is_built(&sysroot, target) {
            bail!(
                "{} holds no core library after the build",
                libraries_of(&sysroot, target).display()
            );
        }
    }
    fs::remove_dir_all(&work).with_context(|| format!("{} could not be removed", work.display()))
}

/// An empty crate: all that is wanted of its build is the standard library.
fn write_seed(work: &Path) -> Result<()> {
    let manifest = format!("[package]\nname = \"{SEED}\"\nversion = \"0.0.0\"\nedition = \"2021\"\n[workspace]\n");
    fs::create_dir_all(work.join("src"))
        .and_then(|()| fs::write(work.join("Cargo.toml"), manifest))
        .and_then(|()| fs::write(work.join("src/lib.rs"), "#![no_std]\n"))
        .with_context(|| format!("the crate in {} could not be written", work.display()))
}

fn copy_libraries(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("{} could not be created", to.display()))?;
    for old in files(to)?.iter().filter(|file| is_library(file)) {
        fs::remove_file(old).with_context(|| format!("{} could not be removed", old.display()))?;
    }
    let seed = format!("lib{SEED}-");
    for library in files(from)?
        .iter()
        .filter(|file| is_library(file) && !has_prefix(file, &seed))
    {
        let name = library.file_name().context("a library without a name")?;
        fs::copy(library, to.join(name)).with_context(|| format!("{} could not be copied", library.display()))?;
    }
    Ok(())
}

fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| format!("{} could not be read", folder.display()))?;
    entries.map(|entry| Ok(entry?.path())).collect()
}

fn is_library(file: &Path) -> bool {
    file.extension().is_some_and(|extension| extension == "rlib")
}

fn has_prefix(file: &Path, prefix: &str) -> bool {
    file.file_name()
        .is_some_and(|name| name.to_string_lossy().starts_with(prefix))
}
