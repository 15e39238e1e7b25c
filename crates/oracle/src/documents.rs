//! Discovery documents, and what can be odd about them.

use serde_json::{Map, Value, json};

use crate::{Change, Difference, edits::Edits};

/// A discovery document before it is written.
#[derive(Debug, Clone)]
pub struct Document {
    /// Its members.
    pub members: Map<String, Value>,
    /// Changes to its text.
    pub edits: Edits,
}

impl Document {
    /// What AM says of itself, and what OpenID Connect Discovery section 3 demands beyond that.
    pub fn good(issuer: &str) -> Self {
        let at = |path: &str| format!("https://am.example.com/am/oauth2/{path}");
        let members = json!({
            "issuer": issuer,
            "authorization_endpoint": at("authorize"),
            "token_endpoint": at("access_token"),
            "userinfo_endpoint": at("userinfo"),
            "end_session_endpoint": at("connect/endSession"),
            "revocation_endpoint": at("token/revoke"),
            "jwks_uri": at("connect/jwk_uri"),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256", "ES256"],
            "scopes_supported": ["openid", "profile"],
            "claims_parameter_supported": false,
        });
        let members = members.as_object().cloned().unwrap_or_default();
        Self { members, edits: Edits::default() }
    }

    /// Writes it.
    pub fn text(&self) -> String {
        self.edits.apply(Value::from(self.members.clone()).to_string())
    }
}

/// Everything that is tried on a document.
pub fn document_changes() -> Vec<Change<Document>> {
    let mut changes = vec![Change::new("nothing is changed", |_: &mut Document| ())];
    changes.extend(issuers());
    changes.extend(endpoints());
    changes.extend(members());
    changes.extend(texts());
    changes
}

fn set(name: &'static str, value: Value) -> Change<Document> {
    let shown: String = value.to_string().chars().take(60).collect();
    Change::new(format!("{name} is {shown}"), move |it: &mut Document| {
        it.members.insert(name.to_owned(), value.clone());
    })
}

fn without(name: &'static str) -> Change<Document> {
    Change::new(format!("{name} is missing"), move |it: &mut Document| {
        it.members.remove(name);
    })
}

fn edit(name: &str, edit: fn(String) -> String) -> Change<Document> {
    Change::new(name, move |it: &mut Document| it.edits.push(edit))
}

fn issuers() -> Vec<Change<Document>> {
    let others = [
        "https://am.example.com/am/oauth2/",
        "https://am.example.com:443/am/oauth2",
        "https://AM.example.com/am/oauth2",
        "HTTPS://am.example.com/am/oauth2",
        "https://am.example.com/AM/oauth2",
        "https://am.example.com//am/oauth2",
        "https://am.example.com/am/%6Fauth2",
        "https://am.example.com/am/./oauth2",
        "https://am.example.com/am/x/../oauth2",
        "https://am.example.com./am/oauth2",
        "https://am.example.com/am/oauth2?",
        "https://am.example.com/am/oauth2?x=1",
        "https://am.example.com/am/oauth2#",
        "https://user@am.example.com/am/oauth2",
        " https://am.example.com/am/oauth2",
        "https://am.example.com/am/oauth2\n",
        "http://am.example.com/am/oauth2",
        "https://evil.example.com/am/oauth2",
        "https://am.example.com",
        "am.example.com/am/oauth2",
        "",
    ];
    let values = [json!(null), json!(7), json!(true), json!({}), json!([crate::ISSUER])];
    let mut changes: Vec<_> =
        others.map(Value::from).into_iter().chain(values).map(|it| set("issuer", it)).collect();
    changes.push(without("issuer"));
    changes
}

fn endpoints() -> Vec<Change<Document>> {
    use Difference::{
        AnotherOrigin, Fragment, NoTls, NoTokenEndpoint, UnusedMembers, UserInEndpoint,
    };
    const NAMES: [&str; 4] =
        ["authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint"];
    let mut changes = Vec::new();
    for name in NAMES {
        for value in [json!(7), json!(true), json!([]), json!({}), json!("nonsense"), json!("")] {
            // openidconnect reads this one too, whether or not anybody wants it.
            let change = set(name, value.clone());
            let ignored = name == "userinfo_endpoint" && !value.is_string();
            changes.push(if ignored { change.differs(UnusedMembers) } else { change });
        }
        // The provider tells by the last part of the path what it is asked for.
        let path = match name {
            "jwks_uri" => "jwk_uri",
            "token_endpoint" => "access_token",
            _ => "authorize",
        };
        let at = |base: &str| json!(format!("{base}/{path}"));
        changes.push(set(name, at("https://am.example.com/elsewhere")));
        changes.push(set(name, at("https://am.example.com:443/am")));
        changes.push(set(name, json!(format!("https://am.example.com/am/{path}?x=1&y="))));
        changes.push(set(name, at("http://am.example.com/am")).differs(NoTls));
        changes.push(set(name, at("ftp://am.example.com/am")).differs(NoTls));
        changes.push(set(name, at("https://user@am.example.com/am")).differs(UserInEndpoint));
        let fragment = json!(format!("https://am.example.com/am/{path}#x"));
        changes.push(set(name, fragment).differs(Fragment));
        let elsewhere = set(name, at("https://evil.example.com/am"));
        let is_authorization = name == "authorization_endpoint";
        changes.push(if is_authorization { elsewhere.differs(AnotherOrigin) } else { elsewhere });
    }
    changes.extend(["authorization_endpoint", "jwks_uri", "userinfo_endpoint"].map(without));
    changes.push(without("token_endpoint").differs(NoTokenEndpoint));
    changes.push(set("authorization_endpoint", json!(null)));
    changes.push(set("jwks_uri", json!(null)));
    changes.push(set("userinfo_endpoint", json!(null)));
    changes.push(set("token_endpoint", json!(null)).differs(NoTokenEndpoint));
    changes
}

fn members() -> Vec<Change<Document>> {
    use Difference::UnusedMembers;
    let mut changes: Vec<_> = [
        "response_types_supported",
        "subject_types_supported",
        "id_token_signing_alg_values_supported",
    ]
    .into_iter()
    .flat_map(|name| [without(name), set(name, json!(null)), set(name, json!("code"))])
    .chain([
        set("scopes_supported", json!("openid")),
        set("grant_types_supported", json!(7)),
        set("claims_parameter_supported", json!("false")),
        set("op_policy_uri", json!("nowhere")),
    ])
    .map(|it| it.differs(UnusedMembers))
    .collect();
    changes.extend([
        without("scopes_supported"),
        without("revocation_endpoint"),
        without("end_session_endpoint"),
        set("id_token_signing_alg_values_supported", json!(["FOO256", "ES256"])),
        set("id_token_signing_alg_values_supported", json!([])),
        set("response_types_supported", json!(["code id_token"])),
        set("authorization_response_iss_parameter_supported", json!(false)),
        set("an_unknown_member", json!({"with": ["anything", 1.5e300, null]})),
        set("scopes_supported", json!([])),
    ]);
    changes
}

fn texts() -> Vec<Change<Document>> {
    use Difference::{RepeatedNames, SomethingBehind};
    vec![
        edit("nothing", |_| String::new()),
        edit("no object", |it| format!("[{it}]")),
        edit("a text", |it| Value::from(it).to_string()),
        edit("cut short", |mut it| {
            it.pop();
            it
        }),
        edit("with something behind", |it| it + "x").differs(SomethingBehind),
        edit("with a second object behind", |it| it + "{}").differs(SomethingBehind),
        edit("with space around", |it| format!(" \r\n\t{it}\n ")),
        edit("with a byte order mark", |it| format!("\u{feff}{it}")),
        edit("a page", |_| "<html></html>".to_owned()),
        edit("with escapes", |it| it.replace("https:", "\\u0068ttps:")),
        edit("with another issuer first", |it| {
            it.replacen('{', r#"{"issuer":"https://evil.example.com","#, 1)
        }),
        edit("with an unknown name twice", |it| it.replacen('{', r#"{"x":1,"x":2,"#, 1))
            .differs(RepeatedNames),
        edit("with a name twice inside", |it| it.replacen('{', r#"{"x":{"a":1,"a":2},"#, 1))
            .differs(RepeatedNames),
    ]
}
