//! Drives the simulated AM with raw requests.

mod support;
mod whole_story;
