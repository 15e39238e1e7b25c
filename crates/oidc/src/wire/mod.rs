//! The exchanges with the server: each asks once and reads the answer.

mod authorize;
mod cookie;
mod end_session;
mod provider;
mod revoke;
mod token;
mod user_info;
mod verify;

pub(crate) use provider::Providers;
pub(crate) use token::{NoTokens, Refreshed};
pub(crate) use user_info::Told;

use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use journey_core::{Account, TokenError, TokenErrorKind};
use journey_transport::{Body, Idempotent};

use crate::{client::Inner, failure, form::Form};

impl Inner {
    /// Sends a request for an account, with the cookies that belong to it.
    async fn send(
        &self,
        doing: &str,
        who: &Account,
        mut request: Request<Body>,
    ) -> Result<Response<Bytes>, TokenError> {
        let markers = std::mem::replace(request.extensions_mut(), who.extensions());
        request.extensions_mut().extend(markers);
        self.http.send(request).await.map_err(|it| failure::http(doing, it))
    }
}

/// Makes a GET that may be sent twice.
fn get(doing: &str, url: &str) -> Result<Request<Body>, TokenError> {
    let request = Request::get(url)
        .header(header::ACCEPT, "application/json")
        .extension(Idempotent)
        .body(Body::default());
    request.map_err(|it| unsendable(doing, it))
}

/// Makes a POST of a form.
fn post(
    doing: &str,
    url: &str,
    form: Form,
    authorization: Option<HeaderValue>,
) -> Result<Request<Body>, TokenError> {
    let mut request = Request::post(url)
        .header(header::ACCEPT, "application/json")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    if let Some(authorization) = authorization {
        request = request.header(header::AUTHORIZATION, authorization);
    }
    let request = request.body(Body::from(form.into_secret()));
    request.map_err(|it| unsendable(doing, it))
}

fn unsendable(doing: &str, error: http::Error) -> TokenError {
    let message = format!("could not {doing}: the request can't be made");
    TokenError::new(TokenErrorKind::Misconfigured, message).with_source(error)
}

/// A server may write anything into its yes to a revocation (RFC 7009) or to the end of a session, but a page
/// for people comes from something before it, and then nothing has ended.
fn is_page(response: &Response<Bytes>) -> bool {
    let content_type = response.headers().get(header::CONTENT_TYPE);
    let content_type = content_type.and_then(|it| it.to_str().ok()).unwrap_or_default();
    let is_html = content_type.trim_start().to_ascii_lowercase().starts_with("text/html");
    is_html && !response.body().trim_ascii().is_empty()
}
