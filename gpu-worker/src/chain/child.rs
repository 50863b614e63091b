//! Measuring a model in a disposable child process, without holding up the validator.

use super::error::Error;
use super::originals::Fingerprint;
use super::verdict::{Failure, Measured};
use crate::evaluation::{Evaluation, Request, Sandbox, Verdict, evaluate_in_child};
use tokio::sync::oneshot;

/// Runs the request. Errors are this machine's fault; the model's own are in the result.
///
/// The thread is not one of the runtime's, which would wait for it before the program could end.
pub async fn measure(request: Request, sandbox: Sandbox) -> Result<Result<Measured, Failure>, Error> {
    let (tell, told) = oneshot::channel();
    std::thread::Builder::new()
        .name("evaluation".to_owned())
        // Nobody listens any more if the validator was stopped meanwhile.
        .spawn(move || drop(tell.send(evaluate_in_child(&request, &sandbox))))
        .map_err(|error| Error::Engine(error.to_string()))?;
    match told
        .await
        .map_err(|_| Error::Engine("the thread that waits for an evaluation died".to_owned()))?
    {
        Verdict::Ok(evaluation) => measured(*evaluation).map(Ok),
        Verdict::Failed { reason, message, .. } if reason.is_fault_of_model() => Ok(Err(Failure::Model {
            reason,
            detail: message,
        })),
        Verdict::Failed { message, .. } => Err(Error::Engine(message)),
    }
}

fn measured(evaluation: Evaluation) -> Result<Measured, Error> {
    let score = evaluation.scores.into_iter().next();
    let score = score.ok_or_else(|| Error::Engine("the evaluation measured nothing".to_owned()))?;
    Ok(Measured {
        metric: score.metric,
        score: score.value,
        samples: evaluation.samples,
        batch_milliseconds: evaluation.timing.median_batch_ms,
        fingerprint: Fingerprint(evaluation.probes),
    })
}
