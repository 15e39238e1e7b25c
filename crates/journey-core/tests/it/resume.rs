//! Going on after a link or a redirect.

use crate::support::{answer, start, step_of};
use journey_core::{ErrorKind, Resume};
use secrecy::ExposeSecret;

const APP: [&str; 1] = ["https://app.example.com"];

fn resumed(uri: &str) -> String {
    let resume = Resume::from_uri(uri, APP).unwrap();
    let step = step_of(
        r#"{"type":"RedirectCallback","output":[{"name":"redirectUrl","value":"https://idp"}]}"#,
    );
    let request = start().journey("Login").resume_step(&step, &resume).unwrap();
    assert_eq!(request.body().expose_secret(), &answer(&step), "the step goes back whole");
    let query = request.uri().query().unwrap();
    query.strip_prefix("authIndexType=service&authIndexValue=Login&").unwrap().to_owned()
}

#[test]
fn a_suspended_journey_goes_on_with_its_id_and_an_empty_body() {
    let link = "https://app.example.com/?realm=/alpha&suspendedId=s-1&authIndexType=service&authIndexValue=Evil";
    let resume = Resume::from_uri(link, APP).unwrap();
    let request = start().journey("Reset").no_session().resume(&resume).unwrap();
    assert_eq!(
        request.uri().query(),
        Some("authIndexType=service&authIndexValue=Reset&noSession=true&suspendedId=s-1")
    );
    assert_eq!(request.body().expose_secret(), "");
    let again = start().resume(&Resume::suspended("s-2")).unwrap();
    assert_eq!(again.uri().query(), Some("suspendedId=s-2"));
}

#[test]
fn everything_a_redirect_may_bring_is_sent_once() {
    assert_eq!(
        resumed("https://app.example.com/cb?state=s%201&code=c%2B1&scope=a&iss=i"),
        "state=s%201&code=c%2B1&scope=a&iss=i"
    );
    assert_eq!(resumed("https://app.example.com/cb?form_post_entry=f"), "form_post_entry=f");
    assert_eq!(
        resumed("https://app.example.com/cb?responsekey=r&RelayState=x"),
        "responsekey=r&RelayState=x"
    );
    assert_eq!(
        resumed(
            "https://app.example.com/cb?error=access_denied&error_description=no&errorCode=1&errorMessage=m&nonce=n"
        ),
        "error=access_denied&error_description=no&errorCode=1&errorMessage=m&nonce=n"
    );
}

#[test]
fn nothing_else_of_the_uri_is_used() {
    assert_eq!(
        resumed(
            "https://app.example.com/am/json?code=c&state=s&realm=/evil&goto=x&ForceAuth=false#code=y"
        ),
        "code=c&state=s"
    );
}

#[test]
fn only_places_that_are_allowed_bring_a_journey_back() {
    let ok = |uri: &str, allowed: &str| Resume::from_uri(uri, [allowed]).is_ok();
    assert!(ok("HTTPS://APP.example.com:443/x?suspendedId=s", "https://app.example.com/other"));
    assert!(ok("http://[::1]:80/x?suspendedId=s", "http://[::1]"));
    assert!(ok("app:/cb?suspendedId=s", "app:/cb"));
    assert!(ok("app://cb?suspendedId=s", "app://cb"));
    assert!(ok("app:/cb/?suspendedId=s", "app:/cb/"));
    for (uri, allowed) in [
        ("app:/cb/?suspendedId=s", "app:/cb"),
        ("app://cb?suspendedId=s", "app:/cb"),
        ("app:/cb?suspendedId=s", "app://cb"),
        ("app://user@cb?suspendedId=s", "app://cb"),
        ("APP:/cb?suspendedId=s", "app:/cb"),
        ("app:/CB?suspendedId=s", "app:/cb"),
        ("https://user@app.example.com/?suspendedId=s", "https://app.example.com"),
        ("https://user@app.example.com/?suspendedId=s", "https://user@app.example.com/"),
        ("https://app.example.com@evil/?suspendedId=s", "https://app.example.com"),
        ("https://app.example.com.evil/?suspendedId=s", "https://app.example.com"),
        ("http://app.example.com/?suspendedId=s", "https://app.example.com"),
        ("https://app.example.com:8443/?suspendedId=s", "https://app.example.com"),
        ("javascript:alert(1)?suspendedId=s", "https://app.example.com"),
    ] {
        assert!(!ok(uri, allowed), "{uri} by {allowed}");
    }
    assert!(Resume::from_uri("https://a/?suspendedId=s", [""; 0]).is_err());
}

#[test]
fn what_brings_nothing_or_one_thing_twice_is_refused_without_showing_it() {
    for rest in [
        "",
        "?code=sentinel",
        "?state=sentinel",
        "?suspendedId=",
        "?x=sentinel",
        "#suspendedId=sentinel",
        "?code=sentinel&state=b&state=c",
        "?suspendedId=sentinel&suspendedId=b",
    ] {
        let error = Resume::from_uri(&format!("https://app.example.com/{rest}"), APP).unwrap_err();
        assert_eq!(
            (error.kind(), error.code()),
            (ErrorKind::NotResumable, "core.not_resumable"),
            "{rest}"
        );
        assert!(!format!("{error} {error:?}").contains("sentinel"));
    }
}

#[test]
fn a_redirect_needs_its_step_and_a_link_has_none() {
    let link = Resume::suspended("s");
    let back = Resume::from_uri("https://app.example.com/?code=c&state=s", APP).unwrap();
    let step = step_of("");
    assert_eq!(start().resume(&back).unwrap_err().kind(), ErrorKind::Misuse);
    assert_eq!(start().resume_step(&step, &link).unwrap_err().kind(), ErrorKind::Misuse);
    assert!(!format!("{back:?}").contains("\"c\""));
    let denied = Resume::from_uri("https://app.example.com/?error=access_denied", APP).unwrap();
    assert_eq!(denied.error(), Some("access_denied"));
}
