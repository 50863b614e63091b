//! Limits from estimates: a margin for what changes until the call is in a block, within what the chain allows.

use crate::dry_run::Gas;
use crate::error::Error;
use crate::rpc::{AtBlock, Rpc};
use subxt::ext::scale_decode::DecodeAsType;

/// Items and bytes that a call may store beyond its estimate, because the contract's state changed meanwhile.
const SLACK: (u32, u32) = (2, 256);

/// What the chain charges for storage and allows one transaction to compute.
pub(super) struct Limits {
    per_item: u128,
    per_byte: u128,
    /// The most weight of one transaction, if there is a limit.
    transaction: Option<Gas>,
    /// What an account must keep to exist.
    pub existential_deposit: u128,
}

impl Limits {
    /// Reads the constants of the runtime at a block.
    pub fn read(rpc: &Rpc, at: &AtBlock) -> Result<Self, Error> {
        /// `frame_system::limits::BlockWeights`, down to what is of interest.
        #[derive(DecodeAsType)]
        #[decode_as_type(crate_path = "subxt::ext::scale_decode")]
        struct BlockWeights {
            per_class: PerClass,
        }
        #[derive(DecodeAsType)]
        #[decode_as_type(crate_path = "subxt::ext::scale_decode")]
        struct PerClass {
            normal: Class,
        }
        #[derive(DecodeAsType)]
        #[decode_as_type(crate_path = "subxt::ext::scale_decode")]
        struct Class {
            max_extrinsic: Option<Gas>,
        }
        let doing = "reading the chain's limits";
        let constants = at.constants();
        let amount = |pallet, name| {
            let amount = constants.entry(subxt::dynamic::constant::<u128>(pallet, name));
            amount.map_err(|e| rpc.error(doing, e))
        };
        let weights = constants
            .entry(subxt::dynamic::constant::<BlockWeights>("System", "BlockWeights"))
            .map_err(|e| rpc.error(doing, e))?;
        Ok(Self {
            per_item: amount("Contracts", "DepositPerItem")?,
            per_byte: amount("Contracts", "DepositPerByte")?,
            transaction: weights.per_class.normal.max_extrinsic,
            existential_deposit: amount("Balances", "ExistentialDeposit")?,
        })
    }

    /// A gas limit for a call that needs this much: with a margin where the chain allows it.
    pub fn gas(&self, required: Gas) -> Gas {
        let Gas { ref_time, proof_size } = self.allowed(required.with_margin());
        Gas {
            ref_time: ref_time.max(required.ref_time),
            proof_size: proof_size.max(required.proof_size),
        }
    }

    /// A gas limit cut to nine tenths of what a transaction may have: the rest is for the transaction around the call.
    pub fn allowed(&self, wanted: Gas) -> Gas {
        let Some(most) = self.transaction else {
            return wanted;
        };
        Gas {
            ref_time: wanted.ref_time.min(most.ref_time / 10 * 9),
            proof_size: wanted.proof_size.min(most.proof_size / 10 * 9),
        }
    }

    /// A deposit limit for a call that needs this much.
    pub fn deposit(&self, required: u128) -> u128 {
        required.saturating_add(self.price(SLACK.0, SLACK.1))
    }

    /// The deposit for storing this much.
    pub fn price(&self, items: u32, bytes: u32) -> u128 {
        let items = self.per_item.saturating_mul(items.into());
        items.saturating_add(self.per_byte.saturating_mul(bytes.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: Gas = Gas {
        ref_time: 1000,
        proof_size: u64::MAX,
    };

    fn gas(ref_time: u64) -> Gas {
        Gas {
            ref_time,
            proof_size: 8,
        }
    }

    #[test]
    fn a_margin_is_added_within_what_the_chain_allows() {
        let mut limits = Limits {
            per_item: 100,
            per_byte: 1,
            transaction: Some(MOST),
            existential_deposit: 5,
        };
        assert_eq!(
            limits.gas(gas(400)),
            Gas {
                ref_time: 500,
                proof_size: 10
            }
        );
        assert_eq!(limits.gas(gas(800)).ref_time, 900);
        assert_eq!(limits.gas(gas(950)).ref_time, 950);
        assert_eq!(limits.allowed(gas(950)).ref_time, 900);
        limits.transaction = None;
        assert_eq!(limits.gas(gas(950)).ref_time, 1187);
        assert_eq!(limits.deposit(7), 7 + 2 * 100 + 256);
    }
}
