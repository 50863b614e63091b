//! Counting what test runners print.

use std::ops::AddAssign;

use serde_json::Value;

/// How many tests a part passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Tests that passed.
    pub passed: u64,
    /// Tests that failed, and parts that could not run.
    pub failed: u64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

impl Counts {
    /// One thing that either is well or is not, such as the format of the code.
    pub fn of_check(is_well: bool) -> Self {
        Self {
            passed: u64::from(is_well),
            failed: u64::from(!is_well),
        }
    }

    /// What a runner counted, held against its exit status: a runner that fails without a failed test (it did not compile, it
    /// crashed) and one that ran nothing both count as a failure.
    pub fn of_runner(mut self, is_success: bool) -> Self {
        if self.failed == 0 && (!is_success || self.passed == 0) {
            self.failed = 1;
        }
        self
    }

    /// Adds what one line of a Rust test binary (libtest) says.
    pub fn read_libtest(&mut self, line: &str) {
        if let Some(result) = line.trim().strip_prefix("test result: ") {
            self.passed += number_before(result, " passed");
            self.failed += number_before(result, " failed");
        }
    }

    /// Adds what one line of Node's test runner (TAP) says.
    pub fn read_tap(&mut self, line: &str) {
        if let Some(count) = line.strip_prefix("# pass ") {
            self.passed += count.trim().parse().unwrap_or(0);
        }
        for start in ["# fail ", "# cancelled "] {
            if let Some(count) = line.strip_prefix(start) {
                self.failed += count.trim().parse().unwrap_or(0);
            }
        }
    }

    /// Adds what the report of `inktensor conformance` says, one line of JSON. A report whose numbers do not add up counts as a failure.
    pub fn read_conformance(&mut self, line: &str) {
        let Ok(Value::Object(report)) = serde_json::from_str(line) else {
            return;
        };
        let number = |key: &str| report.get(key).and_then(Value::as_u64);
        let cases = report.get("cases").and_then(Value::as_array).map(Vec::len);
        match (number("passed"), number("failed"), number("total")) {
            (Some(passed), Some(failed), Some(total))
                if passed + failed == total && cases.is_some_and(|cases| cases as u64 == total) =>
            {
                self.passed += passed;
                self.failed += failed;
            }
            _ => self.failed += 1,
        }
    }
}

fn number_before(text: &str, word: &str) -> u64 {
    let number = text.split(word).next().and_then(|before| before.rsplit(' ').next());
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// The name of a test that a line reports as failed.
pub fn failed_test(line: &str) -> Option<&str> {
    let rust = line
        .strip_prefix("test ")
        .and_then(|rest| rest.strip_suffix(" ... FAILED"));
    rust.or_else(|| {
        line.trim_start()
            .strip_prefix("not ok ")
            .and_then(|rest| Some(rest.split_once(" - ")?.1))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn libtest(text: &str) -> Counts {
        let mut counts = Counts::default();
        text.lines().for_each(|line| counts.read_libtest(line));
        counts
    }

    #[test]
    fn all_binaries_of_a_run_are_added_up() {
        let text = "running 2 tests\ntest a ... ok\n\
            test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\
            test result: FAILED. 10 passed; 3 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.00s\n";
        assert_eq!(libtest(text), Counts { passed: 12, failed: 3 });
    }

    #[test]
    fn a_runner_that_fails_without_a_failed_test_counts_as_a_failure() {
        assert_eq!(
            libtest("error[E0425]").of_runner(false),
            Counts { passed: 0, failed: 1 }
        );
        assert_eq!(
            Counts { passed: 7, failed: 0 }.of_runner(false),
            Counts { passed: 7, failed: 1 }
        );
        assert_eq!(
            Counts { passed: 7, failed: 2 }.of_runner(false),
            Counts { passed: 7, failed: 2 }
        );
        assert_eq!(
            Counts { passed: 7, failed: 0 }.of_runner(true),
            Counts { passed: 7, failed: 0 }
        );
    }

    #[test]
    fn a_runner_that_ran_nothing_counts_as_a_failure() {
        let text = "test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 5 filtered out; finished in 0.00s";
        assert_eq!(libtest(text).of_runner(true), Counts { passed: 0, failed: 1 });
    }

    #[test]
    fn node_s_summary_is_read() {
        let mut counts = Counts::default();
        let tap = "ok 1 - stakes\nnot ok 2 - unstakes\n# tests 4\n# pass 2\n# fail 1\n# cancelled 1\n# skipped 0\n";
        tap.lines().for_each(|line| counts.read_tap(line));
        assert_eq!(counts, Counts { passed: 2, failed: 2 });
    }

    #[test]
    fn a_report_of_conformance_is_read_and_must_add_up() {
        let read = |line: &str| {
            let mut counts = Counts::default();
            counts.read_conformance(line);
            counts
        };
        let report = r#"{"passed":1,"failed":1,"total":2,"cases":[{},{}]}"#;
        assert_eq!(read(report), Counts { passed: 1, failed: 1 });
        let short = r#"{"passed":2,"failed":0,"total":2,"cases":[{}]}"#;
        assert_eq!(read(short), Counts { passed: 0, failed: 1 });
        assert_eq!(read("error: no suite"), Counts::default());
    }

    #[test]
    fn failed_tests_are_named() {
        assert_eq!(failed_test("test steps::tests::a ... FAILED"), Some("steps::tests::a"));
        assert_eq!(
            failed_test("    not ok 2 - the wallet stakes"),
            Some("the wallet stakes")
        );
        assert_eq!(failed_test("test steps::tests::a ... ok"), None);
    }
}
