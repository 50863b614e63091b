//! Processor time of this process.

use std::time::Duration;

/// Linux counts in hundredths of a second, whatever its own clock.
const TICK: Duration = Duration::from_millis(10);

/// Time that all threads of this process took of processors so far; `None` where the system does not tell.
pub fn time() -> Option<Duration> {
    parse(&std::fs::read_to_string("/proc/self/stat").ok()?)
}

/// Fields 14 and 15 of Linux's `stat` file, the time in the program and the time in the system for it. Field 2 is the program's name in
/// parentheses, which may hold anything.
fn parse(stat: &str) -> Option<Duration> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_ascii_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<u32>().ok();
    Some(
        TICK.saturating_mul(ticks()?)
            .saturating_add(TICK.saturating_mul(ticks()?)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_times_stand_after_the_name_whatever_that_is() {
        let stat = "7 (a) b (c) R 1 7 7 0 -1 4194304 99 0 0 0 250 17 0 0 20 0 1 0 99";
        assert_eq!(parse(stat), Some(Duration::from_millis(2670)));
        assert_eq!((parse(""), parse("7 (a) R 1")), (None, None));
    }
}
