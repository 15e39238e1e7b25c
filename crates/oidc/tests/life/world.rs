//! A server, a clock, a store and a client, ready for one fact each.

use std::{sync::Arc, time::Duration};

use http::Request;
use journey_core::{Account, AccountWriter, Clock, Realm, Server, Session};
use journey_oidc::{OidcClient, OidcClientBuilder};
use journey_storage::{Key, KeyPrefix, Memory, Storage};
use journey_testkit::{
    clock::ManualClock,
    sim::{Am, AmBuilder},
};
use journey_transport::HttpClient;
use serde_json::{Value, json};
use tower::ServiceExt;

pub(crate) const SERVER: &str = "https://am.example.com/am";
pub(crate) const REDIRECT: &str = "http://localhost:8080/callback";

pub(crate) struct World {
    pub(crate) am: Am,
    pub(crate) clock: ManualClock,
    pub(crate) storage: Arc<dyn Storage>,
    pub(crate) client: OidcClient,
    pub(crate) account: Account,
    pub(crate) writer: AccountWriter,
}

/// What the tests set up alike: the demo server by a clock that stands still.
pub(crate) fn demo() -> AmBuilder {
    // Sessions outlive the access tokens of a test, so that what happens to one is not due to the other.
    Am::demo_builder().lifetimes(|it| {
        it.session_idle = Duration::from_secs(7 * 24 * 3600);
        it.session_max = it.session_idle;
    })
}

pub(crate) fn settings() -> OidcClientBuilder {
    OidcClient::builder("sdkClient").redirect_uri(REDIRECT).recheck(Duration::from_secs(30))
}

impl World {
    /// A user who has signed in to the demo server.
    pub(crate) async fn new() -> Self {
        Self::with(demo(), settings()).await
    }

    pub(crate) async fn with(am: AmBuilder, settings: OidcClientBuilder) -> Self {
        Self::over(am, settings, Arc::new(Memory::new())).await
    }

    pub(crate) async fn over(
        am: AmBuilder,
        settings: OidcClientBuilder,
        storage: Arc<dyn Storage>,
    ) -> Self {
        let clock = ManualClock::default();
        let am = am.clock(clock.as_fn()).build();
        let client = client(&am, &clock, settings, &storage);
        let server = Server::new(SERVER).unwrap();
        let writer = AccountWriter::new(server, "alpha".parse().unwrap(), "default");
        let account = writer.account().clone();
        let world = Self { am, clock, storage, client, account, writer };
        world.sign_in("demo", "Ch4ng31t").await;
        world.am.clear_requests();
        world
    }

    /// Another client over the same server and store, as another process has one.
    pub(crate) fn other_client(&self, settings: OidcClientBuilder) -> OidcClient {
        client(&self.am, &self.clock, settings, &self.storage)
    }

    /// The same account as another process sees it.
    pub(crate) fn other_account(&self) -> AccountWriter {
        let server = Server::new(SERVER).unwrap();
        let writer = AccountWriter::new(server, self.account.realm().clone(), self.account.name());
        writer.set_session(self.account.session());
        writer
    }

    pub(crate) async fn sign_in(&self, user: &str, password: &str) -> Session {
        let session = sign_in(&self.am, self.account.realm(), user, password).await;
        self.writer.set_session(Some(session.clone()));
        session
    }

    pub(crate) fn token_requests(&self) -> usize {
        self.am.count("POST", "/access_token")
    }

    /// Tells whether the store holds tokens of anyone.
    pub(crate) async fn has_stored_tokens(&self) -> bool {
        let keys = self.storage.list(&KeyPrefix::all()).await.unwrap();
        keys.iter().any(|it: &Key| it.as_str().contains("/tokens/"))
    }

    pub(crate) fn nothing_lives(&self) -> bool {
        self.am.live_access_tokens().is_empty() && self.am.live_refresh_tokens().is_empty()
    }
}

pub(crate) fn client(
    am: &Am,
    clock: &ManualClock,
    settings: OidcClientBuilder,
    storage: &Arc<dyn Storage>,
) -> OidcClient {
    client_by(am, clock, clock, settings, storage)
}

/// A client whose clock need not be the server's.
pub(crate) fn client_by(
    am: &Am,
    server_clock: &ManualClock,
    clock: &ManualClock,
    settings: OidcClientBuilder,
    storage: &Arc<dyn Storage>,
) -> OidcClient {
    // Every server in front of AM says what time it is.
    let server_clock = server_clock.clone();
    let add_date = move |mut response: http::Response<_>| {
        let date = httpdate::fmt_http_date(server_clock.now());
        response.headers_mut().insert(http::header::DATE, date.parse().unwrap());
        response
    };
    let service =
        ServiceExt::<Request<journey_transport::Body>>::map_response(am.service(), add_date);
    let http = HttpClient::builder().clock(clock.as_fn()).build_with(service).unwrap();
    let now = clock.as_fn();
    settings.build(http, Arc::clone(storage), Clock::new(move || now())).unwrap()
}

/// Signs in with raw requests, as the facade would.
pub(crate) async fn sign_in(am: &Am, realm: &Realm, user: &str, password: &str) -> Session {
    let url = format!("{SERVER}/json/realms/{}/authenticate", realm.path());
    let mut step = json!({});
    for _ in 0..3 {
        let request = Request::post(&url)
            .header("content-type", "application/json")
            .header("accept-api-version", "resource=2.1, protocol=1.0")
            .body(step.to_string())
            .unwrap();
        let response = am.service().oneshot(request).await.unwrap();
        let body = http_body_util::BodyExt::collect(response.into_body()).await.unwrap();
        step = serde_json::from_slice(&body.to_bytes()).unwrap();
        if let Some(token) = step.get("tokenId").and_then(Value::as_str) {
            return Session::new(token, None, realm.clone());
        }
        for callback in step["callbacks"].as_array_mut().unwrap() {
            let answer = match callback["type"].as_str() {
                Some("NameCallback") => user,
                Some("PasswordCallback") => password,
                _ => continue,
            };
            callback["input"][0]["value"] = answer.into();
        }
    }
    unreachable!("the demo tree has two steps: {step}")
}
