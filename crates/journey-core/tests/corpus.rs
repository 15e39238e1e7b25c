//! Replays the fuzzers' corpus: what they started from, and what they once found.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test may panic")]

#[path = "../../../fuzz/checks/callback.rs"]
mod callback;
#[path = "../../../fuzz/checks/policy.rs"]
mod policy;
#[path = "../../../fuzz/checks/replay.rs"]
mod replay;
#[path = "../../../fuzz/checks/resume.rs"]
mod resume;
#[path = "../../../fuzz/checks/stage.rs"]
mod stage;
#[path = "../../../fuzz/checks/state.rs"]
mod state;
#[path = "../../../fuzz/checks/step.rs"]
mod step;

use replay::replay;

#[test]
fn the_corpus_of_steps_holds() {
    replay("step", step::check);
}

#[test]
fn the_corpus_of_callbacks_holds() {
    replay("callback", callback::check);
}

#[test]
fn the_corpus_of_stages_holds() {
    replay("stage", stage::check);
}

#[test]
fn the_corpus_of_policies_holds() {
    replay("policy", policy::check);
}

#[test]
fn the_corpus_of_resume_uris_holds() {
    replay("resume", resume::check);
}

#[test]
fn the_corpus_of_states_holds() {
    replay("state", state::check);
}
