//! From when until when.

use serde_json::{Value, json};

use crate::{
    Change,
    Difference::{Calendar, IssuedAt, NotBefore},
    NOW, Token,
    token_changes::{claim, without_claim},
};

/// What no time is.
fn no_times() -> [Value; 6] {
    [json!(null), json!(true), json!("soon"), json!(NOW.to_string()), json!([NOW]), json!({})]
}

pub(super) fn changes() -> Vec<Change<Token>> {
    let mut changes = Vec::new();
    changes.extend(no_times().map(|it| claim("exp", it)));
    changes.extend(no_times().map(|it| claim("iat", it)));
    changes.push(without_claim("exp"));
    changes.push(without_claim("iat"));
    changes.extend(ends().map(|it| claim("exp", it)));
    changes.extend(begins().map(|it| claim("iat", it)));
    for huge in huge() {
        changes.push(claim("exp", huge.clone()).differs(Calendar));
        // Both refuse one that was issued so late, each for a reason of its own.
        changes.push(claim("iat", huge));
    }
    for written in ["1e400", "-", "01", "1.", ".5", "0x77", "NaN", "Infinity", "+1"] {
        changes.push(raw("exp", written));
        changes.push(raw("iat", written));
    }
    changes.push(claim("iat", json!(-1e300)).differs(Calendar));
    changes.push(claim("exp", json!(-1e300)));
    for ahead in [json!(NOW + 1), json!(NOW + 3600), json!(NOW as f64 + 0.5), json!(NOW * 2)] {
        changes.push(claim("iat", ahead.clone()).differs(IssuedAt));
        changes.push(claim("nbf", ahead).differs(NotBefore));
    }
    changes.extend(no_times().map(|it| claim("nbf", it).differs(NotBefore)));
    changes.extend([json!(NOW), json!(NOW - 1), json!(0), json!(-5)].map(|it| claim("nbf", it)));
    changes
}

/// Around the present moment, which is the first at which a token has ended.
fn ends() -> [Value; 12] {
    let now = NOW as f64;
    [
        json!(NOW + 1),
        json!(NOW),
        json!(NOW - 1),
        json!(NOW - 60),
        json!(NOW - 61),
        json!(now + 0.5),
        json!(now + 0.001),
        json!(now - 0.5),
        json!(0),
        json!(-1),
        json!(now * 1000.0),
        json!(32_503_680_000_u64),
    ]
}

fn begins() -> [Value; 7] {
    let now = NOW as f64;
    [
        json!(NOW),
        json!(NOW - 1),
        json!(NOW - 86_400),
        json!(0),
        json!(-1),
        json!(now - 0.5),
        json!(1e9),
    ]
}

/// Beyond what a calendar holds.
fn huge() -> [Value; 4] {
    [json!(1e300), json!(1e20), json!(u64::MAX), json!(i64::MAX)]
}

/// A number as JSON may not write it, or as no `f64` holds it.
fn raw(name: &'static str, written: &'static str) -> Change<Token> {
    Change::new(format!("{name} is written {written}"), move |it: &mut Token| {
        it.claims.insert(name.to_owned(), "{raw}".into());
        it.claims_text.push(move |it| it.replace(r#""{raw}""#, written));
    })
}
