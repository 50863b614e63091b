//! Which addresses a fetch may reach: those of the public internet, unless its operator says otherwise.
//!
//! The URI of an artifact is a stranger's. Without this, whoever publishes a model could have every validator send requests into its
//! own network: to a router, a cloud's metadata service, a database on localhost. Names are checked where they are resolved, so what
//! is checked is what is connected to, however often a name changes its address; addresses written as numbers, in the URI itself or
//! in a redirect, are checked where they are read. Proxies are not used, because a proxy would resolve the name again.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::time::Duration;

use object_store::ClientOptions;
use object_store::client::{HttpClient, HttpConnector};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use url::{Host, Url};

/// The most redirects that are followed.
const MAX_REDIRECTS: usize = 5;

/// A host that only this machine or its network can reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Private {
    /// The host, as a name or an address.
    pub host: String,
    /// The address that it has.
    pub address: IpAddr,
}

impl fmt::Display for Private {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} is the private address {}", self.host, self.address)
    }
}

impl std::error::Error for Private {}

/// Refuses a URL whose host is a private address, written as a number. Names are the resolver's to check.
pub fn check(url: &Url) -> Result<(), Private> {
    let address = match url.host() {
        Some(Host::Ipv4(address)) => IpAddr::V4(address),
        Some(Host::Ipv6(address)) => IpAddr::V6(address),
        Some(Host::Domain(_)) | None => return Ok(()),
    };
    if is_public(address) {
        return Ok(());
    }
    let host = url.host_str().unwrap_or_default().to_owned();
    Err(Private { host, address })
}

/// Makes clients that connect to public addresses only.
#[derive(Debug)]
pub struct PublicOnly {
    /// The longest time for a request.
    pub time: Duration,
}

impl HttpConnector for PublicOnly {
    fn connect(&self, _options: &ClientOptions) -> object_store::Result<HttpClient> {
        let client = reqwest::Client::builder()
            .timeout(self.time)
            .no_proxy()
            .dns_resolver(PublicResolver)
            .redirect(Policy::custom(|attempt| {
                if attempt.previous().len() > MAX_REDIRECTS {
                    return attempt.error(format!("it redirects more than {MAX_REDIRECTS} times"));
                }
                match check(attempt.url()) {
                    Ok(()) => attempt.follow(),
                    Err(private) => attempt.error(private),
                }
            }))
            .build();
        let client = client.map_err(|error| object_store::Error::Generic {
            store: "HTTP",
            source: error.into(),
        })?;
        Ok(HttpClient::new(client))
    }
}

/// The system's resolver without private addresses.
struct PublicResolver;

impl Resolve for PublicResolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let asked = host.clone();
            let found = tokio::task::spawn_blocking(move || (asked.as_str(), 0).to_socket_addrs()).await??;
            let (public, private): (Vec<SocketAddr>, Vec<SocketAddr>) = found.partition(|found| is_public(found.ip()));
            match private.first() {
                Some(first) if public.is_empty() => Err(Private {
                    host,
                    address: first.ip(),
                }
                .into()),
                _ => Ok(Box::new(public.into_iter()) as Addrs),
            }
        })
    }
}

/// Whether an address is one of the public internet's hosts, by the registries of special-purpose addresses (RFC 6890).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => match embedded(address) {
            Some(inner) => is_public_v4(inner),
            None => is_public_v6(address),
        },
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [first, second, third, _] = address.octets();
    // What is not forwarded at all, a provider's own 100.64/10, IETF's 192.0.0/24, 6to4 relays, benchmarks, and all from 224 on:
    // multicast, reserved and broadcast.
    let special = matches!(
        (first, second, third),
        (0, ..) | (100, 64..=127, _) | (192, 0, 0) | (192, 88, 99) | (198, 18..=19, _) | (224.., ..)
    );
    !(special || address.is_private() || address.is_loopback() || address.is_link_local() || address.is_documentation())
}

/// Global unicast is 2000::/3; of it, IETF's own 2001::/23 (Teredo among them) and the two ranges of documentation are no hosts.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    first & 0xe000 == 0x2000
        && !(first == 0x2001 && (second < 0x200 || second == 0x0db8))
        && !(first == 0x3fff && second < 0x1000)
}

/// The IPv4 address that a gateway makes of an IPv6 one: mapped, NAT64 and 6to4.
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let of = |high: u16, low: u16| Ipv4Addr::from(u32::from(high) << 16 | u32::from(low));
    match address.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => {
            Some(of(high, low))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_hosts_of_the_public_internet_are_public() {
        for public in [
            "1.1.1.1",
            "100.63.255.255",
            "172.15.0.1",
            "172.32.0.1",
            "192.0.1.1",
            "223.255.255.255",
            "2606:4700::1111",
            "64:ff9b::101:101",
            "2002:101:101::1",
        ] {
            assert!(is_public(public.parse().expect(public)), "{public}");
        }
        for private in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.2.1",
            "192.168.1.1",
            "198.18.0.1",
            "203.0.113.9",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::7f00:1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::a00:1",
            "2002:7f00:1::1",
            "2001::1",
            "2001:db8::1",
            "3fff::1",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "ff02::1",
        ] {
            assert!(!is_public(private.parse().expect(private)), "{private}");
        }
    }

    #[test]
    fn numbers_in_every_notation_are_read_as_a_connection_reads_them() {
        for url in [
            "http://127.0.0.1/a",
            "http://2130706433/a",
            "http://0x7f.1/a",
            "http://0177.0.0.1/a",
            "http://127.1/a",
            "https://[::1]/a",
            "https://[::ffff:10.0.0.1]/a",
        ] {
            assert!(check(&Url::parse(url).expect(url)).is_err(), "{url}");
        }
        for url in ["http://1.1.1.1/a", "https://models.example/a"] {
            assert_eq!(check(&Url::parse(url).expect(url)), Ok(()));
        }
    }
}
