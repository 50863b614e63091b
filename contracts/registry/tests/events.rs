//! Clients find events by the signatures that the shared types state: ink! must compute the same.

use ink::env::hash::{Blake2x256, CryptoHash, HashOutput};
use inktensor_primitives::events::registry::*;
use inktensor_primitives::events::Event;

fn assert_signed<E: Event + ink::env::Event>() {
    let mut hash = <Blake2x256 as HashOutput>::Type::default();
    Blake2x256::hash(E::SIGNATURE.as_bytes(), &mut hash);
    assert_eq!(E::SIGNATURE_TOPIC, Some(hash), "{}", E::SIGNATURE);
}

#[test]
fn events_carry_the_signatures_that_clients_look_for() {
    assert_signed::<RegistryWired>();
    assert_signed::<GovernanceSet>();
    assert_signed::<NetworkRuleSet>();
    assert_signed::<SubnetCreated>();
    assert_signed::<SubnetOffered>();
    assert_signed::<SubnetTransferred>();
    assert_signed::<SubnetDissolved>();
    assert_signed::<IdentitySet>();
    assert_signed::<TaskSet>();
    assert_signed::<HyperparameterSet>();
    assert_signed::<NeuronRegistered>();
    assert_signed::<HotkeySwapped>();
    assert_signed::<ColdkeySwapAnnounced>();
    assert_signed::<ColdkeySwapCancelled>();
    assert_signed::<ColdkeySwapDisputed>();
    assert_signed::<ColdkeySwapAllowed>();
    assert_signed::<ColdkeySwapped>();
    assert_signed::<ModelPublished>();
    assert_signed::<BondsReset>();
    assert_signed::<EndpointSet>();
}
