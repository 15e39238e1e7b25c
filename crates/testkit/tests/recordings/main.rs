//! Asks the simulator what a real OpenAM 16 was asked, and compares the answers.
//!
//! The recordings are read here and nowhere else: the simulator plays by rules. To show it, the
//! questions are also asked with other names, of another host, and in another order.
#![expect(clippy::unwrap_used, reason = "a recording that can't be read fails the test")]

mod answer;
mod compare;
mod differences;
mod names;
mod recording;
mod replay;
mod world;

use std::collections::BTreeSet;

use crate::differences::{DIFFERENCES, Difference};
use crate::names::Names;
use crate::recording::Recording;
use crate::replay::Replay;

/// Plays recordings one after the other on one server, and returns what differed.
async fn played(names: &Names, recordings: &[Recording]) -> Vec<String> {
    let mut found = Vec::new();
    let mut met = BTreeSet::new();
    let mut replay = Replay::new(names);
    for recording in recordings {
        replay.begin();
        for step in &recording.steps {
            let step = names.renamed(step);
            for mismatch in replay.play(&step).await {
                match Difference::of(&recording.case, &step.note, &mismatch) {
                    Some(index) => drop(met.insert(index)),
                    None => found.push(format!("{} / {}: {mismatch}", recording.case, step.note)),
                }
            }
        }
    }
    // What is listed and agrees after all should leave the list.
    let stale = DIFFERENCES.iter().enumerate().filter(|(index, _)| !met.contains(index));
    found.extend(stale.map(|(_, it)| format!("listed, but not met: {it:?}")));
    found
}

#[tokio::test]
async fn the_simulator_answers_like_the_real_server() {
    let found = played(&Names::recorded(), &Recording::all()).await;
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[tokio::test]
async fn it_answers_alike_with_other_names_and_in_another_order() {
    let mut recordings = Recording::all();
    recordings.reverse();
    // These two need the device that this one enrolls.
    let first = recordings.iter().position(|it| it.case == "totp-first-time").unwrap();
    let first = recordings.remove(first);
    recordings.insert(0, first);
    let found = played(&Names::others(), &recordings).await;
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[tokio::test]
async fn a_changed_recording_is_noticed() {
    let mut recordings = Recording::all();
    let login = recordings.iter_mut().find(|it| it.case == "wrong-password").unwrap();
    login.steps[1].status = 403;
    login.steps[2].body["code"] = 401.into();
    login.steps[2].headers[0].1 = "iPlanetDirectoryPro=; Path=/".to_owned();
    let found = played(&Names::recorded(), &recordings).await;
    assert_eq!(found.len(), 3, "{}", found.join("\n"));
}
