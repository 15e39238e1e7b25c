//! Replays the fuzzers' corpus: what they started from, and what they once found.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test may panic")]

use std::{fs, path::PathBuf};

#[path = "../../../fuzz/checks/callback.rs"]
mod callback;
#[path = "../../../fuzz/checks/policy.rs"]
mod policy;
#[path = "../../../fuzz/checks/resume.rs"]
mod resume;
#[path = "../../../fuzz/checks/stage.rs"]
mod stage;
#[path = "../../../fuzz/checks/state.rs"]
mod state;
#[path = "../../../fuzz/checks/step.rs"]
mod step;

fn replay(target: &str, check: fn(&[u8])) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
    let mut count = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let data = fs::read(entry.unwrap().path()).unwrap();
        // Cut short as well, because that is what happens to answers on their way.
        for end in [data.len(), data.len() / 2, data.len().saturating_sub(1)] {
            check(&data[..end]);
        }
        count += 1;
    }
    assert!(count > 0, "{} has seeds", folder.display());
}

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
