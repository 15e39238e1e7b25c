//! Cookies of one journey or one account.

mod jar;
mod rules;
mod stored;

pub use crate::cookies::jar::CookieJar;
pub use crate::cookies::stored::StoredCookie;
