//! Which keys are published, and which one the token names.

use serde_json::{Value, json};

use crate::{
    Change,
    Difference::{CurveNamesKey, KeyOperations, PaddedKey, RepeatedNames, ShortCoordinate},
    Token,
    keys::{self, SHORT},
    token_changes::shown,
};

pub(super) fn changes() -> Vec<Change<Token>> {
    let mut changes = names();
    changes.extend(several());
    changes.extend(members());
    changes.extend(sets());
    changes
}

fn kid(value: Value) -> Change<Token> {
    Change::new(format!("kid is {}", shown(&value)), move |it: &mut Token| {
        it.header.insert("kid".to_owned(), value.clone());
    })
}

fn without_kid(it: &mut Token) {
    it.header.remove("kid");
}

fn names() -> Vec<Change<Token>> {
    let mut changes: Vec<_> = [
        json!("unknown"),
        json!(""),
        json!("P256-0"),
        json!("p256-0 "),
        json!("../../dev/null"),
        json!(null),
        json!(7),
        json!(true),
        json!(["p256-0"]),
        json!({}),
    ]
    .map(kid)
    .into();
    changes.push(Change::new("kid is missing", without_kid));
    changes.push(Change::new("the key has no name", |it: &mut Token| remove(it, "kid")));
    changes.push(Change::new("neither key nor token has a name", |it: &mut Token| {
        remove(it, "kid");
        without_kid(it);
    }));
    changes
}

fn remove(it: &mut Token, member: &str) {
    for key in &mut it.keys {
        if let Some(key) = key.as_object_mut() {
            key.remove(member);
        }
    }
}

/// With other keys beside the right one, with and without a `kid` to tell them apart.
fn several() -> Vec<Change<Token>> {
    let others: [(&str, Vec<Value>); 7] = [
        ("another P-256 key", vec![keys::jwk("ES256", 1)]),
        ("a P-384 key", vec![keys::jwk("ES384", 0)]),
        ("two RSA keys", vec![keys::jwk("RS256", 0), keys::jwk("RS256", 1)]),
        ("an Ed25519 key", vec![keys::jwk("EdDSA", 0)]),
        ("a key for encryption", vec![changed(keys::jwk("ES256", 1), "use", "enc")]),
        ("a key for another algorithm", vec![changed(keys::jwk("ES256", 1), "alg", "ES384")]),
        ("a key of the same name", vec![changed(keys::jwk("ES256", 1), "kid", "p256-0")]),
    ];
    let mut changes = Vec::new();
    for (name, keys) in others {
        let more = keys.clone();
        changes.push(Change::new(format!("{name} beside"), move |it: &mut Token| {
            it.keys.extend(more.clone());
        }));
        let more = keys.clone();
        changes.push(Change::new(format!("{name} before"), move |it: &mut Token| {
            it.keys.splice(0..0, more.clone());
        }));
        let unnamed = Change::new(format!("{name} beside, and no kid"), move |it: &mut Token| {
            it.keys.extend(keys.clone());
            without_kid(it);
        });
        let is_curve = name == "a P-384 key";
        changes.push(if is_curve { unnamed.differs(CurveNamesKey) } else { unnamed });
    }
    changes.push(Change::new("signed with the key of another name", |it: &mut Token| {
        it.keys.push(keys::jwk("ES256", 1));
        it.signer.1 = 1;
    }));
    changes.push(Change::new("signed with a key that is not published", |it: &mut Token| {
        it.signer.1 = 1;
    }));
    changes.push(Change::new("the same key twice", |it: &mut Token| {
        let again = it.keys.clone();
        it.keys.extend(again);
    }));
    changes
}

fn changed(mut key: Value, member: &str, value: &str) -> Value {
    key[member] = value.into();
    key
}

fn members() -> Vec<Change<Token>> {
    let set = |name: &'static str, value: Value| {
        Change::new(format!("the key's {name} is {}", shown(&value)), move |it: &mut Token| {
            for key in &mut it.keys {
                key[name] = value.clone();
            }
        })
    };
    let mut changes = vec![
        set("use", json!("enc")),
        set("use", json!("sig")),
        set("use", json!(null)),
        set("alg", json!("ES256")),
        set("alg", json!("ES384")),
        set("alg", json!("RS256")),
        set("alg", json!("ECDH-ES")),
        set("alg", json!("none")),
        set("alg", json!(null)),
        set("kty", json!("RSA")),
        set("kty", json!("ec")),
        set("kty", json!("oct")),
        set("kty", json!(null)),
        set("crv", json!("P-384")),
        set("crv", json!("p-256")),
        set("crv", json!(null)),
        set("x", json!("")),
        set("x", json!("AQ")),
        set("x", json!("!")),
        set("x", json!(7)),
        set("y", json!(null)),
        set("key_ops", json!(["verify"])),
        set("key_ops", json!(["sign", "verify"])),
        set("key_ops", json!(["encrypt"])).differs(KeyOperations),
        set("key_ops", json!([])).differs(KeyOperations),
        set("x5c", json!(["AQAB"])),
        set("an_unknown_member", json!([null])),
    ];
    for name in ["use", "kty", "crv", "x", "y"] {
        changes.push(Change::new(format!("the key has no {name}"), move |it: &mut Token| {
            remove(it, name);
        }));
    }
    changes.push(
        Change::new("a coordinate is padded", |it: &mut Token| {
            for key in &mut it.keys {
                let Some(x) = key["x"].as_str() else { continue };
                key["x"] = format!("{x}=").into();
            }
        })
        .differs(PaddedKey),
    );
    changes.push(
        Change::new("a coordinate lacks its leading zero", |it: &mut Token| {
            it.keys = vec![keys::jwk("ES256", SHORT)];
            it.signer.1 = SHORT;
            it.header.insert("kid".to_owned(), it.keys[0]["kid"].clone());
        })
        .differs(ShortCoordinate),
    );
    changes
}

fn sets() -> Vec<Change<Token>> {
    let edit = |name: &str, edit: fn(String) -> String| {
        Change::new(name, move |it: &mut Token| it.keys_text.push(edit))
    };
    vec![
        edit("no keys", |_| r#"{"keys":[]}"#.to_owned()),
        edit("no key set", |_| "{}".to_owned()),
        edit("the keys are an object", |_| r#"{"keys":{}}"#.to_owned()),
        edit("the key set is a list", |it| format!("[{it}]")),
        edit("the key set is a page", |_| "<html></html>".to_owned()),
        edit("the key set is empty", |_| String::new()),
        edit("a text among the keys", |it| it.replacen('[', r#"["text","#, 1)),
        edit("a key of an unknown type among them", |it| {
            it.replacen('[', r#"[{"kty":"AKP","alg":"ML-DSA-44","pub":"AQAB"},"#, 1)
        }),
        edit("a secret among the keys", |it| it.replacen('[', r#"[{"kty":"oct","k":"AQAB"},"#, 1)),
        edit("keys twice", |it| it.replacen('{', r#"{"keys":[],"#, 1)),
        edit("an unknown name twice in the key set", |it| it.replacen('{', r#"{"x":1,"x":2,"#, 1))
            .differs(RepeatedNames),
    ]
}
