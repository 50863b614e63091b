//! The local chain as a process.

use std::{
    net::{Ipv4Addr, TcpListener, TcpStream},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use super::demo::Demo;
use crate::{builds, places::Places, process::Process};

/// The port that Polkadot's tools try first.
const USUAL_PORT: u16 = 9944;
/// A chain that does not answer by then never will. It takes seconds, but many of them on a machine that is compiling.
const START_LIMIT: Duration = Duration::from_secs(240);

/// A free loopback port, the usual one if it is.
///
/// # Errors
/// When there is none.
pub fn choose_port() -> Result<u16> {
    match TcpListener::bind((Ipv4Addr::LOCALHOST, USUAL_PORT)) {
        Ok(_) => Ok(USUAL_PORT),
        Err(_) => free_port(),
    }
}

fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no loopback port is free")?;
    Ok(listener.local_addr().context("a socket has no address")?.port())
}

/// Starts the development chain and waits until it answers.
///
/// # Errors
/// When it cannot be started, or ends or is silent.
pub fn start(places: &Places, demo: &Demo) -> Result<Process> {
    let program = builds::node_program(places);
    let mut command = places.command(&program.to_string_lossy());
    command.args([
        "--dev",
        "--no-prometheus",
        "--rpc-port",
        &demo.port.to_string(),
        "--port",
        &free_port()?.to_string(),
    ]);
    // Among the files of this network: a temporary folder of its own would be left behind if it had to be killed.
    command.arg("--base-path").arg(demo.folder.join("chain"));
    let mut process = Process::start("chain", &mut command, &demo.folder.join("chain.log"))?;
    let begin = Instant::now();
    while TcpStream::connect((Ipv4Addr::LOCALHOST, demo.port)).is_err() {
        if let Some(status) = process.ended()? {
            bail!("the chain has stopped ({status})\n{}", process.last_lines(15));
        }
        if begin.elapsed() > START_LIMIT {
            bail!(
                "the chain does not answer on port {}\n{}",
                demo.port,
                process.last_lines(15)
            );
        }
        thread::sleep(Duration::from_millis(100));
    }
    Ok(process)
}
