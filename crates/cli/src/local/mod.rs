//! What is kept on this machine: settings, the key, the sealed store.

mod folders;
mod key;
mod private;
mod profile;

pub(crate) use folders::Folders;
pub(crate) use key::{load as load_key, load_or_make as load_or_make_key};
pub(crate) use profile::{Oidc, Profile};
