//! Who, for whom, by whom.

use serde_json::{Value, json};

use crate::{
    CLIENT_ID, Change,
    Difference::{AuthorizedParty, Hashes, RepeatedNames, Subject, UnreadClaims},
    ISSUER, Token,
    token::NONCE,
    token_changes::{claim, without_claim},
};

/// One value of each kind that a text is not.
fn no_texts() -> [Value; 6] {
    [json!(null), json!(true), json!(7), json!(-1.5), json!({"a": 1}), json!([["x"]])]
}

pub(super) fn changes() -> Vec<Change<Token>> {
    let mut changes = issuer();
    changes.extend(audience());
    changes.extend(authorized_party());
    changes.extend(subject());
    changes.extend(nonce());
    changes.extend(hashes());
    changes.extend(others());
    changes.extend(repeated());
    changes
}

fn issuer() -> Vec<Change<Token>> {
    let others = [
        format!("{ISSUER}/"),
        ISSUER.replace(".com", ".com:443"),
        ISSUER.replace("am.", "AM."),
        ISSUER.replace("https", "HTTPS"),
        ISSUER.replace("oauth2", "%6Fauth2"),
        ISSUER.replace("/am/", "/x/../am/"),
        ISSUER.replace("https", "http"),
        format!("{ISSUER}?"),
        format!("{ISSUER}#"),
        format!(" {ISSUER}"),
        format!("{ISSUER}\u{0}"),
        "https://evil.example.com".to_owned(),
        "nonsense".to_owned(),
        String::new(),
    ];
    let mut changes: Vec<_> = others.map(Value::from).map(|it| claim("iss", it)).into();
    changes.extend(no_texts().map(|it| claim("iss", it)));
    changes.push(claim("iss", json!([ISSUER])));
    changes.push(without_claim("iss"));
    changes
}

fn audience() -> Vec<Change<Token>> {
    let mut changes: Vec<_> = no_texts().map(|it| claim("aud", it)).into();
    changes.extend(
        [
            json!([CLIENT_ID]),
            json!([CLIENT_ID, CLIENT_ID]),
            json!([]),
            json!(""),
            json!([""]),
            json!("another"),
            json!(["another"]),
            json!([CLIENT_ID, "another"]),
            json!(["another", CLIENT_ID]),
            json!([CLIENT_ID, 7]),
            json!([CLIENT_ID, null]),
            json!([[CLIENT_ID]]),
            json!({CLIENT_ID: true}),
            json!("APP"),
            json!("app "),
            json!("app another"),
            json!(vec![CLIENT_ID; 1000]),
        ]
        .map(|it| claim("aud", it)),
    );
    changes.push(without_claim("aud"));
    changes
}

fn authorized_party() -> Vec<Change<Token>> {
    let mut changes = vec![
        without_claim("azp"),
        claim("azp", json!("another")).differs(AuthorizedParty),
        claim("azp", json!("")).differs(AuthorizedParty),
        claim("azp", json!("APP")).differs(AuthorizedParty),
        claim("azp", json!(null)).differs(AuthorizedParty),
        claim("azp", json!(7)),
        claim("azp", json!([CLIENT_ID])),
    ];
    changes.push(
        Change::new("aud names this client twice, azp is missing", |it: &mut Token| {
            it.claims.insert("aud".to_owned(), json!([CLIENT_ID, CLIENT_ID]));
            it.claims.remove("azp");
        })
        .differs(AuthorizedParty),
    );
    changes
}

fn subject() -> Vec<Change<Token>> {
    let mut changes: Vec<_> = no_texts().map(|it| claim("sub", it)).into();
    changes.extend(
        ["x", " ", "(usr!bjensen)", "\u{1f600}", "a\"b\\c\u{7}"].map(|it| claim("sub", json!(it))),
    );
    changes.push(claim("sub", json!("x".repeat(300))));
    changes.push(claim("sub", json!("")).differs(Subject));
    changes.push(without_claim("sub"));
    changes
}

fn nonce() -> Vec<Change<Token>> {
    let mut changes: Vec<_> = no_texts().map(|it| claim("nonce", it)).into();
    changes.extend(
        [
            json!("another"),
            json!(""),
            json!(format!("{NONCE} ")),
            json!(format!("{NONCE}{NONCE}")),
            json!([NONCE]),
        ]
        .map(|it| claim("nonce", it)),
    );
    changes.push(without_claim("nonce"));
    changes
}

fn hashes() -> Vec<Change<Token>> {
    let wrong = "AAAAAAAAAAAAAAAAAAAAAA";
    vec![
        without_claim("at_hash"),
        claim("at_hash", json!(wrong)).differs(Hashes),
        claim("at_hash", json!("")).differs(Hashes),
        claim("at_hash", json!(null)).differs(Hashes),
        claim("at_hash", json!(7)),
        claim("c_hash", json!(wrong)).differs(Hashes),
        claim("c_hash", json!(null)).differs(Hashes),
        claim("c_hash", json!([])),
    ]
}

/// Claims that decide nothing as long as nobody asks for them.
fn others() -> Vec<Change<Token>> {
    vec![
        claim("acr", json!("gold")),
        claim("acr", json!(null)),
        claim("acr", json!(7)).differs(UnreadClaims),
        claim("amr", json!(["pwd"])),
        claim("amr", json!("pwd")).differs(UnreadClaims),
        claim("auth_time", json!("now")).differs(UnreadClaims),
        claim("email", json!("b@example.com")),
        claim("email", json!(7)).differs(UnreadClaims),
        claim("email_verified", json!("true")).differs(UnreadClaims),
        claim("updated_at", json!("yesterday")).differs(UnreadClaims),
        claim("name", json!({"given": "Babs"})).differs(UnreadClaims),
        claim("name#fr", json!("Babs")),
        claim("jti", json!(7)),
        claim("sid", json!([])),
        claim("realm", json!("/alpha")),
        claim("an unknown claim", json!({"with": ["anything", -1.5e-300, {"": null}]})),
    ]
}

fn repeated() -> Vec<Change<Token>> {
    fn edit(name: &str, edit: fn(String) -> String) -> Change<Token> {
        Change::new(name, move |it: &mut Token| it.claims_text.push(edit))
    }
    vec![
        edit("sub twice", |it| it.replacen('{', r#"{"sub":"another","#, 1)),
        edit("iss twice, the same", |it| it.replacen('{', &format!(r#"{{"iss":"{ISSUER}","#), 1)),
        edit("exp twice", |it| it.replacen('{', r#"{"exp":99999999999,"#, 1)),
        edit("nonce twice, once with an escape", |it| {
            it.replacen('{', r#"{"\u006eonce":"another","#, 1)
        }),
        edit("nbf twice", |it| it.replacen('{', r#"{"nbf":1,"nbf":2,"#, 1)).differs(RepeatedNames),
        edit("an unknown claim twice", |it| it.replacen('{', r#"{"x":1,"x":1,"#, 1))
            .differs(RepeatedNames),
        edit("a name twice inside a claim", |it| it.replacen('{', r#"{"x":{"a":1,"a":2},"#, 1))
            .differs(RepeatedNames),
        edit("no object", |it| format!("[{it}]")),
        edit("nothing", |_| String::new()),
        edit("a number", |_| "7".to_owned()),
        edit("null", |_| "null".to_owned()),
        edit("cut short", |mut it| {
            it.pop();
            it
        }),
        edit("with something behind", |it| it + "x"),
        edit("with a second object behind", |it| it + "{}"),
        edit("with space around", |it| format!(" \n{it}\r\t ")),
        edit("with a byte order mark", |it| format!("\u{feff}{it}")),
        edit("with an unpaired surrogate", |it| it.replacen('{', r#"{"x":"\ud800","#, 1)),
        edit("with a comment", |it| it.replacen('{', "{/* */", 1)),
        edit("with a comma too many", |it| it.replacen('{', "{,", 1)),
        edit("nested beyond reason", |it| {
            let deep = format!(r#"{{"x":{}{},"#, "[".repeat(200), "]".repeat(200));
            it.replacen('{', &deep, 1)
        }),
    ]
}
