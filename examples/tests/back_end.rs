//! The back end, with many browsers, against the simulated AM.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

use std::sync::Arc;

use journey_examples::back_end::{BackEnd, Rejected, Screen, Trouble};
use journey_sdk::{
    ExposeSecret, HttpClient, Journey, OidcClient,
    storage::{Memory, SealingKey},
};
use journey_testkit::sim::{Am, Fault, User};

const BROWSERS: usize = 100;

/// Two processes over one store and one key; a load balancer sends each request to either.
struct World {
    am: Am,
    one: Arc<BackEnd>,
    other: Arc<BackEnd>,
}

fn world() -> World {
    let users = (0..BROWSERS).map(|it| User::new(format!("user{it}"), "Passw0rd1"));
    let am = users.fold(Am::demo_builder(), |am, user| am.user("alpha", user)).build();
    let (store, key) = (Arc::new(Memory::new()), SealingKey::generate().unwrap());
    let back_end = || {
        let http = HttpClient::builder().build_with(am.service()).unwrap();
        let oidc = OidcClient::builder("sdkClient").redirect_uri("http://localhost:8080/callback");
        let journey = Journey::builder("https://am.example.com/am").realm("alpha").http(http);
        let journey = journey.storage(Arc::clone(&store)).oidc(oidc).build().unwrap();
        Arc::new(BackEnd::new(journey, key.clone()))
    };
    World { one: back_end(), other: back_end(), am }
}

async fn form(back_end: &BackEnd, browser: &str) -> Vec<u8> {
    match back_end.start(browser).await {
        Ok(Screen::Form(fields, page)) => {
            assert_eq!(fields.len(), 2);
            page
        }
        other => panic!("{other:?}"),
    }
}

async fn sign_in(world: &World, browser: &str, name: &str) {
    let page = form(&world.one, browser).await;
    let screen = world.other.next(browser, &page, &[name, "Passw0rd1"]).await.unwrap();
    assert!(matches!(screen, Screen::Welcome), "{screen:?}");
}

/// The subject that the API sees.
async fn subject(back_end: &BackEnd, browser: &str) -> Result<String, Trouble> {
    let api = async |token: &journey_sdk::AccessToken| Ok(token.id_claims()["sub"].to_string());
    back_end.call(browser, api).await
}

#[tokio::test]
async fn each_browser_has_its_own_user_whichever_process_answers() {
    let world = Arc::new(world());
    let calls = (0..BROWSERS).map(|number| {
        let world = Arc::clone(&world);
        tokio::spawn(async move {
            let browser = format!("browser {number}");
            sign_in(&world, &browser, &format!("user{number}")).await;
            let subjects =
                (subject(&world.one, &browser).await, subject(&world.other, &browser).await);
            let (Ok(one), Ok(other)) = subjects else { panic!("{subjects:?}") };
            assert_eq!(one, other);
            one
        })
    });
    let mut subjects = Vec::new();
    for call in calls.collect::<Vec<_>>() {
        subjects.push(call.await.unwrap());
    }
    subjects.sort();
    subjects.dedup();
    assert_eq!(subjects.len(), BROWSERS);

    assert!(world.one.sign_out("browser 7").await);
    assert!(matches!(subject(&world.one, "browser 7").await, Err(Trouble::SignIn)));
    assert!(subject(&world.one, "browser 8").await.is_ok());
    world.one.drain().await;
}

#[tokio::test]
async fn a_page_is_good_for_the_browser_it_was_shown_to_and_for_nobody_else() {
    let world = world();
    let mut page = form(&world.one, "mine").await;

    let stolen = world.one.next("another", &page, &["user1", "Passw0rd1"]).await;
    assert!(matches!(stolen, Err(Trouble::BadRequest)), "{stolen:?}");
    *page.last_mut().unwrap() ^= 1;
    let changed = world.one.next("mine", &page, &["user1", "Passw0rd1"]).await;
    assert!(matches!(changed, Err(Trouble::BadRequest)), "{changed:?}");
}

#[tokio::test]
async fn a_page_can_be_sent_again_when_the_server_was_away_and_a_wrong_password_is_told() {
    let world = world();
    let page = form(&world.one, "mine").await;
    world.am.fail_each("/authenticate", Fault::Status(503));
    let away = world.one.next("mine", &page, &["user1", "Passw0rd1"]).await;
    assert!(matches!(away, Err(Trouble::Later(_))), "{away:?}");

    world.am.clear_faults();
    let screen = world.one.next("mine", &page, &["user1", "wrong"]).await.unwrap();
    assert!(matches!(&screen, Screen::Refused(text) if text == "Login failure"), "{screen:?}");
}

#[tokio::test]
async fn a_token_that_the_api_rejects_is_replaced_once() {
    let world = world();
    sign_in(&world, "mine", "user1").await;
    let am = &world.am;
    am.live_access_tokens().iter().for_each(|it| am.kill_token(it));
    let api = async |token: &journey_sdk::AccessToken| {
        let is_alive = am.is_alive(token.value().expose_secret());
        if is_alive { Ok(()) } else { Err(Rejected) }
    };
    world.one.call("mine", &api).await.unwrap();
    am.live_access_tokens().iter().for_each(|it| am.kill_token(it));
    world.one.call("mine", &api).await.unwrap();
    assert_eq!(am.count_grant("refresh_token"), 1);

    let never = async |_: &journey_sdk::AccessToken| Err::<(), _>(Rejected);
    assert!(matches!(world.one.call("mine", never).await, Err(Trouble::SignIn)));
}
