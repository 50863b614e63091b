//! Measuring a model, and looking at data, in a disposable child process, without holding up the validator.

use super::error::Error;
use super::originals::Fingerprint;
use super::verdict::{Failure, Measured};
use crate::data::DataOptions;
use crate::evaluation::{Evaluation, Reason, Request, Sandbox, Verdict, evaluate_in_child, open_data_in_child};
use std::path::PathBuf;
use tokio::sync::oneshot;

/// Runs the request. Errors are this machine's fault; the model's own are in the result.
pub async fn measure(request: Request, sandbox: Sandbox) -> Result<Result<Measured, Failure>, Error> {
    match aside(move || evaluate_in_child(&request, &sandbox)).await? {
        Verdict::Ok(evaluation) => measured(*evaluation).map(Ok),
        Verdict::Failed { reason, message, .. } if reason.is_fault_of_model() => Ok(Err(Failure::Model {
            reason,
            detail: message,
        })),
        Verdict::Failed { message, .. } => Err(Error::Engine(message)),
    }
}

/// Opens data to see whether it can be used.
pub async fn open_data(data: PathBuf, options: DataOptions, sandbox: Sandbox) -> Result<(), Error> {
    match aside(move || open_data_in_child(&data, &options, &sandbox)).await? {
        Err(Verdict::Failed {
            reason: Reason::WorkerFailed,
            message,
            ..
        }) => Err(Error::Engine(message)),
        Err(Verdict::Failed { message, .. }) => Err(Error::Data(message)),
        Ok(()) | Err(Verdict::Ok(_)) => Ok(()),
    }
}

/// Waits for work on a thread that is not one of the runtime's, which would wait for it before the program could end.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
    let (tell, told) = oneshot::channel();
    std::thread::Builder::new()
        .name("evaluation".to_owned())
        // Nobody listens any more if the validator was stopped meanwhile.
        .spawn(move || drop(tell.send(work())))
        .map_err(|error| Error::Engine(error.to_string()))?;
    told.await
        .map_err(|_| Error::Engine("the thread that waits for an evaluation died".to_owned()))
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
