//! Several processes over one file store, some of them killed.
#![expect(clippy::unwrap_used, reason = "a set-up that fails fails its test")]

mod child;
mod interleavings;
mod killed;
mod one_request;
mod store;
mod world;
