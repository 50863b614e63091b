//! What is fuzzed in `contracts/fuzz`, on random bytes: any subnet's epoch is computed or refused, and pays no more than there is.

#[path = "../../fuzz/epoch.rs"]
mod epoch;

use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_subnet_is_computed_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..4000)) {
        epoch::run(&bytes);
    }
}
