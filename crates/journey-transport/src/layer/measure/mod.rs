//! Counts calls and how long they took, when the feature `metrics` is on.
//!
//! Order: around the deadline and the retries, since what counts is how long the caller waited.

#[cfg(feature = "metrics")]
mod on;

#[cfg(feature = "metrics")]
pub(crate) use crate::layer::measure::on::layer;

/// Adds nothing.
#[cfg(not(feature = "metrics"))]
pub(crate) fn layer() -> tower::layer::util::Identity {
    tower::layer::util::Identity::new()
}
