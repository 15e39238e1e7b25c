//! What can be wrong with settings and with what a server sends.

use std::{error::Error as StdError, fmt};

/// Says what a server's answer, or a setting, failed at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A setting is missing or cannot work.
    Configuration,
    /// The discovery document can't be read, or names an endpoint that must not be used.
    Discovery,
    /// The discovery document names another issuer than it should.
    Issuer,
    /// The answer to the authorization request is not one this client may act on.
    Authorization,
    /// The state in the answer is not the one that was sent (RFC 6749 section 10.12).
    State,
    /// The issuer in the answer is missing or another one (RFC 9207).
    AuthorizationIssuer,
    /// The token endpoint's answer can't be read.
    TokenAnswer,
    /// The keys of the server can't be read.
    Keys,
    /// The id_token was not accepted.
    IdToken(IdTokenFault),
    /// What userinfo says is about somebody else, or can't be read.
    UserInfo,
    /// The answer to the sign-out request is not what was asked for.
    EndSession,
    /// A signature could not be made, or no random numbers were to be had.
    Cryptography,
}

/// Says which check an id_token failed (OpenID Connect Core sections 3.1.3.7, 3.1.3.8 and 12.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum IdTokenFault {
    /// There is none although `openid` was asked for.
    Missing,
    /// It is no JWS in compact form, is too long, or names a claim twice.
    Malformed,
    /// It is encrypted.
    Encrypted,
    /// Its signature algorithm is none of those allowed.
    Algorithm,
    /// Its header demands an extension that is not known here.
    CriticalHeader,
    /// The server's keys hold none that fits, or several where the token names none.
    Key,
    /// The signature is wrong.
    Signature,
    /// `iss` is another issuer.
    Issuer,
    /// `aud` does not name this client, or names one that is not trusted.
    Audience,
    /// `azp` is missing although there are several audiences, or names another client.
    AuthorizedParty,
    /// `exp` is missing or has passed.
    Expired,
    /// `nbf` has not come yet.
    NotYetValid,
    /// `iat` is missing or lies in the future.
    IssuedAt,
    /// `sub` is missing or empty.
    Subject,
    /// After a refresh `sub` is another user.
    SubjectChanged,
    /// After a refresh `aud` lacks a name that it had before.
    AudienceChanged,
    /// After a refresh `azp` is another one, or stands in one of the two tokens alone.
    AuthorizedPartyChanged,
    /// After a refresh there is a `nonce`, and it is not the first token's.
    NonceChanged,
    /// `nonce` is missing or not the one sent.
    Nonce,
    /// `at_hash` does not fit the access token.
    AccessTokenHash,
    /// `c_hash` does not fit the code.
    CodeHash,
    /// The user signed in longer ago than `max_age` allows, or the token does not tell.
    AuthTime,
    /// `acr` is none of those asked for.
    AuthContext,
}

/// Tells what was wrong; the source of a [`TokenError`](journey_core::TokenError) in most cases.
///
/// ```
/// use journey_oidc::{ErrorKind, OidcClient};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let error = OidcClient::builder("app").check().unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Configuration);
/// assert_eq!(error.to_string(), "a redirect URI is needed: set redirect_uri(..)");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    message: String,
}

impl Error {
    /// Returns what was wrong, for a program to branch on.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Returns a stable code for logs and metrics.
    pub fn code(&self) -> &'static str {
        match self.kind {
            ErrorKind::Configuration => "oidc.configuration",
            ErrorKind::Discovery => "oidc.discovery",
            ErrorKind::Issuer => "oidc.issuer",
            ErrorKind::Authorization => "oidc.authorization",
            ErrorKind::State => "oidc.state",
            ErrorKind::AuthorizationIssuer => "oidc.authorization_issuer",
            ErrorKind::TokenAnswer => "oidc.token_answer",
            ErrorKind::Keys => "oidc.keys",
            ErrorKind::IdToken(_) => "oidc.id_token",
            ErrorKind::UserInfo => "oidc.user_info",
            ErrorKind::EndSession => "oidc.end_session",
            ErrorKind::Cryptography => "oidc.cryptography",
        }
    }

    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    pub(crate) fn configuration(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Configuration, message)
    }

    pub(crate) fn discovery(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Discovery, message)
    }

    pub(crate) fn id_token(fault: IdTokenFault, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::IdToken(fault), message)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for Error {}
