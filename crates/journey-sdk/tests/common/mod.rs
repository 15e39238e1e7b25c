//! What the facade's tests share: the simulated AM in process, and journeys against it.

use journey_sdk::{Answers, HttpClient, Journey, JourneyBuilder, User};
use journey_testkit::sim::Am;

pub(crate) const USER: &str = "demo";
pub(crate) const PASSWORD: &str = "Ch4ng31t";

/// Returns the base URL of a simulated AM.
pub(crate) fn server(am: &Am) -> String {
    format!("https://am.example.com{}", am.base_path())
}

/// Starts to build a journey of realm alpha against the simulated AM.
pub(crate) fn builder(am: &Am) -> JourneyBuilder {
    let http = HttpClient::builder().build_with(am.service()).expect("the settings fit");
    Journey::builder(server(am)).realm("alpha").http(http)
}

/// Builds it without more.
pub(crate) fn journey(am: &Am) -> Journey {
    builder(am).build().expect("the settings fit")
}

pub(crate) fn answers() -> Answers {
    Answers::new().name(USER).password(PASSWORD)
}

pub(crate) async fn sign_in(journey: &Journey) -> User {
    let success = journey.start("Login").run(answers()).await.expect("the user signs in");
    success.user().expect("there is a session")
}
