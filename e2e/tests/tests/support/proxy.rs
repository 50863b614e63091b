//! A relay in front of a node, whose connections can be cut.

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// A relay on a free loopback port.
pub struct Proxy {
    address: std::net::SocketAddr,
    cuts: watch::Sender<u32>,
}

impl Proxy {
    /// Relays to the address `upstream` for as long as the test runs.
    pub async fn start(upstream: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound port has an address");
        let (cuts, cut) = watch::channel(0);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(relay(client, upstream.clone(), cut.clone()));
            }
        });
        Self { address, cuts }
    }

    /// Where the relay listens.
    pub fn url(&self) -> String {
        format!("ws://{}", self.address)
    }

    /// Cuts every connection; new ones work.
    pub fn cut(&self) {
        self.cuts.send_modify(|cuts| *cuts += 1);
    }
}

async fn relay(mut client: TcpStream, upstream: String, mut cut: watch::Receiver<u32>) {
    cut.mark_unchanged();
    let mut node = TcpStream::connect(upstream).await.expect("the node listens");
    tokio::select! {
        _ = tokio::io::copy_bidirectional(&mut client, &mut node) => {}
        _ = cut.changed() => {}
    }
}
