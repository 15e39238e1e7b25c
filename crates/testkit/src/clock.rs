//! A clock that tests set by hand.
//!
//! Expiry can only be tested without waiting if the server and the client agree on a time that the
//! test moves.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A clock that stands still until it is told otherwise.
///
/// Clones share the time.
///
/// ```
/// use std::time::Duration;
/// use journey_testkit::clock::ManualClock;
///
/// let clock = ManualClock::default();
/// let now = clock.as_fn();
/// let before = now();
/// clock.advance(Duration::from_secs(60));
/// assert_eq!(now(), before + Duration::from_secs(60));
/// ```
#[derive(Debug, Clone)]
pub struct ManualClock {
    now: Arc<Mutex<SystemTime>>,
}

impl ManualClock {
    /// Makes a clock that shows `now`.
    pub fn at(now: SystemTime) -> Self {
        Self { now: Arc::new(Mutex::new(now)) }
    }

    /// Makes a clock that shows the system's time of this moment and stays there.
    pub fn frozen_now() -> Self {
        Self::at(SystemTime::now())
    }

    /// Returns the time it shows.
    pub fn now(&self) -> SystemTime {
        *self.lock()
    }

    /// Sets the time, forwards or backwards.
    pub fn set(&self, now: SystemTime) {
        *self.lock() = now;
    }

    /// Moves the time forward.
    pub fn advance(&self, by: Duration) {
        *self.lock() += by;
    }

    /// Returns the clock as the function that clients and the simulated server take.
    pub fn as_fn(&self) -> Arc<dyn Fn() -> SystemTime + Send + Sync> {
        let clock = self.clone();
        Arc::new(move || clock.now())
    }

    fn lock(&self) -> MutexGuard<'_, SystemTime> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Starts at a fixed moment in 2026, so that tests see the same dates each time.
impl Default for ManualClock {
    fn default() -> Self {
        Self::at(UNIX_EPOCH + Duration::from_secs(1_780_000_000))
    }
}
