//! What the whole stack costs on top of the service at its bottom: processor time and allocations.
//!
//! `cargo bench -p journey-transport --features rustls [-- process|hyper]`. The ways of asking take
//! turns, and what is counted is the time that the asking thread ran, not the time on the clock: so
//! neither waiting nor other work on the machine is in it, and the server over hyper takes the same each
//! time. A fixed number of requests, for `valgrind --tool=callgrind`: `-- count client 1000`, or `bare`.
#![cfg_attr(unix, expect(clippy::unwrap_used, reason = "a bench stops if it must"))]
#![expect(clippy::print_stdout, reason = "a bench prints")]

#[cfg(unix)]
#[path = "../../../testkit/tests/shared/allocations.rs"]
mod allocations;
#[cfg(unix)]
mod cost;
#[cfg(unix)]
mod hyper;
#[cfg(unix)]
mod process;

#[cfg(not(unix))]
fn main() {
    println!("the processor time of a thread is not known here");
}

#[cfg(unix)]
fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|it| !it.starts_with('-')).collect();
    if let [count, way, rounds] = wanted.as_slice()
        && count == "count"
    {
        return hyper::run(Some((way, rounds.parse().unwrap())));
    }
    let wants = |name: &str| wanted.is_empty() || wanted.iter().any(|it| it == name);
    if wants("process") {
        process::run();
    }
    if wants("hyper") {
        hyper::run(None);
    }
}
