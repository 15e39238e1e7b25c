//! A caller that goes away costs nothing, wherever its call stands: every request and every look into the store
//! is a place to go away at.

use std::{
    future::poll_fn,
    pin::{Pin, pin},
    sync::Arc,
    task::Poll,
    time::Duration,
};

use async_trait::async_trait;
use http::Request;
use journey_core::{Clock, TokenProvider};
use journey_oidc::OidcClient;
use journey_storage::{Error, Storage};
use journey_transport::{Body, HttpClient};
use secrecy::ExposeSecret;
use tokio::task::yield_now;
use tower::ServiceExt;

use crate::{
    watched::{Call, Watch, Watched},
    world::{self, World},
};

/// More looks than any of the calls needs to its end.
const LOOKS: usize = 60;

/// A user with a client that waits a little at each step.
async fn slow() -> (World, OidcClient) {
    let storage: Arc<dyn Storage> = Arc::new(Watched::<Slow>::default());
    let world = World::over(world::demo(), world::settings(), Arc::clone(&storage)).await;
    let am = world.am.service();
    let service = tower::service_fn(move |request: Request<Body>| {
        let am = am.clone();
        async move {
            yield_now().await;
            let answer = am.oneshot(request).await;
            yield_now().await;
            answer
        }
    });
    let http = HttpClient::builder().clock(world.clock.as_fn()).build_with(service).unwrap();
    let now = world.clock.as_fn();
    let client = world::settings().build(http, storage, Clock::new(move || now())).unwrap();
    (world, client)
}

/// Begins a call, looks so many times whether it has ended, and goes away; tells whether it had.
async fn gone_after(looks: usize, call: impl Future) -> bool {
    let mut call = pin!(call);
    for _ in 0..looks {
        if has_ended(call.as_mut()).await {
            return true;
        }
        yield_now().await;
    }
    false
}

async fn has_ended(mut call: Pin<&mut impl Future>) -> bool {
    poll_fn(|context| Poll::Ready(call.as_mut().poll(context).is_ready())).await
}

#[tokio::test(start_paused = true)]
async fn a_code_is_exchanged_once_whenever_its_caller_goes_away() {
    for looks in 0..=LOOKS {
        let (world, client) = slow().await;
        let ended = gone_after(looks, client.token(&world.account)).await;
        assert!(ended || looks < LOOKS, "it takes longer than that");
        let token = client.token(&world.account).await.unwrap();
        assert_eq!(world.token_requests(), 1, "after {looks} looks");
        assert_eq!(world.am.live_access_tokens(), [token.value().expose_secret()]);
        assert!(world.has_stored_tokens().await);
    }
}

#[tokio::test(start_paused = true)]
async fn a_refresh_token_is_spent_once_whenever_its_caller_goes_away() {
    for looks in 0..=LOOKS {
        let (world, client) = slow().await;
        client.token(&world.account).await.unwrap();
        world.clock.advance(Duration::from_secs(3700));
        world.am.clear_requests();
        let ended = gone_after(looks, client.token(&world.account)).await;
        assert!(ended || looks < LOOKS, "it takes longer than that");
        let token = client.token(&world.account).await.unwrap();
        assert_eq!(world.token_requests(), 1, "after {looks} looks");
        assert!(world.am.is_alive(token.value().expose_secret()), "after {looks} looks");
    }
}

#[tokio::test(start_paused = true)]
async fn a_sign_out_and_a_revocation_once_begun_end_everything_whenever_their_caller_goes_away() {
    for looks in 1..=LOOKS {
        for signs_out in [SignsOut::Yes, SignsOut::No] {
            let (world, client) = slow().await;
            client.token(&world.account).await.unwrap();
            let ended = match signs_out {
                SignsOut::Yes => gone_after(looks, client.end(&world.account)).await,
                SignsOut::No => gone_after(looks, client.revoke(&world.account)).await,
            };
            assert!(ended || looks < LOOKS, "it takes longer than that");
            // It goes on by itself.
            for _ in 0..LOOKS {
                yield_now().await;
            }
            assert!(world.nothing_lives(), "{signs_out:?} after {looks} looks");
            assert!(!world.has_stored_tokens().await, "{signs_out:?} after {looks} looks");
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum SignsOut {
    Yes,
    No,
}

/// Lets a store wait a little before and after each call.
#[derive(Debug, Default)]
struct Slow;

#[async_trait]
impl Watch for Slow {
    async fn before(&self, _: Call<'_>) -> Result<(), Error> {
        yield_now().await;
        Ok(())
    }

    async fn after(&self, _: Call<'_>) {
        yield_now().await;
    }
}
