//! Tokens never come back: whenever a sign-out, a revocation or a change of user falls into a renewal,
//! the store ends up empty and no token lives at the server.

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use journey_core::{Account, AccountWriter, TokenProvider};
use journey_oidc::OidcClient;
use journey_storage::{Key, Storage, raise_generation};
use journey_testkit::sim::{Fault, Matcher, Misbehavior, Profile, User};
use secrecy::ExposeSecret;
use serde_json::json;

use crate::{
    staged::{Moment, Staged},
    world::{self, World},
};

/// Where the renewal stands when the account is signed out.
#[derive(Debug, Clone, Copy)]
enum Stage {
    Store(Moment),
    BeforeServerActs,
    AnswerOnItsWay,
}

const STAGES: [Stage; 5] = [
    Stage::Store(Moment::BeforeLock),
    Stage::BeforeServerActs,
    Stage::AnswerOnItsWay,
    Stage::Store(Moment::BeforePut),
    Stage::Store(Moment::AfterPut),
];

/// What the renewal spends.
#[derive(Debug, Clone, Copy)]
enum Grant {
    RefreshToken,
    /// A refresh token, and what comes for it is not taken.
    RefreshTokenInVain,
    Code,
}

const GRANTS: [Grant; 3] = [Grant::RefreshToken, Grant::RefreshTokenInVain, Grant::Code];

/// Who ends the tokens: the process that renews them, or another one over the same store.
#[derive(Debug, Clone, Copy)]
enum Process {
    Same,
    Other,
}

type Ending =
    for<'a> fn(&'a OidcClient, &'a AccountWriter) -> Pin<Box<dyn Future<Output = ()> + 'a>>;

async fn check(ending: Ending) {
    for profile in [Profile::OpenAm16, Profile::PingAm] {
        for stage in STAGES {
            for grant in GRANTS {
                for process in [Process::Same, Process::Other] {
                    run(profile, stage, grant, process, ending).await;
                }
            }
        }
    }
}

async fn run(profile: Profile, stage: Stage, grant: Grant, process: Process, ending: Ending) {
    let case = format!("{profile:?} {stage:?} {grant:?} {process:?}");
    let store = Staged::default();
    let am = world::demo().profile(profile).base_path("/am").user("alpha", second_user());
    let storage: Arc<dyn Storage> = Arc::new(store.clone());
    let world = World::over(am, world::settings(), storage).await;
    let grant_type = match grant {
        Grant::RefreshToken | Grant::RefreshTokenInVain => {
            world.client.token(&world.account).await.unwrap();
            world.clock.advance(Duration::from_secs(3700));
            "refresh_token"
        }
        Grant::Code => "authorization_code",
    };
    if matches!(grant, Grant::RefreshTokenInVain) {
        world.am.misbehave(Misbehavior::IdTokenOtherSub);
    }

    let requests = Matcher::path("/access_token").grant_type(grant_type);
    let (gate, hold) = match stage {
        Stage::Store(moment) => (None, Some(store.hold_next(moment))),
        Stage::BeforeServerActs => (Some(world.am.hold_next(requests)), None),
        Stage::AnswerOnItsWay => (Some(world.am.hold_next_answer(requests)), None),
    };
    let renewal = spawn(&world.client, &world.account);
    match (&gate, &hold) {
        (Some(gate), _) => gate.arrived().await,
        (_, Some(hold)) => hold.arrived().await,
        _ => unreachable!(),
    }

    match process {
        Process::Same => ending(&world.client, &world.writer).await,
        Process::Other => {
            let other = world.other_account();
            ending(&world.other_client(world::settings()), &other).await;
            world.writer.set_session(other.account().session());
        }
    }
    gate.inspect(journey_testkit::sim::Gate::release);
    hold.inspect(crate::staged::Hold::release);

    let renewed = renewal.await.unwrap();
    // With the session still there, a renewal that had not begun yet may ask for tokens anew.
    let may_begin =
        matches!(stage, Stage::Store(Moment::BeforeLock)) && world.account.session().is_some();
    assert!(renewed.is_err() || may_begin, "{case}: handed out tokens that had been ended");
    if renewed.is_err() {
        assert!(world.nothing_lives(), "{case}: tokens live on at the server");
        assert!(!world.has_stored_tokens().await, "{case}: tokens are left in the store");
        assert!(world.client.cached(&world.account).is_none(), "{case}: tokens in memory");
    }
}

fn spawn(
    client: &OidcClient,
    account: &Account,
) -> tokio::task::JoinHandle<Result<journey_core::AccessToken, journey_core::TokenError>> {
    let (client, account) = (client.clone(), account.clone());
    tokio::spawn(async move { client.token(&account).await })
}

fn second_user() -> User {
    User::new("scarter", "Passw0rd2")
}

#[tokio::test]
async fn a_sign_out_outruns_a_renewal_at_every_stage() {
    check(|client, writer| {
        Box::pin(async move {
            writer.set_session(None);
            let report = client.end(writer.account()).await;
            assert!(report.is_complete(), "{report:?}");
        })
    })
    .await;
}

#[tokio::test]
async fn a_revocation_outruns_a_renewal_at_every_stage() {
    check(|client, writer| {
        Box::pin(async move {
            assert!(client.revoke(writer.account()).await.unwrap().is_done());
        })
    })
    .await;
}

#[tokio::test]
async fn after_a_change_of_user_nobody_gets_the_tokens_of_the_one_before() {
    for stage in STAGES {
        let store = Staged::default();
        let am = world::demo().profile(Profile::OpenAm16).base_path("/am");
        let am = am.user("alpha", second_user());
        let storage: Arc<dyn Storage> = Arc::new(store.clone());
        let world = World::over(am, world::settings(), storage).await;
        let first = world.client.token(&world.account).await.unwrap();
        world.clock.advance(Duration::from_secs(3700));
        let requests = Matcher::path("/access_token").grant_type("refresh_token");
        let (gate, hold) = match stage {
            Stage::Store(moment) => (None, Some(store.hold_next(moment))),
            Stage::BeforeServerActs => (Some(world.am.hold_next(requests)), None),
            Stage::AnswerOnItsWay => (Some(world.am.hold_next_answer(requests)), None),
        };
        let renewal = spawn(&world.client, &world.account);
        match (&gate, &hold) {
            (Some(gate), _) => gate.arrived().await,
            (_, Some(hold)) => hold.arrived().await,
            _ => unreachable!(),
        }

        // As the facade does it: the old tokens end before the new session is there.
        let _ = world.client.revoke(&world.account).await.unwrap();
        world.sign_in("scarter", "Passw0rd2").await;
        gate.inspect(journey_testkit::sim::Gate::release);
        hold.inspect(crate::staged::Hold::release);
        let late = renewal.await.unwrap();
        if let Ok(late) = late {
            assert_ne!(late.id_claims()["sub"], first.id_claims()["sub"], "{stage:?}");
        }

        let second = world.client.token(&world.account).await.unwrap();
        assert_ne!(second.id_claims()["sub"], first.id_claims()["sub"], "{stage:?}");
        assert_eq!(world.am.live_refresh_tokens().len(), 1, "{stage:?}: the first user's live on");
    }
}

#[tokio::test]
async fn another_process_stops_at_its_next_recheck() {
    let world = World::new().await;
    world.client.token(&world.account).await.unwrap();
    let settings = world::settings().recheck(Duration::ZERO);
    let (other, writer) = (world.other_client(settings), world.other_account());
    writer.set_session(None);
    other.token(writer.account()).await.unwrap();

    let _ = world.client.revoke(&world.account).await.unwrap();

    assert!(other.token(writer.account()).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn the_cached_token_of_another_process_ends_with_the_recheck() {
    let world = World::new().await;
    world.client.token(&world.account).await.unwrap();
    let (other, writer) = (world.other_client(world::settings()), world.other_account());
    writer.set_session(None);
    other.token(writer.account()).await.unwrap();
    let _ = world.client.revoke(&world.account).await.unwrap();
    assert!(other.cached(writer.account()).is_some());

    tokio::time::advance(Duration::from_secs(30)).await;

    assert!(other.cached(writer.account()).is_none());
    assert!(other.token(writer.account()).await.is_err());
}

#[tokio::test]
async fn what_a_killed_process_left_behind_is_revoked_and_not_used() {
    let store = Staged::default();
    let storage: Arc<dyn Storage> = Arc::new(store.clone());
    let am = world::demo().profile(Profile::OpenAm16).base_path("/am");
    let world = World::over(am, world::settings(), storage).await;
    let put = store.hold_next(Moment::BeforePut);
    let killed = spawn(&world.client, &world.account);
    put.arrived().await;
    let (other, writer) = (world.other_client(world::settings()), world.other_account());
    let _ = other.revoke(writer.account()).await.unwrap();
    // Stored too late, and killed before it could notice: the hold is never released.
    let after = store.hold_next(Moment::AfterPut);
    put.release();
    after.arrived().await;
    killed.abort();
    let left_over = world.am.live_refresh_tokens();
    assert_eq!(left_over.len(), 1);
    assert!(world.has_stored_tokens().await);

    // The kernel frees a killed process's lock; here the client that held it is gone.
    let fresh = world.other_client(world::settings().lock_wait(Duration::from_millis(1)));
    let _ = fresh.revoke(writer.account()).await.unwrap();

    assert!(!world.am.is_alive(&left_over[0]));
    assert!(!world.has_stored_tokens().await);
}

#[tokio::test(start_paused = true)]
async fn a_sign_out_waits_for_no_renewal_that_hangs() {
    let world = World::new().await;
    world.client.token(&world.account).await.unwrap();
    world.clock.advance(Duration::from_secs(3700));
    let gate = world.am.hold_next("/access_token");
    let renewal = spawn(&world.client, &world.account);
    gate.arrived().await;

    let start = tokio::time::Instant::now();

    let report = world.client.end(&world.account).await;

    assert!(report.is_complete(), "{report:?}");
    assert_eq!(start.elapsed(), Duration::ZERO);
    assert!(!renewal.is_finished());
    gate.release();
    assert!(renewal.await.unwrap().is_err());
    assert!(world.nothing_lives());
}

#[tokio::test]
async fn a_sign_out_that_was_killed_half_way_is_finished_by_the_next_call() {
    let am = world::demo().profile(Profile::OpenAm16).base_path("/am");
    let world = World::with(am, world::settings()).await;
    world.client.token(&world.account).await.unwrap();
    let left_over = world.am.live_refresh_tokens().remove(0);
    // Killed between raising the generation and removing the tokens.
    let counter = Key::generation(world::SERVER, world.account.realm().as_str(), "default");
    raise_generation(&*world.storage, &counter).await.unwrap();

    let (next, writer) = (world.other_client(world::settings()), world.other_account());
    next.token(writer.account()).await.unwrap();

    assert!(!world.am.is_alive(&left_over));
    assert_eq!(world.am.count_grant("refresh_token"), 0);
    assert_eq!(world.am.live_refresh_tokens().len(), 1);
}

#[tokio::test]
async fn what_a_killed_sign_out_left_is_ended_once_and_asked_for_again_until_then() {
    let world = World::new().await;
    world.client.token(&world.account).await.unwrap();
    let counter = Key::generation(world::SERVER, world.account.realm().as_str(), "default");
    raise_generation(&*world.storage, &counter).await.unwrap();
    world.am.clear_requests();

    let (next, writer) = (world.other_client(world::settings()), world.other_account());
    writer.set_session(None);
    world.am.fail_each("/token/revoke", Fault::Json(400, json!({"error": "invalid_client"})));
    assert!(next.token(writer.account()).await.is_err());
    assert!(world.has_stored_tokens().await, "others have to know what is left to end");
    world.am.clear_faults();
    assert!(next.token(writer.account()).await.is_err());
    assert!(world.nothing_lives());
    assert!(!world.has_stored_tokens().await);
    let asked = world.am.count("POST", "/token/revoke");
    assert!(next.token(writer.account()).await.is_err());
    assert_eq!(world.am.count("POST", "/token/revoke"), asked);
}

#[tokio::test]
async fn a_generation_that_rose_elsewhere_ends_what_is_cached_at_once() {
    let world = World::new().await;
    let first = world.client.token(&world.account).await.unwrap();
    world.account.observe_generation(1);
    assert!(world.client.cached(&world.account).is_none());
    let second = world.client.token(&world.account).await.unwrap();
    assert_ne!(second.value().expose_secret(), first.value().expose_secret());
}
