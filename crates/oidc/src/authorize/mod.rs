//! The authorization request that the session answers, without any I/O.

mod answer;
mod request;

pub(crate) use answer::Answer;
pub(crate) use request::AuthorizationRequest;
