//! What a token costs that is at hand, and what many callers cost that want a new one.
//!
//! `cargo bench -p journey-oidc --bench tokens [-- cached|accounts|stampede]`. Ratios are of the same
//! run: both sides take turns, and the medians are compared.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench prints, and stops if it must"
)]

mod accounts;
#[path = "../../../testkit/tests/shared/allocations.rs"]
mod allocations;
mod cached;
mod measure;
mod stampede;
mod world;

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|it| !it.starts_with('-')).collect();
    let wants = |name: &str| wanted.is_empty() || wanted.iter().any(|it| it == name);
    if wants("cached") {
        cached::run();
    }
    if wants("accounts") {
        accounts::run();
    }
    if wants("stampede") {
        stampede::run();
    }
}
