//! A redirect is followed by no kind of request, whatever it carries.

#![cfg(all(feature = "oidc", feature = "rustls"))]

#[expect(dead_code, reason = "not all of it is needed here")]
mod common;

use std::error::Error as StdError;

use bytes::Bytes;
use common::answers;
use http::{Request, Response, StatusCode, header};
use http_body_util::Full;
use journey_sdk::{Error, HttpClient, Journey, OidcClient, RunError, SignOutReport};
use journey_testkit::fault_server::{Authority, FaultServer, Tls, Validity};
use journey_testkit::sim::Am;
use tower::ServiceExt;

type BoxError = Box<dyn StdError + Send + Sync>;

/// Each kind of request by the end of its path, and whether the login goes on without it.
const KINDS: [(&str, Ends); 10] = [
    ("/authenticate", Ends::Login),
    ("/serverinfo/*", Ends::Login),
    ("/openid-configuration", Ends::Login),
    ("/authorize", Ends::Login),
    ("/jwk_uri", Ends::Login),
    ("/access_token", Ends::Login),
    ("/userinfo", Ends::Login),
    ("/token/revoke", Ends::SignOut),
    ("/endSession", Ends::SignOut),
    ("/sessions", Ends::SignOut),
];

/// What can't be whole when a kind of request is not answered.
#[derive(Clone, Copy, PartialEq)]
enum Ends {
    Login,
    SignOut,
}

/// Signs in, gets tokens, asks whose they are and signs out.
async fn story(authority: &Authority, url: &str) -> Result<SignOutReport, Error> {
    let http = HttpClient::builder().only_ca(authority.pem()).build();
    let oidc = OidcClient::builder("sdkClient").redirect_uri("http://localhost:8080/callback");
    let journey = Journey::builder(url).realm("alpha").http(http.expect("the settings fit"));
    let journey = journey.oidc(oidc).build()?;
    let user = match journey.start("Login").run(answers()).await {
        Ok(success) => success.user()?,
        Err(RunError::Failed(failure)) => return Err(failure.into_error()),
        Err(other) => unreachable!("the server was reached: {other:?}"),
    };
    user.token().await?;
    user.user_info().await?;
    Ok(user.logout().await)
}

/// Starts a server that answers as this AM, but sends one kind of request elsewhere.
async fn sending(
    (am, authority): (&Am, &Authority),
    (kind, status, to): (&'static str, StatusCode, String),
) -> Result<FaultServer, BoxError> {
    let am = am.clone();
    let service = tower::service_fn(move |request: Request<Full<Bytes>>| {
        let (am, to) = (am.service(), to.clone());
        async move {
            if !request.uri().path().ends_with(kind) {
                return am.oneshot(request).await.map_err(BoxError::from);
            }
            let redirect = Response::builder().status(status).header(header::LOCATION, to);
            Ok(redirect.body(Full::default())?)
        }
    });
    let identity = authority.server(&["localhost"], Validity::Now)?;
    Ok(FaultServer::tls_over(Tls::new(&identity)?, service).await?)
}

#[tokio::test]
async fn a_redirect_is_followed_by_no_kind_of_request() -> Result<(), BoxError> {
    let authority = Authority::new()?;
    let identity = authority.server(&["localhost"], Validity::Now)?;
    // The one that would get what the request carries, and whose certificate is as good.
    let elsewhere = FaultServer::tls_over(Tls::new(&identity)?, Am::demo().service()).await?;
    for (kind, ends) in KINDS {
        for status in [StatusCode::FOUND, StatusCode::TEMPORARY_REDIRECT] {
            let am = Am::demo();
            let to = elsewhere.url(&format!("/am{kind}"));
            let server = sending((&am, &authority), (kind, status, to)).await?;
            let result = story(&authority, &server.url("/am")).await;
            match (&result, ends) {
                (Err(_), Ends::Login) => {}
                (Ok(report), Ends::SignOut) => assert!(!report.is_complete(), "{kind} {report:?}"),
                _ => panic!("{kind} {status}: {result:?}"),
            }
            let requests = server.requests();
            let line = |it: &String| it.lines().next().unwrap_or_default().to_owned();
            let asked = requests.iter().map(line).filter(|it| it.contains(kind)).count();
            assert!((1..=2).contains(&asked), "{kind} {status}: {asked} times");
            assert_eq!(elsewhere.requests(), Vec::<String>::new(), "{kind} {status}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn without_a_redirect_the_story_of_these_tests_is_whole() -> Result<(), BoxError> {
    let (am, authority) = (Am::demo(), Authority::new()?);
    let nowhere = ("/nowhere", StatusCode::FOUND, String::new());
    let server = sending((&am, &authority), nowhere).await?;
    let report = story(&authority, &server.url("/am")).await?;
    assert!(report.is_complete(), "{report:?}");
    let paths: Vec<_> = am.requests().iter().map(|it| it.path().to_owned()).collect();
    for (kind, _) in KINDS {
        assert!(paths.iter().any(|it| it.ends_with(kind)), "no {kind} in {paths:?}");
    }
    Ok(())
}

#[tokio::test]
async fn where_a_success_leads_is_told_and_not_asked_for() {
    let am = Am::demo();
    let place = format!("{}/console", common::server(&am));
    let start = common::journey(&am).start("Login").goto(&place).goto_on_fail(&place);
    let user = start.run(answers()).await.unwrap().user().unwrap();
    assert_eq!(user.session().unwrap().success_url(), Some(place.as_str()));
    let asked = am.requests();
    let asked: Vec<_> = asked.iter().map(|it| it.path().rsplit('/').next().unwrap()).collect();
    assert_eq!(asked, ["authenticate", "authenticate"]);
}
