//! Calls to be signed together.

use crate::contract::Contract;
use crate::messages::Message;

/// A message without its result's type: what remains of it once it is to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The contract it goes to.
    pub contract: Contract,
    /// The message's label.
    pub label: &'static str,
    /// The selector and the arguments.
    pub data: Vec<u8>,
}

impl<R> From<Message<R>> for Call {
    fn from(message: Message<R>) -> Self {
        Self {
            contract: message.contract,
            label: message.label,
            data: message.data,
        }
    }
}

/// Calls in the order of their execution, signed once: all happen, or none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calls(Vec<Call>);

impl Calls {
    /// No call yet.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds a call.
    #[must_use]
    pub fn then<R>(self, message: Message<R>) -> Self {
        self.then_call(message.into())
    }

    /// Adds a call whose message is not known by type any more.
    #[must_use]
    pub fn then_call(mut self, call: Call) -> Self {
        self.0.push(call);
        self
    }

    /// The calls.
    pub fn as_slice(&self) -> &[Call] {
        &self.0
    }

    /// The messages' names, for example `PSP22::approve and stake`.
    pub fn names(&self) -> String {
        let names: Vec<_> = self.0.iter().map(|call| call.label).collect();
        names.join(" and ")
    }
}

impl<R> From<Message<R>> for Calls {
    fn from(message: Message<R>) -> Self {
        Self::new().then(message)
    }
}
