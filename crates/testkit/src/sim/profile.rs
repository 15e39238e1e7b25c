//! Which server is played.

use std::time::Duration;

/// The kinds of AM that the simulator can be.
///
/// ```
/// use journey_testkit::sim::{Am, Profile};
///
/// let am = Am::builder().profile(Profile::OpenAm16).build();
/// assert_eq!(am.profile(), Profile::OpenAm16);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Profile {
    /// PingAM 7 and 8 and PingOne Advanced Identity Cloud: trees, an expired step is 401 with the
    /// error code "110", sessions in the API versions 2.1, 3.1 and 4.0.
    #[default]
    PingAm,
    /// OpenAM 16: chains, an expired step is 408, sessions only in the API versions 1.2 and 2.0,
    /// and discovery names no revocation end point.
    OpenAm16,
}

impl Profile {
    pub(crate) fn is_openam(self) -> bool {
        self == Self::OpenAm16
    }

    /// The versions of the authenticate resource, newest last.
    pub(crate) fn authenticate_versions(self) -> &'static [(u32, u32)] {
        &[(1, 2), (2, 1)]
    }

    /// The versions of the session resource, newest last.
    pub(crate) fn session_versions(self) -> &'static [(u32, u32)] {
        match self {
            Self::PingAm => &[(2, 1), (3, 1), (4, 0)],
            Self::OpenAm16 => &[(1, 2), (2, 0)],
        }
    }

    pub(crate) fn default_base_path(self) -> &'static str {
        match self {
            Self::PingAm => "/am",
            Self::OpenAm16 => "/openam",
        }
    }

    /// How long a step may wait for its answer: 300 s in PingAM 8, 120 s on a page of OpenAM.
    pub(crate) fn default_auth_id(self) -> Duration {
        match self {
            Self::PingAm => Duration::from_secs(300),
            Self::OpenAm16 => Duration::from_secs(120),
        }
    }

    pub(crate) fn login_failed(self) -> &'static str {
        match self {
            Self::PingAm => "Login failure",
            Self::OpenAm16 => "Authentication Failed",
        }
    }
}
