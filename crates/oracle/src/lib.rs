#![doc = include_str!("../README.md")]
#![cfg(feature = "openidconnect")]

mod change;
mod difference;
mod documents;
mod edits;
mod keys;
mod ours;
mod provider;
mod theirs;
mod token;
mod token_changes;
mod verdict;

pub use change::{Change, combined};
pub use difference::{Difference, Side};
pub use documents::{Document, document_changes};
pub use edits::Edits;
pub use keys::{ALGORITHMS, Algorithm};
pub use theirs::access_token_hash;
pub use token::{Client, Token};
pub use token_changes::token_changes;
pub use verdict::{Verdicts, document_verdicts, token_verdicts, token_verdicts_with_skew};

/// The moment at which every token is judged, by both.
pub const NOW: u64 = 1_800_000_000;

/// The issuer that both are told to expect.
pub const ISSUER: &str = "https://am.example.com/am/oauth2";

/// The client whose tokens these are.
pub const CLIENT_ID: &str = "app";

/// Its secret, where it has one.
pub const CLIENT_SECRET: &str = "a secret of the client that is long enough for HS256";

/// What comes beside each id_token.
pub const ACCESS_TOKEN: &str = "an-access-token";

/// What each id_token is asked for with.
pub const CODE: &str = "a-code";
