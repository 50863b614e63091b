//! `config.json`, which is served beside the page: the node, and the deployed contracts.

use gloo::net::http::Request;
use inktensor_client::Deployment;
use serde::Deserialize;

/// Which node to ask, about which contracts.
#[derive(Clone, Debug)]
pub struct Config {
    /// The node's WebSocket address.
    pub node: String,
    /// The contracts.
    pub deployment: Deployment,
}

/// Why the page does not know its chain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// Nothing is served.
    #[error(
        "There is no config.json beside this page. `cargo xtask up` writes one; on another host, serve a file \
         {{\"node\": \"wss://…\", \"deployment\": …}} with the deployment file that `cargo xtask deploy` wrote."
    )]
    Missing,
    /// It could not be fetched.
    #[error("config.json could not be fetched: {0}. Check that the host of this page is reachable, then reload.")]
    Unreachable(String),
    /// What is served says something else.
    #[error("config.json is not what this page reads: {0}. Let `cargo xtask up` write it again.")]
    Invalid(String),
}

#[derive(Deserialize)]
struct File {
    node: String,
    deployment: serde_json::Value,
}

impl Config {
    /// Fetches the file.
    ///
    /// # Errors
    /// When it is missing, or not a configuration.
    pub async fn load() -> Result<Self, ConfigError> {
        let unreachable = |error: gloo::net::Error| ConfigError::Unreachable(error.to_string());
        let response = Request::get("config.json")
            .cache(web_sys::RequestCache::NoCache)
            .send()
            .await
            .map_err(unreachable)?;
        if !response.ok() {
            return Err(ConfigError::Missing);
        }
        Self::parse(&response.text().await.map_err(unreachable)?)
    }

    fn parse(text: &str) -> Result<Self, ConfigError> {
        // Hosts of single-page apps answer with the page itself where there is no file.
        if text.trim_start().starts_with('<') {
            return Err(ConfigError::Missing);
        }
        let invalid =
            |error: &dyn std::fmt::Display| ConfigError::Invalid(error.to_string().trim_end_matches('.').to_owned());
        let file: File = serde_json::from_str(text).map_err(|error| invalid(&error))?;
        check_node(&file.node).map_err(|error| invalid(&error))?;
        let deployment = Deployment::from_json(&file.deployment.to_string()).map_err(|error| invalid(&error))?;
        Ok(Self {
            node: file.node,
            deployment,
        })
    }
}

/// Why a text is not a node's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("A node's address begins with ws:// or wss://, for example ws://127.0.0.1:9944.")]
pub struct NotANode;

/// Checks what a node's address looks like.
///
/// # Errors
/// When it is none.
pub fn check_node(url: &str) -> Result<(), NotANode> {
    let host = url.strip_prefix("ws://").or_else(|| url.strip_prefix("wss://"));
    match host {
        Some(host) if !host.is_empty() && !host.starts_with('/') && !url.contains(char::is_whitespace) => Ok(()),
        _ => Err(NotANode),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_in_place_of_the_file_counts_as_no_file() {
        assert_eq!(
            Config::parse("\n<!doctype html>").map(|_| ()),
            Err(ConfigError::Missing)
        );
    }

    #[test]
    fn what_is_wrong_with_the_file_is_said() {
        for (text, expected) in [
            ("{}", "node"),
            (r#"{"node": "http://x", "deployment": {}}"#, "ws://"),
            (r#"{"node": "ws://127.0.0.1:9944"}"#, "deployment"),
        ] {
            let error = Config::parse(text)
                .expect_err("the file is not a configuration")
                .to_string();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn a_node_is_named_by_a_web_socket_address() {
        for url in ["ws://127.0.0.1:9944", "wss://node.example/ws"] {
            assert_eq!(check_node(url), Ok(()), "{url}");
        }
        for url in ["", "ws://", "ws:///", "http://127.0.0.1", "127.0.0.1:9944", "ws://a b"] {
            assert_eq!(check_node(url), Err(NotANode), "{url}");
        }
    }
}
