//! What tests may know about the server: its log, and what is alive in it.

use http::StatusCode;
use http::header::AUTHORIZATION;

use crate::sim::call::{Call, find};
use crate::sim::realm::normalized;
use crate::sim::{Am, CredentialKind, Seen, totp};

impl Am {
    /// Returns the requests so far, oldest first.
    pub fn requests(&self) -> Vec<Seen> {
        self.state().log.clone()
    }

    /// Forgets the requests so far.
    pub fn clear_requests(&self) {
        self.state().log.clear();
    }

    /// Counts the requests with this method whose path ends like this.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// use journey_testkit::sim::Am;
    /// use tower::ServiceExt;
    ///
    /// let am = Am::demo();
    /// let request = http::Request::get("/am/json/serverinfo/*").body(String::new())?;
    /// am.service().oneshot(request).await?;
    /// assert_eq!(am.count("GET", "/serverinfo/*"), 1);
    /// assert_eq!(am.requests()[0].status(), Some(200));
    /// # Ok::<_, Box<dyn std::error::Error>>(()) }).unwrap();
    /// ```
    pub fn count(&self, method: &str, path_end: &str) -> usize {
        let fits = |seen: &&Seen| seen.method == method && seen.path.ends_with(path_end);
        self.state().log.iter().filter(fits).count()
    }

    /// Counts the REST requests with this `_action`.
    pub fn count_action(&self, action: &str) -> usize {
        self.state().log.iter().filter(|seen| seen.action() == Some(action)).count()
    }

    /// Counts the token requests of this `grant_type`.
    pub fn count_grant(&self, grant_type: &str) -> usize {
        self.state().log.iter().filter(|seen| seen.grant_type() == Some(grant_type)).count()
    }

    /// Panics if a REST request named no version of the API.
    ///
    /// AM answers such a request with its own default, which changes from version to version.
    ///
    /// # Panics
    /// When there is such a request; the message names it.
    pub fn assert_every_request_named_its_version(&self) {
        let below_json = format!("{}/json/", self.base_path());
        let nameless: Vec<String> = self
            .state()
            .log
            .iter()
            .filter(|seen| seen.path.starts_with(&below_json) && seen.api_version.is_none())
            .map(|seen| format!("{} {}", seen.method, seen.path))
            .collect();
        assert!(nameless.is_empty(), "no Accept-API-Version in {nameless:?}");
    }

    /// Tells whether the server honors this session, access token or refresh token.
    ///
    /// ```
    /// use journey_testkit::sim::Am;
    ///
    /// assert!(!Am::demo().is_alive("AQIC5-of-nobody"));
    /// ```
    pub fn is_alive(&self, secret: &str) -> bool {
        let now = self.now();
        let state = self.state();
        state.sessions.get(secret).is_some_and(|session| session.is_alive(now))
            || state.grants.is_alive(secret, now)
    }

    /// Returns the tokens of the sessions that are alive.
    pub fn live_sessions(&self) -> Vec<String> {
        let now = self.now();
        let state = self.state();
        let live = state.sessions.iter().filter(|(_, session)| session.is_alive(now));
        live.map(|(token, _)| token.clone()).collect()
    }

    /// Returns the access tokens that are alive.
    pub fn live_access_tokens(&self) -> Vec<String> {
        self.state().grants.live_access_tokens(self.now())
    }

    /// Returns the refresh tokens that are alive.
    pub fn live_refresh_tokens(&self) -> Vec<String> {
        self.state().grants.live_refresh_tokens(self.now())
    }

    /// Returns how many sessions have been opened.
    pub fn sessions_issued(&self) -> usize {
        self.state().issued_sessions
    }

    /// Returns every access and refresh token that was ever issued, oldest first.
    pub fn tokens_issued(&self) -> Vec<String> {
        self.state().grants.issued()
    }

    /// Returns every secret that the server gave out or received so far, each with a name: sessions,
    /// `authId`s, codes, tokens, passwords, PKCE verifiers.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// use journey_testkit::leaks::Leaks;
    /// use journey_testkit::sim::Am;
    /// use tower::ServiceExt;
    ///
    /// let am = Am::demo();
    /// let path = "/am/json/realms/root/realms/alpha/authenticate";
    /// let answer = am.service().oneshot(http::Request::post(path).body(String::new())?).await?;
    /// let mut leaks = Leaks::new();
    /// leaks.secrets(am.secrets());
    /// leaks.saw("the answer's headers", answer.headers());
    /// leaks.assert_none();
    /// # Ok::<_, Box<dyn std::error::Error>>(()) }).unwrap();
    /// ```
    pub fn secrets(&self) -> Vec<(String, String)> {
        let state = self.state();
        state.secrets.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
    }

    /// Enrolls an authenticator app for a user and returns its secret, for
    /// [`totp_code`](crate::sim::totp_code).
    ///
    /// ```
    /// use std::time::SystemTime;
    /// use journey_testkit::sim::{Am, totp_code};
    ///
    /// let secret = Am::demo().enroll_device("alpha", "demo");
    /// assert_eq!(totp_code(&secret, SystemTime::now()).map(|code| code.len()), Some(6));
    /// ```
    pub fn enroll_device(&self, realm: &str, username: &str) -> String {
        let secret = totp::new_secret();
        let user = (normalized(realm), username.to_owned());
        self.state().devices.insert(user, secret.clone());
        secret
    }

    /// Ends a session, as an administrator would.
    pub fn kill_session(&self, token: &str) {
        self.state().sessions.remove(token);
    }

    /// Ends all sessions.
    pub fn kill_all_sessions(&self) {
        self.state().sessions.clear();
    }

    /// Invalidates a token, as an administrator would.
    pub fn kill_token(&self, token: &str) {
        self.state().grants.kill(token);
    }

    /// Writes a request down and returns its place in the log.
    pub(crate) fn note(&self, call: &Call) -> usize {
        let form = if call.content_type() == "application/x-www-form-urlencoded" {
            call.form()
        } else {
            Vec::new()
        };
        let (kind, credential) = self.credential_of(call);
        let mut state = self.state();
        for name in ["code_verifier", "client_secret", "client_assertion"] {
            state.remember(name, find(&form, name).unwrap_or_default());
        }
        let number = state.log.last().map_or(0, |seen| seen.number + 1);
        state.log.push(Seen {
            number,
            method: call.method.to_string(),
            path: call.path.clone(),
            query_names: call.query.iter().map(|(name, _)| name.clone()).collect(),
            form_names: form.iter().map(|(name, _)| name.clone()).collect(),
            grant_type: find(&form, "grant_type").map(str::to_owned),
            action: call.query("_action").map(str::to_owned),
            api_version: call.header("accept-api-version").map(str::to_owned),
            status: None,
            kind,
            credential: credential.map(|it| Seen::secret(&it)),
            header_names: call.headers.keys().map(|name| name.as_str().to_owned()).collect(),
            cookie_names: call.cookies().map(|(name, _)| name.to_owned()).collect(),
        });
        number
    }

    pub(crate) fn note_status(&self, number: usize, status: StatusCode) {
        let mut state = self.state();
        if let Some(seen) = state.log.iter_mut().find(|seen| seen.number == number) {
            seen.status = Some(status.as_u16());
        }
    }

    fn credential_of(&self, call: &Call) -> (CredentialKind, Option<String>) {
        if let Some(session) = call.cookie(self.cookie_name()) {
            return (CredentialKind::SessionCookie, Some(session.to_owned()));
        }
        if let Some(session) = call.header(self.cookie_name()) {
            return (CredentialKind::SessionHeader, Some(session.to_owned()));
        }
        if let Some(token) = call.bearer() {
            return (CredentialKind::Bearer, Some(token.to_owned()));
        }
        match call.headers.contains_key(AUTHORIZATION) {
            true => (CredentialKind::ClientSecret, None),
            false => (CredentialKind::None, None),
        }
    }
}
