#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod database;
mod error;
mod plaintext;
mod sealed;

pub use crate::plaintext::PlaintextSqlite;
pub use crate::sealed::Sqlite;
