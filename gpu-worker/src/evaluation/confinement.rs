//! What the evaluating process gives up before it reads a model. An engine or a driver that a model takes over can then reach no
//! network and no other process, start no program, and change no file.
//!
//! | system | network | programs, other processes | new and renamed files | files that exist |
//! |---|---|---|---|---|
//! | Linux (x86-64, AArch64, RISC-V 64) | no sockets (seccomp) | none (seccomp) | none (seccomp) | none written (Landlock, Linux 5.13 or later) |
//! | others | as the user may | as the user may | as the user may | as the user may |
//!
//! Devices, the way to the GPU, stay open. Time, memory and the end with the parent are bounded by [`super::Sandbox`] everywhere.

#[cfg(target_os = "linux")]
mod linux;

use serde::Serialize;
use thiserror::Error;

#[cfg(target_os = "linux")]
use self::linux::confine as confine_by_system;

/// What a thread and all that it starts can no longer do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Confinement {
    /// Make sockets of any kind.
    pub no_network: bool,
    /// Start programs, and signal or read other processes.
    pub no_other_processes: bool,
    /// Create, rename, remove or truncate files.
    pub no_new_files: bool,
    /// Write to files that exist, other than devices.
    pub no_writes: bool,
}

/// Why a process cannot be confined.
#[derive(Debug, Error)]
#[error("this process cannot be confined: {0}; --unconfined evaluates without")]
pub struct ConfinementError(String);

/// Confines the calling thread and all threads that it starts later, for good. On systems without the means it does nothing, which
/// the result tells.
pub fn confine() -> Result<Confinement, ConfinementError> {
    confine_by_system().map_err(ConfinementError)
}

#[cfg(not(target_os = "linux"))]
fn confine_by_system() -> Result<Confinement, String> {
    Ok(Confinement::default())
}

/// What [`confine`] would do here, found out by doing it to a thread that then ends.
pub fn possible_confinement() -> Result<Confinement, ConfinementError> {
    let died = || ConfinementError("the trying thread died".into());
    std::thread::spawn(confine).join().map_err(|_| died())?
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::fs::{self, OpenOptions};
    use std::io::{ErrorKind, Write};
    use std::net::{TcpListener, TcpStream, UdpSocket};
    use std::os::unix::net::{UnixListener, UnixStream};
    use std::process::Command;
    use std::thread;

    use super::*;

    /// Runs something in a confined thread.
    fn confined<T: Send + 'static>(act: impl FnOnce(Confinement) -> T + Send + 'static) -> T {
        let run = || act(confine().expect("Linux confines"));
        thread::spawn(run).join().expect("the thread ends")
    }

    #[test]
    fn no_socket_can_be_made() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("socket");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let local = UnixListener::bind(&path).expect("a socket");
        let address = listener.local_addr().expect("an address");
        TcpStream::connect(address).expect("unconfined threads connect");
        let kinds = confined(move |_| {
            [
                TcpStream::connect(address).expect_err("TCP").kind(),
                UdpSocket::bind("127.0.0.1:0").expect_err("UDP").kind(),
                TcpListener::bind("[::1]:0").expect_err("IPv6").kind(),
                UnixStream::connect(path).expect_err("a local socket").kind(),
            ]
        });
        assert_eq!(kinds, [ErrorKind::PermissionDenied; 4]);
        drop(local);
        TcpStream::connect(address).expect("other threads still connect");
    }

    #[test]
    fn no_program_starts_and_no_other_process_is_signalled() {
        let mut other = Command::new("sleep").arg("60").spawn().expect("sleep starts");
        let pid = other.id().to_string();
        let (started, killed) = confined(move |_| {
            let started = Command::new("true").status().map_err(|error| error.kind());
            let killed = Command::new("kill").args(["-9", &pid]).status().is_ok();
            (started, killed)
        });
        assert_eq!(started.expect_err("no program"), ErrorKind::PermissionDenied);
        assert!(!killed);
        assert_eq!(other.try_wait().expect("a state"), None, "the other process lives on");
        other.kill().expect("it is ours");
        other.wait().expect("it ended");
    }

    #[test]
    fn files_are_read_but_not_made_renamed_removed_or_written() {
        let folder = tempfile::tempdir().expect("a folder");
        let (file, new) = (folder.path().join("file"), folder.path().join("new"));
        fs::write(&file, "before").expect("written");
        let path = file.clone();
        let confinement = confined(move |confinement| {
            let denied = |result: std::io::Result<()>| {
                assert_eq!(result.expect_err("denied").kind(), ErrorKind::PermissionDenied);
            };
            denied(fs::write(&new, "x"));
            denied(fs::write(&path, "x"));
            denied(fs::rename(&path, &new));
            denied(fs::remove_file(&path));
            denied(fs::create_dir(&new));
            denied(fs::hard_link(&path, &new));
            let both = OpenOptions::new().read(true).write(true).open(&path);
            if confinement.no_writes {
                denied(both.and_then(|mut file| file.write_all(b"x")));
            }
            assert_eq!(fs::read_to_string(&path).expect("still readable"), "before");
            confinement
        });
        assert!(confinement.no_network && confinement.no_new_files);
        assert_eq!(fs::read_to_string(&file).expect("there"), "before");
    }

    #[test]
    fn resource_limits_are_read_but_not_set() {
        let (read, set) = confined(|_| {
            let read = rlimit::Resource::NOFILE.get();
            let (soft, hard) = *read.as_ref().expect("readable");
            (read.is_ok(), rlimit::Resource::NOFILE.set(soft, hard))
        });
        assert!(read);
        assert_eq!(set.expect_err("not set").kind(), ErrorKind::PermissionDenied);
    }

    #[test]
    fn what_is_possible_is_told_without_losing_it() {
        let possible = possible_confinement().expect("Linux confines");
        assert!(possible.no_network && possible.no_other_processes);
        TcpListener::bind("127.0.0.1:0").expect("this thread is not confined");
    }
}
