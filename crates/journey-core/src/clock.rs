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
#[derive(Clone, Default)]
pub struct Clock(Option<Now>);

/// None in a [`Clock`] stands for the operating system.
type Now = Arc<dyn Fn() -> SystemTime + Send + Sync>;

impl Clock {
    /// Makes a clock that asks `now` each time.
    ///
    /// It may be set, and may stand still: a token's end is held against the runtime's timer as well, so
    /// that no token is handed out for ever.
    pub fn new(now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(now)))
    }

    /// Makes a clock that asks the operating system.
    pub fn system() -> Self {
        Self(None)
    }

    /// Returns the time now.
    pub fn now(&self) -> SystemTime {
        match &self.0 {
            Some(now) => now(),
            None => SystemTime::now(),
        }
    }

    /// Tells whether the operating system is asked, whose clock may be set but never stands still.
    ///
    /// ```
    /// use std::time::SystemTime;
    /// use journey_core::Clock;
    ///
    /// assert!(Clock::system().is_system());
    /// assert!(!Clock::new(|| SystemTime::UNIX_EPOCH).is_system());
    /// ```
    pub fn is_system(&self) -> bool {
        self.0.is_none()
    }

    /// Returns the function behind, for crates that do not know this type.
    pub fn to_fn(&self) -> Arc<dyn Fn() -> SystemTime + Send + Sync> {
        self.0.clone().unwrap_or_else(|| Arc::new(SystemTime::now))
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clock").finish_non_exhaustive()
    }
}
