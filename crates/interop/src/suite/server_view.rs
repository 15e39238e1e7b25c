//! The server's own word on what it still honors, asked past the SDK's protocol code.

use http::{Request, header};
use journey_sdk::{HttpClient, transport::Idempotent};
use serde_json::Value;

use crate::{
    problem::{Doing as _, Problem},
    server::COOKIE,
    suite::wire::Secrets,
};

/// Asks the server about credentials.
#[derive(Debug)]
pub(crate) struct ServerView {
    http: HttpClient,
    url: String,
}

impl ServerView {
    pub(crate) fn new(url: &str, authority: &[u8]) -> Result<Self, Problem> {
        let http = HttpClient::builder()
            .only_ca(authority)
            .sensitive_header(COOKIE)
            .build()
            .doing("could not make a client")?;
        Ok(Self { http, url: url.to_owned() })
    }

    /// Tells whether the server honors a session.
    pub(crate) async fn session_lives(&self, session: &str) -> Result<bool, Problem> {
        let request =
            Request::post(format!("{}/json/realms/root/sessions?_action=validate", self.url))
                .header("accept-api-version", "resource=1.2, protocol=1.0")
                .header(header::CONTENT_TYPE, "application/json")
                .header(COOKIE, session)
                .body("{}".to_owned());
        Ok(self.ask(request).await?["valid"] == true)
    }

    /// Ends a session, as somebody else would.
    pub(crate) async fn end_session(&self, session: &str) -> Result<(), Problem> {
        let request =
            Request::post(format!("{}/json/realms/root/sessions?_action=logout", self.url))
                .header("accept-api-version", "resource=1.2, protocol=1.0")
                .header(header::CONTENT_TYPE, "application/json")
                .header(COOKIE, session)
                .body("{}".to_owned());
        self.ask(request).await.map(drop)
    }

    /// Revokes a token of the app, as somebody else would.
    pub(crate) async fn revoke(&self, token: &str) -> Result<(), Problem> {
        self.ask(self.form("/token/revoke", token)).await.map(drop)
    }

    /// Tells whether the server honors an access or refresh token of the app. A realm knows its own only.
    pub(crate) async fn token_lives(&self, token: &str) -> Result<bool, Problem> {
        for realm in ["", "/realms/root/realms/alpha"] {
            let path = format!("{realm}/introspect");
            if self.ask(self.form(&path, token)).await?["active"] == true {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Counts what of these credentials the server still honors.
    pub(crate) async fn living(&self, secrets: &Secrets) -> Result<usize, Problem> {
        let mut living = 0;
        for session in &secrets.sessions {
            living += usize::from(self.session_lives(session).await?);
        }
        for token in secrets.access_tokens.iter().chain(&secrets.refresh_tokens) {
            living += usize::from(self.token_lives(token).await?);
        }
        Ok(living)
    }

    fn form(&self, path: &str, token: &str) -> http::Result<Request<String>> {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("token", token).append_pair("client_id", "app");
        Request::post(format!("{}/oauth2{path}", self.url))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form.finish())
    }

    async fn ask(&self, request: http::Result<Request<String>>) -> Result<Value, Problem> {
        let mut request = request.doing("could not make a request")?;
        request.extensions_mut().insert(Idempotent);
        let answer = self.http.send(request).await.doing("could not ask the server")?;
        serde_json::from_slice(answer.body()).doing("could not read what the server said")
    }
}
