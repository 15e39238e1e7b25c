//! A hostile road to the server, and the same short story on it, seed by seed.

mod dice;
mod proxy;
mod story;

pub(crate) use proxy::Road;
pub(crate) use story::{Summary, run, stories};
