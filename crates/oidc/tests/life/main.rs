//! The life of tokens against the simulated AM: what a user of the crate may rely on.

mod back_from_the_dead;
mod conformance;
mod failure;
mod first;
mod one_refresh;
mod staged;
mod world;
