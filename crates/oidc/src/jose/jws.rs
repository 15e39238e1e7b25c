//! One signed token in compact form (RFC 7515 section 7.1).

use serde_json::Value;

use crate::{
    error::{Error, IdTokenFault},
    jose::{Algorithm, Member, Members, VerifyingKey, base64url, header::Header},
};

/// No id_token seen comes near this; the limit keeps a hostile one from costing time.
const MAX_LENGTH: usize = 128 * 1024;

/// A token taken apart; nothing of it is trusted before [`Jws::verify`].
pub(crate) struct Jws<'a, C> {
    header: Header<'a>,
    claims: C,
    signed: &'a [u8],
    signature: &'a [u8],
}

impl<'a, C> Jws<'a, C> {
    /// Takes a token apart. Its parts are put into `decoded`, and `read` reads the claims there.
    pub(crate) fn parse(
        token: &'a str,
        decoded: &'a mut Vec<u8>,
        read: impl FnOnce(&'a [u8]) -> Option<C>,
    ) -> Result<Self, Error> {
        if token.len() > MAX_LENGTH {
            return Err(Error::id_token(IdTokenFault::Malformed, "the token is too long"));
        }
        let malformed = || Error::id_token(IdTokenFault::Malformed, "the token is no signed JWT");
        let mut dots = memchr::memchr_iter(b'.', token.as_bytes());
        let (first, second) = (dots.next(), dots.next());
        match dots.count() {
            0 => {}
            2 => {
                let message = "the token is encrypted, which is not supported";
                return Err(Error::id_token(IdTokenFault::Encrypted, message));
            }
            _ => return Err(malformed()),
        }
        let (Some(first), Some(second)) = (first, second) else { return Err(malformed()) };
        let (header, claims) = (&token[..first], &token[first + 1..second]);
        let (signed, signature) = (&token.as_bytes()[..second], &token[second + 1..]);
        // The parts lie one behind the other in one piece of memory; each may be rounded up.
        decoded.reserve(token.len() / 4 * 3 + 9);
        let mut decode = |part: &str| {
            let start = decoded.len();
            base64url::decode(part, decoded).map(|()| start..decoded.len())
        };
        let (header, claims, signature) = (decode(header), decode(claims), decode(signature));
        let decoded: &[u8] = decoded;
        let header = header.and_then(|it| Header::read(&decoded[it])).ok_or_else(malformed)?;
        let claims = claims.and_then(|it| read(&decoded[it])).ok_or_else(malformed)?;
        if header.critical.is_some() {
            let message = "the token demands an extension that is not known here";
            return Err(Error::id_token(IdTokenFault::CriticalHeader, message));
        }
        match &header.kid {
            None | Some(Member::Text(_) | Member::Other(Value::Null)) => {}
            // A name that can't be read is not the same as none, with which the only key would do.
            Some(Member::Other(_)) => return Err(malformed()),
        }
        let signature = signature.map(|it| &decoded[it]).ok_or_else(malformed)?;
        Ok(Self { header, claims, signed, signature })
    }

    /// Returns the algorithm the token names, when it is one of those allowed.
    pub(crate) fn algorithm(&self, allowed: &[Algorithm]) -> Result<Algorithm, Error> {
        let name = self.header.algorithm.as_ref().and_then(Member::as_str).unwrap_or("none");
        if let Some(algorithm) = Algorithm::parse(name).filter(|it| allowed.contains(it)) {
            return Ok(algorithm);
        }
        // The name comes from the wire: cut it, so that it can't flood a log.
        let shown: String = name.chars().filter(|it| it.is_ascii_graphic()).take(16).collect();
        let message = format!("the token is signed with {shown}, which is not allowed");
        Err(Error::id_token(IdTokenFault::Algorithm, message))
    }

    pub(crate) fn kid(&self) -> Option<&str> {
        self.header.kid.as_ref().and_then(Member::as_str)
    }

    /// Gives the claims when the signature is right.
    pub(crate) fn verify(self, algorithm: Algorithm, key: &VerifyingKey<'_>) -> Result<C, Error> {
        if key.verifies(algorithm, self.signed, self.signature) {
            return Ok(self.claims);
        }
        Err(Error::id_token(IdTokenFault::Signature, "the token's signature is wrong"))
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    use serde_json::{Map, json};

    use super::*;
    use crate::{
        error::ErrorKind,
        jose::{Found, JwkSet, json},
    };

    fn fault(token: &str) -> IdTokenFault {
        match Jws::parse(token, &mut Vec::new(), json::object)
            .map(|it| it.algorithm(&Algorithm::ASYMMETRIC).err())
        {
            Err(error) | Ok(Some(error)) => match error.kind() {
                ErrorKind::IdToken(fault) => fault,
                other => unreachable!("{other:?}"),
            },
            Ok(None) => unreachable!("accepted {token}"),
        }
    }

    fn token(header: &str, claims: &str) -> String {
        format!("{}.{}.AQ", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims))
    }

    #[test]
    fn unsigned_and_unknown_algorithms_are_refused() {
        for header in [
            r#"{"alg":"none"}"#,
            r#"{"alg":"None"}"#,
            r#"{}"#,
            r#"{"alg":null}"#,
            r#"{"alg":"HS256"}"#,
            r#"{"alg":"rs256"}"#,
        ] {
            assert_eq!(fault(&token(header, "{}")), IdTokenFault::Algorithm, "{header}");
        }
    }

    #[test]
    fn broken_tokens_are_told_apart() {
        let good = r#"{"alg":"RS256"}"#;
        assert_eq!(fault(""), IdTokenFault::Malformed);
        assert_eq!(fault("a.b.c"), IdTokenFault::Malformed);
        assert_eq!(fault("a.b.c.d.e"), IdTokenFault::Encrypted);
        assert_eq!(fault("a.b"), IdTokenFault::Malformed);
        assert_eq!(fault(&format!("{}.AQ", token(good, "{}"))), IdTokenFault::Malformed);
        assert_eq!(fault("a.b.c.d.e.f"), IdTokenFault::Malformed);
        assert_eq!(fault(&token(good, r#"{"sub":"a","sub":"b"}"#)), IdTokenFault::Malformed);
        assert_eq!(fault(&token(good, "[]")), IdTokenFault::Malformed);
        assert_eq!(fault(&format!("{}=", token(good, "{}"))), IdTokenFault::Malformed);
        assert_eq!(fault(&"a".repeat(200_000)), IdTokenFault::Malformed);
        for kid in ["7", "true", r#"["k"]"#, "{}"] {
            let header = format!(r#"{{"alg":"RS256","kid":{kid}}}"#);
            assert_eq!(fault(&token(&header, "{}")), IdTokenFault::Malformed, "{header}");
        }
        let critical = r#"{"alg":"RS256","crit":["exp"],"exp":1}"#;
        assert_eq!(fault(&token(critical, "{}")), IdTokenFault::CriticalHeader);
        assert_eq!(fault(&token(critical, "[]")), IdTokenFault::Malformed);
        assert_eq!(fault(&format!("{}=", token(critical, "{}"))), IdTokenFault::CriticalHeader);
    }

    #[test]
    fn an_algorithm_that_is_not_allowed_is_named_in_short() {
        let told = |header: &str, allowed: &[Algorithm]| {
            let token = token(header, "{}");
            Jws::parse(&token, &mut Vec::new(), json::object)
                .unwrap()
                .algorithm(allowed)
                .unwrap_err()
                .to_string()
        };
        let long = format!(r#"{{"alg":"a b\n{}"}}"#, "c".repeat(100));
        let cut = "the token is signed with abcccccccccccccc, which is not allowed";
        assert_eq!(told(&long, &Algorithm::ASYMMETRIC), cut);
        let known = "the token is signed with RS256, which is not allowed";
        assert_eq!(told(r#"{"alg":"RS256"}"#, &[Algorithm::Es256]), known);
        let none = "the token is signed with none, which is not allowed";
        assert_eq!(told(r#"{"alg":7}"#, &Algorithm::ASYMMETRIC), none);
    }

    /// RFC 7515 appendices A.2 and A.3, and RFC 8037 appendix A.4.
    #[test]
    fn the_examples_of_the_standards_verify_and_changed_ones_do_not() {
        let rsa = json!({"kty":"RSA","e":"AQAB","n":concat!(
            "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt",
            "0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSX",
            "ndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5",
            "IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ")});
        let ec = json!({"kty":"EC","crv":"P-256",
            "x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"});
        let claims = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
        let rs256 = format!(
            "eyJhbGciOiJSUzI1NiJ9.{claims}.{}",
            concat!(
                "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF",
                "5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK",
                "5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqt",
                "FZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrB",
                "p0igcN_IoypGlUPQGe77Rw"
            )
        );
        let es256 = format!(
            "eyJhbGciOiJFUzI1NiJ9.{claims}.{}",
            "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
        );
        let keys = JwkSet::read(json!({"keys": [rsa, ec]}).to_string().as_bytes()).unwrap();
        for token in [rs256, es256] {
            assert!(verify(&keys, &token).is_ok());
            let changed = token.replacen("eyJpc3MiOiJqb2Ui", "eyJpc3MiOiJqb2Yi", 1);
            assert_ne!(changed, token);
            assert!(verify(&keys, &changed).is_err());
        }
    }

    fn verify(keys: &JwkSet, token: &str) -> Result<Map<String, Value>, Error> {
        let mut decoded = Vec::new();
        let jws = Jws::parse(token, &mut decoded, json::object)?;
        let algorithm = jws.algorithm(&Algorithm::ASYMMETRIC)?;
        match keys.find(jws.kid(), algorithm) {
            Found::One(key) => jws.verify(algorithm, &key),
            _ => Err(Error::id_token(IdTokenFault::Key, "no key")),
        }
    }
}
