//! The browser tests' own needs: Chromium and the npm packages.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use crate::{
    places::Places,
    process::find_program,
    steps::{Outcome, Task},
};

/// A browser of the Chromium family: `CHROMIUM`, or the first on PATH.
pub fn chromium() -> Option<PathBuf> {
    let named = std::env::var_os("CHROMIUM")
        .map(PathBuf::from)
        .filter(|path| path.is_file());
    let mac = Path::new("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome");
    named
        .or_else(|| find_program(&["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"]))
        .or_else(|| mac.is_file().then(|| mac.to_path_buf()))
}

/// The folder of the browser tests.
pub fn folder(places: &Places) -> PathBuf {
    places.root.join("e2e/browser")
}

/// Step: the npm packages of the lock file, into `e2e/browser/node_modules`.
///
/// # Errors
/// When npm fails.
pub fn install_npm(places: &Places, task: &mut Task) -> Result<Outcome> {
    let folder = folder(places);
    let lock = folder.join("package-lock.json");
    let wanted = fs::read(&lock).with_context(|| format!("{} could not be read", lock.display()))?;
    let stamp = folder.join("node_modules/.installed-from.json");
    if fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(Outcome::Ready);
    }
    task.report("npm ci");
    // No package's own install script is needed, so none is run.
    let arguments = ["ci", "--no-audit", "--no-fund", "--ignore-scripts"];
    task.run(places.command("npm").args(arguments).current_dir(&folder))?;
    fs::write(&stamp, wanted).with_context(|| format!("{} could not be written", stamp.display()))?;
    Ok(Outcome::Done)
}
