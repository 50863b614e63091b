//! The injected-wallet protocol of polkadot.js: `window.injectedWeb3[name].enable(origin)` gives accounts and a signer.
//!
//! What a wallet hands over is not trusted: a missing member or an address that is none is refused, never assumed.

use super::{Account, ORIGIN, WalletError};
use inktensor_client::accounts;
use js_sys::{Array, Function, Object, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;

/// The names of the wallets in this browser, in the order of the alphabet.
pub fn installed() -> Vec<String> {
    let mut names: Vec<String> = providers()
        .map(|providers| {
            Object::keys(&providers)
                .iter()
                .filter_map(|name| name.as_string())
                .collect()
        })
        .unwrap_or_default();
    names.sort();
    names
}

fn providers() -> Option<Object> {
    let window = web_sys::window()?;
    Reflect::get(&window, &"injectedWeb3".into()).ok()?.dyn_into().ok()
}

/// A wallet whose user gave this page access.
#[derive(Clone, Debug, PartialEq)]
pub struct Injected {
    name: String,
    accounts: JsValue,
    signer: JsValue,
}

impl Injected {
    /// Asks the wallet for access; its user answers in the wallet's own window.
    ///
    /// # Errors
    /// When it is not there, its user refuses, or it does not follow the protocol.
    pub async fn enable(name: &str) -> Result<Self, WalletError> {
        let missing = || WalletError::Missing(name.to_owned());
        let protocol = || WalletError::Protocol(name.to_owned());
        let provider = providers()
            .and_then(|providers| Reflect::get(&providers, &name.into()).ok())
            .filter(JsValue::is_object)
            .ok_or_else(missing)?;
        let injected = call(&provider, "enable", &ORIGIN.into())
            .await
            .map_err(|failure| match failure {
                Failure::NoSuchMember => protocol(),
                Failure::Refused(reason) => WalletError::Refused {
                    wallet: name.to_owned(),
                    reason,
                },
            })?;
        let member = |key: &str| {
            Reflect::get(&injected, &key.into())
                .ok()
                .filter(JsValue::is_object)
                .ok_or_else(protocol)
        };
        Ok(Self {
            name: name.to_owned(),
            accounts: member("accounts")?,
            signer: member("signer")?,
        })
    }

    /// The accounts that the wallet shows this page now.
    ///
    /// # Errors
    /// When it refuses, or shows none.
    pub async fn accounts(&self) -> Result<Vec<Account>, WalletError> {
        let list = call(&self.accounts, "get", &JsValue::UNDEFINED)
            .await
            .map_err(|failure| match failure {
                Failure::NoSuchMember => WalletError::Protocol(self.name.clone()),
                Failure::Refused(reason) => WalletError::Refused {
                    wallet: self.name.clone(),
                    reason,
                },
            })?;
        let accounts = read_accounts(&list);
        if accounts.is_empty() {
            return Err(WalletError::NoAccounts(self.name.clone()));
        }
        Ok(accounts)
    }

    /// Hears of every change of the accounts until the subscription is dropped. A wallet without this offers what it offered.
    pub fn subscribe(&self, changed: impl Fn(Vec<Account>) + 'static) -> Option<Subscription> {
        let subscribe: Function = Reflect::get(&self.accounts, &"subscribe".into())
            .ok()?
            .dyn_into()
            .ok()?;
        let heard = Closure::<dyn Fn(JsValue)>::new(move |list: JsValue| changed(read_accounts(&list)));
        let stop = subscribe.call1(&self.accounts, heard.as_ref()).ok()?;
        Some(Subscription {
            stop: stop.dyn_into().ok(),
            _heard: heard,
        })
    }

    /// Asks for a signature of a transaction, given as polkadot.js's `SignerPayloadJSON`; returns the signature in hexadecimal, or
    /// what the wallet said.
    ///
    /// # Errors
    /// When its user refuses, or it cannot sign.
    pub async fn sign(&self, payload: &str) -> Result<String, String> {
        let payload = js_sys::JSON::parse(payload).map_err(|error| reason(&error))?;
        let signed = call(&self.signer, "signPayload", &payload)
            .await
            .map_err(|failure| match failure {
                Failure::NoSuchMember => format!("{} cannot sign transactions", self.name),
                Failure::Refused(reason) => reason,
            })?;
        Reflect::get(&signed, &"signature".into())
            .ok()
            .and_then(|signature| signature.as_string())
            .ok_or_else(|| format!("{} answered without a signature", self.name))
    }
}

/// A subscription to a wallet's accounts; ends when it is dropped.
pub struct Subscription {
    stop: Option<Function>,
    _heard: Closure<dyn Fn(JsValue)>,
}

impl Drop for Subscription {
    fn drop(&mut self) {
        if let Some(stop) = &self.stop {
            // A wallet that cannot end a subscription keeps calling a closure that is gone, which JavaScript reports by itself.
            let _ended = stop.call0(&JsValue::UNDEFINED);
        }
    }
}

enum Failure {
    NoSuchMember,
    Refused(String),
}

/// Calls a method with one argument and waits for what it promises; a method that answers at once is as good.
async fn call(object: &JsValue, method: &str, argument: &JsValue) -> Result<JsValue, Failure> {
    let method: Function = Reflect::get(object, &method.into())
        .ok()
        .and_then(|member| member.dyn_into().ok())
        .ok_or(Failure::NoSuchMember)?;
    let refused = |error: JsValue| Failure::Refused(reason(&error));
    let promise = Promise::resolve(&method.call1(object, argument).map_err(refused)?);
    JsFuture::from(promise).await.map_err(refused)
}

/// Accounts with an address of this kind of chain; wallets also list Ethereum accounts, which cannot sign here.
fn read_accounts(list: &JsValue) -> Vec<Account> {
    let text = |item: &JsValue, key: &str| Reflect::get(item, &key.into()).ok().and_then(|value| value.as_string());
    Array::from(list)
        .iter()
        .filter_map(|item| {
            let address = text(&item, "address")?;
            Some(Account {
                id: accounts::parse(&address).ok()?,
                name: text(&item, "name").unwrap_or_default(),
                address,
            })
        })
        .collect()
}

/// What an exception says, without a full stop at its end.
fn reason(error: &JsValue) -> String {
    let message = error
        .dyn_ref::<js_sys::Error>()
        .map(|error| String::from(error.message()))
        .or_else(|| error.as_string())
        .filter(|message| !message.trim().is_empty())
        .unwrap_or_else(|| "no reason was given".to_owned());
    message.trim().trim_end_matches('.').to_owned()
}
