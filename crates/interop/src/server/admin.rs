//! The administrator's side of the server: its REST interface.

use std::{path::Path, sync::Arc, time::Duration};

use http::{Method, Request, Response, StatusCode, header};
use journey_sdk::{HttpClient, transport::Idempotent};
use serde_json::Value;
use tokio::sync::OnceCell;

use crate::{
    problem::{Doing as _, Problem},
    server::{certificates::AUTHORITY, host::HOST},
};

pub(crate) const COOKIE: &str = "iPlanetDirectoryPro";
pub(super) const ADMIN: &str = "amadmin";
pub(super) const ADMIN_PASSWORD: &str = "ampassword";

/// The first-run form takes about half a minute.
const SLOWEST: Duration = Duration::from_secs(300);

type Answer = Response<bytes::Bytes>;

/// Asks the server as its administrator.
#[derive(Debug, Clone)]
pub(crate) struct Admin {
    http: HttpClient,
    base: Arc<str>,
    session: Arc<OnceCell<String>>,
}

impl Admin {
    pub(super) fn new(folder: &Path, port: u16) -> Result<Self, Problem> {
        let authority =
            std::fs::read(folder.join(AUTHORITY)).doing("could not read the authority")?;
        let http = HttpClient::builder()
            .only_ca(authority)
            .attempt_timeout(SLOWEST)
            .deadline(SLOWEST)
            .sensitive_header(COOKIE)
            .build()
            .doing("could not make the administrator's client")?;
        let base = format!("https://{HOST}:{port}/openam").into();
        Ok(Self { http, base, session: Arc::default() })
    }

    /// Tells whether the server answers at all.
    pub(super) async fn is_up(&self) -> bool {
        let request = Request::get(format!("{}/isAlive.jsp", self.base)).body(String::new());
        let Ok(request) = request else { return false };
        match self.http.send(request).await {
            // Before the first run it leads to the form.
            Ok(answer) => answer.status().is_success() || answer.status().is_redirection(),
            Err(_) => false,
        }
    }

    /// Fills a form in, as a browser would.
    pub(super) async fn form(
        &self,
        path: &str,
        fields: &[(&str, &str)],
    ) -> Result<String, Problem> {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = Request::post(format!("{}{path}", self.base))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(body)
            .doing("could not make a request")?;
        let answer = self.http.send(request).await.doing(format!("could not post to {path}"))?;
        Ok(String::from_utf8_lossy(answer.body()).into_owned())
    }

    /// Creates something below a path; that it is there already is fine: the realms share their users.
    pub(crate) async fn create(&self, path: &str, body: &Value) -> Result<(), Problem> {
        let path = format!("{path}?_action=create");
        let answer = self.json(Method::POST, &path, "protocol=1.0,resource=1.0", body).await?;
        must(&path, &answer)
    }

    /// Creates a user, through the API's newer version.
    pub(crate) async fn create_user(&self, path: &str, body: &Value) -> Result<(), Problem> {
        let path = format!("{path}?_action=create");
        let answer = self.json(Method::POST, &path, "protocol=2.1,resource=3.0", body).await?;
        must(&path, &answer)
    }

    /// Writes something whole.
    pub(crate) async fn put(&self, path: &str, body: &Value) -> Result<(), Problem> {
        let answer = self.json(Method::PUT, path, "protocol=2.0,resource=1.0", body).await?;
        must(path, &answer)
    }

    async fn json(
        &self,
        method: Method,
        path: &str,
        version: &str,
        body: &Value,
    ) -> Result<Answer, Problem> {
        let session = self.session.get_or_try_init(|| self.log_in()).await?;
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}/json{path}", self.base))
            .header("Accept-API-Version", version)
            .header(header::CONTENT_TYPE, "application/json")
            .header(COOKIE, session)
            .body(body.to_string())
            .doing("could not make a request")?;
        request.extensions_mut().insert(Idempotent);
        self.http.send(request).await.doing(format!("could not ask for {path}"))
    }

    async fn log_in(&self) -> Result<String, Problem> {
        let request = Request::post(format!("{}/json/realms/root/authenticate", self.base))
            .header("Accept-API-Version", "protocol=1.0,resource=2.0")
            .header(header::CONTENT_TYPE, "application/json")
            .header("X-OpenAM-Username", ADMIN)
            .header("X-OpenAM-Password", ADMIN_PASSWORD)
            .body("{}")
            .doing("could not make a request")?;
        let answer = self.http.send(request).await.doing("the administrator could not sign in")?;
        let body: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
        let session = body["tokenId"].as_str().map(str::to_owned);
        session.ok_or_else(|| Problem::new("the administrator could not sign in"))
    }
}

fn must(path: &str, answer: &Answer) -> Result<(), Problem> {
    let status = answer.status();
    if status.is_success() || status == StatusCode::CONFLICT {
        return Ok(());
    }
    let said = String::from_utf8_lossy(answer.body());
    Err(Problem::new(format!("{path}: {status} {}", said.chars().take(400).collect::<String>())))
}
