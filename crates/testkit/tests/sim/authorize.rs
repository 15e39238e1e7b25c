//! From a session to a code.

use journey_testkit::sim::{Am, OAuthClient, Profile};

use crate::support::{
    CALLBACK, OAUTH, authorize, authorize_path, authorize_query, cookie, form, get, sign_in,
};

/// The query with one parameter set, or left out.
fn with(name: &'static str, value: Option<&str>) -> Vec<(&'static str, String)> {
    let mut query = authorize_query();
    query.retain(|(key, _)| *key != name);
    query.extend(value.map(|value| (name, value.to_owned())));
    query
}

#[tokio::test]
async fn a_session_cookie_gives_a_code_and_the_state_back() {
    let am = Am::demo();
    let session = sign_in(&am).await;
    let answer = authorize(&am, &session, &authorize_query()).await;
    assert_eq!(answer.status, 302);
    assert!(answer.header("location").starts_with(&format!("{CALLBACK}?code=")));
    assert_eq!(answer.location("state").as_deref(), Some("s-1"));
    let issuer = "https://am.example.com/am/oauth2/realms/root/realms/alpha";
    assert_eq!(answer.location("iss").as_deref(), Some(issuer));
}

#[tokio::test]
async fn a_session_in_a_header_is_not_looked_at() {
    let am = Am::demo();
    let session = sign_in(&am).await;
    let header = [("iplanetdirectorypro", &*session)];
    let answer = get(&am, &authorize_path(&authorize_query()), &header).await;
    assert_eq!(answer.status, 302);
    assert!(answer.header("location").starts_with("https://am.example.com/am/XUI/?realm=%2Falpha"));
}

#[tokio::test]
async fn a_session_of_another_realm_does_not_count() {
    let am = Am::demo();
    let session = sign_in(&am).await;
    let path = authorize_path(&authorize_query()).replace("/realms/alpha", "");
    let answer = get(&am, &path, &[("cookie", &cookie(&session))]).await;
    assert!(answer.header("location").contains("/XUI/"));
}

#[tokio::test]
async fn an_unknown_client_or_redirect_uri_gets_a_page_and_no_redirect() {
    let am = Am::demo();
    let session = sign_in(&am).await;
    let elsewhere = ["https://evil.example.com/", "http://localhost:8081/callback"];
    let mut queries = vec![with("client_id", Some("nope"))];
    queries.extend(elsewhere.map(|uri| with("redirect_uri", Some(uri))));
    for query in queries {
        let answer = authorize(&am, &session, &query).await;
        assert_eq!(answer.status, 400);
        assert!(answer.header("content-type").starts_with("text/html"));
        assert_eq!(answer.header("location"), "");
    }
}

#[tokio::test]
async fn other_errors_go_back_to_the_client() {
    let am = Am::demo();
    let session = sign_in(&am).await;
    let cases = [
        ("code_challenge", None, "invalid_request"),
        ("scope", Some("openid nope"), "invalid_scope"),
        ("response_type", Some("foo"), "unsupported_response_type"),
        ("code_challenge_method", Some("S1"), "invalid_request"),
    ];
    for (name, value, error) in cases {
        let answer = authorize(&am, &session, &with(name, value)).await;
        assert_eq!(answer.status, 302);
        assert_eq!(answer.location("error").as_deref(), Some(error));
        assert_eq!(answer.location("state").as_deref(), Some("s-1"));
        assert_eq!(answer.location("iss"), None);
    }
}

#[tokio::test]
async fn without_a_session_nothing_is_asked_when_prompt_is_none() {
    let am = Am::demo();
    let answer = get(&am, &authorize_path(&with("prompt", Some("none"))), &[]).await;
    assert_eq!(answer.location("error").as_deref(), Some("interaction_required"));
}

#[tokio::test]
async fn asking_to_sign_in_again_costs_the_session() {
    let am = Am::demo();
    let session = sign_in(&am).await;
    authorize(&am, &session, &with("prompt", Some("login"))).await;
    assert!(!am.is_alive(&session));
    let session = sign_in(&am).await;
    let answer = authorize(&am, &session, &with("max_age", Some("0"))).await;
    assert_eq!(answer.location("error").as_deref(), Some("login_required"));
    assert!(!am.is_alive(&session));
}

#[tokio::test]
async fn consent_needs_a_decision_and_the_session_as_proof() {
    let client = OAuthClient::public("sdkClient").redirect_uri(CALLBACK).consent_required();
    let am = Am::demo_builder().client("alpha", client).build();
    let session = sign_in(&am).await;
    let page = authorize(&am, &session, &authorize_query()).await;
    assert_eq!(page.status, 200);
    assert!(page.header("content-type").starts_with("text/html"));

    let path = format!("{OAUTH}/authorize");
    let query = authorize_query();
    let decide = async |decision: &'static str, csrf: &str| {
        let mut fields: Vec<(&str, &str)> = query.iter().map(|(k, v)| (*k, v.as_str())).collect();
        fields.extend([("decision", decision), ("csrf", csrf)]);
        form(&am, &path, &[("cookie", &cookie(&session))], &fields).await
    };
    assert_eq!(decide("allow", "x").await.status, 400);
    let denied = decide("deny", &session).await;
    assert_eq!(denied.location("error").as_deref(), Some("access_denied"));
    assert!(decide("allow", &session).await.location("code").is_some());
}

#[tokio::test]
async fn openam_sends_a_user_without_session_to_its_own_page() {
    let am = Am::demo_builder().profile(Profile::OpenAm16).base_path("am").build();
    let answer = get(&am, &authorize_path(&authorize_query()), &[]).await;
    assert_eq!(answer.status, 301);
    assert!(answer.header("location").starts_with("https://am.example.com/am/UI/Login?realm="));
}
