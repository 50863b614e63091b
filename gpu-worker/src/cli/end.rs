//! The end of a process together with the one that started it.

use std::io::Read;

use anyhow::Context;

/// Whether to end with the process that started this one.
#[derive(Debug, clap::Args)]
pub struct EndArgs {
    /// End when standard input closes, so that no evaluation outlives the process that asked for it.
    #[arg(long, hide = true)]
    end_with_stdin: bool,
}

impl EndArgs {
    /// Watches standard input, if it is to, from a thread of its own. The main thread may hang in a driver, so this is no orderly end.
    ///
    /// # Errors
    /// When the thread cannot be started.
    pub fn watch(&self) -> anyhow::Result<()> {
        if !self.end_with_stdin {
            return Ok(());
        }
        let watch = || {
            let mut rest = [0; 64];
            while matches!(std::io::stdin().read(&mut rest), Ok(1..)) {}
            std::process::abort();
        };
        std::thread::Builder::new()
            .name("stdin".into())
            .spawn(watch)
            .context("the watching thread cannot be started")?;
        Ok(())
    }
}
