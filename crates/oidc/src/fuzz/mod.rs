//! What has to hold for whatever a server sends: the checks behind the programs in `fuzz/`.
//!
//! What they look at is inside this crate, so they are too. Only fuzzers and tests see this module.

mod discovery;
mod id_token;
mod jwks;
mod jws;
mod redirect;
mod token_answer;

use std::{
    error::Error,
    hash::{DefaultHasher, Hash, Hasher},
};

pub use discovery::discovery;
pub use id_token::id_token;
pub use jwks::jwks;
pub use jws::jws;
pub use redirect::redirect;
pub use token_answer::token_answer;

/// The longest error: what a server says must not flood a log. Two texts of 200 characters, each of them
/// escaped, come near it.
const LONGEST: usize = 5000;

/// What a program may write of an error: short, and without these secrets.
fn fit_for_logs(error: &dyn Error, secrets: &[&str]) {
    let mut next = Some(error);
    while let Some(error) = next {
        for text in [error.to_string(), format!("{error:?}")] {
            assert!(text.len() <= LONGEST, "{} bytes: {text}", text.len());
            let quoted = secrets.iter().find(|it| text.contains(**it));
            assert_eq!(quoted, None, "{text}");
        }
        next = error.source();
    }
}

/// Makes a secret to put into an input that can't hold it already, however much a fuzzer learns.
fn marker(data: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    data.hash(&mut hasher);
    format!("planted-{:016x}", hasher.finish())
}

/// Takes the first line off, in which a seed says what does not stand in a body.
fn first_line(data: &[u8]) -> Option<(&str, &[u8])> {
    let end = data.iter().position(|it| *it == b'\n')?;
    Some((std::str::from_utf8(&data[..end]).ok()?, &data[end + 1..]))
}

#[cfg(test)]
#[path = "../../../../fuzz/checks/replay.rs"]
mod replay;

#[cfg(test)]
mod tests {
    use super::{replay::replay, *};

    #[test]
    fn the_corpus_of_signed_tokens_holds() {
        replay("jws", jws);
    }

    #[test]
    fn the_corpus_of_id_token_claims_holds() {
        replay("id_token", id_token);
    }

    #[test]
    fn the_corpus_of_key_sets_holds() {
        replay("jwks", jwks);
    }

    #[test]
    fn the_corpus_of_discovery_documents_holds() {
        replay("discovery", discovery);
    }

    #[test]
    fn the_corpus_of_token_answers_holds() {
        replay("token_answer", token_answer);
    }

    #[test]
    fn the_corpus_of_redirects_holds() {
        replay("redirect", redirect);
    }
}
