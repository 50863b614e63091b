//! Serves the dApp's files on loopback. Only reads, only below one folder; a path without a file is a page of the dApp.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::{Component, Path, PathBuf},
    sync::Arc,
    thread,
    time::Duration,
};

use anyhow::{Context, Result};

/// The longest head of a request, in bytes.
const MAX_HEAD: u64 = 16 * 1024;
/// A client that is silent for so long is let go.
const PATIENCE: Duration = Duration::from_secs(10);

/// What is served.
#[derive(Clone, Debug)]
pub struct Site {
    /// The folder of files.
    pub folder: PathBuf,
    /// The text of `config.json`, which says which chain the dApp speaks to.
    pub config: String,
}

/// An address that nobody else can take any more, and where nothing is served yet.
#[derive(Debug)]
pub struct Reserved {
    listener: TcpListener,
    /// The address.
    pub address: SocketAddr,
}

impl Reserved {
    /// Takes a loopback port; port 0 takes any that is free.
    ///
    /// # Errors
    /// When the port is taken.
    pub fn new(port: u16) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .with_context(|| format!("port {port} is not free; choose another by --port, or 0 for any"))?;
        let address = listener.local_addr().context("the server has no address")?;
        Ok(Self { listener, address })
    }

    /// Begins to serve in the background, until the process ends.
    ///
    /// # Errors
    /// When the socket cannot be shared with the server's thread.
    pub fn serve(&self, site: Site) -> Result<()> {
        let listener = self
            .listener
            .try_clone()
            .context("the server's socket could not be shared")?;
        let site = Arc::new(site);
        thread::spawn(move || {
            for stream in listener.incoming().filter_map(Result::ok) {
                let site = Arc::clone(&site);
                // A browser that goes away in the middle of an answer is no concern of ours.
                thread::spawn(move || drop(answer(&site, &stream)));
            }
        });
        Ok(())
    }
}

fn answer(site: &Site, stream: &TcpStream) -> std::io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut head = BufReader::new(stream.take(MAX_HEAD));
    let mut request = String::new();
    head.read_line(&mut request)?;
    let mut line = String::new();
    while head.read_line(&mut line)? > 2 {
        line.clear();
    }
    let response = respond(site, &request);
    let mut stream = stream;
    write!(
        stream,
        "HTTP/1.1 {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nCache-Control: no-cache\r\n\
         X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n",
        response.status,
        response.kind,
        response.body.len()
    )?;
    if !request.starts_with("HEAD ") {
        stream.write_all(&response.body)?;
    }
    stream.flush()
}

struct Response {
    status: &'static str,
    kind: &'static str,
    body: Vec<u8>,
}

fn respond(site: &Site, request: &str) -> Response {
    let mut words = request.split_whitespace();
    let path = match (words.next(), words.next()) {
        (Some("GET" | "HEAD"), Some(path)) => path.split(['?', '#']).next().unwrap_or("/"),
        (Some(_), Some(_)) => return plain("405 Method Not Allowed"),
        _ => return plain("400 Bad Request"),
    };
    if path == "/config.json" {
        return Response {
            status: "200 OK",
            kind: "application/json",
            body: site.config.clone().into_bytes(),
        };
    }
    let Some(relative) = relative(path) else {
        return plain("400 Bad Request");
    };
    let file = site.folder.join(&relative);
    if let Ok(body) = fs::read(&file) {
        return Response {
            status: "200 OK",
            kind: kind_of(&relative),
            body,
        };
    }
    if relative.extension().is_some() {
        return plain("404 Not Found");
    }
    match fs::read(site.folder.join("index.html")) {
        Ok(body) => Response {
            status: "200 OK",
            kind: "text/html; charset=utf-8",
            body,
        },
        Err(_) => plain("404 Not Found"),
    }
}

fn plain(status: &'static str) -> Response {
    Response {
        status,
        kind: "text/plain",
        body: status.as_bytes().to_vec(),
    }
}

/// The path below the served folder; `None` for one that would leave it.
fn relative(path: &str) -> Option<PathBuf> {
    let path = Path::new(path.trim_start_matches('/'));
    path.components()
        .all(|part| matches!(part, Component::Normal(_)))
        .then(|| path.to_path_buf())
}

fn kind_of(path: &Path) -> &'static str {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript",
        Some("css") => "text/css",
        Some("wasm") => "application/wasm",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The folder `dist` of a temporary one, which also holds a secret.
    fn site() -> (tempfile::TempDir, Site) {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("dist");
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("index.html"), "page").unwrap();
        fs::write(folder.join("app.wasm"), [0, 1, 2]).unwrap();
        fs::write(parent.path().join("secret"), "secret").unwrap();
        (
            parent,
            Site {
                folder,
                config: "{}".to_owned(),
            },
        )
    }

    fn get(site: &Site, path: &str) -> (&'static str, Vec<u8>) {
        let response = respond(site, &format!("GET {path} HTTP/1.1\r\n"));
        (response.status, response.body)
    }

    #[test]
    fn files_pages_and_the_configuration_are_served() {
        let (_parent, site) = site();
        assert_eq!(get(&site, "/app.wasm?v=1"), ("200 OK", vec![0, 1, 2]));
        assert_eq!(get(&site, "/"), ("200 OK", b"page".to_vec()));
        assert_eq!(get(&site, "/subnets/1"), ("200 OK", b"page".to_vec()));
        assert_eq!(get(&site, "/config.json"), ("200 OK", b"{}".to_vec()));
        assert_eq!(get(&site, "/gone.js").0, "404 Not Found");
    }

    #[test]
    fn nothing_outside_the_folder_is_served() {
        let (_parent, site) = site();
        for path in ["/../secret", "/a/../../secret", "/./../secret"] {
            assert_eq!(get(&site, path).0, "400 Bad Request", "{path}");
        }
        let absolute = site.folder.join("../secret");
        assert_ne!(get(&site, &format!("/{}", absolute.display())).1, b"secret");
    }

    #[test]
    fn what_is_no_request_for_a_file_is_refused() {
        let (_parent, site) = site();
        for (request, status) in [
            ("", "400 Bad Request"),
            ("GET", "400 Bad Request"),
            ("POST / HTTP/1.1", "405 Method Not Allowed"),
        ] {
            assert_eq!(respond(&site, request).status, status, "{request:?}");
        }
    }

    #[test]
    fn a_client_gets_its_answer_over_a_socket() {
        let server = Reserved::new(0).unwrap();
        let (_parent, site) = site();
        server.serve(site).unwrap();
        let mut stream = TcpStream::connect(server.address).unwrap();
        stream.write_all(b"GET /app.wasm HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        assert!(answer.starts_with(b"HTTP/1.1 200 OK\r\nContent-Type: application/wasm\r\nContent-Length: 3\r\n"));
        assert!(answer.ends_with(&[0, 1, 2]));
    }
}
