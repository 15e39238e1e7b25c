//! What has to hold for whatever a server sends: the check behind a program in `fuzz/`.
//!
//! What it looks at is inside this crate, so it is too. Only fuzzers and tests see this module.

mod cookies;

pub use cookies::cookies;

#[cfg(test)]
#[path = "../../../../fuzz/checks/replay.rs"]
mod replay;

#[cfg(test)]
mod tests {
    use super::{cookies, replay::replay};

    #[test]
    fn the_corpus_of_cookies_holds() {
        replay("cookies", cookies);
    }
}
