#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod error;
mod keyring;
mod patience;
mod platform;

pub use crate::keyring::Keyring;
