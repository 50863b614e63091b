//! The command line.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use lexopt::{
    Arg::{Long, Short, Value},
    Parser, ValueExt,
};

use crate::deploy::Target;

/// What `--help` prints.
pub const HELP: &str = "\
cargo xtask COMMAND

  up [--once] [--json] [--port N] [--no-dapp]
                        the set-up, then the whole network on this machine; Ctrl-C stops it
                        --once     end after the first epoch that paid rewards
                        --json     with --once: print that epoch as one JSON object
                        --port     the dApp's port (default: any that is free)
                        --no-dapp  without the dApp
  setup                 install what is missing, and build everything
  test [--only PART]…   the set-up, then every test; ends with one line of counts
                        PART: see `cargo xtask test --only help`
  deploy --url WS [--suri URI | --suri-file FILE] [--out FILE] [--endowment TAO]
                        build the contracts and deploy them by cargo-contract; run it again to finish or to check
                        --url        the chain, for example ws://127.0.0.1:9944
                        --suri       the account that deploys, for example //Alice; also from INKTENSOR_SURI.
                                     cargo-contract takes it as an argument, which other users of this machine can see:
                                     on a shared machine deploy with an account made for it
                        --out        the deployment file (default: deployment.json)
                        --endowment  TAO issued to that account, once (default: 100000)

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
    /// Run the network.
    Up(UpOptions),
    /// Deploy the contracts.
    Deploy(Target),
    /// Test.
    Test(TestOptions),
}

/// Options of `up`.
#[derive(Debug, PartialEq, Eq)]
pub struct UpOptions {
    /// End after the first epoch that paid rewards.
    pub once: bool,
    /// Print that epoch as JSON.
    pub json: bool,
    /// The dApp's port; 0 for any.
    pub port: u16,
    /// Whether to build and serve the dApp.
    pub dapp: bool,
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
            "up" => parse_up(parser),
            "setup" => end(parser, Task::Setup),
            "deploy" => parse_deploy(parser),
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

fn parse_up(mut parser: Parser) -> Result<Task> {
    let mut options = UpOptions {
        once: false,
        json: false,
        port: 0,
        dapp: true,
    };
    while let Some(argument) = parser.next()? {
        match argument {
            Short('h') | Long("help") => return Ok(Task::Help),
            Long("once") => options.once = true,
            Long("json") => options.json = true,
            Long("port") => options.port = parser.value()?.parse()?,
            Long("no-dapp") => options.dapp = false,
            other => return Err(other.unexpected().into()),
        }
    }
    if options.json && !options.once {
        bail!("--json prints one epoch: it needs --once");
    }
    Ok(Task::Up(options))
}

fn parse_deploy(mut parser: Parser) -> Result<Task> {
    let mut url = None;
    let mut suri = None;
    let mut file = PathBuf::from("deployment.json");
    let mut endowment = 100_000;
    while let Some(argument) = parser.next()? {
        match argument {
            Short('h') | Long("help") => return Ok(Task::Help),
            Long("url") => url = Some(parser.value()?.string()?),
            Long("suri") => suri = Some(parser.value()?.string()?),
            Long("suri-file") => suri = Some(read_secret(&PathBuf::from(parser.value()?))?),
            Long("out") => file = parser.value()?.into(),
            Long("endowment") => endowment = parser.value()?.parse()?,
            other => return Err(other.unexpected().into()),
        }
    }
    let suri = suri.or_else(|| std::env::var("INKTENSOR_SURI").ok());
    Ok(Task::Deploy(Target {
        url: url.context("deploy needs --url, for example ws://127.0.0.1:9944")?,
        suri: suri.context("deploy needs an account: --suri, --suri-file or INKTENSOR_SURI")?,
        file,
        endowment,
    }))
}

fn read_secret(file: &Path) -> Result<String> {
    let text = std::fs::read_to_string(file).with_context(|| format!("{} could not be read", file.display()))?;
    Ok(text.trim().to_owned())
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
    fn a_deployment_names_its_chain_and_account() {
        let Task::Deploy(target) = parsed(&["deploy", "--url", "ws://[::1]:1", "--suri", "//Alice"]).unwrap() else {
            panic!("not a deployment");
        };
        assert_eq!(
            (target.url.as_str(), target.suri.as_str(), target.endowment),
            ("ws://[::1]:1", "//Alice", 100_000)
        );
        assert!(
            parsed(&["deploy", "--suri", "//Alice"])
                .unwrap_err()
                .to_string()
                .contains("--url")
        );
        assert!(parsed(&["deploy", "--url", "ws://[::1]:1", "--endowment", "-1"]).is_err());
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
