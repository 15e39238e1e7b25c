//! What stays the same when tokens are refreshed (OpenID Connect Core section 12.2).

use crate::{
    error::{Error, IdTokenFault},
    id_token::{audience::names, named::Named},
    jose::Member,
    text,
};

/// What a refreshed id_token is held against.
#[derive(Clone, Copy)]
pub(crate) struct Before<'a> {
    /// The claims of the token before.
    pub(crate) claims: &'a Named<'a>,
    /// The nonce of the first token: those between need not have it (OpenAM's have none).
    pub(crate) nonce: Option<&'a str>,
}

/// Checks that a token, which is good by itself, continues those before it.
pub(super) fn check(claims: &Named<'_>, before: &Before<'_>) -> Result<(), Error> {
    let first = before.claims;
    let changed = |fault, message| Err(Error::id_token(fault, message));
    if first.sub.as_ref().and_then(Member::as_str) != claims.sub.as_ref().and_then(Member::as_str) {
        let message = "the refreshed id_token is about another user";
        return changed(IdTokenFault::SubjectChanged, message);
    }
    let audience = names(claims.aud.as_ref());
    if !names(first.aud.as_ref()).all(|it| audience.clone().any(|name| name == it)) {
        let message = "the refreshed id_token is no longer for all that it was for";
        return changed(IdTokenFault::AudienceChanged, message);
    }
    // One that comes or goes is a change too.
    if first.azp != claims.azp {
        let message = "the refreshed id_token has another azp than before";
        return changed(IdTokenFault::AuthorizedPartyChanged, message);
    }
    let same = |it: &Member<'_>| {
        let (nonce, first) = (it.as_str().unwrap_or_default(), before.nonce.unwrap_or_default());
        !first.is_empty() && text::same_secret(nonce, first)
    };
    if !claims.nonce.as_ref().is_none_or(same) {
        let message = "the refreshed id_token has another nonce than the first one";
        return changed(IdTokenFault::NonceChanged, message);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::{error::ErrorKind, jose::Members};

    fn good() -> Value {
        json!({"sub": "bjensen", "aud": ["app", "api"], "azp": "app", "nonce": "n"})
    }

    /// Says what is wrong with a refreshed token when both were changed, and the first nonce is `n`.
    fn fault(
        first: impl FnOnce(&mut Value),
        then: impl FnOnce(&mut Value),
    ) -> Option<IdTokenFault> {
        fault_after(Some("n"), first, then)
    }

    fn fault_after(
        nonce: Option<&str>,
        first: impl FnOnce(&mut Value),
        then: impl FnOnce(&mut Value),
    ) -> Option<IdTokenFault> {
        let (mut before, mut now) = (good(), good());
        first(&mut before);
        then(&mut now);
        let (before, now) = (before.to_string(), now.to_string());
        let (before, now) = (Named::read(before.as_bytes())?, Named::read(now.as_bytes())?);
        match check(&now, &Before { claims: &before, nonce }).err()?.kind() {
            ErrorKind::IdToken(fault) => Some(fault),
            other => unreachable!("{other:?}"),
        }
    }

    fn same(_: &mut Value) {}

    fn without(name: &'static str) -> impl FnOnce(&mut Value) {
        move |it| drop(it.as_object_mut().unwrap().remove(name))
    }

    fn with(name: &'static str, value: Value) -> impl FnOnce(&mut Value) {
        move |it| it[name] = value
    }

    #[test]
    fn a_token_that_changes_none_of_it_is_accepted() {
        assert_eq!(fault(same, same), None);
        assert_eq!(fault(same, with("auth:time", json!(1))), None);
        assert_eq!(fault(without("azp"), without("azp")), None);
    }

    #[test]
    fn it_is_about_the_same_user() {
        let changed = Some(IdTokenFault::SubjectChanged);
        assert_eq!(fault(same, with("sub", json!("scarter"))), changed);
        assert_eq!(fault(without("sub"), same), changed);
    }

    #[test]
    fn it_is_for_all_that_the_one_before_was_for() {
        let changed = Some(IdTokenFault::AudienceChanged);
        assert_eq!(fault(same, with("aud", json!(["api", "app"]))), None);
        assert_eq!(fault(same, with("aud", json!(["app", "api", "more"]))), None);
        assert_eq!(fault(with("aud", json!("app")), with("aud", json!(["app"]))), None);
        assert_eq!(fault(with("aud", json!("app")), same), None);
        assert_eq!(fault(same, with("aud", json!(["app"]))), changed);
        assert_eq!(fault(same, with("aud", json!("app"))), changed);
        assert_eq!(fault(same, with("aud", json!(["app", "other"]))), changed);
    }

    #[test]
    fn its_authorized_party_neither_changes_nor_comes_nor_goes() {
        let changed = Some(IdTokenFault::AuthorizedPartyChanged);
        assert_eq!(fault(with("azp", json!("other")), same), changed);
        assert_eq!(fault(without("azp"), same), changed);
        assert_eq!(fault(same, without("azp")), changed);
    }

    #[test]
    fn a_nonce_may_be_left_out_and_is_else_the_first_one() {
        let changed = Some(IdTokenFault::NonceChanged);
        assert_eq!(fault(same, without("nonce")), None);
        assert_eq!(fault(without("nonce"), same), None, "the one between had none");
        for other in [json!("m"), json!(""), json!(null), json!(7), json!(["n"])] {
            assert_eq!(fault(same, with("nonce", other.clone())), changed, "{other}");
        }
        for (first, now) in [(None, "n"), (None, ""), (Some(""), "")] {
            let now = with("nonce", json!(now));
            assert_eq!(fault_after(first, same, now), changed, "the first had none");
        }
    }
}
