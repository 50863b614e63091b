//! The results of a suite, counted by operator.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::Serialize;

use super::{CaseResult, Deviation, Outcome, Ran};

/// The results of a suite.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Cases that passed.
    pub passed: usize,
    /// Cases that did not, unsupported ones included.
    pub failed: usize,
    /// Of the failed ones, those that were refused by name.
    pub unsupported: usize,
    /// All cases.
    pub total: usize,
    /// Passed cases that ran in kernels, at least in part.
    pub passed_on_gpu: usize,
    /// Passed cases that ran on the host alone.
    pub passed_on_host: usize,
    /// Name of the adapter.
    pub adapter: String,
    /// Cases by operator.
    pub operators: Vec<OperatorRow>,
    /// Every case.
    pub cases: Vec<CaseResult>,
}

/// The cases of one operator.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OperatorRow {
    /// Its name, or what cases of several operators are called.
    pub operator: String,
    /// Cases that passed.
    pub passed: usize,
    /// All its cases.
    pub total: usize,
    /// Passed ones that ran in kernels, at least in part.
    pub on_gpu: usize,
    /// How far the results of these lie from the expected ones.
    pub deviation: Deviation,
    /// What is wrong with the others: each message with the number of cases.
    pub problems: BTreeMap<String, usize>,
}

impl Report {
    /// Counts results.
    pub fn new(adapter: String, cases: Vec<CaseResult>) -> Self {
        let count = |is: fn(&CaseResult) -> bool| cases.iter().filter(|case| is(case)).count();
        let passed = count(|case| case.outcome == Outcome::Passed);
        Self {
            passed,
            failed: cases.len() - passed,
            unsupported: count(|case| case.outcome == Outcome::Unsupported),
            total: cases.len(),
            passed_on_gpu: count(|case| case.outcome == Outcome::Passed && is_on_gpu(case)),
            passed_on_host: count(|case| case.outcome == Outcome::Passed && case.ran == Ran::Host),
            adapter,
            operators: rows(&cases),
            cases,
        }
    }

    /// The results as a page: totals, then a row for each operator with what is missing of it.
    pub fn to_markdown(&self, command: &str) -> String {
        let mut page = String::from("# Conformance\n\n");
        // Writing to a string cannot fail.
        let _ = writeln!(page, "By `{command}` on {}.\n", self.adapter);
        let _ = writeln!(
            page,
            "**{} of {} cases pass** ({} of them on the GPU, at least in part, {} on the host alone). Of the {} others, {} are refused by name.\n",
            self.passed, self.total, self.passed_on_gpu, self.passed_on_host, self.failed, self.unsupported
        );
        page.push_str("A case counts for the operator that is its model's only one, else for its group.\n\n");
        page.push_str("| operator | passed | of | on the GPU | what is missing |\n|---|---:|---:|---:|---|\n");
        for row in &self.operators {
            let problems: Vec<String> = row
                .problems
                .iter()
                .map(|(problem, cases)| format!("{} ({cases})", problem.replace('|', "\\|")))
                .collect();
            let _ = writeln!(
                page,
                "| {} | {} | {} | {} | {} |",
                row.operator,
                row.passed,
                row.total,
                row.on_gpu,
                problems.join("; ")
            );
        }
        page
    }

    /// How far the results of kernels lie from the expected ones: a table with a row for each operator, the farthest first.
    pub fn deviations_to_markdown(&self) -> String {
        let mut rows: Vec<&OperatorRow> = self.operators.iter().filter(|row| row.deviation.elements > 0).collect();
        rows.sort_by(|one, other| other.deviation.relative.total_cmp(&one.deviation.relative));
        let mut page = String::from(
            "| operator | cases | elements | the same | ULPs at most | of the largest number at most |\n|---|---:|---:|---:|---:|---:|\n",
        );
        for row in rows {
            let Deviation {
                elements,
                same,
                ulps,
                relative,
            } = row.deviation;
            let share = 100.0 * same as f64 / elements as f64;
            let _ = writeln!(
                page,
                "| {} | {} | {elements} | {share:.1} % | {ulps} | {relative:.1e} |",
                row.operator, row.on_gpu
            );
        }
        page
    }
}

fn is_on_gpu(case: &CaseResult) -> bool {
    matches!(case.ran, Ran::Gpu | Ran::Both)
}

fn rows(cases: &[CaseResult]) -> Vec<OperatorRow> {
    let mut rows: BTreeMap<String, OperatorRow> = BTreeMap::new();
    for case in cases {
        let name = subject(case);
        let row = rows.entry(name.clone()).or_insert_with(|| OperatorRow {
            operator: name,
            passed: 0,
            total: 0,
            on_gpu: 0,
            deviation: Deviation::default(),
            problems: BTreeMap::new(),
        });
        row.total += 1;
        if case.outcome == Outcome::Passed {
            row.passed += 1;
            if is_on_gpu(case) {
                row.on_gpu += 1;
                row.deviation = row.deviation.and(case.deviation);
            }
        } else {
            *row.problems.entry(problem(case)).or_default() += 1;
        }
    }
    rows.into_values().collect()
}

/// What a case is counted for.
fn subject(case: &CaseResult) -> String {
    match case.operators.as_slice() {
        [only] => only.to_string(),
        _ if case.name.contains("_expanded") => "(functions written out)".into(),
        _ => "(graphs of several operators)".into(),
    }
}

fn problem(case: &CaseResult) -> String {
    const LONGEST: usize = 160;
    let text = match case.refused.as_slice() {
        [] => case.message.clone().unwrap_or_default(),
        refused => {
            let refused: Vec<String> = refused
                .iter()
                .map(|one| format!("{}: {}", one.operator, one.reason))
                .collect();
            refused.join(", ")
        }
    };
    let line = text.lines().next().unwrap_or_default();
    if line.chars().count() <= LONGEST {
        line.to_owned()
    } else {
        line.chars().take(LONGEST).chain("…".chars()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::Refusal;
    use crate::model::OperatorName;

    fn case(name: &str, outcome: Outcome, ran: Ran, operators: &[&str]) -> CaseResult {
        CaseResult {
            name: name.into(),
            outcome,
            ran,
            operators: operators.iter().map(|kind| OperatorName::onnx(kind)).collect(),
            refused: Vec::new(),
            deviation: Deviation::default(),
            message: None,
        }
    }

    #[test]
    fn unsupported_cases_count_as_failed_and_are_listed_by_operator() {
        let refused = CaseResult {
            refused: vec![Refusal {
                operator: "Det".into(),
                reason: "not implemented".into(),
            }],
            ..case("test_det_2d", Outcome::Unsupported, Ran::Nowhere, &["Det"])
        };
        let cases = vec![
            case("test_abs", Outcome::Passed, Ran::Gpu, &["Abs"]),
            case("test_abs_int", Outcome::Passed, Ran::Host, &["Abs"]),
            refused,
            case("test_x_expanded", Outcome::Failed, Ran::Both, &["Abs", "Add"]),
        ];
        let report = Report::new("an adapter".into(), cases);
        assert_eq!(
            (report.passed, report.failed, report.unsupported, report.total),
            (2, 2, 1, 4)
        );
        assert_eq!((report.passed_on_gpu, report.passed_on_host), (1, 1));
        let page = report.to_markdown("command");
        assert!(page.contains("| Abs | 2 | 2 | 1 |  |"), "{page}");
        assert!(
            page.contains("| Det | 0 | 1 | 0 | Det: not implemented (1) |"),
            "{page}"
        );
        assert!(page.contains("| (functions written out) | 0 | 1 | 0 |"), "{page}");
    }

    #[test]
    fn deviations_are_those_of_kernels_the_largest_first() {
        let off = |name: &str, ran: Ran, operator: &str, relative: f64| CaseResult {
            deviation: Deviation {
                elements: 4,
                same: 3,
                ulps: 2,
                relative,
            },
            ..case(name, Outcome::Passed, ran, &[operator])
        };
        let cases = vec![
            off("test_abs", Ran::Gpu, "Abs", 1e-7),
            off("test_abs_2", Ran::Gpu, "Abs", 2e-7),
            off("test_erf", Ran::Both, "Erf", 3e-6),
            off("test_det", Ran::Host, "Det", 1.0),
        ];
        let page = Report::new("an adapter".into(), cases).deviations_to_markdown();
        let rows: Vec<&str> = page.lines().skip(2).collect();
        let expected = [
            "| Erf | 1 | 4 | 75.0 % | 2 | 3.0e-6 |",
            "| Abs | 2 | 8 | 75.0 % | 2 | 2.0e-7 |",
        ];
        assert_eq!(rows, expected);
    }
}
