//! Computes epochs for comparison with other implementations: one JSON case per line in, one JSON result per line
//! out.
//!
//! Exit code 2 and a message that names line and field on a case that is not one.
//!
//! ```text
//! {"n", "stake": [rao…], "last_update": [block…], "registered_at": [block…],
//!  "weights": {"uid": [[uid, u16]…]…}, "bonds": {…the same}, "permits": [bool…], "block", "tempo", "last_step",
//!  "activity_cutoff", "kappa", "bonds_moving_average", "bonds_penalty", "max_validators", "yuma3": bool,
//!  "liquid_alpha": bool, "alpha_low", "alpha_high", "steepness", "owner": uid or null, "stake_threshold", "emission"}
//! ```
//! `earliest_commit` (a list of blocks, null where there is no live commit) may be added: the commit-reveal mask. So may `stake_cap`: the
//! percentile of voting stakes, of 65535, that caps stake in consensus; 0 is off.
//!
//! Results hold `bonds` in the same form as cases, rows without entries left out.

use std::io;
use std::process::ExitCode;

mod case;
mod harness;

fn main() -> ExitCode {
    match harness::run(io::stdin().lock(), io::stdout().lock()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::from(2)
        }
    }
}
