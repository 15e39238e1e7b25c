//! The store behind both kinds of files.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use zeroize::Zeroizing;

use crate::file::blocking::blocking;
use crate::file::entry::{self, Place};
use crate::file::format::Format;
use crate::file::lock::Locks;
use crate::file::{atomic, permissions};
use crate::{Error, ErrorKind, Key, KeyPrefix, Lock, SecretBytes, Storage};

const HEADER: &str = "store";
const LOCKS: &str = "locks";

/// A folder with entries. Every call reads the header again, so that it notices when the folder
/// was removed, exchanged or sealed anew meanwhile.
#[derive(Clone, Debug)]
pub(super) struct Store(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    folder: PathBuf,
    format: Format,
    locks: Locks,
}

impl Store {
    pub(super) async fn open(folder: PathBuf, format: Format) -> Result<Self, Error> {
        blocking(move || {
            let locks = Locks::new(folder.join(LOCKS));
            let inner = Inner { folder, format, locks };
            inner.create()?;
            inner.entries()?;
            Ok(Self(Arc::new(inner)))
        })
        .await
    }

    pub(super) fn folder(&self) -> &Path {
        &self.0.folder
    }
}

impl Inner {
    /// Makes what is not there yet; several processes may do so at once.
    fn create(&self) -> Result<(), Error> {
        let failed = |error| Error::io("could not make the store's folder", error);
        permissions::create_folder(&self.folder).map_err(failed)?;
        permissions::check_folder(&self.folder)?;
        if self.header()?.is_some() {
            return permissions::create_folder(self.locks.folder()).map_err(failed);
        }
        let first = 1_u32;
        permissions::create_folder(self.locks.folder()).map_err(failed)?;
        permissions::create_folder(&self.entries_folder(first)).map_err(failed)?;
        let header = self.format.encode(HEADER.as_bytes(), &first.to_be_bytes())?;
        atomic::write_new(&self.folder, HEADER, &header).map_err(failed)?;
        Ok(())
    }

    /// Which of the folders of entries is the valid one, or `None` in a new store.
    fn header(&self) -> Result<Option<u32>, Error> {
        let Some(header) = atomic::read(&self.folder.join(HEADER))? else { return Ok(None) };
        if self.format.is_other_kind(&header) {
            return Err(Error::new(
                ErrorKind::Unsupported,
                "the folder holds a store of the other kind, sealed or in plain text",
            ));
        }
        let body = self.format.decode(HEADER.as_bytes(), &header)?;
        match <[u8; 4]>::try_from(body.as_slice()) {
            Ok(number) => Ok(Some(u32::from_be_bytes(number))),
            Err(_) => Err(Error::new(ErrorKind::Corrupt, "the store's header is damaged")),
        }
    }

    fn entries(&self) -> Result<PathBuf, Error> {
        permissions::check_folder(&self.folder)?;
        match self.header()? {
            Some(number) => Ok(self.entries_folder(number)),
            None => Err(Error::new(ErrorKind::Unavailable, "the store's header is gone")),
        }
    }

    fn entries_folder(&self, number: u32) -> PathBuf {
        self.folder.join(format!("entries-{number}"))
    }

    fn get(&self, key: &Key) -> Result<Option<SecretBytes>, Error> {
        let folder = self.entries()?;
        let found = self.read(&folder, &entry::file_name(key), &entry::place(key))?;
        if found.is_none() && !folder.is_dir() {
            return Err(Error::new(ErrorKind::Unavailable, "the folder of the entries is gone"));
        }
        Ok(found.map(|(_, value)| value))
    }

    fn put(&self, key: &Key, body: &[u8], under: Option<&(Key, u64)>) -> Result<(), Error> {
        let folder = self.entries()?;
        let content = self.format.encode(&entry::place(key), body)?;
        self.check(under)?;
        atomic::write(&folder, &entry::file_name(key), &content)
            .map_err(|error| Error::io("could not write an entry", error))
    }

    fn remove(&self, key: &Key, under: Option<&(Key, u64)>) -> Result<(), Error> {
        let folder = self.entries()?;
        self.check(under)?;
        atomic::remove(&folder, &entry::file_name(key))
            .map_err(|error| Error::io("could not remove an entry", error))
    }

    fn list(&self, prefix: &KeyPrefix) -> Result<Vec<Key>, Error> {
        let failed = |error| Error::io("could not list the entries", error);
        let folder = self.entries()?;
        let mut keys = Vec::new();
        for file in fs::read_dir(&folder).map_err(failed)? {
            let name = file.map_err(failed)?.file_name();
            let Some(name) = name.to_str() else { continue };
            let Some(place) = entry::place_if_listed(name, prefix) else { continue };
            if let Some((key, _)) = self.read(&folder, name, &place)? {
                keys.push(key);
            }
        }
        keys.retain(|it| prefix.matches(it));
        Ok(keys)
    }

    fn read(
        &self,
        folder: &Path,
        name: &str,
        place: &Place,
    ) -> Result<Option<(Key, SecretBytes)>, Error> {
        let Some(content) = atomic::read(&folder.join(name))? else { return Ok(None) };
        let foreign = || Error::new(ErrorKind::Corrupt, "an entry is not what its name says");
        let body = match self.format.decode(place, &content) {
            // The header was ours a moment ago, so it is this file that does not belong here.
            Err(error) if error.kind() == ErrorKind::WrongKey => return Err(foreign()),
            decoded => decoded?,
        };
        entry::parse(&body, place).map(Some).ok_or_else(foreign)
    }

    fn check(&self, under: Option<&(Key, u64)>) -> Result<(), Error> {
        under.map_or(Ok(()), |(key, fence)| self.locks.check(key, *fence))
    }
}

#[async_trait]
impl Storage for Store {
    async fn get(&self, key: &Key) -> Result<Option<SecretBytes>, Error> {
        let (inner, key) = (Arc::clone(&self.0), key.clone());
        blocking(move || inner.get(&key)).await
    }

    async fn put(
        &self,
        key: &Key,
        value: SecretBytes,
        under: Option<&dyn Lock>,
    ) -> Result<(), Error> {
        let (inner, key, under) = (Arc::clone(&self.0), key.clone(), owned(under));
        blocking(move || {
            let body: Zeroizing<Vec<u8>> = entry::body(&key, &value)?;
            inner.put(&key, &body, under.as_ref())
        })
        .await
    }

    async fn remove(&self, key: &Key, under: Option<&dyn Lock>) -> Result<(), Error> {
        let (inner, key, under) = (Arc::clone(&self.0), key.clone(), owned(under));
        blocking(move || inner.remove(&key, under.as_ref())).await
    }

    async fn list(&self, prefix: &KeyPrefix) -> Result<Vec<Key>, Error> {
        let (inner, prefix) = (Arc::clone(&self.0), prefix.clone());
        blocking(move || inner.list(&prefix)).await
    }

    async fn lock(&self, key: &Key, wait: Duration) -> Result<Box<dyn Lock>, Error> {
        self.0.locks.take(key, wait).await
    }
}

fn owned(under: Option<&dyn Lock>) -> Option<(Key, u64)> {
    under.map(|it| (it.key().clone(), it.fence()))
}
