//! The caller's clock, and how far the server's differs from it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

/// Gives the time of day; the facade feeds it from its own clock.
pub(crate) type Clock = Arc<dyn Fn() -> SystemTime + Send + Sync>;

/// Says how far the server's clock is from the local one.
///
/// A token that is "not valid yet" or a certificate that is "expired" is often a wrong clock; this
/// lets an error name it.
///
/// ```
/// use std::time::Duration;
/// use journey_transport::ClockSkew;
///
/// assert_eq!(ClockSkew::ServerAhead(Duration::from_secs(90)).amount().as_secs(), 90);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ClockSkew {
    /// The server's clock shows a later time than the local one.
    ServerAhead(Duration),
    /// The server's clock shows an earlier time than the local one.
    ServerBehind(Duration),
}

impl ClockSkew {
    /// Returns the difference without its direction.
    #[must_use]
    pub const fn amount(self) -> Duration {
        match self {
            Self::ServerAhead(amount) | Self::ServerBehind(amount) => amount,
        }
    }

    /// Compares a `Date` header with the local times before and after the exchange.
    ///
    /// `Date` has whole seconds and was written somewhere between the two, so a difference that
    /// this explains is none.
    pub(crate) fn between(
        date: SystemTime,
        sent: SystemTime,
        received: SystemTime,
    ) -> Option<Self> {
        let latest = date.checked_add(Duration::from_secs(1))?;
        if let Ok(behind) = sent.duration_since(latest) {
            return (!behind.is_zero()).then_some(Self::ServerBehind(behind));
        }
        match date.duration_since(received) {
            Ok(ahead) if !ahead.is_zero() => Some(Self::ServerAhead(ahead)),
            _ => None,
        }
    }
}

/// Keeps the last difference seen, for all clones of a client.
#[derive(Clone, Debug, Default)]
pub(crate) struct SeenSkew(Arc<Mutex<Option<ClockSkew>>>);

impl SeenSkew {
    pub(crate) fn get(&self) -> Option<ClockSkew> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set(&self, skew: Option<ClockSkew>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = skew;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn a_date_within_the_exchange_is_no_skew() {
        assert_eq!(ClockSkew::between(at(100), at(100), at(102)), None);
        assert_eq!(ClockSkew::between(at(102), at(100), at(102)), None);
        assert_eq!(ClockSkew::between(at(99), at(100), at(102)), None);
    }

    #[test]
    fn a_server_ahead_is_told_by_the_least_possible_amount() {
        let skew = ClockSkew::between(at(162), at(100), at(102));
        assert_eq!(skew, Some(ClockSkew::ServerAhead(Duration::from_secs(60))));
    }

    #[test]
    fn a_server_behind_is_told_by_the_least_possible_amount() {
        let skew = ClockSkew::between(at(39), at(100), at(102));
        assert_eq!(skew, Some(ClockSkew::ServerBehind(Duration::from_secs(60))));
    }
}
