//! What a person sees while steps run: one line when a step starts and ends, and in between how far it is.

use std::{
    io::{IsTerminal, Write},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// How often the state of running steps is printed where a line cannot be drawn over, as in a log of continuous integration.
const REPORT_EVERY: Duration = Duration::from_secs(30);
/// How often the line on a terminal is drawn.
const DRAW_EVERY: Duration = Duration::from_millis(250);

struct Running {
    name: &'static str,
    since: Instant,
    state: String,
}

struct Inner {
    total: usize,
    ended: usize,
    running: Vec<Running>,
    drawn: Instant,
}

/// Prints to standard error; standard output belongs to results.
pub struct Screen {
    inner: Mutex<Inner>,
    terminal: bool,
}

impl Screen {
    /// For a plan of `total` steps.
    pub fn new(total: usize) -> Self {
        let inner = Inner {
            total,
            ended: 0,
            running: Vec::new(),
            drawn: Instant::now(),
        };
        Self {
            inner: Mutex::new(inner),
            terminal: std::io::stderr().is_terminal(),
        }
    }

    /// A step starts.
    pub fn start(&self, name: &'static str, why: &str) {
        let mut inner = self.lock();
        inner.running.push(Running {
            name,
            since: Instant::now(),
            state: String::new(),
        });
        self.say(&format!("  ▸ {name}: {why}"));
    }

    /// A running step says what it is at.
    pub fn set(&self, name: &'static str, state: &str) {
        let mut inner = self.lock();
        if let Some(running) = inner.running.iter_mut().find(|running| running.name == name) {
            state.clone_into(&mut running.state);
        }
    }

    /// A step has ended well; one that found its work done in an instant needs no line of its own.
    pub fn end(&self, name: &'static str, was_ready: bool, time: Duration) {
        let mut inner = self.lock();
        inner.running.retain(|running| running.name != name);
        inner.ended += 1;
        let word = if was_ready { "was there" } else { "done" };
        self.say(&format!(
            "  ✓ [{}/{}] {name}: {word}, {}",
            inner.ended,
            inner.total,
            clock(time)
        ));
    }

    /// A step has failed.
    pub fn fail(&self, name: &'static str) {
        let mut inner = self.lock();
        inner.running.retain(|running| running.name != name);
        self.say(&format!("  ✗ {name}: failed"));
    }

    /// To be called often: prints the state of what runs, at its own pace.
    pub fn tick(&self) {
        let mut inner = self.lock();
        let every = if self.terminal { DRAW_EVERY } else { REPORT_EVERY };
        if inner.drawn.elapsed() < every || inner.running.is_empty() {
            return;
        }
        inner.drawn = Instant::now();
        let states: Vec<String> = inner.running.iter().map(Running::describe).collect();
        let line = format!("  … [{}/{}] {}", inner.ended, inner.total, states.join(" | "));
        if self.terminal {
            let line: String = line.chars().take(118).collect();
            eprint!("\r\x1b[2K{line}");
            flush();
        } else {
            eprintln!("{line}");
        }
    }

    /// Removes the line that is drawn over.
    pub fn close(&self) {
        if self.terminal {
            eprint!("\r\x1b[2K");
            flush();
        }
    }

    fn say(&self, line: &str) {
        let start = if self.terminal { "\r\x1b[2K" } else { "" };
        eprintln!("{start}{line}");
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Running {
    fn describe(&self) -> String {
        let time = clock(self.since.elapsed());
        if self.state.is_empty() {
            format!("{} {time}", self.name)
        } else {
            format!("{} {time}: {}", self.name, self.state)
        }
    }
}

fn flush() {
    // A terminal that is gone cannot be told about it.
    let _ = std::io::stderr().flush();
}

/// Minutes and seconds for people.
pub fn clock(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..10 => format!("{:.1}s", time.as_secs_f32()),
        10..60 => format!("{seconds}s"),
        _ => format!("{}m{:02}s", seconds / 60, seconds % 60),
    }
}

/// What a line of Cargo's says about how far it is: `412/911 sc-network` of a progress bar, or what is being compiled.
pub fn cargo_state(line: &str) -> Option<String> {
    let line = line.trim();
    if let Some(bar) = line.strip_prefix("Building [") {
        let (_, rest) = bar.split_once("] ")?;
        let (count, what) = rest.split_once(':').unwrap_or((rest, ""));
        let first = what.split(',').next().unwrap_or("").trim().trim_end_matches("...");
        return Some(format!("{} crates {first}", count.trim()).trim_end().to_owned());
    }
    ["Downloading", "Downloaded", "Updating", "Compiling"]
        .iter()
        .any(|verb| line.strip_prefix(verb).is_some_and(|rest| rest.starts_with(' ')))
        .then(|| line.chars().take(60).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_of_cargo_is_read_from_its_progress_bar() {
        let bar = "    Building [=======>          ] 412/911: sc-network, sp-core(build)";
        assert_eq!(cargo_state(bar).as_deref(), Some("412/911 crates sc-network"));
        assert_eq!(cargo_state("    Building [====] 9/9").as_deref(), Some("9/9 crates"));
        assert_eq!(
            cargo_state("   Compiling wgpu v30.0.0").as_deref(),
            Some("Compiling wgpu v30.0.0")
        );
        assert_eq!(cargo_state("warning: unused variable"), None);
    }

    #[test]
    fn times_are_short_and_readable() {
        assert_eq!(clock(Duration::from_millis(1_540)), "1.5s");
        assert_eq!(clock(Duration::from_secs(59)), "59s");
        assert_eq!(clock(Duration::from_secs(3_725)), "62m05s");
    }
}
