//! Events of the rewards contract.
