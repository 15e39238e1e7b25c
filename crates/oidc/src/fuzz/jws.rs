//! A signed token: nothing is accepted that nobody signed.

use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use secrecy::SecretString;
use serde_json::{Map, Value};

use crate::{
    error::{Error, IdTokenFault},
    fuzz::fit_for_logs,
    jose::{self, Algorithm, Found, JwkSet, Jws, VerifyingKey},
};

const SECRET: &str = "the secret that the client has in the fuzz";

/// The public keys of RFC 7515 appendices A.2 and A.3, and one for EdDSA.
const KEYS: &str = concat!(
    r#"{"keys":[{"kty":"RSA","kid":"rsa","e":"AQAB","n":""#,
    "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt",
    "0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSX",
    "ndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5",
    "IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ",
    r#""},{"kty":"EC","kid":"ec","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","#,
    r#""y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"},"#,
    r#"{"kty":"OKP","kid":"ed","crv":"Ed25519","x":"XEHB0sQmVM2cz_mexTHtw1XkT3ddzsER0NB6wgxws2E"}]}"#,
);

/// All that was ever signed with these keys, or with the secret: `rs256`, `es256`, `eddsa` and `hs256` in
/// the corpus.
const SIGNED: [&str; 4] = [
    concat!(
        "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt",
        "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    ),
    concat!(
        "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt",
        "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    ),
    concat!(
        "eyJ0eXAiOiJKV1QiLCJraWQiOiJlZCIsImFsZyI6IkVkRFNBIn0.eyJpc3MiOiJodHRwczovL2FtLmV4YW1wb",
        "GUuY29tL2FtL29hdXRoMiIsInN1YiI6ImJqZW5zZW4ifQ"
    ),
    concat!(
        "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJodHRwczovL2FtLmV4YW1wbGUuY29tL2FtL29h",
        "dXRoMiIsInN1YiI6ImJqZW5zZW4ifQ"
    ),
];

/// Longer than any word of an error, and than what is shown of an algorithm.
const RECOGNIZABLE: usize = 24;

/// Reads the bytes as a token, and as the header of one whose signature is right.
pub fn jws(data: &[u8]) {
    if let Ok(token) = std::str::from_utf8(data) {
        match verify(token) {
            Ok(claims) => {
                let signed = token.rsplit_once('.').map(|(signed, _)| signed);
                assert!(signed.is_some_and(|it| SIGNED.contains(&it)), "nobody signed {token}");
                assert!(claims.contains_key("iss"), "they are the claims that were signed");
            }
            Err(error) => quotes_nothing_of(token, &error),
        }
    }
    header(data);
}

/// Puts a right signature below any header: what is accepted says HS256 and makes no demands.
fn header(header: &[u8]) {
    let claims = URL_SAFE_NO_PAD.encode(r#"{"sub":"the user that the fuzz is about"}"#);
    let signed = format!("{}.{claims}", URL_SAFE_NO_PAD.encode(header));
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    let signature = URL_SAFE_NO_PAD.encode(hmac::sign(&key, signed.as_bytes()));
    let token = format!("{signed}.{signature}");
    match verify(&token) {
        Ok(claims) => {
            assert!(claims.contains_key("sub"), "they are the claims that were signed");
            let header: Value = serde_json::from_slice(header).unwrap_or_default();
            assert_eq!(header.get("alg"), Some(&"HS256".into()), "{header}");
            assert_eq!(header.get("crit"), None, "{header}");
            let kid = header.get("kid");
            assert!(kid.is_none_or(|it| it.is_string() || it.is_null()), "{header}");
        }
        Err(error) => quotes_nothing_of(&token, &error),
    }
}

/// Does what the client does with any token.
fn verify(token: &str) -> Result<Map<String, Value>, Error> {
    let mut decoded = Vec::new();
    let jws = Jws::parse(token, &mut decoded, jose::object)?;
    let allowed = [Algorithm::ASYMMETRIC.as_slice(), &[Algorithm::Hs256]].concat();
    let algorithm = jws.algorithm(&allowed)?;
    if algorithm == Algorithm::Hs256 {
        let key = SecretString::from(SECRET);
        return jws.verify(algorithm, &VerifyingKey::secret(&key));
    }
    match JwkSet::read(KEYS.as_bytes())?.find(jws.kid(), algorithm) {
        Found::One(key) => jws.verify(algorithm, &key),
        Found::None | Found::Several => Err(Error::id_token(IdTokenFault::Key, "no key")),
    }
}

/// A token is a secret, and so are parts of it.
fn quotes_nothing_of(token: &str, error: &Error) {
    fit_for_logs(error, &[]);
    let text = error.to_string();
    for word in text.split_ascii_whitespace().filter(|it| it.len() >= RECOGNIZABLE) {
        assert!(!token.contains(word), "{text}");
    }
}
