//! Where the two libraries disagree, and why that is as it should be.

/// A reason to judge otherwise than openidconnect does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Difference {
    /// `azp` names another client, or is missing beside several audiences: OpenID Connect Core section
    /// 3.1.3.7 wants both checked, openidconnect checks neither.
    AuthorizedParty,
    /// `iat` lies in the future: openidconnect leaves the check to its caller, and accepts by default.
    IssuedAt,
    /// `nbf` has not come: RFC 7519 section 4.1.5 forbids to accept the token, openidconnect does not
    /// read the claim.
    NotBefore,
    /// `at_hash` or `c_hash` is there and wrong: openidconnect leaves the comparison to its caller.
    Hashes,
    /// `sub` is empty: two such users could not be told apart.
    Subject,
    /// A name stands twice where openidconnect does not look: two readers may see two values
    /// (RFC 8725 section 2.4).
    RepeatedNames,
    /// `crit` is null: RFC 7515 section 4.1.11 wants a list, and a header that demands what can't be
    /// read is refused.
    CriticalHeader,
    /// The key's `key_ops` do not hold `verify` (RFC 7517 section 4.3); openidconnect does not read them.
    KeyOperations,
    /// The last character of the signature has bits that mean nothing: the same token could be written
    /// in several ways (RFC 4648 section 3.5).
    StrayBits,
    /// ES512, which AM offers and openidconnect does not know.
    Es512,
    /// Two keys on different curves and no `kid`: only one of them can have made the signature, but
    /// openidconnect counts both.
    CurveNamesKey,
    /// A coordinate that begins with zero was written without it, as some servers do against RFC 7518
    /// section 6.2.1.2. The key is the same.
    ShortCoordinate,
    /// A coordinate was written with base64 padding, as some servers do. The key is the same.
    PaddedKey,
    /// `typ` or `cty` names something else than a JWT: OpenID Connect Core demands nothing of them, and
    /// what keeps other tokens out are `aud` and `nonce`.
    Kind,
    /// A claim that nobody asked about has a type that the standard does not give it: no reason to keep
    /// a user out.
    UnreadClaims,
    /// A time beyond the calendar of openidconnect, or before it. It is a number all the same.
    Calendar,
    /// An endpoint without TLS would be sent secrets in the clear (RFC 9700 section 2.6).
    NoTls,
    /// The authorization endpoint is on another origin than the server: the session must not go there.
    AnotherOrigin,
    /// An endpoint with a user in it: a trick to show one host and mean another.
    UserInEndpoint,
    /// An endpoint with a fragment, which RFC 6749 sections 3.1 and 3.2 forbid.
    Fragment,
    /// Something stands behind the document's object, so it is no JSON text (RFC 8259 section 2).
    SomethingBehind,
    /// No token endpoint: a document for the implicit flow only, which is not used here.
    NoTokenEndpoint,
    /// A member that is not used here is missing or odd: no reason to keep a user out.
    UnusedMembers,
}

/// One of the two libraries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// journey-oidc.
    Ours,
    /// openidconnect.
    Theirs,
}

impl Difference {
    /// Returns the one that refuses while the other accepts.
    pub fn refused_by(self) -> Side {
        match self {
            Self::Es512
            | Self::CurveNamesKey
            | Self::ShortCoordinate
            | Self::PaddedKey
            | Self::Kind
            | Self::UnreadClaims
            | Self::Calendar
            | Self::UnusedMembers => Side::Theirs,
            _ => Side::Ours,
        }
    }
}
