//! Where things are: the checkout, the cache of installed tools, and the environment that every build shares.

use std::{
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

use crate::process::output_of;

/// The folders that everything else is found in.
#[derive(Clone, Debug)]
pub struct Places {
    /// The root of the checkout.
    pub root: PathBuf,
    /// Tools, compilers, logs and stamps of this user; safe to delete, made again when needed.
    pub cache: PathBuf,
    /// Where Cargo puts what it builds.
    pub target: PathBuf,
    /// Folder of `rust-lld`: the linker for Wasm, which compilers that are not rustup's lack.
    linker: Option<PathBuf>,
}

impl Places {
    /// Finds them from the environment; see the README for the variables.
    ///
    /// # Errors
    /// When there is no home directory, or no folder can be made in it.
    pub fn find() -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .ancestors()
            .nth(2)
            .context("e2e/xtask is not two folders below the root of the checkout")?
            .to_path_buf();
        let cache = match (
            env::var_os("INKTENSOR_CACHE"),
            env::var_os("XDG_CACHE_HOME"),
            env::var_os("HOME"),
        ) {
            (Some(cache), _, _) => PathBuf::from(cache),
            (None, Some(caches), _) => Path::new(&caches).join("inktensor"),
            (None, None, Some(home)) => Path::new(&home).join(".cache/inktensor"),
            (None, None, None) => anyhow::bail!("none of INKTENSOR_CACHE, XDG_CACHE_HOME and HOME is set; set one"),
        };
        fs::create_dir_all(&cache).with_context(|| format!("the cache {} could not be created", cache.display()))?;
        let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| cache.join("target"), PathBuf::from);
        Ok(Self {
            root,
            cache,
            target,
            linker: find_linker(),
        })
    }

    /// The folder of the tools that the set-up installs.
    pub fn tool(&self, name: &str) -> PathBuf {
        self.cache.join("tools/bin").join(name)
    }

    /// The log of a step.
    pub fn log(&self, name: &str) -> PathBuf {
        self.cache.join("logs").join(format!("{}.log", name.replace(' ', "-")))
    }

    /// A command that runs in the checkout with the environment of every build.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root);
        self.set_environment(&mut command);
        command
    }

    /// Cargo, with its progress bar on, as that is how far a build is.
    pub fn cargo(&self) -> Command {
        let mut command = self.command("cargo");
        command
            .env("CARGO_TERM_PROGRESS_WHEN", "always")
            .env("CARGO_TERM_PROGRESS_WIDTH", "80");
        command.env("CARGO_TERM_COLOR", "never");
        command
    }

    fn set_environment(&self, command: &mut Command) {
        // `cargo run` describes xtask itself in these; build scripts that watch them (ring's) would run again at every change
        // between `cargo build` and `cargo xtask`.
        for (name, _) in env::vars_os() {
            if is_of_cargo_run(&name.to_string_lossy()) {
                command.env_remove(name);
            }
        }
        if let Some(libraries) = env::var_os("LD_LIBRARY_PATH") {
            let kept: Vec<_> = env::split_paths(&libraries)
                .filter(|folder| !folder.starts_with(&self.target) && !is_of_rustup(folder))
                .collect();
            match env::join_paths(kept) {
                Ok(kept) if !kept.is_empty() => command.env("LD_LIBRARY_PATH", kept),
                _ => command.env_remove("LD_LIBRARY_PATH"),
            };
        }
        command
            .env("CARGO_TARGET_DIR", &self.target)
            .env("PATH", self.search_path());
    }

    /// PATH with our tools first, and the linker for Wasm.
    fn search_path(&self) -> OsString {
        let path = env::var_os("PATH").unwrap_or_default();
        let folders = std::iter::once(self.cache.join("tools/bin"))
            .chain(env::split_paths(&path))
            .chain(self.linker.iter().cloned());
        // Only a folder with a colon in its name cannot be joined; then the tools are not found, and the step says so.
        env::join_paths(folders).unwrap_or(path)
    }
}

fn is_of_cargo_run(name: &str) -> bool {
    let prefixes = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"];
    let names = ["CARGO", "CARGO_PRIMARY_PACKAGE", "OUT_DIR", "RUST_RECURSION_COUNT"];
    prefixes.iter().any(|prefix| name.starts_with(prefix)) || names.contains(&name)
}

fn is_of_rustup(folder: &Path) -> bool {
    folder.components().any(|part| part.as_os_str() == "toolchains")
}

fn find_linker() -> Option<PathBuf> {
    let sysroot = output_of(Command::new("rustc").args(["--print", "sysroot"])).ok()?;
    let libraries = Path::new(sysroot.trim()).join("lib/rustlib");
    let hosts = fs::read_dir(libraries).ok()?;
    hosts
        .filter_map(Result::ok)
        .map(|host| host.path().join("bin"))
        .find(|folder| folder.join("rust-lld").is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_cargo_run_sets_is_removed() {
        for name in ["CARGO", "CARGO_PKG_NAME", "CARGO_MANIFEST_DIR", "OUT_DIR"] {
            assert!(is_of_cargo_run(name), "{name}");
        }
        for name in [
            "CARGO_HOME",
            "CARGO_TARGET_DIR",
            "CARGO_BUILD_JOBS",
            "RUSTUP_TOOLCHAIN",
            "PATH",
        ] {
            assert!(!is_of_cargo_run(name), "{name}");
        }
    }
}
