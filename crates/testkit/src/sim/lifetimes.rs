//! How long things live.

use std::time::Duration;

use crate::sim::Profile;

/// How long steps, sessions, codes and tokens live.
///
/// ```
/// use std::time::Duration;
/// use journey_testkit::sim::{Am, Lifetimes};
///
/// let am = Am::builder()
///     .lifetimes(|it: &mut Lifetimes| it.access_token = Duration::from_secs(60))
///     .build();
/// assert_eq!(am.lifetimes().access_token, Duration::from_secs(60));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lifetimes {
    /// A step waits this long for its answer.
    pub auth_id: Duration,
    /// A session that nobody uses lives this long.
    pub session_idle: Duration,
    /// A session lives at most this long.
    pub session_max: Duration,
    /// An authorization code may be exchanged this long.
    pub code: Duration,
    /// An access token lives this long.
    pub access_token: Duration,
    /// A refresh token lives this long.
    pub refresh_token: Duration,
    /// An `id_token` is good for this long.
    pub id_token: Duration,
}

impl Lifetimes {
    pub(crate) fn of(profile: Profile) -> Self {
        Self {
            auth_id: profile.default_auth_id(),
            session_idle: Duration::from_secs(30 * 60),
            session_max: Duration::from_secs(120 * 60),
            code: Duration::from_secs(120),
            access_token: Duration::from_secs(3600),
            refresh_token: Duration::from_secs(7 * 24 * 3600),
            id_token: Duration::from_secs(3600),
        }
    }
}
