//! Reading from the chain, again after every block.

use super::{
    chain::{Session, use_chain},
    task::{sleep, spawn},
};
use crate::explain::explain;
use inktensor_client::{Error, Network};
use std::{future::Future, rc::Rc};
use yew::prelude::*;

/// The shortest time between two readings of the same thing.
const REST_MS: u32 = 2_000;
/// How often a resting query looks for news.
const LOOK_MS: u32 = 250;

/// Something that is read from the chain.
#[derive(Debug)]
pub enum Loadable<T> {
    /// It was not read yet.
    Loading,
    /// As last read.
    Ready(Rc<T>),
    /// It cannot be read, and why.
    Failed(AttrValue),
}

impl<T> Clone for Loadable<T> {
    fn clone(&self) -> Self {
        match self {
            Self::Loading => Self::Loading,
            Self::Ready(value) => Self::Ready(value.clone()),
            Self::Failed(reason) => Self::Failed(reason.clone()),
        }
    }
}

impl<T> PartialEq for Loadable<T> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Loading, Self::Loading) => true,
            (Self::Ready(left), Self::Ready(right)) => Rc::ptr_eq(left, right),
            (Self::Failed(left), Self::Failed(right)) => left == right,
            _ => false,
        }
    }
}

impl<T> Loadable<T> {
    /// The value, where there is one.
    pub fn ready(&self) -> Option<&Rc<T>> {
        match self {
            Self::Ready(value) => Some(value),
            _ => None,
        }
    }
}

/// What was read, and of what.
type Shown<K, T> = ((Session, K), Loadable<T>);

/// Reads `key` (nothing while there is none), again after every block. What was read of another key is never shown for this one.
#[hook]
pub fn use_query<K, T, F, W>(key: Option<K>, read: F) -> Loadable<T>
where
    K: Clone + PartialEq + 'static,
    T: 'static,
    F: Fn(Network, K) -> W + 'static,
    W: Future<Output = Result<T, Error>> + 'static,
{
    let session = use_chain().session().cloned();
    let wanted = session.zip(key);
    let shown = use_state(|| None::<Shown<K, T>>);
    {
        let shown = shown.setter();
        use_effect_with(wanted.clone(), move |wanted| {
            let work = wanted.clone().map(|wanted| spawn(keep_reading(wanted, read, shown)));
            move || drop(work)
        });
    }
    match (&*shown, wanted) {
        (Some((of, value)), Some(wanted)) if *of == wanted => value.clone(),
        _ => Loadable::Loading,
    }
}

async fn keep_reading<K, T, F, W>((session, key): (Session, K), read: F, shown: UseStateSetter<Option<Shown<K, T>>>)
where
    K: Clone,
    F: Fn(Network, K) -> W,
    W: Future<Output = Result<T, Error>>,
{
    let mut has_value = false;
    loop {
        let news = session.news.get();
        match read(session.network.clone(), key.clone()).await {
            Ok(value) => {
                has_value = true;
                shown.set(Some(((session.clone(), key.clone()), Loadable::Ready(Rc::new(value)))));
            }
            // A node that went away does not take back what it said: the banner tells that it is old.
            Err(Error::Unreachable { .. } | Error::ConnectionLost { .. }) if has_value => {}
            Err(error) => {
                has_value = false;
                shown.set(Some((
                    (session.clone(), key.clone()),
                    Loadable::Failed(explain(&error).into()),
                )));
            }
        }
        sleep(REST_MS).await;
        while session.news.get() == news {
            sleep(LOOK_MS).await;
        }
    }
}
