//! What the header says of the signature.

use serde_json::{Value, json};

use crate::{
    ALGORITHMS, Algorithm, Change, Client,
    Difference::{CriticalHeader, Es512, Kind, RepeatedNames},
    Token, keys,
    token_changes::shown,
};

pub(super) fn changes() -> Vec<Change<Token>> {
    let mut changes = algorithms();
    changes.extend(wrong_algorithms());
    changes.extend(secrets());
    changes.extend(kinds());
    changes.extend(extensions());
    changes
}

fn set(name: &'static str, value: Value) -> Change<Token> {
    Change::new(format!("the header's {name} is {}", shown(&value)), move |it: &mut Token| {
        it.header.insert(name.to_owned(), value.clone());
    })
}

fn signed_with(it: &mut Token, algorithm: Algorithm) {
    let good = Token::good(algorithm);
    (it.header, it.signer, it.keys) = (good.header, good.signer, good.keys);
    if let (Some(claim), Some(hash)) = (it.claims.get_mut("at_hash"), good.claims.get("at_hash")) {
        *claim = hash.clone();
    }
}

fn algorithms() -> Vec<Change<Token>> {
    let by = |algorithm| {
        let change = Change::new(format!("signed with {algorithm}"), move |it: &mut Token| {
            signed_with(it, algorithm);
        });
        if algorithm == "ES512" { change.differs(Es512) } else { change }
    };
    // Each signature under each other name: the key may fit, the signature never does.
    let as_another = ALGORITHMS.into_iter().flat_map(|signs| {
        let others = ALGORITHMS.into_iter().filter(move |it| *it != signs);
        others.map(move |says| {
            let name = format!("signed with {signs}, which is called {says}");
            Change::new(name, move |it: &mut Token| {
                signed_with(it, signs);
                it.header.insert("alg".to_owned(), says.into());
            })
        })
    });
    ALGORITHMS.into_iter().map(by).chain(as_another).collect()
}

fn wrong_algorithms() -> Vec<Change<Token>> {
    let names =
        ["none", "None", "NONE", "nOnE", "", "es256", "ES256 ", "ES256K", "RS1", "dir", "A128KW"];
    let mut changes: Vec<_> = names.map(|it| set("alg", json!(it))).into();
    changes.extend([json!(null), json!(7), json!(["ES256"])].map(|it| set("alg", it)));
    changes.push(Change::new("the header names no algorithm", |it: &mut Token| {
        it.header.remove("alg");
    }));
    changes.push(Change::new("not signed", |it: &mut Token| {
        it.header.insert("alg".to_owned(), "none".into());
        it.signer.0 = "none";
    }));
    changes
}

/// Symmetric signatures, by the secret or by what everybody knows.
fn secrets() -> Vec<Change<Token>> {
    let mut changes = Vec::new();
    for algorithm in ["HS256", "HS384", "HS512"] {
        for client in [Client::Public, Client::Confidential] {
            let name = format!("signed with {algorithm} for a {client:?} client");
            changes.push(Change::new(name, move |it: &mut Token| {
                it.client = client;
                it.header.insert("alg".to_owned(), algorithm.into());
                it.signer.0 = algorithm;
            }));
        }
    }
    changes.push(Change::new("for a confidential client", |it: &mut Token| {
        it.client = Client::Confidential;
    }));
    for client in [Client::Public, Client::Confidential] {
        let name = format!("signed with HS256 by the public RSA key for a {client:?} client");
        changes.push(Change::new(name, move |it: &mut Token| {
            signed_with(it, "RS256");
            it.client = client;
            it.header.insert("alg".to_owned(), "HS256".into());
            it.signer.0 = "HS256 by the public key";
        }));
    }
    changes
}

/// What kind of thing the token says to be.
fn kinds() -> Vec<Change<Token>> {
    let mut changes: Vec<_> = ["jwt", "Jwt", "application/jwt", "APPLICATION/JWT", "JOSE"]
        .map(|it| set("typ", json!(it)))
        .into();
    changes.extend(
        ["at+jwt", "logout+jwt", "application/at+jwt", "dpop+jwt", "secevent+jwt", "x", ""]
            .map(|it| set("typ", json!(it)).differs(Kind)),
    );
    changes.extend([json!(7), json!([])].map(|it| set("typ", it).differs(Kind)));
    changes.extend(["JWT", "jwt", "json", ""].map(|it| set("cty", json!(it)).differs(Kind)));
    changes.push(Change::new("the header names no type", |it: &mut Token| {
        it.header.remove("typ");
    }));
    changes
}

fn extensions() -> Vec<Change<Token>> {
    let other = keys::jwk("ES256", 1);
    let mut changes = vec![
        set("crit", json!(["exp"])),
        set("crit", json!(["b64"])),
        set("crit", json!([])),
        set("crit", json!("exp")),
        set("crit", json!(null)).differs(CriticalHeader),
        set("b64", json!(false)),
        set("zip", json!("DEF")),
        set("jwk", other),
        set("jku", json!("https://evil.example.com/keys")),
        set("x5c", json!(["AQAB"])),
        set("iss", json!("https://evil.example.com")),
        set("an_unknown_member", json!({"with": ["anything", 1.5, null]})),
    ];
    let edit = |name: &str, edit: fn(String) -> String| {
        Change::new(name, move |it: &mut Token| it.header_text.push(edit))
    };
    changes.extend([
        edit("the header is no object", |it| format!("[{it}]")),
        edit("the header is empty", |_| String::new()),
        edit("the header has no members", |_| "{}".to_owned()),
        edit("the header has something behind", |it| it + "x"),
        edit("the header has space around", |it| format!(" \n{it}\r\t ")),
        edit("the header has alg twice", |it| it.replacen('{', r#"{"alg":"none","#, 1)),
        edit("the header has kid twice", |it| it.replacen('{', r#"{"kid":"x","#, 1)),
        edit("the header has an unknown name twice", |it| it.replacen('{', r#"{"x":1,"x":2,"#, 1))
            .differs(RepeatedNames),
    ]);
    changes
}
