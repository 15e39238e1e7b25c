//! The store behind both kinds of files.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::file::blocking::{blocking, blocking_read};
use crate::file::entry::{self, Place};
use crate::file::format::Format;
use crate::file::header::{self, Derivation, Header};
use crate::file::lock::FileLocks;
use crate::file::patience::patiently;
use crate::file::turn::Turn;
use crate::file::{atomic, permissions};
use crate::{Error, ErrorKind, Key, KeyPrefix, Lock, SecretBytes, Storage};

const LOCKS: &str = "locks";
const SET_ASIDE: &str = "set-aside";

/// A folder with entries. Every call reads the header again, so that it notices when the folder
/// was removed, exchanged or sealed anew meanwhile.
#[derive(Clone, Debug)]
pub(super) struct Store(pub(super) Arc<Inner>);

#[derive(Debug)]
pub(super) struct Inner {
    pub(super) folder: PathBuf,
    pub(super) format: Format,
    pub(super) turn: Turn,
    locks: FileLocks,
}

impl Store {
    pub(super) async fn open(folder: PathBuf, format: Format) -> Result<Self, Error> {
        blocking(move || Inner::open(folder, format, &Derivation::new()).map(Self::from)).await
    }

    /// Moves an entry out of the way; says whether there was one.
    pub(super) async fn set_aside(&self, key: &Key) -> Result<bool, Error> {
        let (inner, key) = (Arc::clone(&self.0), key.clone());
        blocking(move || inner.set_aside(&key)).await
    }

    /// Moves all damaged entries out of the way; says how many.
    pub(super) async fn set_aside_damaged(&self) -> Result<usize, Error> {
        let inner = Arc::clone(&self.0);
        blocking(move || inner.set_aside_damaged()).await
    }
}

impl From<Inner> for Store {
    fn from(inner: Inner) -> Self {
        Self(Arc::new(inner))
    }
}

impl Inner {
    /// Opens a store, or makes it; several processes may do so at once. Blocks.
    pub(super) fn open(
        folder: PathBuf,
        format: Format,
        derivation: &Derivation,
    ) -> Result<Self, Error> {
        let failed = |error| Error::io("could not make the store's folder", error);
        permissions::create_folder(&folder).map_err(failed)?;
        permissions::check_folder(&folder)?;
        let this = Self::over(folder, format)?;
        if Header::read(&this.folder, &this.format)?.is_none() {
            this.create(derivation)?;
        }
        let header = this.header()?;
        this.tidy(header);
        Ok(this)
    }

    /// Sees a folder by a key, whether the store in it is sealed with that or not.
    pub(super) fn over(folder: PathBuf, format: Format) -> Result<Self, Error> {
        let locks = folder.join(LOCKS);
        Ok(Self { folder, format, turn: Turn::new(&locks), locks: FileLocks::open(locks)? })
    }

    fn create(&self, derivation: &Derivation) -> Result<(), Error> {
        let _turn = self.turn.write()?;
        let had_entries = header::has_entries(&self.folder);
        if Header::read(&self.folder, &self.format)?.is_some() {
            return Ok(());
        }
        if had_entries {
            return Err(header::damaged());
        }
        Header::create(&self.folder, &self.format, derivation)
    }

    /// Removes what crashes have left, unless somebody is writing.
    pub(super) fn tidy(&self, header: Header) {
        let Some(_turn) = self.turn.alone_now() else { return };
        for folder in header::other_entries(&self.folder, header) {
            // What stays here costs space and nothing else; the next one to open tries again.
            let _ = fs::remove_dir_all(folder);
        }
        atomic::remove_unfinished(&self.folder);
        atomic::remove_unfinished(&header.entries(&self.folder));
    }

    pub(super) fn header(&self) -> Result<Header, Error> {
        permissions::check_folder(&self.folder)?;
        Header::read(&self.folder, &self.format)?
            .ok_or_else(|| Error::new(ErrorKind::Unavailable, "the store's header is gone"))
    }

    fn get(&self, key: &Key) -> Result<Option<SecretBytes>, Error> {
        let mut header = self.header()?;
        loop {
            let folder = header.entries(&self.folder);
            let found = self.read(&folder, &entry::file_name(key), &entry::place(key))?;
            if let Some((_, value)) = found {
                return Ok(Some(value));
            }
            // The files go, one by one, and the folder, when the entries were sealed anew; the header tells of the
            // new ones first.
            header = match self.header()? {
                now if now != header => now,
                _ if folder.is_dir() => return Ok(None),
                _ => return Err(entries_gone()),
            };
        }
    }

    fn put(&self, key: &Key, value: &SecretBytes, under: Option<&(Key, u64)>) -> Result<(), Error> {
        let body = entry::body(key, value)?;
        let _turn = self.turn.write()?;
        let folder = self.header()?.entries(&self.folder);
        let content = self.format.encode(&entry::place(key), &body)?;
        self.check(under)?;
        atomic::write(&folder, &entry::file_name(key), &content)
            .map_err(|error| Error::io("could not write an entry", error))
    }

    fn remove(&self, key: &Key, under: Option<&(Key, u64)>) -> Result<(), Error> {
        let _turn = self.turn.write()?;
        let folder = self.header()?.entries(&self.folder);
        self.check(under)?;
        match atomic::remove(&folder, &entry::file_name(key)) {
            Ok(true) => Ok(()),
            Ok(false) if folder.is_dir() => Ok(()),
            Ok(false) => Err(entries_gone()),
            Err(error) => Err(Error::io("could not remove an entry", error)),
        }
    }

    fn list(&self, prefix: &KeyPrefix) -> Result<Vec<Key>, Error> {
        let failed = |error| Error::io("could not list the entries", error);
        let mut header = self.header()?;
        let files = loop {
            match fs::read_dir(header.entries(&self.folder)) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    header = match self.header()? {
                        now if now == header => return Err(entries_gone()),
                        now => now,
                    };
                }
                files => break files.map_err(failed)?,
            }
        };
        let folder = header.entries(&self.folder);
        let mut keys = Vec::new();
        for file in files {
            let name = file.map_err(failed)?.file_name();
            let Some(name) = name.to_str() else { continue };
            let Some(place) = entry::place_if_listed(name, prefix) else { continue };
            match self.read(&folder, name, &place) {
                Ok(Some((key, _))) => keys.push(key),
                Ok(None) => {}
                // Among tokens it must not keep the others from being ended, nor stay for ever. Of which
                // client it is can't be told.
                Err(error) if entry::is_unreadable(&error) && prefix.names_tokens() => {
                    if prefix.names_a_group() {
                        keys.push(entry::unread(prefix, &place));
                    }
                }
                Err(error) => return Err(error),
            }
        }
        if self.header()? != header {
            return self.list(prefix);
        }
        keys.retain(|it| prefix.matches(it));
        Ok(keys)
    }

    fn set_aside(&self, key: &Key) -> Result<bool, Error> {
        let _turn = self.turn.write()?;
        self.move_aside(&self.header()?.entries(&self.folder), &entry::file_name(key))
    }

    fn set_aside_damaged(&self) -> Result<usize, Error> {
        let failed = |error| Error::io("could not list the entries", error);
        // Nobody puts a new value in the place of a damaged one meanwhile.
        let _turn = self.turn.alone()?;
        let folder = self.header()?.entries(&self.folder);
        let mut moved = 0;
        for file in fs::read_dir(&folder).map_err(failed)? {
            let name = file.map_err(failed)?.file_name();
            let Some(name) = name.to_str() else { continue };
            let Some(place) = entry::place_if_listed(name, &KeyPrefix::all()) else { continue };
            match self.read(&folder, name, &place) {
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::Corrupt => {
                    moved += usize::from(self.move_aside(&folder, name)?);
                }
                // What a newer release wrote is whole; it is for that release to read.
                Err(error) if error.kind() == ErrorKind::NewerVersion => {}
                Err(error) => return Err(error),
            }
        }
        Ok(moved)
    }

    fn move_aside(&self, entries: &Path, name: &str) -> Result<bool, Error> {
        let failed = |error| Error::io("could not set an entry aside", error);
        let path = entries.join(name);
        if !path.exists() {
            return Ok(false);
        }
        let aside = self.folder.join(SET_ASIDE);
        permissions::create_folder(&aside).map_err(failed)?;
        let target = free_name(&aside, name);
        patiently(|| fs::rename(&path, &target)).map_err(failed)?;
        Ok(true)
    }

    pub(super) fn read(
        &self,
        folder: &Path,
        name: &str,
        place: &Place,
    ) -> Result<Option<(Key, SecretBytes)>, Error> {
        let Some(content) = atomic::read(&folder.join(name))? else { return Ok(None) };
        let foreign = || Error::new(ErrorKind::Corrupt, "an entry is not what its name says");
        let body = match self.format.decode(place, &content) {
            // The header was ours a moment ago. If it still is, this file does not belong here.
            Err(error) if error.kind() == ErrorKind::WrongKey => {
                self.header()?;
                return Err(foreign());
            }
            decoded => decoded?,
        };
        entry::parse(&body, place).map(Some).ok_or_else(foreign)
    }

    fn check(&self, under: Option<&(Key, u64)>) -> Result<(), Error> {
        under.map_or(Ok(()), |(key, fence)| self.locks.check(key, *fence))
    }
}

/// Moves a whole store out of the way; says where to, if there was one.
pub(super) async fn reset(folder: PathBuf) -> Result<Option<PathBuf>, Error> {
    blocking(move || {
        let name = folder.file_name().and_then(|it| it.to_str()).ok_or_else(|| {
            Error::new(ErrorKind::Unsupported, "the folder's path does not end in a name")
        })?;
        let parent = folder.parent().unwrap_or(Path::new(""));
        let target = free_name(parent, &format!("{name}.{SET_ASIDE}"));
        match patiently(|| fs::rename(&folder, &target)) {
            Ok(()) => Ok(Some(target)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::io("could not set the store aside", error)),
        }
    })
    .await
}

fn free_name(folder: &Path, name: &str) -> PathBuf {
    let mut names = (1_u64..).map(|number| folder.join(format!("{name}-{number}")));
    names.find(|it| !it.exists()).unwrap_or_else(|| folder.join(name))
}

fn entries_gone() -> Error {
    Error::new(ErrorKind::Unavailable, "the folder of the entries is gone")
}

#[async_trait]
impl Storage for Store {
    async fn get(&self, key: &Key) -> Result<Option<SecretBytes>, Error> {
        let (inner, key) = (Arc::clone(&self.0), key.clone());
        blocking_read(move || inner.get(&key)).await
    }

    async fn put(
        &self,
        key: &Key,
        value: SecretBytes,
        under: Option<&dyn Lock>,
    ) -> Result<(), Error> {
        let (inner, key, under) = (Arc::clone(&self.0), key.clone(), owned(under));
        blocking(move || inner.put(&key, &value, under.as_ref())).await
    }

    async fn remove(&self, key: &Key, under: Option<&dyn Lock>) -> Result<(), Error> {
        let (inner, key, under) = (Arc::clone(&self.0), key.clone(), owned(under));
        blocking(move || inner.remove(&key, under.as_ref())).await
    }

    async fn list(&self, prefix: &KeyPrefix) -> Result<Vec<Key>, Error> {
        let (inner, prefix) = (Arc::clone(&self.0), prefix.clone());
        blocking_read(move || inner.list(&prefix)).await
    }

    async fn lock(&self, key: &Key, wait: Duration) -> Result<Box<dyn Lock>, Error> {
        self.0.locks.take(key, wait).await
    }
}

fn owned(under: Option<&dyn Lock>) -> Option<(Key, u64)> {
    under.map(|it| (it.key().clone(), it.fence()))
}
