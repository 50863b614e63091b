//! The connection: to which node, whether it answers, and how far the chain is.

use super::{
    config::{Config, ConfigError},
    storage,
    task::{Task, sleep, spawn, within},
};
use crate::{explain::explain, format::Token};
use futures::StreamExt;
use inktensor_client::{Error, Finality, Network, Properties};
use std::{cell::Cell, rc::Rc};
use yew::prelude::*;

/// How long a node may take to answer before the user is told.
const PATIENCE_MS: u32 = 12_000;
/// How long a node that answered may be silent before what it said counts as old.
const SILENCE_MS: u32 = 5_000;
/// How often a node that did not answer is asked again, and one that answers is checked.
const RETRY_MS: u32 = 4_000;

/// A network that answered. Two sessions are the same when they came of one connection.
#[derive(Clone)]
pub struct Session {
    /// The network.
    pub network: Network,
    /// Counts blocks and own transactions: what is shown is read again when it moves.
    pub news: Rc<Cell<u32>>,
}

impl PartialEq for Session {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.news, &other.news)
    }
}

impl Session {
    /// Makes everything be read again.
    pub fn refresh(&self) {
        self.news.set(self.news.get().wrapping_add(1));
    }
}

/// Where the connection stands.
#[derive(Clone, PartialEq)]
pub enum Connection {
    /// The configuration is being fetched, or the node is being asked for the first time.
    Connecting,
    /// There is no configuration to work with.
    Unconfigured(ConfigError),
    /// The node does not answer, or is not the right one.
    Failed(AttrValue),
    /// All is well.
    Online(Session),
    /// The node stopped answering; what it said before is still shown.
    Lost(Session),
}

/// The chain as the page sees it.
#[derive(Clone, PartialEq)]
pub struct ChainState {
    /// The node in use, once known.
    pub node: Option<AttrValue>,
    /// Whether the user chose the node.
    pub is_own_node: bool,
    /// Where the connection stands.
    pub connection: Connection,
    /// The newest block.
    pub best: Option<u32>,
    /// The newest final block.
    pub finalised: Option<u32>,
    /// Uses another node; `None` is the configured one.
    pub set_node: Callback<Option<String>>,
    /// Asks again at once.
    pub retry: Callback<()>,
}

impl ChainState {
    /// The session, also while the node does not answer.
    pub fn session(&self) -> Option<&Session> {
        match &self.connection {
            Connection::Online(session) | Connection::Lost(session) => Some(session),
            _ => None,
        }
    }

    /// What the node says of its chain.
    pub fn properties(&self) -> Option<&Properties> {
        Some(self.session()?.network.chain().properties())
    }

    /// How the chain writes addresses; as development chains do while it is not known.
    pub fn prefix(&self) -> u16 {
        self.properties().map_or(42, |properties| properties.ss58_prefix)
    }

    /// The chain's own token.
    pub fn token(&self) -> Token {
        self.properties().map_or_else(Token::default, |properties| Token {
            symbol: properties.token_symbol.clone(),
            decimals: properties.token_decimals,
        })
    }
}

/// The chain, from [`use_chain_provider`] at the root.
///
/// # Panics
/// Outside of the provider, which is an error of the page itself.
#[hook]
pub fn use_chain() -> ChainState {
    use_context::<ChainState>().expect("the root provides the chain")
}

/// Connects, keeps connected and follows the blocks.
#[hook]
pub fn use_chain_provider() -> ChainState {
    let config = use_state(|| None::<Result<Rc<Config>, ConfigError>>);
    let own_node = use_state_eq(|| storage::recall(storage::NODE));
    let attempt = use_state_eq(|| 0_u32);
    let connection = use_state_eq(|| Connection::Connecting);
    let best = use_state_eq(|| None::<u32>);
    let finalised = use_state_eq(|| None::<u32>);

    {
        let config = config.setter();
        use_effect_with(*attempt, move |_| {
            let load = spawn(async move { config.set(Some(Config::load().await.map(Rc::new))) });
            move || drop(load)
        });
    }

    let configured = config.as_ref().and_then(|config| config.as_ref().ok()).cloned();
    let node = own_node
        .as_ref()
        .cloned()
        .or_else(|| configured.as_ref().map(|config| config.node.clone()));
    {
        let connection = connection.setter();
        let failure = config.as_ref().and_then(|config| config.as_ref().err()).cloned();
        let (best, finalised) = (best.setter(), finalised.setter());
        let key = (node.clone(), configured.as_ref().map(Rc::as_ptr), failure);
        use_effect_with(key, move |(node, _, failure)| {
            best.set(None);
            finalised.set(None);
            let work = match (node.clone(), configured, failure.clone()) {
                (_, _, Some(failure)) => {
                    connection.set(Connection::Unconfigured(failure));
                    None
                }
                (Some(node), Some(config), None) => {
                    connection.set(Connection::Connecting);
                    Some(spawn(connect(node, config, connection)))
                }
                _ => None,
            };
            move || drop(work)
        });
    }

    {
        let session = match &*connection {
            Connection::Online(session) | Connection::Lost(session) => Some(session.clone()),
            _ => None,
        };
        let (connection, best, finalised) = (connection.setter(), best.setter(), finalised.setter());
        use_effect_with(session, move |session| {
            let work = session
                .clone()
                .map(|session| follow(session, connection, best, finalised));
            move || drop(work)
        });
    }

    let set_node = {
        let own_node = own_node.setter();
        Callback::from(move |chosen: Option<String>| {
            storage::remember(storage::NODE, chosen.as_deref());
            own_node.set(chosen);
        })
    };
    let retry = Callback::from(move |()| attempt.set(attempt.wrapping_add(1)));
    ChainState {
        node: node.map(AttrValue::from),
        is_own_node: own_node.is_some(),
        connection: (*connection).clone(),
        best: *best,
        finalised: *finalised,
        set_node,
        retry,
    }
}

/// Asks the node until it answers. A node of another chain, or without the contracts, is not asked again: that needs the user.
async fn connect(node: String, config: Rc<Config>, connection: UseStateSetter<Connection>) {
    loop {
        let network = Network::connect(Some(&node), config.deployment.clone());
        match within(PATIENCE_MS, network).await {
            Some(Ok(network)) => {
                let news = Rc::default();
                return connection.set(Connection::Online(Session { network, news }));
            }
            Some(Err(error)) => {
                let may_recover = matches!(error, Error::Unreachable { .. } | Error::ConnectionLost { .. });
                connection.set(Connection::Failed(explain(&error).into()));
                if !may_recover {
                    return;
                }
            }
            None => {
                let seconds = PATIENCE_MS / 1000;
                let text = format!(
                    "{node} did not answer within {seconds} seconds. Check the address and that the node runs."
                );
                connection.set(Connection::Failed(text.into()));
            }
        }
        sleep(RETRY_MS).await;
    }
}

/// Follows the blocks and checks that the node still answers.
fn follow(
    session: Session,
    connection: UseStateSetter<Connection>,
    best: UseStateSetter<Option<u32>>,
    finalised: UseStateSetter<Option<u32>>,
) -> [Task; 3] {
    let news = session.clone();
    let newest = blocks(session.clone(), Finality::Best, move |number| {
        best.set(Some(number));
        news.refresh();
    });
    let settled = blocks(session.clone(), Finality::Finalised, move |number| {
        finalised.set(Some(number))
    });
    let check = async move {
        loop {
            sleep(RETRY_MS).await;
            match within(SILENCE_MS, session.network.chain().best()).await {
                Some(Ok(_)) => connection.set(Connection::Online(session.clone())),
                Some(Err(_)) | None => connection.set(Connection::Lost(session.clone())),
            }
        }
    };
    [spawn(newest), spawn(settled), spawn(check)]
}

/// Tells of every block, and subscribes again when the node ends a subscription.
async fn blocks(session: Session, finality: Finality, tell: impl Fn(u32)) {
    loop {
        if let Ok(blocks) = session.network.chain().blocks(finality).await {
            let mut blocks = std::pin::pin!(blocks);
            while let Some(block) = blocks.next().await {
                // That the node does not answer is seen by the check, which tells the user.
                if let Ok(block) = block {
                    tell(block.number);
                }
            }
        }
        sleep(RETRY_MS).await;
    }
}
