//! Programs and libraries of the system: what is missing, and how it is installed.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Result, bail};

use crate::{
    places::Places,
    process::{find_program, output_of},
    steps::{Outcome, Task},
};

/// Something that a build or a test needs of the system.
struct Need {
    what: &'static str,
    why: &'static str,
    debian: &'static [&'static str],
    fedora: &'static str,
    brew: &'static str,
    is_there: fn() -> bool,
}

const NEEDS: [Need; 9] = [
    Need {
        what: "a C++ compiler",
        why: "links Rust programs, builds wasm-opt",
        debian: &["build-essential"],
        fedora: "gcc-c++",
        brew: "(xcode-select --install)",
        is_there: || find_program(&["c++", "g++", "clang++"]).is_some() && find_program(&["cc"]).is_some(),
    },
    Need {
        what: "protoc",
        why: "the chain's network messages",
        debian: &["protobuf-compiler"],
        fedora: "protobuf-compiler",
        brew: "protobuf",
        is_there: || std::env::var_os("PROTOC").is_some() || find_program(&["protoc"]).is_some(),
    },
    Need {
        what: "libclang",
        why: "the chain's C bindings",
        debian: &["libclang-dev"],
        fedora: "clang-devel",
        brew: "llvm",
        is_there: has_libclang,
    },
    Need {
        what: "cmake",
        why: "C libraries of cargo-contract",
        debian: &["cmake"],
        fedora: "cmake",
        brew: "cmake",
        is_there: || find_program(&["cmake"]).is_some(),
    },
    Need {
        what: "pkg-config",
        why: "finds C libraries",
        debian: &["pkg-config"],
        fedora: "pkgconf",
        brew: "pkg-config",
        is_there: || find_program(&["pkg-config", "pkgconf"]).is_some(),
    },
    Need {
        what: "a Vulkan driver",
        why: "the worker's GPU, in software where there is none",
        debian: &["mesa-vulkan-drivers", "libvulkan1"],
        fedora: "mesa-vulkan-drivers vulkan-loader",
        brew: "(Metal is there)",
        is_there: has_gpu_driver,
    },
    Need {
        what: "Python 3 with pip",
        why: "fetches ONNX's own tests",
        debian: &["python3", "python3-pip"],
        fedora: "python3-pip",
        brew: "python",
        is_there: has_pip,
    },
    Need {
        what: "Node.js 20 with npm",
        why: "browser tests",
        debian: &["nodejs", "npm"],
        fedora: "nodejs npm",
        brew: "node",
        is_there: has_node,
    },
    Need {
        what: "Chromium",
        why: "browser tests",
        debian: &["chromium"],
        fedora: "chromium",
        brew: "chromium",
        is_there: || crate::browser::chromium().is_some(),
    },
];

/// The browser tests use Node's own test runner as of version 20.
fn has_node() -> bool {
    let version = output_of(Command::new("node").arg("--version"));
    find_program(&["npm"]).is_some() && version.is_ok_and(|version| major_of(&version) >= Some(20))
}

fn has_pip() -> bool {
    output_of(Command::new("python3").args(["-m", "pip", "--version"])).is_ok()
}

fn major_of(version: &str) -> Option<u32> {
    version.strip_prefix('v')?.split('.').next()?.parse().ok()
}

fn has_libclang() -> bool {
    if std::env::var_os("LIBCLANG_PATH").is_some() || cfg!(target_os = "macos") {
        return true;
    }
    let mut folders = vec![
        "/usr/lib64".into(),
        "/usr/lib/x86_64-linux-gnu".into(),
        "/usr/lib/aarch64-linux-gnu".into(),
    ];
    if let Ok(versions) = fs::read_dir("/usr/lib") {
        let llvm = versions.filter_map(Result::ok).map(|entry| entry.path());
        folders.extend(
            llvm.filter(|path| path.to_string_lossy().contains("/llvm"))
                .map(|path| path.join("lib")),
        );
    }
    folders.iter().any(|folder| {
        holds(folder, |name| {
            name.starts_with("libclang.so") || name.starts_with("libclang-")
        })
    })
}

fn has_gpu_driver() -> bool {
    let drivers = [
        "/usr/share/vulkan/icd.d",
        "/etc/vulkan/icd.d",
        "/usr/local/share/vulkan/icd.d",
    ];
    let loaders = [
        "/usr/lib/x86_64-linux-gnu",
        "/usr/lib/aarch64-linux-gnu",
        "/usr/lib64",
        "/usr/lib",
        "/usr/local/lib",
    ];
    cfg!(target_os = "macos")
        || drivers
            .iter()
            .any(|folder| holds(Path::new(folder), |name| name.ends_with(".json")))
            && loaders
                .iter()
                .any(|folder| holds(Path::new(folder), |name| name.starts_with("libvulkan.so")))
}

fn holds(folder: &Path, wanted: impl Fn(&str) -> bool) -> bool {
    fs::read_dir(folder).is_ok_and(|entries| {
        entries
            .filter_map(Result::ok)
            .any(|entry| wanted(&entry.file_name().to_string_lossy()))
    })
}

/// Step: everything that is needed of the system.
///
/// # Errors
/// When something is missing and cannot be installed from here; the error holds the command that installs it.
pub fn install(places: &Places, task: &mut Task) -> Result<Outcome> {
    let missing: Vec<&Need> = NEEDS.iter().filter(|need| !(need.is_there)()).collect();
    if missing.is_empty() {
        return Ok(Outcome::Ready);
    }
    let what: Vec<String> = missing
        .iter()
        .map(|need| format!("{} ({})", need.what, need.why))
        .collect();
    task.report(&format!("installing {}", what.join(", ")));
    let debian: Vec<String> = missing
        .iter()
        .flat_map(|need| need.debian)
        .map(|&name| name.to_owned())
        .collect();
    if find_program(&["apt-get"]).is_none() {
        let line = |of: fn(&Need) -> &'static str| missing.iter().map(|need| of(need)).collect::<Vec<_>>().join(" ");
        bail!(
            "missing: {}. Install them, then run this again:\n  Fedora: sudo dnf install {}\n  macOS: brew install {}",
            what.join(", "),
            line(|need| need.fedora),
            line(|need| need.brew)
        );
    }
    install_now(places, task, &debian)?;
    match missing.iter().find(|need| !(need.is_there)()) {
        None => Ok(Outcome::Done),
        Some(need) => bail!(
            "{} is still missing after {} was installed",
            need.what,
            need.debian.join(" ")
        ),
    }
}

/// Installs Debian packages, as root or by sudo; those that are installed already are left as they are.
///
/// # Errors
/// When apt fails, or when this user may not install; the error holds the command to give to one who may.
pub fn install_now(places: &Places, task: &mut Task, names: &[String]) -> Result<()> {
    let missing: Vec<&String> = names.iter().filter(|name| !is_installed(name)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let list = missing.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(" ");
    let Some(prefix) = root_prefix() else {
        bail!(
            "{list} must be installed, but this user is not root and sudo asks for a password.\n  \
             Run this once, then the same command again:\n  sudo apt-get install -y --no-install-recommends {list}"
        );
    };
    let apt = |arguments: &[&str]| {
        let mut words = prefix.iter().chain(&["apt-get"]);
        let mut command = places.command(words.next().copied().unwrap_or("apt-get"));
        command
            .args(words)
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive");
        command
    };
    let mut install = vec!["install", "-y", "--no-install-recommends"];
    install.extend(missing.iter().map(|name| name.as_str()));
    if task.status(&mut apt(&install), None)?.success() {
        return Ok(());
    }
    task.report("refreshing apt's lists");
    task.run(&mut apt(&["update"]))?;
    task.report(&format!("installing {list}"));
    task.run(&mut apt(&install))
}

fn is_installed(package: &str) -> bool {
    let query = ["-W", "-f", "${db:Status-Status}", package];
    output_of(Command::new("dpkg-query").args(query)).is_ok_and(|status| status == "installed")
}

/// What to put before a command that needs root; `None` when there is no way without a password.
fn root_prefix() -> Option<&'static [&'static str]> {
    if output_of(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0") {
        return Some(&[]);
    }
    let sudo = Command::new("sudo")
        .args(["-n", "true"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    sudo.is_ok_and(|status| status.success()).then_some(&["sudo", "-n"])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_of_node_is_read() {
        assert_eq!(major_of("v20.20.2\n"), Some(20));
        assert_eq!(major_of("20.1"), None);
    }
}
