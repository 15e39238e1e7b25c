//! Another process signs out, revokes or changes the user while this one renews: nothing comes back from the dead.

use journey_core::{Session, TokenProvider};
use journey_testkit::sim::Misbehavior;
use secrecy::ExposeSecret;

use crate::{
    store::Place,
    world::{World, refreshes, sign_in},
};

/// Where the renewal stands in its process.
const STAGES: [&str; 7] = [
    "before lock",
    "locked",
    "before the server acts",
    "answer on its way",
    "before put",
    "after put",
    "before unlock",
];

/// What the other process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    SignOut,
    Revocation,
    ChangeOfUser,
}

/// What becomes of the new tokens in the process that renews.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Taken,
    Rejected,
}

async fn check(ending: Ending) {
    for answer in [Answer::Taken, Answer::Rejected] {
        for stage in STAGES {
            run(ending, answer, stage).await;
        }
    }
}

async fn run(ending: Ending, answer: Answer, stage: &str) {
    let case = format!("{ending:?} {answer:?} {stage}");
    let world = World::over(Place::new()).await;
    if answer == Answer::Rejected {
        world.am.misbehave(Misbehavior::IdTokenOtherSub);
    }
    let gate = match stage {
        "before the server acts" => Some(world.am.hold_next(refreshes())),
        "answer on its way" => Some(world.am.hold_next_answer(refreshes())),
        _ => None,
    };
    let mut renewing = world.start_with_session(stage);
    match &gate {
        Some(gate) => gate.arrived().await,
        None => renewing = renewing.line("STAGE").await.0,
    }

    let (client, writer) = world.client(Some(&world.session)).await;
    match ending {
        Ending::SignOut => {
            writer.set_session(None);
            let report = client.end(writer.account()).await;
            assert!(report.is_complete(), "{case}: {report:?}");
        }
        Ending::Revocation => {
            assert!(client.revoke(writer.account()).await.unwrap().is_done(), "{case}");
        }
        Ending::ChangeOfUser => {
            // As the facade does it: the session changes, then the generation rises.
            let new = sign_in(&world.am, "scarter", "Passw0rd2").await;
            let realm = writer.account().realm().clone();
            writer.set_session(Some(Session::new(new, None, realm)));
            assert!(client.revoke(writer.account()).await.unwrap().is_done(), "{case}");
        }
    }
    world.am.clear_requests();
    match gate {
        Some(gate) => gate.release(),
        None => renewing.go_on(),
    }

    let outcome = renewing.outcome().await;
    // What had been got before the other process began is dead, and known to be by the next recheck.
    let came_before = stage == "before unlock" && answer == Answer::Taken;
    assert_eq!(outcome.is_ok(), came_before, "{case}: {outcome:?}");
    assert_eq!(world.am.count("GET", "/authorize"), 0, "{case}: asked with an older session");
    assert!(world.nothing_lives(), "{case}: tokens live on at the server");
    assert!(!world.has_stored_tokens().await, "{case}: tokens are left in the store");
    world.am.behave();
    if ending == Ending::ChangeOfUser {
        let token = client.token(writer.account()).await.unwrap();
        let named = token.id_claims()["subname"].as_str().map(str::to_owned);
        assert_eq!(named.as_deref(), Some("scarter"), "{case}");
        assert_eq!(world.am.live_access_tokens(), [token.value().expose_secret()], "{case}");
        assert_eq!(world.am.live_refresh_tokens().len(), 1, "{case}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_out_in_another_process_outruns_a_renewal_at_every_stage() {
    check(Ending::SignOut).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revocation_in_another_process_outruns_a_renewal_at_every_stage() {
    check(Ending::Revocation).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_user_in_another_process_outruns_a_renewal_at_every_stage() {
    check(Ending::ChangeOfUser).await;
}
