//! The life of an account's tokens: got, kept, renewed, ended.
//!
//! Whatever may bring a credential home runs on a task of its own and goes on when every caller is
//! gone: take the account's lock, ask, store, release.

mod accounts;
mod clocks;
mod discard;
mod entry;
mod forget;
mod hashing;
mod held;
mod keep;
mod ready;
mod renew;
mod sign_out;
mod stored;
mod user_info;

pub(crate) use accounts::Accounts;
pub(crate) use renew::Want;
