//! Cases in, results out.

use std::io::{BufRead, Write};

use crate::case::Case;

/// Answers each line; the error names the line and the field.
pub fn run(input: impl BufRead, mut output: impl Write) -> Result<(), String> {
    for (number, line) in (1..).zip(input.lines()) {
        let line = line.map_err(|error| format!("line {number}: cannot read: {error}"))?;
        if line.trim().is_empty() {
            continue;
        }
        let result = Case::parse(&line)
            .and_then(|case| case.run())
            .map_err(|error| format!("line {number}: {error}"))?;
        writeln!(output, "{result}").map_err(|error| format!("line {number}: cannot write the result: {error}"))?;
    }
    output
        .flush()
        .map_err(|error| format!("cannot write the results: {error}"))
}
