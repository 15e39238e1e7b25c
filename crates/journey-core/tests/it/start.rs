//! How a journey is asked for.

use crate::support::{start, step_of};
use journey_core::{AuthIndex, ErrorKind, Realm, Server, Session, SessionApi, Start};

fn query(start: &Start) -> String {
    start.request().unwrap().uri().query().unwrap_or_default().to_owned()
}

#[test]
fn every_index_type_has_its_name_and_value() {
    for (index, expected) in [
        (
            AuthIndex::Service("Two Words".into()),
            "authIndexType=service&authIndexValue=Two%20Words",
        ),
        (
            AuthIndex::Transaction("7b8b-1".into()),
            "authIndexType=transaction&authIndexValue=7b8b-1",
        ),
        (
            AuthIndex::Resource("https://a/b".into()),
            "authIndexType=resource&authIndexValue=https%3A%2F%2Fa%2Fb",
        ),
        (AuthIndex::Module("DataStore".into()), "authIndexType=module&authIndexValue=DataStore"),
        (AuthIndex::User("bjensen".into()), "authIndexType=user&authIndexValue=bjensen"),
        (AuthIndex::Role("cn=x".into()), "authIndexType=role&authIndexValue=cn%3Dx"),
        (AuthIndex::Level(10), "authIndexType=level&authIndexValue=10"),
        (
            AuthIndex::advice("AuthLevelConditionAdvice", "/:2&\"<"),
            "authIndexType=composite_advice&authIndexValue=%3CAdvices%3E%3CAttributeValuePair%3E%3CAttribute%20name%3D%22AuthLevelConditionAdvice%22%2F%3E%3CValue%3E%2F%3A2%26amp%3B%26quot%3B%26lt%3B%3C%2FValue%3E%3C%2FAttributeValuePair%3E%3C%2FAdvices%3E",
        ),
    ] {
        assert_eq!(query(&start().index(index)), expected);
    }
    assert_eq!(query(&start()), "", "the realm's default journey has no index");
}

#[test]
fn places_to_go_to_are_asked_for_and_never_followed() {
    let start = start().goto("https://app/?a=b").goto_on_fail("https://app/no");
    assert_eq!(
        query(&start),
        "goto=https%3A%2F%2Fapp%2F%3Fa%3Db&gotoOnFail=https%3A%2F%2Fapp%2Fno"
    );
}

#[test]
fn name_and_password_go_with_the_first_request_only() {
    let start = start().credentials("Zoë", "sentinel");
    let first = start.request().unwrap();
    assert_eq!(first.headers()["X-OpenAM-Username"], "=?UTF-8?B?Wm/Dqw==?=");
    assert_eq!(first.headers()["X-OpenAM-Password"], "sentinel");
    let step = step_of(r#"{"type":"NameCallback","input":[{"name":"IDToken1","value":""}]}"#);
    let second = start.answer(&step).unwrap();
    assert!(!second.headers().contains_key("X-OpenAM-Password"));
    let shown = format!("{start:?} {first:?} {second:?}");
    assert!(!shown.contains("sentinel"), "{shown}");
}

#[test]
fn a_session_to_upgrade_goes_as_cookie_and_on_openam_in_the_query() {
    let server = Server::new("https://am.example.com/am").unwrap();
    let session = Session::new("AQIC5w.*", None, Realm::root());
    let upgrade = Start::new(server.clone(), Realm::root()).upgrade(session);
    assert_eq!(upgrade.request().unwrap_err().kind(), ErrorKind::Misuse, "no cookie name yet");
    server.set_cookie_name("iPlanetDirectoryPro");
    let request = upgrade.request().unwrap();
    assert_eq!(request.headers()["Cookie"], "iPlanetDirectoryPro=AQIC5w.*");
    assert!(request.headers()["Cookie"].is_sensitive() && request.uri().query().is_none());
    server.set_session_api(SessionApi::Legacy);
    assert_eq!(query(&upgrade), "sessionUpgradeSSOTokenId=AQIC5w.*");
}

#[test]
fn one_journeys_flags_are_not_anothers() {
    let server = Server::new("https://am.example.com/am").unwrap();
    let plain = Start::new(server, Realm::root()).journey("Login");
    let special = plain.clone().force_auth().no_session().locale("de").query("x", "1");
    assert_eq!(query(&plain), "authIndexType=service&authIndexValue=Login");
    assert_eq!(
        query(&special),
        "authIndexType=service&authIndexValue=Login&ForceAuth=true&noSession=true&x=1"
    );
    assert!(!plain.request().unwrap().headers().contains_key("Accept-Language"));
}

#[test]
fn a_locale_that_is_no_header_is_misuse() {
    assert_eq!(start().locale("de\r\nX: y").request().unwrap_err().kind(), ErrorKind::Misuse);
}
