//! Whom the client believes over the network.

use journey_sdk::{BoxError, ErrorKind, HttpClient, Journey};

use crate::suite::{Chapter, World, scenario::scenarios, wire::Wire};

pub(super) const CHAPTER: Chapter = Chapter {
    title: "Trust",
    scenarios: scenarios![
        a_server_of_an_unknown_authority_is_not_talked_to:
            "The server's certificate is by a test authority. Without it the client does not send a byte.",
        an_authority_of_ones_own_is_trusted:
            "With it, given as PEM, the client signs in.",
        plain_http_is_refused:
            "Without TLS nothing is sent, not even to this machine, unless it was allowed.",
        a_server_that_is_down_gives_no_step:
            "When nobody listens, the failure is one of the network and can be tried again.",
    ],
};

async fn a_server_of_an_unknown_authority_is_not_talked_to(world: &World) -> Result<(), BoxError> {
    let journey = Journey::builder(world.url.as_str()).build()?;
    let failure = journey.start("password").await.expect_err("nobody vouches for the server");
    assert_eq!(failure.error().kind(), ErrorKind::Network);
    assert!(failure.error().code().contains("tls"), "{:?}", failure.error());
    Ok(())
}

async fn an_authority_of_ones_own_is_trusted(world: &World) -> Result<(), BoxError> {
    for http in [
        HttpClient::builder().add_ca(world.authority.clone()),
        HttpClient::builder().only_ca(world.authority.clone()),
    ] {
        let journey = Journey::builder(world.url.as_str()).http(http.build()?).build()?;
        world.sign_in(journey, Wire::new()).await?;
    }
    Ok(())
}

async fn plain_http_is_refused(world: &World) -> Result<(), BoxError> {
    let url = world.url.replace("https://", "http://");
    let http = world.http(&Wire::new()).build()?;
    let journey = Journey::builder(url).http(http).build();
    if let Ok(journey) = journey {
        let failure = journey.start("password").await.expect_err("there is no TLS");
        assert_eq!(failure.error().kind(), ErrorKind::Config, "{:?}", failure.error());
    }
    Ok(())
}

async fn a_server_that_is_down_gives_no_step(world: &World) -> Result<(), BoxError> {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
    let url = format!("https://127.0.0.1:{}/openam", listener.local_addr()?.port());
    drop(listener);
    let http = world.http(&Wire::new()).build()?;
    let journey = Journey::builder(url).http(http).build()?;
    let failure = journey.start("password").await.expect_err("nobody listens");
    assert_eq!(failure.error().kind(), ErrorKind::Network);
    assert!(failure.error().is_retryable());
    assert!(failure.into_step().is_none());
    Ok(())
}
