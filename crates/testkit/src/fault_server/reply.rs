//! What the server does with one request.

use std::time::Duration;

use bytes::Bytes;
use http::Response;

/// One reply to one request.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Reply {
    /// Answers as a good server does, and keeps the connection.
    Answer(Response<Bytes>),
    /// Writes these bytes, whatever they are, and closes the connection.
    Raw(Bytes),
    /// Writes these bytes and then nothing more, with the connection open.
    Stall(Bytes),
    /// Writes these bytes one by one with a pause after each; over HTTP/2 the connection freezes
    /// and answers no ping either.
    Drip(Bytes, Duration),
    /// Closes the connection with a reset.
    Reset,
}

impl Reply {
    /// Answers 200 with this text.
    ///
    /// ```
    /// use journey_testkit::fault_server::Reply;
    ///
    /// let Reply::Answer(response) = Reply::ok("{}") else { unreachable!() };
    /// assert_eq!(response.status(), 200);
    /// ```
    #[must_use]
    pub fn ok(text: impl Into<Bytes>) -> Self {
        Self::Answer(Response::new(text.into()))
    }

    /// Answers with this status, one header and no body.
    ///
    /// # Errors
    /// When the status or the header is not valid.
    pub fn status(status: u16, name: &str, value: &str) -> http::Result<Self> {
        Response::builder().status(status).header(name, value).body(Bytes::new()).map(Self::Answer)
    }

    /// Reads the request and never answers.
    #[must_use]
    pub fn silence() -> Self {
        Self::Stall(Bytes::new())
    }

    /// Reads the request and hangs up without a word.
    #[must_use]
    pub fn hang_up() -> Self {
        Self::Raw(Bytes::new())
    }

    /// Writes this text, whatever it is, and closes the connection.
    #[must_use]
    pub fn raw(text: impl Into<Bytes>) -> Self {
        Self::Raw(text.into())
    }
}
