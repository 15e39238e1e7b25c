//! Several hosts over one Redis: processes that share nothing else. Needs redis-server.
#![expect(clippy::unwrap_used, reason = "a set-up that fails fails its test")]

#[path = "../processes/child.rs"]
mod child;
mod parent;
mod store;
#[path = "../processes/world.rs"]
#[expect(dead_code, reason = "the processes of one host are tried in more ways")]
mod world;
