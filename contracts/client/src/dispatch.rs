//! Why a chain refused to execute something, by the names in its metadata.

use std::fmt;
use subxt::Metadata;
use subxt::dynamic::{At, Value};
use subxt::ext::scale_value::{Composite, ValueDef};

/// A dispatch error: a pallet's own, or one of the runtime's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DispatchFailure {
    /// The pallet that failed, or the group that the runtime puts the error into, such as `Token`.
    pub pallet: Option<String>,
    /// The error's name.
    pub name: String,
    /// What it means and what to do.
    pub explanation: String,
}

impl DispatchFailure {
    /// Whether it is this error of this pallet.
    pub fn is(&self, pallet: &str, name: &str) -> bool {
        self.pallet.as_deref() == Some(pallet) && self.name == name
    }

    /// Reads a decoded `sp_runtime::DispatchError`.
    pub(crate) fn read(error: &Value, metadata: &Metadata) -> Self {
        let ValueDef::Variant(variant) = &error.value else {
            return Self::unnamed(error);
        };
        match variant.name.as_str() {
            "Module" => Self::module(&variant.values, metadata).unwrap_or_else(|| Self::unnamed(error)),
            group => match variant.values.at(0).map(|inner| &inner.value) {
                Some(ValueDef::Variant(inner)) => Self::named(Some(group), &inner.name, ""),
                _ => Self::named(None, group, ""),
            },
        }
    }

    /// A pallet's own error: the pallet by its index, the error by the first of its bytes.
    fn module(values: &Composite<()>, metadata: &Metadata) -> Option<Self> {
        // Named fields directly in the variant, or in one unnamed struct, as the runtime's version has it.
        let inner = values.at(0);
        let field = |name: &str| values.at(name).or_else(|| inner.at(name));
        let pallet = field("index")?.as_u128()?;
        let error = field("error")?;
        let error = error.at(0).unwrap_or(error).as_u128()?;
        let pallet = metadata.pallet_by_error_index(pallet.try_into().ok()?)?;
        let variant = pallet.error_variant_by_index(error.try_into().ok()?)?;
        Some(Self::named(Some(pallet.name()), &variant.name, &variant.docs.join(" ")))
    }

    fn named(pallet: Option<&str>, name: &str, docs: &str) -> Self {
        Self {
            pallet: pallet.map(str::to_owned),
            name: name.to_owned(),
            explanation: advice(pallet.unwrap_or_default(), name)
                .unwrap_or(docs.trim())
                .to_owned(),
        }
    }

    fn unnamed(error: &Value) -> Self {
        Self {
            pallet: None,
            name: error.to_string(),
            explanation: "the chain's metadata does not name this error".to_owned(),
        }
    }
}

impl fmt::Display for DispatchFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(pallet) = &self.pallet {
            write!(f, "{pallet}.")?;
        }
        f.write_str(&self.name)?;
        if self.explanation.is_empty() {
            return Ok(());
        }
        write!(f, " ({})", self.explanation)
    }
}

/// What to do about the errors that users meet; the metadata's own words serve for the others.
fn advice(pallet: &str, name: &str) -> Option<&'static str> {
    Some(match (pallet, name) {
        ("Contracts", "OutOfGas") => {
            "the call needs more gas than its limit: estimate it again, the contract's state changed meanwhile"
        }
        ("Contracts", "StorageDepositNotEnoughFunds") => {
            "the account cannot pay the deposit for what the call stores: send it some of the chain's native token first"
        }
        ("Contracts", "StorageDepositLimitExhausted") => {
            "the call stores more than its deposit limit covers: estimate it again"
        }
        ("Contracts", "ContractReverted") => "the contract refused the call and undid it",
        ("Contracts", "ContractTrapped") => "the contract's code failed: report it with the call's arguments",
        ("Contracts", "ContractNotFound") => "there is no contract at this address: deploy the contracts first",
        ("Token", "FundsUnavailable") | ("Balances", "InsufficientBalance") => {
            "the account has too little of the chain's native token: send it some first"
        }
        ("Token", "BelowMinimum" | "CannotCreate") | ("Balances", "ExistentialDeposit") => {
            "the amount is less than an account of this chain must hold: send more"
        }
        ("Token", "NotExpendable" | "OnlyProvider") | ("Balances", "Expendability") => {
            "it would leave the account with less than it must hold: send less"
        }
        (_, "BadOrigin") => "the signer may not do this",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The errors of a pallet as its metadata declares them.
    #[derive(scale_info::TypeInfo)]
    #[allow(dead_code)]
    enum PalletError {
        OutOfGas,
        Odd,
    }

    /// Metadata with one pallet, `Contracts`, at index 8.
    fn metadata() -> Metadata {
        use scale_info::meta_type;
        use subxt::ext::frame_metadata::v16;

        let pallet = v16::PalletMetadata {
            name: "Contracts",
            storage: None,
            calls: None,
            event: None,
            constants: Vec::new(),
            error: Some(v16::PalletErrorMetadata {
                ty: meta_type::<PalletError>(),
                deprecation_info: v16::EnumDeprecationInfo::nothing_deprecated(),
            }),
            associated_types: Vec::new(),
            view_functions: Vec::new(),
            index: 8,
            docs: Vec::new(),
            deprecation_info: v16::ItemDeprecationInfo::NotDeprecated,
        };
        let extrinsic = v16::ExtrinsicMetadata {
            versions: vec![4],
            address_ty: meta_type::<()>(),
            call_ty: meta_type::<()>(),
            signature_ty: meta_type::<()>(),
            transaction_extensions_by_version: Default::default(),
            transaction_extensions: Vec::new(),
        };
        let enums = v16::OuterEnums {
            call_enum_ty: meta_type::<()>(),
            event_enum_ty: meta_type::<()>(),
            error_enum_ty: meta_type::<()>(),
        };
        let custom = v16::CustomMetadata {
            map: Default::default(),
        };
        v16::RuntimeMetadataV16::new(vec![pallet], extrinsic, Vec::new(), enums, custom)
            .try_into()
            .unwrap()
    }

    fn module_error(pallet: u128, error: u8) -> Value {
        let module = [
            ("index", Value::u128(pallet)),
            ("error", Value::from_bytes([error, 0, 0, 0])),
        ];
        Value::unnamed_variant("Module", [Value::named_composite(module)])
    }

    #[test]
    fn a_pallets_error_is_named_and_explained() {
        let failure = DispatchFailure::read(&module_error(8, 0), &metadata());
        assert!(failure.is("Contracts", "OutOfGas"));
        assert!(
            failure
                .to_string()
                .starts_with("Contracts.OutOfGas (the call needs more gas"),
            "{failure}"
        );
        let without_advice = DispatchFailure::read(&module_error(8, 1), &metadata());
        assert_eq!(without_advice.to_string(), "Contracts.Odd");
    }

    #[test]
    fn runtime_errors_keep_their_group_and_get_advice() {
        let funds = Value::unnamed_variant("Token", [Value::unnamed_variant("FundsUnavailable", [])]);
        let failure = DispatchFailure::read(&funds, &metadata());
        assert!(failure.is("Token", "FundsUnavailable"));
        assert!(
            failure
                .to_string()
                .starts_with("Token.FundsUnavailable (the account has too little")
        );
        let plain = DispatchFailure::read(&Value::unnamed_variant("Exhausted", []), &metadata());
        assert_eq!(plain.to_string(), "Exhausted");
    }

    #[test]
    fn an_error_of_an_unknown_pallet_is_shown_as_it_is() {
        let failure = DispatchFailure::read(&module_error(200, 3), &metadata());
        assert!(failure.name.contains("200"), "{failure}");
    }
}
