//! How good models are: one number from outputs and targets, batch by batch.
//!
//! A [`Meter`] per metric takes in batches as they come. Its state is a few numbers, or a few per class, so meters of parts of a data set
//! merge; only ROC-AUC keeps every score it saw (8 bytes each), because an exact one needs them all. Values agree with scikit-learn's and
//! sacreBLEU's, edge cases included; where those raise an error or warn, the value is undefined and says why.
//!
//! Invariant: a prediction that is not a number never helps. Classes predicted by it are wrong; a metric of magnitudes or ranks with one
//! in it is undefined, which scores nothing.

mod batch;
mod classes;
mod confusion;
mod error;
mod likelihood;
mod meter;
mod overlap;
mod ranking;
mod read;
mod regression;
mod sum;
#[cfg(test)]
mod tests;
mod text;

pub use inktensor_primitives::registry::{Average, Form, METRIC_NAMES, Metric, UnknownMetric};

pub use self::batch::{Batch, Targets};
pub use self::confusion::{Confusion, top_one};
pub use self::error::MetricError;
pub use self::meter::{Costs, Meter, Score, Undefined, range};
