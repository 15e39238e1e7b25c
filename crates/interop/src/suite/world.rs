//! What scenarios share: the server, and how to get a user and a client there.

use std::{
    hash::{BuildHasher as _, Hasher as _, RandomState},
    sync::atomic::{AtomicU64, Ordering},
};

use journey_sdk::{
    Answers, BoxError, HttpClient, Journey, JourneyBuilder, OidcClient, OidcClientBuilder, User,
    transport::HttpClientBuilder,
};
use serde_json::json;

use crate::{
    problem::{Doing as _, Problem},
    server::{AUTHORITY, Admin, OpenAm, REDIRECT_URI},
    suite::{server_view::ServerView, wire::Wire},
};

const PASSWORD: &str = "Passw0rd3";

/// A server to be tried, and all that belongs to it.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) url: String,
    pub(crate) authority: Vec<u8>,
    pub(crate) admin: Admin,
    pub(crate) view: ServerView,
    names: AtomicU64,
    run: u64,
}

/// A user of the server's, made for one scenario.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) name: String,
    pub(crate) password: &'static str,
}

impl Person {
    /// Returns the answers to a page that asks for name and password.
    pub(crate) fn answers(&self) -> Answers {
        Answers::new().name(self.name.as_str()).password(self.password)
    }
}

/// A person who has signed in, with the client that did it.
#[derive(Debug)]
pub(crate) struct SignedIn {
    pub(crate) person: Person,
    pub(crate) journey: Journey,
    pub(crate) user: User,
    pub(crate) wire: Wire,
}

impl World {
    pub(crate) fn new(server: &OpenAm) -> Result<Self, Problem> {
        let authority =
            std::fs::read(server.file(AUTHORITY)).doing("could not read the authority")?;
        let url = server.url();
        Ok(Self {
            view: ServerView::new(&url, &authority)?,
            url,
            authority,
            admin: server.admin().clone(),
            names: AtomicU64::new(0),
            // A server may be used by several runs, so names must differ between them.
            run: RandomState::new().build_hasher().finish() % 1_000_000,
        })
    }

    /// Returns a name that nothing on the server has.
    pub(crate) fn fresh_name(&self, what: &str) -> String {
        format!("{what}{}x{}", self.run, self.names.fetch_add(1, Ordering::Relaxed))
    }

    /// Makes a user. Both realms share the store, so it is a user of either.
    pub(crate) async fn person(&self) -> Result<Person, Problem> {
        self.person_with(PASSWORD).await
    }

    /// Makes a user with a password.
    pub(crate) async fn person_with(&self, password: &'static str) -> Result<Person, Problem> {
        let person = Person { name: self.fresh_name("u"), password };
        let body = json!({
            "username": person.name,
            "userpassword": person.password,
            "mail": format!("{}@example.org", person.name),
            "givenName": "Given",
            "sn": "Family",
            "cn": format!("Given {}", person.name),
        });
        self.admin.create_user("/realms/root/users", &body).await?;
        Ok(person)
    }

    /// Starts a client that trusts the server, and whose words are written down.
    pub(crate) fn http(&self, wire: &Wire) -> HttpClientBuilder {
        HttpClient::builder().only_ca(self.authority.clone()).layer(wire.clone())
    }

    /// Starts a journey's settings, for a realm and a new client.
    pub(crate) fn journey(&self, realm: &str, wire: &Wire) -> Result<JourneyBuilder, BoxError> {
        let http = self.http(wire).build()?;
        Ok(Journey::builder(self.url.as_str()).realm(realm).http(http))
    }

    /// Makes a person and signs in, without tokens.
    pub(crate) async fn signed_in(&self, realm: &str) -> Result<SignedIn, BoxError> {
        let wire = Wire::new();
        let journey = self.journey(realm, &wire)?.build()?;
        self.sign_in(journey, wire).await
    }

    /// Makes a person and signs in, ready for tokens of the app.
    pub(crate) async fn signed_in_with_app(&self, realm: &str) -> Result<SignedIn, BoxError> {
        self.signed_in_with(realm, app()).await
    }

    /// Makes a person and signs in, ready for tokens of a client.
    pub(crate) async fn signed_in_with(
        &self,
        realm: &str,
        client: OidcClientBuilder,
    ) -> Result<SignedIn, BoxError> {
        let wire = Wire::new();
        let journey = self.journey(realm, &wire)?.oidc(client).build()?;
        self.sign_in(journey, wire).await
    }

    /// Makes a person and signs in with a journey.
    pub(crate) async fn sign_in(&self, journey: Journey, wire: Wire) -> Result<SignedIn, BoxError> {
        let person = self.person().await?;
        let user = journey.start("password").run(person.answers()).await?.user()?;
        Ok(SignedIn { person, journey, user, wire })
    }
}

/// Starts the settings of the app that every realm knows.
pub(crate) fn app() -> OidcClientBuilder {
    client("app")
}

/// Starts the settings of a client by its name.
pub(crate) fn client(name: &str) -> OidcClientBuilder {
    OidcClient::builder(name).redirect_uri(REDIRECT_URI)
}
