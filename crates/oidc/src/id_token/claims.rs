//! The checks themselves, each with its own fault.

use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use secrecy::ExposeSecret;
use serde_json::Value;

use crate::{
    error::{Error, IdTokenFault},
    id_token::{
        Expected,
        audience::names,
        named::Named,
        refreshed,
        time::{auth_time, difference, numeric_date, seconds},
    },
    jose::{Algorithm, Member},
    text,
};

/// Checks claims whose signature is right.
pub(crate) fn check(
    claims: &Named<'_>,
    algorithm: Algorithm,
    expected: &Expected<'_>,
) -> Result<(), Error> {
    issuer(claims, expected)?;
    audience(claims, expected)?;
    subject(claims)?;
    times(claims, expected)?;
    nonce(claims, expected)?;
    let fault = IdTokenFault::AccessTokenHash;
    hash("at_hash", claims.at_hash.as_ref(), expected.access_token, algorithm, fault)?;
    hash("c_hash", claims.c_hash.as_ref(), expected.code, algorithm, IdTokenFault::CodeHash)?;
    authentication(claims, expected)?;
    match &expected.before {
        Some(before) => refreshed::check(claims, before),
        None => Ok(()),
    }
}

/// Every id_token has a `sub`.
fn subject(claims: &Named<'_>) -> Result<(), Error> {
    match claims.sub.as_ref().and_then(Member::as_str) {
        Some(subject) if !subject.is_empty() => Ok(()),
        _ => Err(Error::id_token(IdTokenFault::Subject, "the id_token names no user")),
    }
}

fn issuer(claims: &Named<'_>, expected: &Expected<'_>) -> Result<(), Error> {
    match claims.iss.as_ref().and_then(Member::as_str) {
        Some(issuer) if issuer == expected.issuer => Ok(()),
        issuer => {
            // It shows in most cases that a setting is wrong. A server may call itself what it likes,
            // so it is cut, and not shown when it quotes what only the server and we should know.
            let before = expected.before.and_then(|it| it.nonce);
            let secrets = [expected.access_token, expected.code, expected.nonce, before];
            let others = expected.secrets.iter().map(|it| it.expose_secret());
            let theirs = issuer.unwrap_or_default();
            let shown =
                text::cut_unless_quoting(theirs, secrets.into_iter().flatten().chain(others));
            let (shown, ours) = (shown.unwrap_or_default(), expected.issuer);
            let message = format!("the id_token is from issuer {shown:?}, not from {ours:?}");
            Err(Error::id_token(IdTokenFault::Issuer, message))
        }
    }
}

fn audience(claims: &Named<'_>, expected: &Expected<'_>) -> Result<(), Error> {
    let wrong = |message: &str| Error::id_token(IdTokenFault::Audience, message);
    let audience = match claims.aud.as_ref() {
        one @ Some(Member::Text(_) | Member::Other(Value::Array(_))) => names(one),
        _ => return Err(wrong("the id_token names no audience")),
    };
    if !audience.clone().all(|it| it.is_some()) {
        return Err(wrong("the id_token's audience is not made of names"));
    }
    if !audience.clone().flatten().any(|it| it == expected.client_id) {
        return Err(wrong("the id_token is for another client"));
    }
    let trusted =
        |it| it == expected.client_id || expected.trusted_audiences.iter().any(|name| it == name);
    if !audience.clone().flatten().all(trusted) {
        return Err(wrong("the id_token is also for an audience that is not trusted"));
    }
    let party = |message| Err(Error::id_token(IdTokenFault::AuthorizedParty, message));
    match claims.azp.as_ref() {
        None if audience.count() > 1 => party("the id_token has several audiences and no azp"),
        Some(azp) if azp.as_str() != Some(expected.client_id) => {
            party("the id_token was issued to another client")
        }
        _ => Ok(()),
    }
}

fn times(claims: &Named<'_>, expected: &Expected<'_>) -> Result<(), Error> {
    let (now, skew) = (seconds(expected.now), expected.skew.as_secs_f64());
    let wrong = |fault, what: &str| {
        let clocks = difference(expected.now, expected.server_time);
        let skew = expected.skew.as_secs();
        Error::id_token(fault, format!("{what} (a difference of {skew} s is allowed){clocks}"))
    };
    match claims.exp.as_ref().and_then(numeric_date) {
        Some(end) if now < end + skew => {}
        Some(_) => return Err(wrong(IdTokenFault::Expired, "the id_token has expired")),
        None => return Err(wrong(IdTokenFault::Expired, "the id_token has no end")),
    }
    match claims.iat.as_ref().and_then(numeric_date) {
        Some(issued) if issued <= now + skew => {}
        Some(_) => {
            return Err(wrong(IdTokenFault::IssuedAt, "the id_token was issued in the future"));
        }
        None => {
            return Err(wrong(
                IdTokenFault::IssuedAt,
                "the id_token does not say when it was issued",
            ));
        }
    }
    match claims.nbf.as_ref().map(numeric_date) {
        None => Ok(()),
        Some(Some(begin)) if begin <= now + skew => Ok(()),
        Some(_) => Err(wrong(IdTokenFault::NotYetValid, "the id_token is not valid yet")),
    }
}

fn nonce(claims: &Named<'_>, expected: &Expected<'_>) -> Result<(), Error> {
    let Some(sent) = expected.nonce else { return Ok(()) };
    let nonce = claims.nonce.as_ref().and_then(Member::as_str).unwrap_or_default();
    if text::same_secret(nonce, sent) {
        return Ok(());
    }
    let message = "the id_token's nonce is not the one that was sent";
    Err(Error::id_token(IdTokenFault::Nonce, message))
}

/// The left half of a hash ties the token to what came with it.
fn hash(
    name: &str,
    claim: Option<&Member<'_>>,
    of: Option<&str>,
    algorithm: Algorithm,
    fault: IdTokenFault,
) -> Result<(), Error> {
    let (Some(of), Some(claim)) = (of, claim) else { return Ok(()) };
    let whole = digest::digest(algorithm.hash(), of.as_bytes());
    let half = &whole.as_ref()[..whole.as_ref().len() / 2];
    // Half of SHA-512 makes 43 characters.
    let mut text = [0; 43];
    let length = URL_SAFE_NO_PAD.encode_slice(half, &mut text);
    if length.is_ok_and(|it| claim.as_str().map(str::as_bytes) == text.get(..it)) {
        return Ok(());
    }
    Err(Error::id_token(fault, format!("the id_token's {name} does not fit what came with it")))
}

fn authentication(claims: &Named<'_>, expected: &Expected<'_>) -> Result<(), Error> {
    // After a refresh the user has not signed in again, and AM writes the time in another unit.
    if let (Some(age), None) = (expected.max_age, expected.before) {
        let limit = seconds(expected.now) - age.as_secs_f64() - expected.skew.as_secs_f64();
        match auth_time(claims.auth_time.as_ref(), claims.am_auth_time.as_ref()) {
            Some(time) if time >= limit => {}
            _ => {
                let clocks = difference(expected.now, expected.server_time);
                let message = format!("the user signed in longer ago than max_age allows{clocks}");
                return Err(Error::id_token(IdTokenFault::AuthTime, message));
            }
        }
    }
    // acr_values is a wish that a server may leave unanswered (section 5.5.1.1), but it must not
    // answer with something else.
    let acr = claims.acr.as_ref().and_then(Member::as_str);
    match acr {
        Some(acr)
            if !expected.acr_values.is_empty()
                && !expected.acr_values.iter().any(|it| it == acr) =>
        {
            let message = "the user signed in with another authentication context than asked for";
            Err(Error::id_token(IdTokenFault::AuthContext, message))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use serde_json::json;

    use super::*;
    use crate::{error::ErrorKind, jose::Members};

    const NOW: u64 = 1_800_000_000;

    fn good() -> Value {
        json!({
            "iss": "https://am/oauth2", "aud": "app", "azp": "app", "sub": "bjensen",
            "exp": NOW + 3600, "iat": NOW, "nonce": "n", "auth:time": NOW - 5,
            "at_hash": "HK6E_P6Dh8Y93mRNtsDB1Q", "c_hash": "LDktKdoQak3Pk0cnXxCltA"
        })
    }

    fn expected() -> Expected<'static> {
        Expected {
            issuer: "https://am/oauth2",
            client_id: "app",
            trusted_audiences: &[],
            // The access token and the code of OpenID Connect Core appendix A.4 and A.6.
            access_token: None,
            code: None,
            nonce: Some("n"),
            max_age: None,
            acr_values: &[],
            now: UNIX_EPOCH + Duration::from_secs(NOW),
            skew: Duration::from_secs(60),
            server_time: None,
            secrets: &[],
            before: None,
        }
    }

    fn run(claims: &Value, expected: &Expected<'_>) -> Result<(), Error> {
        run_with(claims, Algorithm::Rs256, expected)
    }

    fn run_with(
        claims: &Value,
        algorithm: Algorithm,
        expected: &Expected<'_>,
    ) -> Result<(), Error> {
        check(&Named::read(claims.to_string().as_bytes()).unwrap(), algorithm, expected)
    }

    fn fault(change: impl FnOnce(&mut Value)) -> Option<IdTokenFault> {
        fault_with(&expected(), change)
    }

    fn fault_with(
        expected: &Expected<'_>,
        change: impl FnOnce(&mut Value),
    ) -> Option<IdTokenFault> {
        let mut claims = good();
        change(&mut claims);
        match run(&claims, expected).err()?.kind() {
            ErrorKind::IdToken(fault) => Some(fault),
            other => unreachable!("{other:?}"),
        }
    }

    #[test]
    fn a_good_token_is_accepted() {
        assert_eq!(fault(|_| ()), None);
        assert_eq!(fault(|it| it["aud"] = json!(["app"])), None);
        assert_eq!(fault(|it| drop(it.as_object_mut().unwrap().remove("azp"))), None);
    }

    #[test]
    fn the_issuer_must_be_the_same_text() {
        for other in [json!("https://am/oauth2/"), json!("https://AM/oauth2"), json!(null)] {
            assert_eq!(fault(|it| it["iss"] = other), Some(IdTokenFault::Issuer));
        }
    }

    #[test]
    fn another_issuer_is_shown_in_short_and_forges_no_line_of_a_log() {
        let shown = |issuer: &str| {
            let mut claims = good();
            claims["iss"] = issuer.into();
            let expected = Expected { access_token: Some("at-1"), code: Some("c-1"), ..expected() };
            let others = ["rt-1".into(), "s-1".into()];
            let secrets = &[&others[0], &others[1]];
            let expected = Expected { nonce: Some("n-1"), secrets, ..expected };
            run(&claims, &expected).unwrap_err().to_string()
        };
        let told = |it: &str| {
            format!(r#"the id_token is from issuer "{it}", not from "https://am/oauth2""#)
        };
        assert_eq!(shown("https://am/oauth2/realms/alpha"), told("https://am/oauth2/realms/alpha"));
        let forged = "a\r\n\u{1b}[31m\u{0}b\u{85}\u{202e}\u{2028}\"c";
        assert_eq!(shown(forged), told(r#"a[31mb\u{202e}\u{2028}\"c"#));
        assert_eq!(shown(&"x".repeat(100_000)), told(&"x".repeat(200)));
        for secret in ["at-1", "https://am/c-1", "n\u{7}-1", "rt-1", "https://am/s-1"] {
            assert_eq!(shown(secret), told(""), "{secret:?}");
        }
    }

    #[test]
    fn the_audience_must_name_this_client_and_none_that_is_not_trusted() {
        for other in [json!("other"), json!([]), json!(["other"]), json!(["app", 1]), json!(null)] {
            assert_eq!(fault(|it| it["aud"] = other), Some(IdTokenFault::Audience));
        }
        let both = |it: &mut Value| it["aud"] = json!(["app", "api"]);
        assert_eq!(fault(both), Some(IdTokenFault::Audience));
        let trusted = ["api".to_owned()];
        let trusting = Expected { trusted_audiences: &trusted, ..expected() };
        assert_eq!(fault_with(&trusting, both), None);
        let without_azp = |it: &mut Value| {
            both(it);
            it.as_object_mut().unwrap().remove("azp");
        };
        assert_eq!(fault_with(&trusting, without_azp), Some(IdTokenFault::AuthorizedParty));
    }

    #[test]
    fn another_authorized_party_is_refused() {
        assert_eq!(fault(|it| it["azp"] = "other".into()), Some(IdTokenFault::AuthorizedParty));
    }

    #[test]
    fn times_are_held_against_the_clock_with_the_allowed_difference() {
        assert_eq!(fault(|it| it["exp"] = json!(NOW - 59)), None);
        assert_eq!(fault(|it| it["exp"] = json!(NOW - 60)), Some(IdTokenFault::Expired));
        assert_eq!(fault(|it| it["exp"] = json!("soon")), Some(IdTokenFault::Expired));
        assert_eq!(fault(|it| it["iat"] = json!(NOW + 60)), None);
        assert_eq!(fault(|it| it["iat"] = json!(NOW + 61)), Some(IdTokenFault::IssuedAt));
        assert_eq!(fault(|it| it["iat"] = json!(null)), Some(IdTokenFault::IssuedAt));
        assert_eq!(fault(|it| it["nbf"] = json!(NOW + 60)), None);
        assert_eq!(fault(|it| it["nbf"] = json!(NOW + 61)), Some(IdTokenFault::NotYetValid));
        assert_eq!(fault(|it| it["nbf"] = json!("x")), Some(IdTokenFault::NotYetValid));
    }

    #[test]
    fn a_time_may_have_a_fraction_in_whatever_form_serde_json_hands_it_on() {
        let object = |time: f64| json!({ "$serde_json::private::Number": time.to_string() });
        let forms: [&dyn Fn(f64) -> Value; 2] = [&|time| json!(time), &object];
        for form in forms {
            let at = |seconds: f64| form(NOW as f64 + seconds);
            assert_eq!(fault(|it| it["exp"] = at(-59.5)), None);
            assert_eq!(fault(|it| it["exp"] = at(-60.5)), Some(IdTokenFault::Expired));
            assert_eq!(fault(|it| it["iat"] = at(59.5)), None);
            assert_eq!(fault(|it| it["iat"] = at(60.5)), Some(IdTokenFault::IssuedAt));
            assert_eq!(fault(|it| it["nbf"] = at(59.5)), None);
            assert_eq!(fault(|it| it["nbf"] = at(60.5)), Some(IdTokenFault::NotYetValid));
        }
    }

    #[test]
    fn a_time_that_does_not_fit_names_the_clocks() {
        let server = expected().now - Duration::from_secs(7200);
        let expected = Expected { server_time: Some(server), ..expected() };
        let mut claims = good();
        claims["exp"] = json!(NOW - 3600);
        let text = run(&claims, &expected).unwrap_err().to_string();
        assert!(text.contains("the server's clock is 7200 s behind this one"), "{text}");
        assert!(text.contains("60 s is allowed"), "{text}");
    }

    #[test]
    fn the_user_must_be_named() {
        for other in [json!(""), json!(null), json!(7)] {
            assert_eq!(fault(|it| it["sub"] = other), Some(IdTokenFault::Subject));
        }
    }

    #[test]
    fn the_nonce_must_be_the_one_that_was_sent() {
        assert_eq!(fault(|it| it["nonce"] = "m".into()), Some(IdTokenFault::Nonce));
        assert_eq!(fault(|it| it["nonce"] = json!(null)), Some(IdTokenFault::Nonce));
    }

    #[test]
    fn the_hashes_are_those_of_the_standards_examples() {
        // Appendix A.4 and A.6 of OpenID Connect Core.
        let token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
        let code = "Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk";
        let expected = Expected { access_token: Some(token), code: Some(code), ..expected() };
        let examples = |it: &mut Value| {
            it["at_hash"] = "77QmUPtjPfzWtF2AnpK9RQ".into();
            it["c_hash"] = "LDktKdoQak3Pk0cnXxCltA".into();
        };
        assert_eq!(fault_with(&expected, examples), None);
        let wrong = |name: &'static str| {
            move |it: &mut Value| {
                examples(it);
                it[name] = "AAAAAAAAAAAAAAAAAAAAAA".into();
            }
        };
        assert_eq!(fault_with(&expected, wrong("at_hash")), Some(IdTokenFault::AccessTokenHash));
        assert_eq!(fault_with(&expected, wrong("c_hash")), Some(IdTokenFault::CodeHash));
    }

    #[test]
    fn a_hash_is_the_left_half_of_the_one_the_algorithm_uses() {
        let token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
        let expected = Expected { access_token: Some(token), ..expected() };
        for (algorithm, hash, half) in [
            (Algorithm::Es256, &digest::SHA256, 16),
            (Algorithm::Ps384, &digest::SHA384, 24),
            (Algorithm::Rs512, &digest::SHA512, 32),
            (Algorithm::EdDsa, &digest::SHA512, 32),
        ] {
            let whole = digest::digest(hash, token.as_bytes());
            let mut claims = good();
            let mut accepts = |bytes: &[u8], more: &str| {
                claims["at_hash"] = format!("{}{more}", URL_SAFE_NO_PAD.encode(bytes)).into();
                run_with(&claims, algorithm, &expected).is_ok()
            };
            assert!(accepts(&whole.as_ref()[..half], ""), "{algorithm:?}");
            assert!(!accepts(&whole.as_ref()[..half], "A"), "{algorithm:?}");
            assert!(!accepts(&whole.as_ref()[..half - 1], ""), "{algorithm:?}");
            assert!(!accepts(b"", ""), "{algorithm:?}");
        }
    }

    #[test]
    fn max_age_is_held_against_ams_own_claim_in_seconds_or_milliseconds() {
        let expected = Expected { max_age: Some(Duration::from_secs(10)), ..expected() };
        let at = |time: Value| move |it: &mut Value| it["auth:time"] = time;
        assert_eq!(fault_with(&expected, at(json!(NOW - 70))), None);
        assert_eq!(fault_with(&expected, at(json!((NOW - 70) * 1000))), None);
        assert_eq!(fault_with(&expected, at(json!(NOW - 71))), Some(IdTokenFault::AuthTime));
        assert_eq!(
            fault_with(&expected, at(json!((NOW - 71) * 1000))),
            Some(IdTokenFault::AuthTime)
        );
        assert_eq!(fault_with(&expected, at(json!(null))), Some(IdTokenFault::AuthTime));
        let standard = |it: &mut Value| it["auth_time"] = json!(NOW - 71);
        assert_eq!(fault_with(&expected, standard), Some(IdTokenFault::AuthTime));
    }

    #[test]
    fn another_authentication_context_than_asked_for_is_refused() {
        let values = ["gold".to_owned(), "silver".to_owned()];
        let expected = Expected { acr_values: &values, ..expected() };
        let acr = |name: &'static str| move |it: &mut Value| it["acr"] = name.into();
        assert_eq!(fault_with(&expected, acr("silver")), None);
        assert_eq!(fault_with(&expected, |_| ()), None);
        assert_eq!(fault_with(&expected, acr("bronze")), Some(IdTokenFault::AuthContext));
    }

    #[test]
    fn a_refreshed_token_is_held_against_the_one_before() {
        let mut claims = good();
        claims["sub"] = "scarter".into();
        let text = claims.to_string();
        let claims = Named::read(text.as_bytes()).unwrap();
        let before = refreshed::Before { claims: &claims, nonce: Some("n") };
        let expected = Expected { before: Some(before), nonce: None, ..expected() };
        assert_eq!(fault_with(&expected, |it| it["sub"] = "scarter".into()), None);
        assert_eq!(fault_with(&expected, |_| ()), Some(IdTokenFault::SubjectChanged));
    }
}
