//! What people write about themselves, and the bounds of it.

use inktensor_primitives::registry::{
    Endpoint, Error, Metric, ModelCommitment, SubnetIdentity, Task, TensorSpec, MAX_TEXT,
};

/// The most dimensions of a tensor.
const MAX_DIMENSIONS: usize = 8;

/// Checks a subnet's identity.
///
/// # Errors
/// [`Error::TextEmpty`], [`Error::TextTooLong`]
pub fn check_identity(identity: &SubnetIdentity) -> Result<(), Error> {
    required(&identity.name)?;
    optional(&identity.description)?;
    optional(&identity.url)
}

/// Checks a subnet's task.
///
/// # Errors
/// [`Error::TextEmpty`], [`Error::TextTooLong`], [`Error::ValueOutOfBounds`] where a limit is zero, or the label is to be
/// among the first none: no model could meet it.
pub fn check_task(task: &Task) -> Result<(), Error> {
    check_tensor(&task.input)?;
    check_tensor(&task.output)?;
    required(&task.data_uri)?;
    if task.max_model_bytes == 0 || task.max_flops == 0 || task.max_latency_ms == 0 || task.metric == Metric::TopK(0) {
        return Err(Error::ValueOutOfBounds);
    }
    Ok(())
}

/// Checks a model commitment against the subnet's task.
///
/// # Errors
/// [`Error::TextEmpty`], [`Error::TextTooLong`], [`Error::ValueOutOfBounds`] where the model is empty or larger than the task allows,
/// [`Error::OwnParent`].
pub fn check_model(commitment: &ModelCommitment, task: &Task) -> Result<(), Error> {
    required(&commitment.uri)?;
    optional(&commitment.licence)?;
    optional(&commitment.task)?;
    if commitment.parent == Some(commitment.hash) {
        return Err(Error::OwnParent);
    }
    if commitment.size == 0 || commitment.size > task.max_model_bytes {
        return Err(Error::ValueOutOfBounds);
    }
    Ok(())
}

/// Checks an endpoint.
///
/// # Errors
/// [`Error::TextEmpty`], [`Error::TextTooLong`]
pub fn check_endpoint(endpoint: &Endpoint) -> Result<(), Error> {
    required(&endpoint.uri)
}

fn check_tensor(tensor: &TensorSpec) -> Result<(), Error> {
    optional(&tensor.name)?;
    required(&tensor.element)?;
    if tensor.shape.is_empty() || tensor.shape.len() > MAX_DIMENSIONS {
        return Err(Error::ValueOutOfBounds);
    }
    Ok(())
}

fn required(text: &str) -> Result<(), Error> {
    if text.is_empty() {
        return Err(Error::TextEmpty);
    }
    optional(text)
}

fn optional(text: &str) -> Result<(), Error> {
    if text.len() > MAX_TEXT {
        return Err(Error::TextTooLong);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{commitment, identity, task};

    #[test]
    fn a_name_is_required_and_bounded() {
        assert_eq!(check_identity(&identity()), Ok(()));
        assert_eq!(
            check_identity(&SubnetIdentity {
                name: String::new(),
                ..identity()
            }),
            Err(Error::TextEmpty)
        );
        let long = "x".repeat(MAX_TEXT + 1);
        assert_eq!(
            check_identity(&SubnetIdentity {
                name: long,
                ..identity()
            }),
            Err(Error::TextTooLong)
        );
        let full = "x".repeat(MAX_TEXT);
        assert_eq!(
            check_identity(&SubnetIdentity {
                url: full,
                ..identity()
            }),
            Ok(())
        );
    }

    #[test]
    fn a_task_that_no_model_can_meet_is_refused() {
        assert_eq!(check_task(&task()), Ok(()));
        assert_eq!(
            check_task(&Task { max_flops: 0, ..task() }),
            Err(Error::ValueOutOfBounds)
        );
        assert_eq!(
            check_task(&Task {
                metric: Metric::TopK(0),
                ..task()
            }),
            Err(Error::ValueOutOfBounds)
        );
        let mut shapeless = task();
        shapeless.input.shape.clear();
        assert_eq!(check_task(&shapeless), Err(Error::ValueOutOfBounds));
    }

    #[test]
    fn a_model_must_fit_the_task() {
        let limit = task().max_model_bytes;
        assert_eq!(
            check_model(
                &ModelCommitment {
                    size: limit,
                    ..commitment()
                },
                &task()
            ),
            Ok(())
        );
        let own = Some(commitment().hash);
        assert_eq!(
            check_model(
                &ModelCommitment {
                    parent: own,
                    ..commitment()
                },
                &task()
            ),
            Err(Error::OwnParent)
        );
        for size in [0, limit + 1] {
            assert_eq!(
                check_model(&ModelCommitment { size, ..commitment() }, &task()),
                Err(Error::ValueOutOfBounds)
            );
        }
    }
}
