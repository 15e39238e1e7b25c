//! A store that refuses some of what it is told: nobody loses a login, and nobody gets another one's tokens.

use journey_sdk::ExposeSecret;

use crate::{am, assert_same_session, babs, common::sign_in, name, process, store::Store};

#[tokio::test]
async fn a_user_whose_revocation_was_not_noted_gets_new_tokens_all_the_same() {
    let am = am();
    let store = Store::default();
    let user = sign_in(&process(&am, &store)).await;
    let before = user.token().await.unwrap();
    store.refuse("/generation/", 1);
    let _ = user.revoke().await;

    let after = user.token().await.unwrap();

    assert_ne!(after.value().expose_secret(), before.value().expose_secret());
    assert!(am.is_alive(after.value().expose_secret()));
    assert_eq!(name(&user).await.as_deref(), Some("Demo User"));
}

#[tokio::test]
async fn a_user_whose_session_the_store_refuses_gets_tokens_once() {
    let am = am();
    let store = Store::default();
    let before = sign_in(&process(&am, &store)).await;
    before.token().await.unwrap();
    let here = store.elsewhere();
    here.refuse("/session", usize::MAX);
    let journey = process(&am, &here);
    let success = journey.start("Login").run(babs()).await.unwrap();
    assert!(success.stored().is_err());
    let user = success.user().unwrap();
    am.clear_requests();

    let first = user.token().await.unwrap();
    let again = user.token().await.unwrap();
    user.refresh().await.unwrap();

    assert_eq!(again.value().expose_secret(), first.value().expose_secret());
    assert_eq!(
        am.count("GET", "/authorize"),
        1,
        "each call has made the tokens of the last one dead"
    );
    assert_eq!(name(&user).await.as_deref(), Some("Babs"));
}

#[tokio::test]
async fn the_earlier_user_is_not_signed_in_again_by_a_store_that_refused_the_later_one() {
    let am = am();
    let store = Store::default();
    let demo = sign_in(&process(&am, &store)).await;
    demo.token().await.unwrap();
    let here = store.elsewhere();
    here.refuse("/session", usize::MAX);
    let journey = process(&am, &here);
    let mut success = journey.start("Login").run(babs()).await.unwrap();
    let babs = success.user().unwrap();
    babs.token().await.unwrap();

    let next = process(&am, &store.elsewhere()).user().await.unwrap();

    if let Some(user) = next {
        assert!(user.session().is_none(), "the demo user's session is still there");
    }
    let _ = demo.token().await;
    assert_ne!(name(&babs).await.as_deref(), Some("Demo User"));
    here.refuse("/session", 0);
    success.store_again().await.unwrap();
    let next = process(&am, &store.elsewhere()).user().await.unwrap().unwrap();
    assert_eq!(name(&next).await.as_deref(), Some("Babs"));
}

#[tokio::test]
async fn a_login_that_no_store_took_gives_way_to_one_that_came_later_elsewhere() {
    let am = am();
    let store = Store::default();
    sign_in(&process(&am, &store)).await;
    let here = store.elsewhere();
    here.refuse("/session", usize::MAX);
    let success = process(&am, &here).start("Login").run(babs()).await.unwrap();
    let unsaved = success.user().unwrap();
    let later = sign_in(&process(&am, &store.elsewhere())).await;
    let token = later.token().await.unwrap();

    let names = [name(&unsaved).await, name(&later).await];

    assert_eq!(names, [Some("Demo User".to_owned()), Some("Demo User".to_owned())]);
    assert_same_session(&unsaved, &later);
    assert!(am.is_alive(token.value().expose_secret()));
    assert_eq!(later.token().await.unwrap().value().expose_secret(), token.value().expose_secret());
}
