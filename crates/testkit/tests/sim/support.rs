//! Raw requests, built by hand: these tests use no client of ours.

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, Request, Response};
use http_body_util::BodyExt;
use journey_testkit::sim::Am;
use serde_json::Value;
use tower::ServiceExt;

pub(crate) const ORIGIN: &str = "https://am.example.com";
pub(crate) const ALPHA: &str = "/am/json/realms/root/realms/alpha";
pub(crate) const OAUTH: &str = "/am/oauth2/realms/root/realms/alpha";
pub(crate) const CALLBACK: &str = "http://localhost:8080/callback";

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).expect("a body of JSON")
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|it| it.to_str().unwrap()).unwrap_or_default()
    }

    pub(crate) fn cookies(&self) -> Vec<String> {
        let values = self.headers.get_all("set-cookie").iter();
        values.map(|it| it.to_str().unwrap().to_owned()).collect()
    }

    /// A parameter of the Location.
    pub(crate) fn location(&self, name: &str) -> Option<String> {
        let query = self.header("location").split_once(['?', '#'])?.1.to_owned();
        let mut pairs = form_urlencoded::parse(query.as_bytes());
        pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }
}

pub(crate) async fn send(am: &Am, request: Request<String>) -> Answer {
    read(am.service().oneshot(request).await.expect("no lost connection was asked for")).await
}

pub(crate) async fn read<B>(response: Response<B>) -> Answer
where
    B: http_body::Body,
    B::Error: std::fmt::Debug,
{
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    Answer {
        status: parts.status.as_u16(),
        headers: parts.headers,
        text: String::from_utf8(bytes.to_vec()).unwrap(),
    }
}

pub(crate) fn url(path: &str) -> String {
    format!("{ORIGIN}{path}")
}

/// A POST of JSON with headers of one's own.
pub(crate) async fn post(am: &Am, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
    let mut request = Request::post(url(path)).header("content-type", "application/json");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    send(am, request.body(body.to_string()).unwrap()).await
}

pub(crate) const V21: (&str, &str) = ("accept-api-version", "resource=2.1, protocol=1.0");

/// A request to an authenticate end point.
pub(crate) async fn step(am: &Am, path: &str, body: &Value) -> Answer {
    post(am, path, &[V21], body).await
}

pub(crate) async fn get(am: &Am, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::get(url(path));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    send(am, request.body(String::new()).unwrap()).await
}

pub(crate) async fn form(
    am: &Am,
    path: &str,
    headers: &[(&str, &str)],
    fields: &[(&str, &str)],
) -> Answer {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let mut request =
        Request::post(url(path)).header("content-type", "application/x-www-form-urlencoded");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    send(am, request.body(body).unwrap()).await
}

/// Puts values into the inputs of the first callbacks, in order.
pub(crate) fn fill(mut step: Value, values: &[&str]) -> Value {
    for (position, value) in values.iter().enumerate() {
        step["callbacks"][position]["input"][0]["value"] = Value::from(*value);
    }
    step
}

pub(crate) fn login_path() -> String {
    format!("{ALPHA}/authenticate?authIndexType=service&authIndexValue=Login")
}

/// Signs demo in and returns the session.
pub(crate) async fn sign_in(am: &Am) -> String {
    let path = login_path();
    let first = step(am, &path, &serde_json::json!({})).await.json();
    let last = step(am, &path, &fill(first, &["demo", "Ch4ng31t"])).await.json();
    last["tokenId"].as_str().expect("a session").to_owned()
}

pub(crate) const VERIFIER: &str = "a-code-verifier-that-is-long-enough-for-the-rfc-7636";

pub(crate) fn challenge() -> String {
    let hash = digest::digest(&digest::SHA256, VERIFIER.as_bytes());
    URL_SAFE_NO_PAD.encode(hash.as_ref())
}

/// The parameters of a right authorize request.
pub(crate) fn authorize_query() -> Vec<(&'static str, String)> {
    vec![
        ("client_id", "sdkClient".to_owned()),
        ("response_type", "code".to_owned()),
        ("redirect_uri", CALLBACK.to_owned()),
        ("scope", "openid profile email".to_owned()),
        ("state", "s-1".to_owned()),
        ("nonce", "n-1".to_owned()),
        ("code_challenge", challenge()),
        ("code_challenge_method", "S256".to_owned()),
    ]
}

pub(crate) fn authorize_path(query: &[(&str, String)]) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
    format!("{OAUTH}/authorize?{query}")
}

pub(crate) fn cookie(session: &str) -> String {
    format!("iPlanetDirectoryPro={session}")
}

pub(crate) async fn authorize(am: &Am, session: &str, query: &[(&str, String)]) -> Answer {
    get(am, &authorize_path(query), &[("cookie", &cookie(session))]).await
}

pub(crate) async fn exchange(am: &Am, code: &str, verifier: &str) -> Answer {
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", CALLBACK),
        ("client_id", "sdkClient"),
        ("code_verifier", verifier),
    ];
    form(am, &format!("{OAUTH}/access_token"), &[], &fields).await
}

/// Gets tokens for a session.
pub(crate) async fn tokens(am: &Am, session: &str) -> Value {
    let code = authorize(am, session, &authorize_query()).await.location("code").expect("a code");
    exchange(am, &code, VERIFIER).await.json()
}

pub(crate) async fn refresh(am: &Am, token: &str) -> Answer {
    let fields =
        [("grant_type", "refresh_token"), ("refresh_token", token), ("client_id", "sdkClient")];
    form(am, &format!("{OAUTH}/access_token"), &[], &fields).await
}

pub(crate) async fn user_info(am: &Am, token: &str) -> Answer {
    let authorization = format!("Bearer {token}");
    get(am, &format!("{OAUTH}/userinfo"), &[("authorization", &authorization)]).await
}
