#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod builder;
mod connection;
mod error;
mod lock;
mod names;
mod plaintext;
mod sealed;
mod server;

pub use crate::builder::RedisBuilder;
pub use crate::plaintext::PlaintextRedis;
pub use crate::sealed::Redis;
