#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod clock;
pub mod conformance;
pub mod fault_server;
pub mod leaks;
pub mod sim;

mod encoding;
