//! The SDK, set up as the last login was.

use std::path::PathBuf;

use journey_sdk::{
    HttpClient, Journey, OidcClient, SignOutReport, SignOutStep, User,
    storage::{self, SealingKey},
};

use crate::{
    exit::{Exit, Failure, chain},
    local::{Folders, Oidc, Profile, load_key, load_or_make_key},
};

/// A journey of the profile's server, over the sealed store.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) journey: Journey,
    pub(crate) key_file: PathBuf,
    pub(crate) store: PathBuf,
    storage: storage::File,
}

impl Client {
    /// Opens what the last login left.
    pub(crate) async fn open_last() -> Result<Self, Failure> {
        let folders = Folders::find()?;
        let profile = Profile::load(&folders.profile())?.ok_or_else(Failure::not_signed_in)?;
        let key_file = key_file(&folders, &profile);
        let key = load_key(&key_file)?.ok_or_else(Failure::not_signed_in)?;
        Self::open(&folders, &profile, key_file, key).await
    }

    /// Signs out. What is damaged in the store and keeps the sign-out from its end is set aside: whoever wants to be
    /// signed out must not be kept in by it.
    pub(crate) async fn sign_out(&self) -> SignOutReport {
        let report = self.journey.logout().await;
        let failed_here = report
            .steps()
            .iter()
            .any(|(step, result)| *step == SignOutStep::Local && !result.is_ok());
        if !failed_here || !self.storage.set_aside_damaged().await.is_ok_and(|it| it > 0) {
            return report;
        }
        let mut again = report.retried().await;
        // Nobody can tell what the damaged entries held.
        again.note_remainder();
        again
    }

    /// Opens the store for a login; makes key and store where they are missing.
    pub(crate) async fn open_new(folders: &Folders, profile: &Profile) -> Result<Self, Failure> {
        let key_file = key_file(folders, profile);
        let key = load_or_make_key(&key_file)?;
        Self::open(folders, profile, key_file, key).await
    }

    /// Does something for the user of the last login.
    ///
    /// Ctrl-C ends the command, but not an answer on its way that may carry new tokens.
    pub(crate) async fn with_user<T>(
        work: impl AsyncFnOnce(User) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        Self::with_last(async |client| {
            work(client.journey.user().await?.ok_or_else(Failure::not_signed_in)?).await
        })
        .await
    }

    /// Does something with what the last login left, whether it can be used still or not.
    pub(crate) async fn with_last<T>(
        work: impl AsyncFnOnce(&Self) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let client = Self::open_last().await?;
        let result = tokio::select! {
            result = work(&client) => result,
            _ = tokio::signal::ctrl_c() => Err(Failure::interrupted()),
        };
        client.journey.drain().await;
        result
    }

    async fn open(
        folders: &Folders,
        profile: &Profile,
        key_file: PathBuf,
        key: SealingKey,
    ) -> Result<Self, Failure> {
        let store = folders.store();
        let storage =
            storage::File::open(&store, key).await.map_err(|error| store_failed(&error))?;
        let mut builder = Journey::builder(&profile.url)
            .realm(&profile.realm)
            .http(http(profile)?)
            .storage(storage.clone());
        if let Some(oidc) = &profile.oidc {
            builder = builder.oidc(oidc_client(oidc));
        }
        Ok(Self { journey: builder.build()?, key_file, store, storage })
    }
}

fn key_file(folders: &Folders, profile: &Profile) -> PathBuf {
    profile.key_file.clone().unwrap_or_else(|| folders.key())
}

fn oidc_client(oidc: &Oidc) -> journey_sdk::OidcClientBuilder {
    let client = OidcClient::builder(&oidc.client_id).redirect_uri(&oidc.redirect_uri);
    match &oidc.scope {
        Some(scope) => client.scopes(scope.split_whitespace()),
        None => client,
    }
}

fn http(profile: &Profile) -> Result<HttpClient, Failure> {
    let mut builder = HttpClient::builder()
        .user_agent(concat!("journey-cli/", env!("CARGO_PKG_VERSION")))
        .proxy_from_environment();
    if profile.is_plain_http() {
        builder = builder.allow_http_to_loopback();
    }
    if let Some(path) = &profile.ca {
        let pem = std::fs::read(path).map_err(|error| {
            Failure::local(format!("could not read the authorities in {}", path.display()), &error)
        })?;
        builder = builder.add_ca(pem);
    }
    builder.build().map_err(|error| Failure::new(Exit::Usage, error.code(), chain(&error)))
}

fn store_failed(error: &storage::Error) -> Failure {
    let failure = Failure::new(Exit::Local, error.code(), chain(error));
    match error.kind() {
        storage::ErrorKind::WrongKey => {
            failure.with_hint("the --key-file of the first login, or remove the store and sign in")
        }
        _ => failure,
    }
}
