//! The file, its table, and what is asked of them. Everything here blocks.

use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use journey_storage::{Error, ErrorKind, FileLocks, Key, KeyPrefix, SecretBytes};
use rusqlite::{Connection, OpenFlags, OptionalExtension, params};
use secrecy::ExposeSecret;

use crate::error::sqlite;

/// Marks the file as ours: "JNYS".
const APPLICATION: i32 = 0x4a4e_5953;
const VERSION: i32 = 1;
/// How long a write waits for another one.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub(crate) struct Database {
    path: PathBuf,
    identity: Identity,
    connection: Mutex<Connection>,
    pub(crate) locks: FileLocks,
}

/// Tells whether a path still leads to the same file.
type Identity = Option<(u64, u64)>;

impl Database {
    pub(crate) fn open(path: PathBuf) -> Result<Self, Error> {
        // Before SQLite does, which would let others read it.
        drop(private_file(&path)?);
        let mut folder = path.clone().into_os_string();
        folder.push(".locks");
        let folder = PathBuf::from(folder);
        let locks = FileLocks::open(&folder)?;
        let identity = identity(&path)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&path, flags)
            .map_err(sqlite("could not open the database"))?;
        // Two processes that turn the log on at once get an error that waiting does not help.
        let turn = private_file(&folder.join("set-up.lock"))?;
        turn.lock().map_err(|error| Error::io("could not set the database up", error))?;
        set_up(&connection)?;
        drop(turn);
        Ok(Self { path, identity, connection: Mutex::new(connection), locks })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn get(&self, key: &Key) -> Result<Option<SecretBytes>, Error> {
        self.connection()?
            .prepare("SELECT value FROM entries WHERE key = ?1")
            .and_then(|mut it| it.query_row([key.as_str()], |row| row.get(0)).optional())
            .map(|it| it.map(|value: Vec<u8>| SecretBytes::from(value)))
            .map_err(sqlite("could not read an entry"))
    }

    pub(crate) fn put(
        &self,
        key: &Key,
        value: &SecretBytes,
        under: Option<&(Key, u64)>,
    ) -> Result<(), Error> {
        let connection = self.connection()?;
        self.check(under)?;
        connection
            .prepare(
                "INSERT INTO entries (key, value) VALUES (?1, ?2)
                 ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            )
            .and_then(|mut it| it.execute(params![key.as_str(), value.expose_secret()]))
            .map(drop)
            .map_err(sqlite("could not write an entry"))
    }

    pub(crate) fn remove(&self, key: &Key, under: Option<&(Key, u64)>) -> Result<(), Error> {
        let connection = self.connection()?;
        self.check(under)?;
        connection
            .prepare("DELETE FROM entries WHERE key = ?1")
            .and_then(|mut it| it.execute([key.as_str()]))
            .map(drop)
            .map_err(sqlite("could not remove an entry"))
    }

    pub(crate) fn list(&self, prefix: &KeyPrefix) -> Result<Vec<Key>, Error> {
        let connection = self.connection()?;
        // A range and not LIKE, which takes upper and lower case for the same. Keys are ASCII, so
        // every key that starts with the prefix comes before the prefix and the last ASCII character.
        let end = format!("{}\u{7f}", prefix.as_str());
        let mut statement = connection
            .prepare("SELECT key FROM entries WHERE key >= ?1 AND key < ?2")
            .map_err(sqlite("could not list the entries"))?;
        let names = statement
            .query_map([prefix.as_str(), &end], |row| row.get::<_, String>(0))
            .and_then(Iterator::collect::<Result<Vec<String>, _>>)
            .map_err(sqlite("could not list the entries"))?;
        names
            .iter()
            .map(|it| {
                Key::parse(it).ok_or_else(|| {
                    Error::new(ErrorKind::Corrupt, "an entry has a name that is no key")
                })
            })
            .collect()
    }

    fn check(&self, under: Option<&(Key, u64)>) -> Result<(), Error> {
        under.map_or(Ok(()), |(key, fence)| self.locks.check(key, *fence))
    }

    fn connection(&self) -> Result<MutexGuard<'_, Connection>, Error> {
        // SQLite would go on with a file that nobody else can find any more.
        if identity(&self.path)? != self.identity {
            return Err(Error::new(ErrorKind::Unavailable, "the database was exchanged"));
        }
        Ok(self.connection.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Opens a file, or makes it for its owner alone.
fn private_file(path: &Path) -> Result<File, Error> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|error| Error::io("could not open the database", error))
}

#[cfg(unix)]
fn identity(path: &Path) -> Result<Identity, Error> {
    use std::os::unix::fs::MetadataExt;

    let metadata =
        fs::metadata(path).map_err(|error| Error::io("could not find the database", error))?;
    if metadata.mode() & 0o077 != 0 {
        return Err(Error::new(
            ErrorKind::Denied,
            "others may use the database: its mode must be 0600",
        ));
    }
    Ok(Some((metadata.dev(), metadata.ino())))
}

#[cfg(not(unix))]
fn identity(path: &Path) -> Result<Identity, Error> {
    fs::metadata(path)
        .map(|_| None)
        .map_err(|error| Error::io("could not find the database", error))
}

fn set_up(connection: &Connection) -> Result<(), Error> {
    let failed = || sqlite("could not set the database up");
    connection.busy_timeout(PATIENCE).map_err(failed())?;
    let number = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    let version = number("user_version").map_err(failed())?;
    let application = number("application_id").map_err(failed())?;
    if version > VERSION {
        return Err(Error::new(
            ErrorKind::NewerVersion,
            "the database was written by a newer release",
        ));
    }
    if application != APPLICATION && (application, version) != (0, 0) {
        return Err(Error::new(ErrorKind::Unsupported, "the database is another program's"));
    }
    // FULL: with a write-ahead log, anything less may lose the last commits when the power fails.
    connection
        .execute_batch(
            "PRAGMA journal_mode = WAL;
             PRAGMA synchronous = FULL;
             PRAGMA secure_delete = ON;
             PRAGMA temp_store = MEMORY;",
        )
        .map_err(failed())?;
    if version == VERSION {
        return Ok(());
    }
    connection
        .execute_batch(&format!(
            "BEGIN IMMEDIATE;
             CREATE TABLE IF NOT EXISTS entries
                 (key TEXT PRIMARY KEY NOT NULL, value BLOB NOT NULL) WITHOUT ROWID, STRICT;
             PRAGMA application_id = {APPLICATION};
             PRAGMA user_version = {VERSION};
             COMMIT;"
        ))
        .map_err(failed())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_database_keeps_the_old_value() {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::open(folder.path().join("accounts.db")).unwrap();
        let key = Key::session("server", "/", "demo");
        database.put(&key, &SecretBytes::from(b"old".to_vec()), None).unwrap();
        let limit = "PRAGMA max_page_count = 4";
        database.connection().unwrap().query_row(limit, [], |_| Ok(())).unwrap();

        let refused = database.put(&key, &SecretBytes::from(vec![b'n'; 64 * 1024]), None);

        assert_eq!(refused.unwrap_err().kind(), ErrorKind::Full);
        let value = database.get(&key).unwrap().unwrap();
        assert_eq!(value.expose_secret(), b"old");
    }
}
