//! Seals a whole store anew, or leaves it as it was.

use std::fs;
use std::path::Path;

use crate::file::entry;
use crate::file::format::Format;
use crate::file::header::{Derivation, Header};
use crate::file::store::Inner;
use crate::file::{atomic, permissions};
use crate::{Error, ErrorKind, KeyPrefix};

impl Inner {
    /// Copies every entry into a new folder, sealed with the new key, and then lets the header
    /// point there. Until that one write the old store is whole, after it the new one is. Blocks.
    pub(super) fn change(&self, format: Format, by: &Derivation) -> Result<Self, Error> {
        let turn = self.turn.alone()?;
        let old = self.header()?;
        let number = old
            .number
            .checked_add(1)
            .ok_or_else(|| Error::new(ErrorKind::Unsupported, "the key was changed too often"))?;
        let new = Header { number };
        self.copy(&old.entries(&self.folder), &new.entries(&self.folder), &format)?;
        let changed = Self::over(self.folder.clone(), format)?;
        match new.replace(&self.folder, &changed.format, by) {
            Ok(()) => {
                drop(turn);
                changed.tidy(new);
            }
            // It has its name, and the store the new key, whose owner must not be told otherwise. Only a crash of the
            // machine could undo it now, so the old entries stay until the store is opened again.
            Err(_)
                if Header::read(&self.folder, &changed.format).is_ok_and(|it| it == Some(new)) => {}
            Err(error) => return Err(error),
        }
        Ok(changed)
    }

    fn copy(&self, from: &Path, to: &Path, format: &Format) -> Result<(), Error> {
        let failed = |error| Error::io("could not seal an entry anew", error);
        if to.exists() {
            // A change that was broken off has left it.
            fs::remove_dir_all(to).map_err(failed)?;
        }
        permissions::create_folder(to).map_err(failed)?;
        for file in fs::read_dir(from).map_err(failed)? {
            let name = file.map_err(failed)?.file_name();
            let Some(name) = name.to_str() else { continue };
            let Some(place) = entry::place_if_listed(name, &KeyPrefix::all()) else { continue };
            let Some((key, value)) = self.read(from, name, &place)? else { continue };
            let content = format.encode(&place, &entry::body(&key, &value)?)?;
            atomic::write(to, name, &content).map_err(failed)?;
        }
        atomic::sync_folder(&self.folder).map_err(failed)
    }
}
