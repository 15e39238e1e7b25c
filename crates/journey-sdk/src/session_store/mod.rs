//! Keeps sessions: what is stored of one, when, and what happens to an earlier user's tokens.

mod keep;
mod raise;
mod read;
mod record;
mod save;
mod wipe;

pub(crate) use keep::keep;
pub(crate) use read::{follow, load, whoever};
pub(crate) use record::same;
pub(crate) use save::save;
pub(crate) use wipe::{Wiped, begin_sign_out, wipe};
