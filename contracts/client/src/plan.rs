//! What is to be signed, with what it will cost.

use crate::calls::{Call, Calls};
use crate::ceilings;
use crate::chain::account_id;
use crate::contract::Contract;
use crate::dry_run::Gas;
use crate::error::Error;
use crate::messages::{Message, tao};
use crate::network::Network;
use crate::outcome::ContractError;
use crate::progress::{Progress, Receipt};
use crate::rpc::AtBlock;
use crate::signing::{Payload, Signature, Signer, Unsigned};
use inktensor_primitives::tao::Psp22Error;
use inktensor_primitives::{AccountId, Rao};
use scale::{Compact, Decode, Encode};
use subxt::dynamic::Value;
use subxt::ext::scale_value::Composite;

mod limits;

use limits::Limits;

/// Calls with their limits and costs, ready to be signed.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Who will sign and pay.
    pub caller: AccountId,
    /// The most that the transaction costs, in the chain's native token. What gas is left over is paid back.
    pub fee: u128,
    /// The native tokens that will be locked for what the calls store, by the estimate.
    pub deposit: u128,
    /// The calls in order.
    pub steps: Vec<Step>,
    pub(crate) calls: Calls,
    pub(crate) payload: Payload,
    /// What the caller must keep to exist.
    existential_deposit: u128,
}

impl Plan {
    /// What the caller must be able to spend for the chain to take the transaction: the fee, every deposit up to its limit (the chain
    /// refuses a limit that the account could not pay), and what the account must keep to exist.
    pub fn needed(&self) -> u128 {
        let limits = self.steps.iter().map(|step| step.deposit_limit);
        limits
            .chain([self.existential_deposit])
            .fold(self.fee, u128::saturating_add)
    }
}

/// One call of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The contract.
    pub contract: Contract,
    /// The message.
    pub label: &'static str,
    /// The most gas that it may use.
    pub gas_limit: Gas,
    /// The native tokens that it locks, by the estimate.
    pub deposit: u128,
    /// The most native tokens that it may lock.
    pub deposit_limit: u128,
    /// Whether the estimate is from a dry run, or, as the call depends on an earlier one, from the message's known ceiling.
    pub measured: bool,
}

impl Network {
    /// The calls that make a message work which takes the caller's TAO: an approval, unless what is allowed already suffices, and
    /// the message.
    pub async fn with_allowance<R>(
        &self,
        caller: &AccountId,
        spender: Contract,
        amount: Rao,
        message: Message<R>,
    ) -> Result<Calls, Error> {
        let spender = self.address(spender);
        let snapshot = self.snapshot().await?;
        let amount = u128::from(amount.0);
        let held = snapshot.query(tao::balance_of(*caller)).await?;
        if held < amount {
            let [held, needed] = [held, amount].map(|rao| Rao(u64::try_from(rao).unwrap_or(u64::MAX)));
            return Err(Error::Refused {
                message: message.label,
                error: ContractError::Tao(Psp22Error::InsufficientBalance),
                limit: Some(format!(
                    "{} holds {held} TAO, {needed} are needed",
                    self.chain().ss58(caller)
                )),
            });
        }
        let allowed = snapshot.query(tao::allowance(*caller, spender)).await?;
        Ok(match allowed < amount {
            true => Calls::new().then(tao::approve(spender, amount)).then(message),
            false => message.into(),
        })
    }

    /// Estimates calls that the caller is going to sign together. A call that would fail is refused here, before anybody signs.
    ///
    /// The first call is run dry, and so is each later one. A later call may depend on an earlier one (`stake` needs the allowance
    /// that `approve` gives), and no runtime API runs several calls on one state; so a later call that fails alone gets the ceiling
    /// of gas and deposit that its message is known to stay below. Gas that is not used is not paid for.
    pub async fn plan(&self, caller: &AccountId, calls: impl Into<Calls>) -> Result<Plan, Error> {
        let calls = calls.into();
        let at = self.chain().at_best().await?;
        let limits = Limits::read(self.chain().rpc(), &at)?;
        let mut steps = Vec::with_capacity(calls.as_slice().len());
        for call in calls.as_slice() {
            let step = self.step(&at, caller, call, &limits, !steps.is_empty()).await?;
            steps.push(step);
        }
        let payload = self.payload(calls.as_slice(), &steps)?;
        Ok(Plan {
            caller: *caller,
            fee: self.fee(&at, caller, &payload).await?,
            deposit: steps.iter().map(|step| step.deposit).fold(0, u128::saturating_add),
            steps,
            calls,
            payload,
            existential_deposit: limits.existential_deposit,
        })
    }

    /// Has a plan signed and sends it. Fails before it asks for the signature if the account cannot pay.
    pub async fn submit<S: Signer>(&self, plan: &Plan, signer: &S) -> Result<Progress, Error> {
        self.check_funds(plan).await?;
        let unsigned = Unsigned::new(self.chain(), &plan.caller, &plan.payload).await?;
        let signature = signer.sign(&unsigned.request).await?;
        let signed = unsigned.signed(self.chain(), signature)?;
        Progress::send(self.chain(), Some((self, plan)), &signed).await
    }

    /// Estimates, signs and sends calls, and waits until they are in a block.
    pub async fn call<S: Signer>(&self, signer: &S, calls: impl Into<Calls>) -> Result<Receipt, Error> {
        let plan = self.plan(&signer.account(), calls).await?;
        self.submit(&plan, signer).await?.in_block().await
    }

    async fn step(
        &self,
        at: &AtBlock,
        caller: &AccountId,
        call: &Call,
        limits: &Limits,
        follows: bool,
    ) -> Result<Step, Error> {
        let (gas_limit, deposit, deposit_limit, measured) = match self.attempt(at, caller, call).await {
            Ok(run) => (limits.gas(run.gas), run.deposit, limits.deposit(run.deposit), true),
            Err(refusal @ Error::Refused { .. }) if follows => {
                let ceiling = ceilings::of(call).ok_or(refusal)?;
                let deposit = limits.price(ceiling.items, ceiling.bytes);
                let gas = Gas {
                    ref_time: ceiling.ref_time,
                    proof_size: ceiling.proof_size,
                };
                (limits.allowed(gas), deposit, deposit, false)
            }
            Err(other) => return Err(other),
        };
        Ok(Step {
            contract: call.contract,
            label: call.label,
            gas_limit,
            deposit,
            deposit_limit,
            measured,
        })
    }

    /// One call as `Contracts.call`, several as `Utility.batch_all`, which undoes all if one fails.
    fn payload(&self, calls: &[Call], steps: &[Step]) -> Result<Payload, Error> {
        let mut payloads = calls
            .iter()
            .zip(steps)
            .map(|(call, step)| self.contract_call(call, step));
        match (payloads.len(), payloads.next()) {
            (1, Some(only)) => Ok(only),
            (_, Some(first)) => {
                let all = std::iter::once(first).chain(payloads).map(Payload::into_value);
                let arguments = Composite::named([("calls", Value::unnamed_composite(all))]);
                Ok(subxt::dynamic::tx("Utility", "batch_all", arguments))
            }
            (_, None) => Err(Error::NothingToDo),
        }
    }

    fn contract_call(&self, call: &Call, step: &Step) -> Payload {
        let address = Value::from_bytes(account_id(&self.address(call.contract)));
        let gas = [
            ("ref_time", Value::u128(step.gas_limit.ref_time.into())),
            ("proof_size", Value::u128(step.gas_limit.proof_size.into())),
        ];
        let arguments = Composite::named([
            ("dest", Value::unnamed_variant("Id", [address])),
            ("value", Value::u128(0)),
            ("gas_limit", Value::named_composite(gas)),
            (
                "storage_deposit_limit",
                Value::unnamed_variant("Some", [Value::u128(step.deposit_limit)]),
            ),
            ("data", Value::from_bytes(&call.data)),
        ]);
        subxt::dynamic::tx("Contracts", "call", arguments)
    }

    /// What the chain would charge for a payload if all its gas were used.
    async fn fee(&self, at: &AtBlock, caller: &AccountId, payload: &Payload) -> Result<u128, Error> {
        let doing = "estimating the fee";
        let unsigned = Unsigned::new(self.chain(), caller, payload).await?;
        // Only the length of the signature matters to the fee.
        let signed = unsigned.signed(self.chain(), Signature::Sr25519([1; 64]))?;
        let length = u32::try_from(signed.encoded().len()).unwrap_or(u32::MAX);
        let arguments = [signed.encoded(), &length.encode()].concat();
        let answer = at
            .runtime_apis()
            .call_raw("TransactionPaymentApi_query_info", Some(&arguments))
            .await
            .map_err(|e| self.chain().rpc().error(doing, e))?;
        dispatch_info_fee(&answer).ok_or_else(|| Error::Chain {
            doing,
            reason: format!("{} bytes are no fee", answer.len()),
        })
    }

    async fn check_funds(&self, plan: &Plan) -> Result<(), Error> {
        let needed = plan.needed();
        let available = self.chain().balance(&plan.caller).await?.spendable();
        if available >= needed {
            return Ok(());
        }
        let properties = self.chain().properties();
        Err(Error::InsufficientBalance {
            account: self.chain().ss58(&plan.caller),
            available: properties.format_native(available),
            needed: properties.format_native(needed),
            symbol: properties.token_symbol.clone(),
        })
    }
}

/// The fee in a `RuntimeDispatchInfo`: two compact weights, the class, and a balance of 64 or 128 bits.
fn dispatch_info_fee(answer: &[u8]) -> Option<u128> {
    let input = &mut &*answer;
    <(Compact<u64>, Compact<u64>, u8)>::decode(input).ok()?;
    match input.len() {
        8 => u64::decode(input).map(u128::from).ok(),
        _ => u128::decode(input).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fee_is_read_whatever_the_balance_type() {
        let head = (Compact(123_456_789u64), Compact(0u64), 0u8).encode();
        assert_eq!(dispatch_info_fee(&[&*head, &7u128.encode()].concat()), Some(7));
        assert_eq!(dispatch_info_fee(&[&*head, &7u64.encode()].concat()), Some(7));
        assert_eq!(dispatch_info_fee(&head), None);
        assert_eq!(dispatch_info_fee(&[]), None);
    }
}
