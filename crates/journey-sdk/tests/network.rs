//! Journeys over real sockets and real TLS, when these fail.

#![cfg(feature = "rustls")]

use std::error::Error as StdError;

#[cfg(all(feature = "oidc", feature = "proxy"))]
use journey_sdk::{Answers, OidcClient, storage::Memory};
use journey_sdk::{ErrorKind, HttpClient, Journey, NameCallback, Node, StepState};
use journey_testkit::fault_server::{Authority, FaultServer, Reply, Tls, Validity};
#[cfg(all(feature = "oidc", feature = "proxy"))]
use journey_testkit::{fault_server::Proxy, sim::Am};

const STEP: &str = r#"{"authId":"eyJ..","callbacks":[{"type":"NameCallback",
    "output":[{"name":"prompt","value":"User Name"}],"input":[{"name":"IDToken1","value":""}]}]}"#;
const SUCCESS: &str = r#"{"tokenId":"AQIC5w..","successUrl":"/","realm":"/"}"#;

type TestResult = Result<(), Box<dyn StdError + Send + Sync>>;

fn journey(server: &FaultServer, trusted: &Authority) -> Result<Journey, journey_sdk::Error> {
    let http = HttpClient::builder().only_ca(trusted.pem()).build();
    Journey::builder(server.url("/am")).http(http.expect("the settings fit")).build()
}

async fn server(authority: &Authority) -> std::io::Result<FaultServer> {
    let identity = authority.server(&["localhost"], Validity::Now)?;
    FaultServer::tls(Tls::new(&identity)?, [Reply::ok(STEP), Reply::ok(SUCCESS)]).await
}

#[tokio::test]
async fn a_certificate_nobody_vouches_for_fails_and_gives_the_step_back() -> TestResult {
    let (authority, stranger) = (Authority::new()?, Authority::new()?);
    let server = server(&authority).await?;
    let (trusting, wary) = (journey(&server, &authority)?, journey(&server, &stranger)?);

    let failure = wary.start("Login").await.expect_err("no trust, no journey");
    assert_eq!(failure.error().kind(), ErrorKind::Network);
    assert_eq!(failure.error().code(), "transport.tls");
    assert!(server.requests().is_empty(), "nothing was sent");

    let Node::Continue(mut step) = trusting.start("Login").await? else { panic!("no step") };
    step.callback_mut::<NameCallback>().ok_or("asks for a name")?.set_name("demo");
    let state: StepState = step.to_state();
    let failure = wary.continue_from(&state)?.next().await.expect_err("no trust, no answer");
    assert_eq!(failure.error().code(), "transport.tls");
    let step = failure.into_step().ok_or("the step comes back")?;
    let name = step.callback::<NameCallback>().and_then(NameCallback::name);
    assert_eq!(name.as_deref(), Some("demo"), "with its answers");
    let last = trusting.continue_from(&step.to_state())?.next().await?;
    assert!(matches!(last, Node::Success(_)));
    Ok(())
}

#[tokio::test]
async fn a_server_that_went_away_fails_and_gives_the_step_back() -> TestResult {
    let authority = Authority::new()?;
    let server = server(&authority).await?;
    let journey = journey(&server, &authority)?;
    let Node::Continue(step) = journey.start("Login").await? else { panic!("no step") };
    drop(server);
    let failure = step.next().await.expect_err("nobody is there");
    assert_eq!(failure.error().kind(), ErrorKind::Network);
    assert!(failure.error().is_retryable(), "{failure:?}");
    assert!(failure.into_step().is_some());
    Ok(())
}

#[cfg(all(feature = "oidc", feature = "proxy"))]
#[tokio::test]
async fn a_proxy_that_lets_nobody_through_is_not_worth_another_try() -> TestResult {
    let (am, store) = (Am::demo(), std::sync::Arc::new(Memory::new()));
    let journey = |http| {
        let builder = Journey::builder("https://am.example.com/am").realm("alpha").http(http);
        let oidc = OidcClient::builder("sdkClient").redirect_uri("http://localhost:8080/callback");
        builder.storage(std::sync::Arc::clone(&store)).oidc(oidc).build()
    };
    let direct = journey(HttpClient::builder().build_with(am.service())?)?;
    let answers = Answers::new().name("demo").password("Ch4ng31t");
    direct.start("Login").run(answers).await.expect("the user signs in");

    for (status, passes) in [(407, false), (503, true)] {
        let proxy = Proxy::refusing_with(status).await?;
        let http = HttpClient::builder().proxy(proxy.url()).attempts(1).build()?;
        let behind = journey(http)?;
        let failure = behind.start("Login").await.expect_err("the proxy refuses");
        assert_eq!(failure.error().is_retryable(), passes, "{failure:?}");
        let user = behind.user().await?.ok_or("the store has the login")?;
        let error = user.token().await.expect_err("the proxy refuses");
        assert_eq!(error.is_retryable(), passes, "{error:?}");
        assert!(!error.needs_sign_in() && user.session().is_some(), "{error:?}");
    }
    Ok(())
}
