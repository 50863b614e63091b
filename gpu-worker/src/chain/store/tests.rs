//! Fetching from a web server that misbehaves, and from a folder with things that are none of ours.

use super::{Committed, Limits, PublicOnly, Store, StoreError, blake2_256, refusal};
use object_store::http::HttpBuilder;
use object_store::path::Path as ObjectPath;
use object_store::{ClientOptions, ObjectStoreExt};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::Duration;

const LIMITS: Limits = Limits {
    bytes: 1000,
    time: Duration::from_secs(20),
};

/// Answers every request with these bytes, then closes unless asked to hold on.
fn serve(answer: Vec<u8>, hold: bool) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let mut held = Vec::new();
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 4096];
            let _ = stream.read(&mut request);
            let _ = stream.write_all(&answer);
            if hold {
                held.push(stream);
            }
        }
    });
    format!("http://{address}/models/a.onnx?signature=b")
}

fn ok(length: usize, body: &[u8]) -> Vec<u8> {
    let mut answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n").into_bytes();
    answer.extend_from_slice(body);
    answer
}

async fn fetch(uri: &str, bytes: &[u8], limits: Limits) -> Result<Vec<u8>, StoreError> {
    let folder = tempfile::tempdir().unwrap();
    let committed = Committed {
        uri,
        hash: blake2_256(bytes),
        size: Some(bytes.len() as u64),
    };
    let store = Store::new(folder.path()).reaching_private_addresses(true);
    store.fetch(&committed, limits).await
}

/// As a validator fetches what strangers publish.
async fn fetch_public(uri: &str) -> Result<Vec<u8>, StoreError> {
    let folder = tempfile::tempdir().unwrap();
    let committed = Committed {
        uri,
        hash: blake2_256(b"model"),
        size: Some(5),
    };
    Store::new(folder.path()).fetch(&committed, LIMITS).await
}

#[tokio::test]
async fn a_private_address_is_refused_before_a_request() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    // A number, the same in another notation, and a name: the last is refused where it is resolved.
    for host in ["127.0.0.1", "2130706433", "[::ffff:127.0.0.1]", "localhost"] {
        let fetched = fetch_public(&format!("http://{host}:{port}/a.onnx")).await;
        assert!(
            matches!(fetched, Err(StoreError::PrivateAddress { .. })),
            "{host}: {fetched:?}"
        );
    }
    let error = listener.accept().expect_err("nobody connects");
    assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock);
}

/// The connection of the filtered client without the filter's first look at the URI, as for a server that is public itself.
#[tokio::test]
async fn a_redirect_to_a_private_address_is_not_followed() {
    let target = TcpListener::bind("127.0.0.1:0").unwrap();
    target.set_nonblocking(true).unwrap();
    let private = target.local_addr().unwrap();
    let port = private.port();
    for location in [
        format!("http://{private}/secret"),
        format!("http://localhost:{port}/secret"),
    ] {
        let answer = format!("HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n");
        let uri = serve(answer.into_bytes(), false);
        let store = HttpBuilder::new()
            .with_url(&uri)
            .with_client_options(ClientOptions::new().with_allow_http(true))
            .with_http_connector(PublicOnly { time: LIMITS.time })
            .build()
            .unwrap();
        let error = store.get(&ObjectPath::ROOT).await.expect_err("refused");
        assert!(
            matches!(refusal(&uri, &error), StoreError::PrivateAddress { .. }),
            "{location}: {error:?}"
        );
    }
    let error = target.accept().expect_err("nobody connects");
    assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock);
}

#[tokio::test]
async fn an_artifact_on_a_web_server_arrives_with_its_query_kept() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = vec![0; 4096];
        let length = stream.read(&mut request).unwrap();
        stream.write_all(&ok(5, b"model")).unwrap();
        String::from_utf8_lossy(&request[..length])
            .lines()
            .next()
            .unwrap()
            .to_owned()
    });
    let fetched = fetch(&format!("http://{address}/models/a.onnx?signature=b"), b"model", LIMITS).await;
    assert_eq!(fetched, Ok(b"model".to_vec()));
    assert_eq!(server.join().unwrap(), "GET /models/a.onnx?signature=b HTTP/1.1");
}

#[tokio::test]
async fn other_bytes_of_the_right_size_are_refused_by_hash() {
    let fetched = fetch(&serve(ok(5, b"m0del"), false), b"model", LIMITS).await;
    assert!(matches!(fetched, Err(StoreError::WrongHash { .. })), "{fetched:?}");
}

#[tokio::test]
async fn a_length_that_was_not_committed_is_refused_before_the_body() {
    let fetched = fetch(&serve(ok(1 << 40, b"model"), true), b"model", LIMITS).await;
    assert_eq!(
        fetched,
        Err(StoreError::WrongSize {
            found: 1 << 40,
            committed: 5
        })
    );
}

#[tokio::test]
async fn a_body_shorter_than_its_length_is_refused() {
    let fetched = fetch(&serve(ok(5, b"mod"), false), b"model", LIMITS).await;
    assert!(
        matches!(
            fetched,
            Err(StoreError::Unreachable { .. } | StoreError::WrongSize { .. })
        ),
        "{fetched:?}"
    );
}

#[tokio::test]
async fn a_body_that_never_ends_is_given_up_in_time() {
    let limits = Limits {
        time: Duration::from_secs(1),
        ..LIMITS
    };
    let fetched = fetch(&serve(ok(5, b"mod"), true), b"model", limits).await;
    assert!(
        matches!(
            fetched,
            Err(StoreError::TooSlow { seconds: 1, .. } | StoreError::Unreachable { .. })
        ),
        "{fetched:?}"
    );
}

#[tokio::test]
async fn a_commitment_above_the_limit_is_refused_without_a_request() {
    let fetched = fetch("http://127.0.0.1:9/a.onnx", &[0; 1001], LIMITS).await;
    assert_eq!(
        fetched,
        Err(StoreError::TooLarge {
            found: 1001,
            limit: 1000
        })
    );
}

#[tokio::test]
async fn a_server_that_is_not_there_and_one_without_the_file_are_told_apart() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let fetched = fetch(&format!("http://{free}/a.onnx"), b"model", LIMITS).await;
    assert!(matches!(fetched, Err(StoreError::Unreachable { .. })), "{fetched:?}");
    let missing = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_vec();
    let fetched = fetch(&serve(missing, false), b"model", LIMITS).await;
    assert!(matches!(fetched, Err(StoreError::Gone { .. })), "{fetched:?}");
}

#[tokio::test]
async fn what_was_put_into_the_folder_is_found_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::new(folder.path().join("new"));
    let uri = store.local_uri("a b.onnx").unwrap();
    store.put(&uri, b"model".to_vec(), LIMITS.time).await.unwrap();
    let committed = Committed {
        uri: &uri,
        hash: blake2_256(b"model"),
        size: Some(5),
    };
    assert_eq!(store.fetch(&committed, LIMITS).await, Ok(b"model".to_vec()));
    std::fs::remove_file(folder.path().join("new/a b.onnx")).unwrap();
    assert_eq!(
        store.fetch(&committed, LIMITS).await,
        Err(StoreError::Gone { uri: uri.clone() })
    );
}

#[cfg(unix)]
#[tokio::test]
async fn files_outside_the_folder_are_not_read_even_through_a_link() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::new(folder.path());
    std::os::unix::fs::symlink("/etc/hostname", folder.path().join("link")).unwrap();
    let above = format!("file://{}/../x", folder.path().display());
    for uri in [
        "file:///etc/hostname",
        "file:///dev/zero",
        &store.local_uri("link").unwrap(),
        &above,
    ] {
        let committed = Committed {
            uri,
            hash: blake2_256(b""),
            size: Some(0),
        };
        let fetched = store.fetch(&committed, LIMITS).await;
        assert!(
            matches!(fetched, Err(StoreError::OutsideStore { .. })),
            "{uri}: {fetched:?}"
        );
    }
}

#[tokio::test]
async fn a_uri_of_another_kind_is_refused_by_name() {
    for uri in ["ftp://host/a", "not a uri", "file://host/a", ""] {
        let fetched = fetch(uri, b"model", LIMITS).await;
        assert!(matches!(fetched, Err(StoreError::BadUri { .. })), "{uri}: {fetched:?}");
    }
}
