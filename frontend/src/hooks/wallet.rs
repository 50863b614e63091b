//! The wallet and the account in use.

use super::{chain::use_chain, storage, task::spawn};
use crate::wallet::{
    Account, AccountSigner, Injected, Subscription, WalletChoice, WalletError, development_accounts, installed,
};
use inktensor_client::KeySigner;
use yew::prelude::*;

/// Where a wallet stands.
#[derive(Clone, Debug, PartialEq)]
pub enum WalletStatus {
    /// None is in use.
    Disconnected,
    /// Its user is being asked.
    Asking(WalletChoice),
    /// It gave access.
    Connected(WalletChoice),
}

/// The wallet as pages see it.
#[derive(Clone, PartialEq)]
pub struct WalletState {
    /// The wallets that can be chosen here and now.
    pub choices: Vec<WalletChoice>,
    /// Where the chosen one stands.
    pub status: WalletStatus,
    /// Its accounts.
    pub accounts: Vec<Account>,
    /// The account in use.
    pub account: Option<Account>,
    /// Why the last attempt failed.
    pub error: Option<AttrValue>,
    /// Whether the chain is a development chain.
    pub is_development: bool,
    /// Looks for wallets again.
    pub look: Callback<()>,
    /// Asks a wallet for access.
    pub connect: Callback<WalletChoice>,
    /// Uses another account of the wallet, by address.
    pub choose: Callback<String>,
    /// Forgets the wallet.
    pub disconnect: Callback<()>,
    injected: Option<Injected>,
}

impl WalletState {
    /// What signs for the account in use.
    pub fn signer(&self) -> Option<AccountSigner> {
        let account = self.account.clone()?;
        match &self.injected {
            Some(injected) => Some(AccountSigner::Injected(injected.clone(), account)),
            None => KeySigner::development(&account.name.to_lowercase())
                .ok()
                .map(AccountSigner::Development),
        }
    }
}

/// The wallet, from [`use_wallet_provider`] at the root.
///
/// # Panics
/// Outside of the provider, which is an error of the page itself.
#[hook]
pub fn use_wallet() -> WalletState {
    use_context::<WalletState>().expect("the root provides the wallet")
}

#[derive(Clone, PartialEq)]
struct Access {
    choice: WalletChoice,
    injected: Option<Injected>,
}

/// Keeps the wallet in use, and remembers it for the next visit.
#[hook]
pub fn use_wallet_provider() -> WalletState {
    let chain = use_chain();
    let is_development = chain.properties().is_some_and(|properties| properties.development);
    let prefix = chain.prefix();
    let found = use_state_eq(installed);
    let asking = use_state_eq(|| None::<WalletChoice>);
    let access = use_state_eq(|| None::<Access>);
    let accounts = use_state_eq(Vec::<Account>::new);
    let address = use_state_eq(|| storage::recall(storage::ACCOUNT));
    let error = use_state_eq(|| None::<AttrValue>);

    // A remembered wallet is asked again: it answers without a question when it still trusts this page.
    let remembered = use_state_eq(|| storage::recall(storage::WALLET));
    {
        let (asking, consumed) = (asking.setter(), remembered.setter());
        let key = (remembered.as_ref().cloned(), found.len(), is_development);
        use_effect_with(key, move |(remembered, _, is_development)| {
            let choice = match remembered.as_deref() {
                Some("") if *is_development => Some(WalletChoice::Development),
                Some(name) if installed().iter().any(|found| found == name) => {
                    Some(WalletChoice::Injected(name.to_owned()))
                }
                _ => None,
            };
            if choice.is_some() {
                consumed.set(None);
                asking.set(choice);
            }
        });
    }
    {
        let (asking, access, accounts, error) = (asking.clone(), access.setter(), accounts.setter(), error.setter());
        use_effect_with((*asking).clone(), move |choice| {
            let work = choice.clone().map(|choice| {
                spawn(async move {
                    match open(choice.clone(), prefix).await {
                        Ok((injected, list)) => {
                            storage::remember(storage::WALLET, Some(choice.key()));
                            error.set(None);
                            accounts.set(list);
                            access.set(Some(Access { choice, injected }));
                        }
                        Err(failure) => error.set(Some(failure.to_string().into())),
                    }
                    asking.set(None);
                })
            });
            move || drop(work)
        });
    }
    {
        let accounts = accounts.setter();
        use_effect_with((*access).clone(), move |access| {
            let subscription: Option<Subscription> = access
                .as_ref()
                .and_then(|access| access.injected.as_ref())
                .and_then(|injected| injected.subscribe(move |list| accounts.set(list)));
            move || drop(subscription)
        });
    }
    // Development accounts do not outlive the development chain.
    {
        let access = access.clone();
        use_effect_with(is_development, move |is_development| {
            let uses_development = access
                .as_ref()
                .is_some_and(|access| access.choice == WalletChoice::Development);
            if uses_development && !is_development {
                access.set(None);
            }
        });
    }

    let look = {
        let found = found.setter();
        Callback::from(move |()| found.set(installed()))
    };
    let connect = {
        let (asking, error) = (asking.setter(), error.setter());
        Callback::from(move |choice| {
            error.set(None);
            asking.set(Some(choice));
        })
    };
    let choose = {
        let address = address.setter();
        Callback::from(move |chosen: String| {
            storage::remember(storage::ACCOUNT, Some(&chosen));
            address.set(Some(chosen));
        })
    };
    let disconnect = {
        let (access, accounts, error, remembered) =
            (access.setter(), accounts.setter(), error.setter(), remembered.setter());
        Callback::from(move |()| {
            storage::remember(storage::WALLET, None);
            storage::remember(storage::ACCOUNT, None);
            remembered.set(None);
            access.set(None);
            accounts.set(Vec::new());
            error.set(None);
        })
    };

    let development = is_development.then_some(WalletChoice::Development);
    let choices = found
        .iter()
        .cloned()
        .map(WalletChoice::Injected)
        .chain(development)
        .collect();
    let status = match (&*asking, &*access) {
        (Some(choice), _) => WalletStatus::Asking(choice.clone()),
        (None, Some(access)) => WalletStatus::Connected(access.choice.clone()),
        (None, None) => WalletStatus::Disconnected,
    };
    let listed = if access.is_some() {
        (*accounts).clone()
    } else {
        Vec::new()
    };
    let account = listed
        .iter()
        .find(|account| Some(&account.address) == address.as_ref())
        .or(listed.first())
        .cloned();
    WalletState {
        choices,
        status,
        accounts: listed,
        account,
        error: (*error).clone(),
        is_development,
        look,
        connect,
        choose,
        disconnect,
        injected: access.as_ref().and_then(|access| access.injected.clone()),
    }
}

async fn open(choice: WalletChoice, prefix: u16) -> Result<(Option<Injected>, Vec<Account>), WalletError> {
    match choice {
        WalletChoice::Development => Ok((None, development_accounts(prefix))),
        WalletChoice::Injected(name) => {
            let injected = Injected::enable(&name).await?;
            let accounts = injected.accounts().await?;
            Ok((Some(injected), accounts))
        }
    }
}
