//! A provider in memory that serves what it is given: four answers and no network.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use http::{Request, Response, header};
use http_body_util::Full;
use journey_transport::{Body, HttpClient};
use serde_json::json;

use crate::{ACCESS_TOKEN, CODE, Token};

/// An id_token as it was sent, and the nonce it was asked for with.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub(crate) nonce: String,
    pub(crate) id_token: String,
}

impl Sent {
    pub(crate) fn without_asking(token: &Token) -> Self {
        let nonce = "a-nonce".to_owned();
        Self { id_token: token.issue(&nonce), nonce }
    }
}

/// Answers a client's whole sign-in.
#[derive(Debug)]
pub(crate) struct Provider {
    document: String,
    token: Token,
    nonce: Mutex<String>,
    sent: Mutex<Option<Sent>>,
}

impl Provider {
    pub(crate) fn new(document: String, token: Token) -> Arc<Self> {
        Arc::new(Self { document, token, nonce: Mutex::default(), sent: Mutex::default() })
    }

    /// Returns the id_token when it was asked for.
    pub(crate) fn sent(&self) -> Option<Sent> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn http(self: &Arc<Self>) -> HttpClient {
        let provider = Arc::clone(self);
        let service = tower::service_fn(move |request: Request<Body>| {
            let answer = provider.answer(&request);
            async move { Ok::<_, Infallible>(answer) }
        });
        HttpClient::builder().build_with(service).expect("the settings are the defaults")
    }

    fn answer(&self, request: &Request<Body>) -> Response<Full<Bytes>> {
        let path = request.uri().path();
        if path.ends_with("/authorize") {
            return self.code(request.uri().query().unwrap_or_default());
        }
        let body = match path {
            _ if path.contains("/serverinfo/") => json!({"cookieName": "session"}).to_string(),
            _ if path.ends_with("/openid-configuration") => self.document.clone(),
            _ if path.ends_with("/jwk_uri") => self.token.key_set(),
            _ => self.tokens(),
        };
        let json = Response::builder().header(header::CONTENT_TYPE, "application/json");
        json.body(Full::from(body)).expect("the header is fit")
    }

    fn code(&self, query: &str) -> Response<Full<Bytes>> {
        let find = |name: &str| {
            let mut pairs = form_urlencoded::parse(query.as_bytes());
            pairs.find(|it| it.0 == name).map(|it| it.1.into_owned()).unwrap_or_default()
        };
        *self.nonce.lock().unwrap_or_else(PoisonError::into_inner) = find("nonce");
        let back = format!("{}?code={CODE}&state={}", find("redirect_uri"), find("state"));
        let answer = Response::builder().status(302).header(header::LOCATION, back);
        answer.body(Full::default()).expect("the header is fit")
    }

    fn tokens(&self) -> String {
        let nonce = self.nonce.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let id_token = self.token.issue(&nonce);
        let body = json!({
            "access_token": ACCESS_TOKEN, "token_type": "Bearer", "expires_in": 3600,
            "id_token": id_token,
        });
        *self.sent.lock().unwrap_or_else(PoisonError::into_inner) = Some(Sent { nonce, id_token });
        body.to_string()
    }
}
