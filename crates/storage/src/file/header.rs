//! The store's own file: how its key is made, which key that is, and where its entries are.

use std::fs;
use std::path::{Path, PathBuf};

use crate::file::atomic;
use crate::file::format::Format;
use crate::file::permissions;
use crate::{Error, ErrorKind};

const NAME: &str = "store";
const ENTRIES: &str = "entries-";

/// How a key is made from a passphrase; empty where it is not. In the clear, but authenticated.
pub(super) type Derivation = Vec<u8>;

/// What the header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    /// The number of the folder that holds the entries. A change of the key makes a new one.
    pub(super) number: u32,
}

impl Header {
    pub(super) const FIRST: Self = Self { number: 1 };

    pub(super) fn entries(self, folder: &Path) -> PathBuf {
        folder.join(format!("{ENTRIES}{}", self.number))
    }

    /// Reads the header, or `None` where there is no store yet.
    pub(super) fn read(folder: &Path, format: &Format) -> Result<Option<Self>, Error> {
        let Some((derivation, content)) = split(folder)? else { return Ok(None) };
        if format.is_other_kind(&content) {
            return Err(Error::new(
                ErrorKind::Unsupported,
                "the folder holds a store of the other kind, sealed or in plain text",
            ));
        }
        let body = format.decode(&place(&derivation), &content)?;
        let number = <[u8; 4]>::try_from(body.as_slice()).map_err(|_| damaged())?;
        Ok(Some(Self { number: u32::from_be_bytes(number) }))
    }

    /// Writes the header of a new store, unless another process has just done so.
    pub(super) fn create(
        folder: &Path,
        format: &Format,
        derivation: &Derivation,
    ) -> Result<(), Error> {
        let failed = |error| Error::io("could not make the store's folder", error);
        permissions::create_folder(&Self::FIRST.entries(folder)).map_err(failed)?;
        let content = Self::FIRST.encode(format, derivation)?;
        atomic::write_new(folder, NAME, &content).map_err(failed).map(drop)
    }

    /// Writes the header anew: from here on, these are the entries and this is the key.
    pub(super) fn replace(
        self,
        folder: &Path,
        format: &Format,
        derivation: &Derivation,
    ) -> Result<(), Error> {
        atomic::write(folder, NAME, &self.encode(format, derivation)?)
            .map_err(|error| Error::io("could not write the store's header", error))
    }

    fn encode(self, format: &Format, derivation: &Derivation) -> Result<Vec<u8>, Error> {
        let length = u8::try_from(derivation.len())
            .map_err(|_| Error::new(ErrorKind::Unsupported, "the key's derivation is too long"))?;
        let content = format.encode(&place(derivation), &self.number.to_be_bytes())?;
        Ok([&[length][..], derivation, &content].concat())
    }
}

/// How the key of the store in this folder is made, or `None` where there is no store yet.
#[cfg(feature = "passphrase")]
pub(super) fn derivation(folder: &Path) -> Result<Option<Derivation>, Error> {
    Ok(split(folder)?.map(|(derivation, _)| derivation))
}

/// The folders of entries that this header does not speak of: what a crash has left.
pub(super) fn other_entries(folder: &Path, header: Header) -> Vec<PathBuf> {
    let current = header.entries(folder);
    entries_folders(folder).into_iter().filter(|it| *it != current).collect()
}

/// Whether there are entries in the folder, under any header.
pub(super) fn has_entries(folder: &Path) -> bool {
    let is_filled = |it: &PathBuf| fs::read_dir(it).is_ok_and(|mut files| files.next().is_some());
    entries_folders(folder).iter().any(is_filled)
}

pub(super) fn damaged() -> Error {
    Error::new(ErrorKind::Corrupt, "the store's header is damaged")
}

fn entries_folders(folder: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    files
        .filter(|it| it.file_name().to_str().is_some_and(|name| name.starts_with(ENTRIES)))
        .map(|it| it.path())
        .collect()
}

fn split(folder: &Path) -> Result<Option<(Derivation, Vec<u8>)>, Error> {
    let Some(header) = atomic::read(&folder.join(NAME))? else { return Ok(None) };
    let (length, rest) = header.split_first().ok_or_else(damaged)?;
    let (derivation, content) = rest.split_at_checked(usize::from(*length)).ok_or_else(damaged)?;
    Ok(Some((derivation.to_vec(), content.to_vec())))
}

fn place(derivation: &[u8]) -> Vec<u8> {
    [NAME.as_bytes(), derivation].concat()
}
