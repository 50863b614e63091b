//! What is fuzzed in `contracts/fuzz`, on random bytes, and that it is about every type there is.

#[path = "../../fuzz/types.rs"]
mod types;

use proptest::prelude::*;
use std::collections::BTreeSet;

/// Each module's name in the list of types, and its source.
const SOURCES: [(&str, &str); 10] = [
    ("registry::", include_str!("../src/registry.rs")),
    ("rewards::", include_str!("../src/rewards.rs")),
    ("staking::", include_str!("../src/staking.rs")),
    ("tao::", include_str!("../src/tao.rs")),
    ("registry_events::", include_str!("../src/events/registry.rs")),
    ("rewards_events::", include_str!("../src/events/rewards.rs")),
    ("staking_events::", include_str!("../src/events/staking.rs")),
    ("tao_events::", include_str!("../src/events/tao.rs")),
    ("", include_str!("../src/ids.rs")),
    ("", include_str!("../src/money.rs")),
];

#[test]
fn every_type_is_decoded() {
    let listed: BTreeSet<&str> = types::ALL.iter().map(|(name, _)| *name).collect();
    for (module, source) in SOURCES {
        for line in source.lines().map(str::trim) {
            let declared = line.strip_prefix("pub struct ").or(line.strip_prefix("pub enum "));
            if let Some(name) = declared.and_then(|rest| rest.split([' ', '(']).next()) {
                let name = format!("{module}{name}");
                assert!(
                    listed.contains(name.as_str()),
                    "{name} is not in contracts/fuzz/types.rs"
                );
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_decodes_encodes_to_the_same_bytes(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        types::run(&bytes);
    }
}
