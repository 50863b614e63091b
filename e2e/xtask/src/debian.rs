//! Rust compilers from Debian's packages, for machines where rustup cannot download: unpacked into the cache, side by side,
//! nothing installed into the system but shared libraries.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

use crate::{
    packages,
    places::Places,
    process::{find_program, output_of},
    steps::Task,
};

/// Debian stable carries two generations of the compiler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Generation {
    /// The one that contracts need.
    Contracts,
    /// The newest one.
    Wasm,
}

/// Unpacks a generation and links it into rustup as `name`.
///
/// # Errors
/// When this system has no such packages, or they cannot be fetched or run.
pub fn install(places: &Places, task: &mut Task, generation: Generation, name: &str) -> Result<()> {
    if find_program(&["apt-get"]).is_none() || find_program(&["dpkg"]).is_none() {
        bail!("this system has no apt-get; connect it to the internet so that rustup can download");
    }
    let policy = output_of(places.command("apt-cache").args(["policy", "rustc-web"]))?;
    let version = choose(&versions(&policy), generation).with_context(|| {
        format!("`apt-cache policy rustc-web` lists no version for {generation:?}; `apt-get update` may help")
    })?;
    let minor = minor_of(&version).with_context(|| format!("{version:?} is no version of rustc-web"))?;
    let downloads = places.cache.join("debs").join(minor);
    let folder = places.cache.join("toolchains").join(minor);
    for place in [&downloads, &folder] {
        fs::create_dir_all(place).with_context(|| format!("{} could not be created", place.display()))?;
    }

    task.report(&format!("fetching rustc-web {version}"));
    let std = format!("libstd-rust-web-{minor}");
    let wanted = [
        "rustc-web",
        "cargo-web",
        "rust-web-src",
        "rust-web-clippy",
        "libstd-rust-web-dev",
        &std,
    ];
    let wanted: Vec<String> = wanted.iter().map(|package| format!("{package}={version}")).collect();
    task.run(
        places
            .command("apt-get")
            .arg("download")
            .args(&wanted)
            .current_dir(&downloads),
    )?;
    task.report("unpacking");
    for package in packages_in(&downloads, &version)? {
        task.run(places.command("dpkg").arg("-x").args([&package, &folder]))?;
    }

    let depends = output_of(places.command("apt-cache").arg("show").args(&wanted))?;
    packages::install_now(places, task, &libraries(&depends))?;
    link_driver(&folder)?;
    task.run(
        places
            .command("rustup")
            .args(["toolchain", "link", name])
            .arg(folder.join("usr")),
    )?;
    output_of(Command::new("rustc").args([&format!("+{name}"), "-vV"])).map(drop)
}

/// The versions in the table that `apt-cache policy` prints, the preferred first.
fn versions(policy: &str) -> Vec<String> {
    let table = policy
        .lines()
        .skip_while(|line| line.trim() != "Version table:")
        .skip(1);
    table
        .map(|line| line.trim_start_matches([' ', '*']))
        // A version is followed by its priority; below it, a priority comes first.
        .filter_map(|line| line.split_once(' '))
        .filter(|(version, priority)| version.contains('-') && priority.trim().parse::<i32>().is_ok())
        .map(|(version, _)| version.to_owned())
        .collect()
}

fn choose(versions: &[String], generation: Generation) -> Option<String> {
    let minor = |version: &String| minor_of(version)?.strip_prefix("1.")?.parse::<u32>().ok();
    match generation {
        Generation::Contracts => versions.iter().find(|version| minor(version) == Some(85)).cloned(),
        Generation::Wasm => versions
            .iter()
            .filter(|version| minor(version) >= Some(88))
            .max_by_key(|version| minor(version))
            .cloned(),
    }
}

/// `1.85` of `1.85.0+dfsg3-1~deb12u3`.
fn minor_of(version: &str) -> Option<&str> {
    let end = version.match_indices('.').nth(1)?.0;
    version.get(..end)
}

fn packages_in(folder: &Path, version: &str) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| format!("{} could not be read", folder.display()))?;
    let files = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    let part = format!("_{version}_");
    Ok(files
        .into_iter()
        .filter(|file| file.to_string_lossy().contains(&part))
        .collect())
}

/// The shared libraries that `apt-cache show` names as dependencies, without those of every system and of the compiler itself.
fn libraries(shown: &str) -> Vec<String> {
    let mut names: Vec<String> = shown
        .lines()
        .filter_map(|line| line.strip_prefix("Depends: "))
        .flat_map(|line| line.split(','))
        .filter_map(|dependency| dependency.split_whitespace().next())
        .filter(|name| name.starts_with("lib") && !name.starts_with("libstd-rust") && !name.starts_with("libc"))
        .map(str::to_owned)
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// The compiler looks for its own library beside `bin`, in `lib`; Debian has it one folder further down.
fn link_driver(folder: &Path) -> Result<()> {
    let libraries = folder.join("usr/lib");
    let host = libraries.join("x86_64-linux-gnu");
    let entries = fs::read_dir(&host).with_context(|| format!("{} could not be read", host.display()))?;
    for entry in entries {
        let name = entry.context("a folder entry could not be read")?.file_name();
        let link = libraries.join(&name);
        if !name.to_string_lossy().starts_with("librustc_driver") || link.exists() {
            continue;
        }
        std::os::unix::fs::symlink(Path::new("x86_64-linux-gnu").join(&name), &link)
            .with_context(|| format!("{} could not be linked", link.display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: &str = "rustc-web:
  Installed: (none)
  Candidate: 1.96.0+dfsg1-1~deb12u2
  Version table:
     1.96.0+dfsg1-1~deb12u2 500
        500 http://mirror.example/debian-security bookworm-security/main amd64 Packages
 *** 1.85.0+dfsg3-1~deb12u3 500
        500 http://mirror.example/debian bookworm/main amd64 Packages
        100 /var/lib/dpkg/status
";

    #[test]
    fn both_generations_are_found_in_the_policy() {
        let versions = versions(POLICY);
        assert_eq!(versions, ["1.96.0+dfsg1-1~deb12u2", "1.85.0+dfsg3-1~deb12u3"]);
        assert_eq!(
            choose(&versions, Generation::Contracts).as_deref(),
            Some("1.85.0+dfsg3-1~deb12u3")
        );
        assert_eq!(
            choose(&versions, Generation::Wasm).as_deref(),
            Some("1.96.0+dfsg1-1~deb12u2")
        );
    }

    #[test]
    fn an_unknown_package_has_no_versions() {
        assert_eq!(versions(""), Vec::<String>::new());
        assert_eq!(
            versions("rustc-web:\n  Installed: (none)\n  Candidate: (none)\n  Version table:\n"),
            Vec::<String>::new()
        );
        assert_eq!(choose(&[], Generation::Wasm), None);
    }

    #[test]
    fn an_old_compiler_is_not_taken_for_the_new_generation() {
        let only = ["1.78.0+dfsg1-2~deb12u3".to_owned(), "1.85.0+dfsg3-1".to_owned()];
        assert_eq!(choose(&only, Generation::Wasm), None);
    }

    #[test]
    fn the_shared_libraries_of_the_compiler_are_read_from_its_dependencies() {
        let shown = "Package: rustc-web\nDepends: libc6 (>= 2.34), libstd-rust-web-dev (= 1.96.0), gcc, libc-dev\n\n\
            Package: cargo-web\nDepends: libgit2-1.5 (>= 1.5.0), libssl3 (>= 3.0.0), gcc | clang\n\n\
            Package: libstd-rust-web-1.96\nDepends: libllvm22 (>= 1:22.1.8), libgcc-s1\n";
        assert_eq!(libraries(shown), ["libgcc-s1", "libgit2-1.5", "libllvm22", "libssl3"]);
    }
}
