//! The settings of the last login, so that later commands need none. Nothing in it is secret.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::{
    args::LoginArgs,
    exit::{Exit, Failure},
    local::private,
};

/// Where and how somebody signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Profile {
    pub(crate) url: String,
    #[serde(default)]
    pub(crate) realm: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) journey: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) oidc: Option<Oidc>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ca: Option<PathBuf>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) key_file: Option<PathBuf>,
}

/// The OAuth 2.0 client that asks for tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Oidc {
    pub(crate) client_id: String,
    pub(crate) redirect_uri: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) scope: Option<String>,
}

impl Profile {
    /// Reads the settings of the last login; none when there was none.
    pub(crate) fn load(path: &Path) -> Result<Option<Self>, Failure> {
        let text = match fs::read(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unreadable(path, &error)),
        };
        serde_json::from_slice(&text).map(Some).map_err(|error| unreadable(path, &error))
    }

    /// Writes the settings for later commands.
    pub(crate) fn save(&self, path: &Path) -> Result<(), Failure> {
        let written = serde_json::to_vec_pretty(self)
            .map_err(io::Error::from)
            .and_then(|text| private::replace(path, &text));
        written.map_err(|error| {
            Failure::local(format!("could not write the settings to {}", path.display()), &error)
        })
    }

    /// Takes the settings of a login: those given now, and the last ones where it is the same server.
    pub(crate) fn from_args(args: &LoginArgs, last: Option<Self>) -> Result<Self, Failure> {
        let mut profile = match (&args.url, last) {
            (None, None) => {
                let message = "which server? there was no login before";
                return Err(Failure::new(Exit::Usage, "usage.no_url", message)
                    .with_hint("journey login --url https://am.example.com/am --realm alpha"));
            }
            (Some(url), _) => Self::new(url),
            (None, Some(last)) => last,
        };
        if let Some(realm) = &args.realm {
            profile.realm.clone_from(realm);
        }
        if args.journey.is_some() {
            profile.journey.clone_from(&args.journey);
        }
        if let (Some(client_id), Some(redirect_uri)) = (&args.client_id, &args.redirect_uri) {
            profile.oidc = Some(Oidc {
                client_id: client_id.clone(),
                redirect_uri: redirect_uri.clone(),
                scope: args.scope.clone(),
            });
        }
        if let Some(ca) = &args.ca {
            profile.ca = Some(absolute(ca)?);
        }
        if let Some(key) = &args.key_file {
            profile.key_file = Some(absolute(key)?);
        }
        Ok(profile)
    }

    /// Tells whether both mean the same place in the store.
    pub(crate) fn is_same_place(&self, other: &Self) -> bool {
        let client = |it: &Self| it.oidc.as_ref().map(|it| it.client_id.clone());
        let place = |it: &Self| (it.url.trim_end_matches('/').to_owned(), it.realm.clone());
        place(self) == place(other)
            && client(self) == client(other)
            && self.key_file == other.key_file
    }

    /// Tells whether the server is asked in plain HTTP, which only works on this machine.
    pub(crate) fn is_plain_http(&self) -> bool {
        self.url.get(..7).is_some_and(|it| it.eq_ignore_ascii_case("http://"))
    }

    fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            realm: String::new(),
            journey: None,
            oidc: None,
            ca: None,
            key_file: None,
        }
    }
}

/// Later commands may run in another folder.
fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    std::path::absolute(path)
        .map_err(|error| Failure::local(format!("no such place: {}", path.display()), &error))
}

fn unreadable(path: &Path, error: &(dyn std::error::Error + 'static)) -> Failure {
    Failure::local(format!("could not read the settings in {}", path.display()), error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args() -> LoginArgs {
        LoginArgs {
            url: Some("https://am.example.com/am".into()),
            realm: Some("alpha".into()),
            journey: Some("Login".into()),
            client_id: Some("app".into()),
            redirect_uri: Some("app:/callback".into()),
            ..LoginArgs::default()
        }
    }

    #[test]
    fn settings_come_back_as_they_were_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("profile.json");
        let profile = Profile::from_args(&args(), None).unwrap();
        profile.save(&path).unwrap();
        assert_eq!(Profile::load(&path).unwrap(), Some(profile));
    }

    #[test]
    fn a_login_without_options_goes_to_the_last_server() {
        let last = Profile::from_args(&args(), None).unwrap();
        let again = Profile::from_args(&LoginArgs::default(), Some(last.clone())).unwrap();
        assert_eq!(again, last);
    }

    #[test]
    fn another_server_takes_nothing_over() {
        let last = Profile::from_args(&args(), None).unwrap();
        let other =
            LoginArgs { url: Some("https://b.example.com/am".into()), ..Default::default() };
        let profile = Profile::from_args(&other, Some(last.clone())).unwrap();
        assert_eq!(profile.oidc, None);
        assert!(!profile.is_same_place(&last));
    }

    #[test]
    fn without_a_server_the_first_login_says_what_is_missing() {
        let failure = Profile::from_args(&LoginArgs::default(), None).unwrap_err();
        assert_eq!(failure.exit(), Exit::Usage);
    }
}
