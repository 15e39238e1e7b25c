#![doc = include_str!("../README.md")]

mod error;
mod keyring;
mod patience;
mod platform;

pub use crate::keyring::Keyring;
