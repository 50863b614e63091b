//! The command line.

use anyhow::{Result, bail};
use lexopt::{
    Arg::{Long, Short, Value},
    Parser, ValueExt,
};

/// What `--help` prints.
pub const HELP: &str = "\
cargo xtask COMMAND

  setup                 install what is missing: compilers, tools, system packages
  test [--only PART]…   the set-up, then every test; ends with one line of counts
                        PART: see `cargo xtask test --only help`

Environment
  INKTENSOR_CACHE       tools, compilers and logs (default: $XDG_CACHE_HOME/inktensor or ~/.cache/inktensor)
  CARGO_TARGET_DIR      what Cargo builds (default: the folder `target` of that cache)
  CHROMIUM              the browser of the tests (default: the first Chromium or Chrome on PATH)";

/// What to do.
#[derive(Debug, PartialEq, Eq)]
pub enum Task {
    /// Print the help.
    Help,
    /// Install what is missing.
    Setup,
    /// Test.
    Test(TestOptions),
}

/// Options of `test`.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct TestOptions {
    /// The parts to run; all when empty.
    pub only: Vec<String>,
}

/// Reads the command line.
///
/// # Errors
/// When it is not one that [`HELP`] describes.
pub fn parse(mut parser: Parser) -> Result<Task> {
    match parser.next()? {
        None | Some(Short('h') | Long("help")) => Ok(Task::Help),
        Some(Value(command)) => match command.string()?.as_str() {
            "help" => Ok(Task::Help),
            "setup" => end(parser, Task::Setup),
            "test" => parse_test(parser),
            other => bail!("there is no command {other:?}"),
        },
        Some(other) => Err(other.unexpected().into()),
    }
}

fn end(mut parser: Parser, task: Task) -> Result<Task> {
    match parser.next()? {
        None => Ok(task),
        Some(Short('h') | Long("help")) => Ok(Task::Help),
        Some(other) => Err(other.unexpected().into()),
    }
}

fn parse_test(mut parser: Parser) -> Result<Task> {
    let mut options = TestOptions::default();
    while let Some(argument) = parser.next()? {
        match argument {
            Short('h') | Long("help") => return Ok(Task::Help),
            Long("only") => options.only.push(parser.value()?.string()?),
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(Task::Test(options))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(words: &[&str]) -> Result<Task> {
        parse(Parser::from_args(words))
    }

    #[test]
    fn parts_can_be_chosen_more_than_once() {
        let Task::Test(options) = parsed(&["test", "--only", "format", "--only=lint"]).unwrap() else {
            panic!("not a test");
        };
        assert_eq!(options.only, ["format", "lint"]);
    }

    #[test]
    fn what_is_not_described_is_refused_by_name() {
        assert_eq!(parsed(&["fly"]).unwrap_err().to_string(), "there is no command \"fly\"");
        assert_eq!(
            parsed(&["test", "--fast"]).unwrap_err().to_string(),
            "invalid option '--fast'"
        );
        assert!(parsed(&["setup", "more"]).is_err());
    }
}
