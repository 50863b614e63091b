//! Times each launch of a run.

use std::time::{Duration, Instant};

use crate::gpu::{Clock, Profile};
use crate::session::{RunError, Session};
use crate::tensor::Tensor;

/// Times launches by the device's clock, or by submissions where the device's own times cannot be: some drivers read the clock when
/// commands are recorded, not when they run.
pub fn profile(session: &mut Session, given: &[Tensor]) -> Result<Profile, RunError> {
    let clock = session.engine().clock();
    let start = Instant::now();
    let (_, profile) = session.profile(given, clock)?;
    let (all, launches): (Duration, Duration) = (start.elapsed(), profile.launches.iter().sum());
    let others = profile.upload + profile.download + profile.host.iter().map(|(_, time)| *time).sum::<Duration>();
    let is_credible = launches <= all && launches >= all.saturating_sub(others) / 2;
    if clock == Clock::Submissions || is_credible {
        return Ok(profile);
    }
    Ok(session.profile(given, Clock::Submissions)?.1)
}
