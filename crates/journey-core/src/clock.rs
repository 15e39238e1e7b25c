//! Wall time, handed in so that tests and devices without a good clock can set it.

use std::{fmt, sync::Arc, time::SystemTime};

/// Tells the wall time.
///
/// Everything in the SDK that compares an expiry asks this and nothing else.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use journey_core::Clock;
///
/// let noon = SystemTime::UNIX_EPOCH + Duration::from_secs(43_200);
/// let clock = Clock::new(move || noon);
/// assert_eq!(clock.now(), noon);
/// ```
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> SystemTime + Send + Sync>);

impl Clock {
    /// Makes a clock that asks `now` each time.
    pub fn new(now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// Makes a clock that asks the operating system.
    pub fn system() -> Self {
        Self::new(SystemTime::now)
    }

    /// Returns the time now.
    pub fn now(&self) -> SystemTime {
        (self.0)()
    }

    /// Returns the function behind, for crates that do not know this type.
    pub fn to_fn(&self) -> Arc<dyn Fn() -> SystemTime + Send + Sync> {
        Arc::clone(&self.0)
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::system()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clock").finish_non_exhaustive()
    }
}
