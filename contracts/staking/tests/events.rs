//! Clients find events by the signatures that the shared types state: ink! must compute the same.

use ink::env::hash::{Blake2x256, CryptoHash, HashOutput};
use inktensor_primitives::events::staking::*;
use inktensor_primitives::events::Event;

fn assert_signed<E: Event + ink::env::Event>() {
    let mut hash = <Blake2x256 as HashOutput>::Type::default();
    Blake2x256::hash(E::SIGNATURE.as_bytes(), &mut hash);
    assert_eq!(E::SIGNATURE_TOPIC, Some(hash), "{}", E::SIGNATURE);
}

#[test]
fn events_carry_the_signatures_that_clients_look_for() {
    assert_signed::<StakingWired>();
    assert_signed::<StakeAdded>();
    assert_signed::<StakeRemoved>();
    assert_signed::<StakeMoved>();
    assert_signed::<StakeTransferred>();
    assert_signed::<TakeSet>();
    assert_signed::<ChildrenSet>();
    assert_signed::<ParentReplaced>();
    assert_signed::<ChildTakeSet>();
    assert_signed::<AutoStakeSet>();
    assert_signed::<Distributed>();
    assert_signed::<ParentsPaid>();
}
