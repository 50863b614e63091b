//! Arguments of any message by their types: mostly such as somebody could mean, often at an edge, sometimes far beyond.

use super::metadata::{Metadata, Signature, number};
use super::world::Cast;
use inktensor_client::Contract;
use inktensor_primitives::{AccountId, NetUid, Rao};
use inktensor_sandbox::chance::Chance;
use scale::{Compact, Encode};
use serde_json::Value;

/// ink! reads a call's data into 16 KiB; more is refused before any message sees it.
const MOST_BYTES: usize = 15_000;

/// Writes arguments.
pub struct Arguments<'a> {
    metadata: &'a Metadata,
    cast: &'a Cast,
    chance: &'a mut Chance,
    now: u32,
    data: Vec<u8>,
    named: Vec<AccountId>,
    /// How many items the last list has.
    items: u64,
}

impl<'a> Arguments<'a> {
    /// Of messages sent in block `now`.
    pub fn new(metadata: &'a Metadata, cast: &'a Cast, chance: &'a mut Chance, now: u32) -> Self {
        Self {
            metadata,
            cast,
            chance,
            now,
            data: Vec::new(),
            named: Vec::new(),
            items: 0,
        }
    }

    /// The data of a call, and whom it names.
    pub fn of(mut self, message: &Signature) -> (Vec<u8>, Vec<AccountId>) {
        self.data.extend(message.selector);
        for &argument in &message.arguments {
            self.value(message.contract, argument);
        }
        (self.data, self.named)
    }

    fn value(&mut self, contract: Contract, of: usize) {
        let stated = self.metadata.type_of(contract, of);
        let name = stated["path"].as_array().and_then(|path| path.last()?.as_str());
        match name {
            Some("AccountId") => {
                let account = self.cast.account(self.chance);
                account.encode_to(&mut self.data);
                self.named.push(account);
            }
            Some("NetUid") => {
                let open = self.chance.pick(&self.cast.subnets);
                let any = NetUid(self.chance.pick(&[0, 1, 2, 3, 4, u16::MAX]));
                let netuid = self.chance.pick(&[open, open, open, any]);
                netuid.encode_to(&mut self.data);
            }
            Some("Uid") => {
                let (near, any) = (self.chance.below(6), self.chance.below(9));
                let uid = self.chance.pick(&[near, near, any, u64::from(u16::MAX)]);
                self.number(2, uid);
            }
            Some("Rao") => {
                let amount = self.amount();
                self.number(8, amount);
            }
            _ => self.defined(contract, &stated["def"]),
        }
    }

    fn defined(&mut self, contract: Contract, defined: &Value) {
        let (kind, inner) = defined.as_object().unwrap().iter().next().unwrap();
        match kind.as_str() {
            "primitive" => self.primitive(inner.as_str().unwrap()),
            "composite" => self.fields(contract, &inner["fields"]),
            "variant" => {
                let variants = inner["variants"].as_array().unwrap();
                let chosen = self.chance.pick(&variants.iter().collect::<Vec<_>>());
                self.data.push(u8::try_from(number(&chosen["index"])).unwrap());
                self.fields(contract, &chosen["fields"]);
            }
            "sequence" => self.sequence(contract, number(&inner["type"])),
            "array" => (0..number(&inner["len"])).for_each(|_| self.value(contract, number(&inner["type"]))),
            "tuple" => {
                for item in inner.as_array().unwrap() {
                    self.value(contract, number(item));
                }
            }
            other => panic!("an argument of kind {other}, which no contract here takes"),
        }
    }

    fn fields(&mut self, contract: Contract, fields: &Value) {
        for field in fields.as_array().into_iter().flatten() {
            self.value(contract, number(&field["type"]));
        }
    }

    /// Mostly few items or as many as in the list before; now and then more than any message takes, as many as fit.
    fn sequence(&mut self, contract: Contract, of: usize) {
        let wanted = match self.chance.below(12) {
            0 => 300,
            1 => 5_000,
            2..=6 => self.items,
            _ => self.chance.below(5),
        };
        self.items = wanted;
        let before = std::mem::take(&mut self.data);
        let mut items = 0_u32;
        while u64::from(items) < wanted && before.len() + self.data.len() < MOST_BYTES {
            self.value(contract, of);
            items += 1;
        }
        let items = [Compact(items).encode(), std::mem::replace(&mut self.data, before)].concat();
        self.data.extend(items);
    }

    fn primitive(&mut self, name: &str) {
        match name {
            "bool" => {
                let truth = self.chance.below(2);
                self.number(1, truth);
            }
            "str" => {
                let length = match self.chance.below(24) {
                    0 => 257,
                    1 => 3_000,
                    2 => 256,
                    _ => self.chance.pick(&[0, 5, 20]),
                };
                let length = length.min(MOST_BYTES.saturating_sub(self.data.len()));
                "x".repeat(length).encode_to(&mut self.data);
            }
            "u8" | "i8" => self.any_number(1),
            "u16" | "i16" => self.any_number(2),
            "u32" | "i32" => self.any_number(4),
            "u64" | "i64" => self.any_number(8),
            "u128" | "i128" => {
                let amount = self.amount();
                self.number(8, amount);
                let high = if self.chance.below(12) == 0 { u64::MAX } else { 0 };
                self.number(8, high);
            }
            other => panic!("an argument of type {other}, which no contract here takes"),
        }
    }

    /// Small, near the present block, around a limit, or the largest.
    fn any_number(&mut self, bytes: usize) {
        let value = match self.chance.below(8) {
            0 => u64::MAX,
            1 => u64::from(self.now).wrapping_sub(self.chance.below(3)),
            2 => self.chance.next(),
            3 => 0,
            4 => self.chance.below(70_000),
            _ => self.chance.below(66),
        };
        self.number(bytes, value);
    }

    fn number(&mut self, bytes: usize, value: u64) {
        self.data.extend(&value.to_le_bytes()[..bytes]);
    }

    /// Mostly some TAO, sometimes next to nothing, zero or more than there is.
    fn amount(&mut self) -> u64 {
        match self.chance.below(8) {
            0 => self.chance.below(3),
            1 => self.chance.below(5_000_000),
            2 => u64::MAX - self.chance.below(2),
            _ => self.chance.below(Rao::from_tao(300).0),
        }
    }
}
