//! What a broken or hostile OpenID provider would do.

use serde_json::Value;

/// Ways in which the OpenID provider can be wrong, each until it is told to behave.
///
/// ```
/// use journey_testkit::sim::{Am, Misbehavior};
///
/// let am = Am::demo();
/// am.misbehave(Misbehavior::IdTokenWrongIssuer);
/// am.behave();
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Misbehavior {
    /// `iss` in the `id_token` is another server.
    IdTokenWrongIssuer,
    /// `aud` in the `id_token` is another client.
    IdTokenWrongAudience,
    /// `nonce` in the `id_token` is not the one that was sent.
    IdTokenWrongNonce,
    /// `sub` in the `id_token` is another user.
    IdTokenOtherSub,
    /// The `id_token` has been expired for a day.
    IdTokenExpired,
    /// The `id_token` says `"alg": "none"` and has no signature.
    IdTokenAlgNone,
    /// The signature of the `id_token` fits other content.
    IdTokenBadSignature,
    /// The `id_token` is signed with HMAC, keyed by the public RSA key.
    IdTokenAlgConfusion,
    /// The `id_token` names no key.
    IdTokenWithoutKid,
    /// The `id_token` names a key that the JWKS lacks.
    IdTokenUnknownKid,
    /// The token response has no `id_token`.
    IdTokenMissing,
    /// A claim of the `id_token` is set to a value, or left out when there is none.
    IdTokenClaim(&'static str, Option<Value>),
    /// A member of the token response is set to a value, or left out when there is none
    /// (`expires_in` as a text or negative, no `token_type` …).
    TokenResponse(&'static str, Option<Value>),
    /// A refresh gives no new refresh token; the one that was sent stays valid.
    RefreshWithoutRefreshToken,
    /// Userinfo speaks of another user.
    UserInfoOtherSub,
    /// A member of the discovery document is set to a value, or left out when there is none.
    Discovery(&'static str, Option<Value>),
    /// The redirect back carries another `state`.
    RedirectWrongState,
    /// The redirect back carries the `iss` of another server.
    RedirectWrongIssuer,
    /// The redirect back goes to another place.
    RedirectElsewhere,
}
