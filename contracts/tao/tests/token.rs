//! What TAO adds to PSP22: one minter, the cap, burning within an allowance.

// Tests may panic.
#![allow(clippy::arithmetic_side_effects, clippy::indexing_slicing, clippy::unwrap_used)]

use ink::env::hash::{Blake2x256, CryptoHash, HashOutput};
use ink::env::{DefaultEnvironment, Event as InkEvent};
use ink::scale::{Decode, Encode};
use inktensor_primitives::events::{tao as events, Event};
use inktensor_primitives::tao::{Psp22Error, CAP_EXCEEDED, MINTER_ALREADY_SET, NOT_MINTER, NOT_OWNER};
use inktensor_primitives::{AccountId, Rao, CAP};
use psp22::{PSP22Error, PSP22Event};
use tao::token::Token;

const DEPLOYER: u8 = 1;
const MINTER: u8 = 2;

fn account(number: u8) -> AccountId {
    AccountId::from([number; 32])
}

fn refusal<T>(reason: &str) -> Result<T, PSP22Error> {
    Err(PSP22Error::Custom(reason.into()))
}

/// A token with an endowment and a minter, over empty storage.
fn with_token(endowment: Rao, test: impl FnOnce(Token)) {
    let ran = ink::env::test::run_test::<DefaultEnvironment, _>(|_| {
        let (mut token, _) = Token::new(endowment, account(DEPLOYER)).unwrap();
        token.set_minter(account(DEPLOYER), account(MINTER)).unwrap();
        test(token);
        Ok(())
    });
    assert!(ran.is_ok(), "{ran:?}");
}

fn outcome(result: Result<Vec<PSP22Event>, PSP22Error>) -> Result<usize, PSP22Error> {
    result.map(|events| events.len())
}

#[test]
fn only_the_minter_issues_and_only_up_to_the_cap() {
    with_token(Rao(CAP.0 - 10), |mut token| {
        assert_eq!(
            outcome(token.mint(account(DEPLOYER), account(3), 1)),
            refusal(NOT_MINTER)
        );
        assert_eq!(
            outcome(token.mint(account(MINTER), account(3), 11)),
            refusal(CAP_EXCEEDED)
        );
        assert_eq!(
            outcome(token.mint(account(MINTER), account(3), u128::MAX)),
            refusal(CAP_EXCEEDED)
        );
        assert_eq!(outcome(token.mint(account(MINTER), account(3), 10)), Ok(1));
        assert_eq!(token.ledger.total_supply(), u128::from(CAP.0));
    });
}

#[test]
fn what_is_burned_can_be_issued_again() {
    with_token(CAP, |mut token| {
        token.ledger.burn(account(DEPLOYER), 5).unwrap();
        assert_eq!(
            outcome(token.mint(account(MINTER), account(3), 6)),
            refusal(CAP_EXCEEDED)
        );
        assert_eq!(outcome(token.mint(account(MINTER), account(3), 5)), Ok(1));
    });
}

#[test]
fn an_endowment_above_the_cap_is_refused() {
    let ran = ink::env::test::run_test::<DefaultEnvironment, _>(|_| {
        let created = Token::new(Rao(CAP.0 + 1), account(DEPLOYER)).map(|_| ());
        assert_eq!(created, refusal(CAP_EXCEEDED));
        Ok(())
    });
    assert!(ran.is_ok(), "{ran:?}");
}

#[test]
fn the_minter_is_named_once_by_the_deployer() {
    with_token(Rao(1), |mut token| {
        assert_eq!(token.set_minter(account(3), account(3)), refusal(NOT_OWNER));
        assert_eq!(
            token.set_minter(account(DEPLOYER), account(3)),
            refusal(MINTER_ALREADY_SET)
        );
        assert_eq!(token.minter(), Some(account(MINTER)));
    });
}

#[test]
fn burning_anothers_tao_uses_up_the_allowance() {
    with_token(Rao(100), |mut token| {
        let owner = account(DEPLOYER);
        assert_eq!(
            outcome(token.burn_from(account(3), owner, 1)),
            Err(PSP22Error::InsufficientAllowance)
        );
        token.ledger.approve(owner, account(3), 150).unwrap();
        assert_eq!(
            outcome(token.burn_from(account(3), owner, 101)),
            Err(PSP22Error::InsufficientBalance)
        );
        assert_eq!(
            token.ledger.allowance(owner, account(3)),
            150,
            "a refused burn uses nothing up"
        );
        assert_eq!(outcome(token.burn_from(account(3), owner, 60)), Ok(2));
        assert_eq!(
            (token.ledger.total_supply(), token.ledger.allowance(owner, account(3))),
            (40, 90)
        );
        assert_eq!(
            outcome(token.burn_from(owner, owner, 40)),
            Ok(1),
            "of one's own none is needed"
        );
        assert_eq!(token.ledger.total_supply(), 0);
    });
}

fn topic(signature: &str) -> [u8; 32] {
    let mut hash = <Blake2x256 as HashOutput>::Type::default();
    Blake2x256::hash(signature.as_bytes(), &mut hash);
    hash
}

#[test]
fn events_carry_the_signatures_that_clients_look_for() {
    assert_eq!(
        psp22::Transfer::SIGNATURE_TOPIC,
        Some(topic(events::Transfer::SIGNATURE))
    );
    assert_eq!(
        psp22::Approval::SIGNATURE_TOPIC,
        Some(topic(events::Approval::SIGNATURE))
    );
    assert_eq!(
        events::MinterSet::SIGNATURE_TOPIC,
        Some(topic(events::MinterSet::SIGNATURE))
    );
}

#[test]
fn the_shared_types_read_what_psp22_writes() {
    let transfer = psp22::Transfer {
        from: None,
        to: Some(account(3)),
        value: 7,
    };
    let read = events::Transfer::decode(&mut &*transfer.encode());
    assert_eq!(
        read,
        Ok(events::Transfer {
            from: None,
            to: Some(account(3)),
            value: 7
        })
    );
    let pairs = [
        (PSP22Error::Custom("why".into()), Psp22Error::Custom("why".into())),
        (PSP22Error::InsufficientBalance, Psp22Error::InsufficientBalance),
        (PSP22Error::InsufficientAllowance, Psp22Error::InsufficientAllowance),
        (PSP22Error::ZeroRecipientAddress, Psp22Error::ZeroRecipientAddress),
        (PSP22Error::ZeroSenderAddress, Psp22Error::ZeroSenderAddress),
        (
            PSP22Error::SafeTransferCheckFailed("why".into()),
            Psp22Error::SafeTransferCheckFailed("why".into()),
        ),
    ];
    for (theirs, ours) in pairs {
        assert_eq!(theirs.encode(), ours.encode());
    }
}
