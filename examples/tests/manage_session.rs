//! The example against the simulated AM.

use journey_examples::manage_session;
use journey_sdk::{HttpClient, Journey, OidcClient};
use journey_testkit::sim::Am;

fn journey(am: &Am) -> Journey {
    let oidc = OidcClient::builder("sdkClient").redirect_uri("http://localhost:8080/callback");
    let http = HttpClient::builder().build_with(am.service()).expect("the settings fit");
    Journey::builder("https://am.example.com/am")
        .realm("alpha")
        .http(http)
        .oidc(oidc)
        .build()
        .expect("the settings fit")
}

#[tokio::test]
async fn the_whole_story_runs() {
    let am = Am::demo();
    manage_session::run(&journey(&am), "demo", "Ch4ng31t").await.expect("the story ends well");
    am.assert_every_request_named_its_version();
}

#[tokio::test]
async fn a_wrong_password_ends_the_story() {
    let error = manage_session::run(&journey(&Am::demo()), "demo", "wrong").await.unwrap_err();
    assert!(error.to_string().contains("refused"), "{error}");
}
