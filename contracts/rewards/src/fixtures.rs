//! What the tests share.

use inktensor_primitives::registry::{Hyperparameters, Slot};
use inktensor_primitives::{AccountId, BlockNumber, Rao};

/// An account by number.
pub fn account(number: u8) -> AccountId {
    AccountId::from([number; 32])
}

/// A subnet's rules.
pub fn rules() -> Hyperparameters {
    Hyperparameters {
        tempo: 10,
        kappa: 32_767,
        min_allowed_weights: 1,
        max_weight_limit: u16::MAX,
        max_uids: 256,
        max_validators: 64,
        immunity_period: 5_000,
        activity_factor: 13_889,
        weights_rate_limit: 100,
        weights_version_key: 0,
        commit_reveal: true,
        reveal_period: 2,
        bonds_moving_average: 900_000,
        bonds_penalty: u16::MAX,
        yuma3: true,
        liquid_alpha: false,
        alpha_low: 45_875,
        alpha_high: 58_982,
        steepness: 1_000,
        min_burn: Rao(500_000),
        max_burn: Rao::from_tao(100),
        burn_half_life: 360,
        burn_increase: 1_260,
        registration_allowed: true,
        bonds_reset: false,
        stake_cap: 0,
        stake_threshold: Rao::ZERO,
    }
}

/// A neuron that hotkey `number` registered, owned by the coldkey `number + 100`.
pub fn slot(number: u8, registered_at: BlockNumber, validator_permit: bool) -> Slot {
    Slot {
        hotkey: account(number),
        coldkey: account(number + 100),
        registered_at,
        validator_permit,
        bonds_reset_at: 0,
    }
}
