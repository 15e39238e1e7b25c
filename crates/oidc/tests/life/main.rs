//! The life of tokens against the simulated AM: what a user of the crate may rely on.

mod first;
mod world;
