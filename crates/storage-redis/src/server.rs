//! What is asked of Redis, in scripts where two steps must be one.

use std::collections::HashSet;
use std::fmt;
use std::sync::LazyLock;
use std::time::Duration;

use journey_storage::{Error, ErrorKind, Key, KeyPrefix, SecretBytes};
use redis::{Cmd, Script};
use secrecy::ExposeSecret;

use crate::connection::Connection;
use crate::error::lock_lost;
use crate::names::Names;

/// Writes or removes a field, unless the fence has risen since. Either renews the time that the
/// account has left, or ends a limit that an earlier one has set.
const WRITE_CODE: &str =
    "if ARGV[1] ~= '' and redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
    if ARGV[3] == 'remove' then
        redis.call('HDEL', KEYS[1], ARGV[2])
    else
        redis.call('HSET', KEYS[1], ARGV[2], ARGV[4])
    end
    if ARGV[5] ~= '' then
        redis.call('PEXPIRE', KEYS[1], ARGV[5])
    else
        redis.call('PERSIST', KEYS[1])
    end
    return 1";

static WRITE: LazyLock<Script> = LazyLock::new(|| Script::new(WRITE_CODE));

/// Takes a lock that is free. The fence follows the clock, so that it rises even if a fail-over
/// has lost the last one.
static LOCK: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "if redis.call('EXISTS', KEYS[1]) == 1 then return '' end
         local now = redis.call('TIME')
         local fence = tonumber(now[1]) * 1000000 + tonumber(now[2])
         local last = tonumber(redis.call('GET', KEYS[2]) or '0')
         if fence <= last then fence = last + 1 end
         local text = string.format('%.0f', fence)
         redis.call('SET', KEYS[2], text, 'PX', ARGV[2])
         redis.call('SET', KEYS[1], text, 'PX', ARGV[1])
         return text",
    )
});

/// Gives a lock up, if it is still ours.
static RELEASE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
         redis.call('DEL', KEYS[1])
         return 1",
    )
});

/// How long a fence is remembered beyond its lease. A write under a forgotten one is refused.
const FENCE_KEPT: Duration = Duration::from_secs(24 * 3600);

#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) connection: Connection,
    pub(crate) names: Names,
    pub(crate) lease: Duration,
    pub(crate) keep: Option<Duration>,
    pub(crate) replicas: u32,
    pub(crate) timeout: Duration,
}

impl Server {
    pub(crate) async fn get(&self, key: &Key) -> Result<Option<SecretBytes>, Error> {
        let (hash, field) = self.names.entry(key);
        let command = Cmd::hget(hash, field);
        let value: Option<Vec<u8>> =
            self.connection.ask(&command, "could not read an entry").await?;
        Ok(value.map(SecretBytes::from))
    }

    pub(crate) async fn put(
        &self,
        key: &Key,
        value: &SecretBytes,
        under: Option<(&Key, u64)>,
    ) -> Result<(), Error> {
        self.write(key, "put", value.expose_secret(), under).await
    }

    pub(crate) async fn remove(&self, key: &Key, under: Option<(&Key, u64)>) -> Result<(), Error> {
        self.write(key, "remove", b"", under).await
    }

    pub(crate) async fn list(&self, prefix: &KeyPrefix) -> Result<Vec<Key>, Error> {
        let hashes = match self.names.hash_of(prefix) {
            Some(hash) => HashSet::from([hash]),
            None => self.hashes(prefix).await?,
        };
        let mut keys = Vec::new();
        for hash in hashes {
            let fields: Vec<String> =
                self.connection.ask(&Cmd::hkeys(&hash), "could not list the entries").await?;
            for field in fields {
                keys.push(self.names.key(&hash, &field).ok_or_else(|| {
                    Error::new(ErrorKind::Corrupt, "an entry has a name that is no key")
                })?);
            }
        }
        keys.retain(|it| prefix.matches(it));
        Ok(keys)
    }

    /// Takes the lock if it is free, and gives its fence.
    pub(crate) async fn try_lock(&self, key: &Key) -> Result<Option<u64>, Error> {
        let mut script = LOCK.prepare_invoke();
        script
            .key(self.names.lock(key))
            .key(self.names.fence(key))
            .arg(milliseconds(self.lease))
            .arg(milliseconds(self.lease.saturating_add(FENCE_KEPT)));
        let fence: String = self.connection.run(&script, "could not take the lock").await?;
        if fence.is_empty() {
            return Ok(None);
        }
        let unreadable = || Error::new(ErrorKind::Unavailable, "the server gave no number");
        fence.parse().map(Some).map_err(|_| unreadable())
    }

    pub(crate) async fn release(&self, key: &Key, fence: u64) -> Result<(), Error> {
        let mut script = RELEASE.prepare_invoke();
        script.key(self.names.lock(key)).arg(fence);
        let released: u8 = self.connection.run(&script, "could not release the lock").await?;
        if released == 0 { Err(lock_lost()) } else { Ok(()) }
    }

    async fn write(
        &self,
        key: &Key,
        action: &str,
        value: &[u8],
        under: Option<(&Key, u64)>,
    ) -> Result<(), Error> {
        let failed = "could not write an entry";
        let (hash, field) = self.names.entry(key);
        let fence = under.map(|(_, fence)| fence.to_string()).unwrap_or_default();
        let fence_name = under.map_or_else(|| hash.clone(), |(lock, _)| self.names.fence(lock));
        // What belongs to no account is the store's own: it is needed as long as there is a store.
        let keep = self.keep.filter(|_| !self.names.is_of_no_account(&hash));
        let keep = keep.map(|it| milliseconds(it).to_string()).unwrap_or_default();
        let arguments: [&[u8]; 5] =
            [fence.as_bytes(), field.as_bytes(), action.as_bytes(), value, keep.as_bytes()];
        let (written, reached): (u8, u32) = if self.replicas == 0 {
            let mut script = WRITE.prepare_invoke();
            script.key(hash).key(fence_name).arg(&arguments);
            (self.connection.run(&script, failed).await?, 0)
        } else {
            let mut commands = redis::pipe();
            commands.cmd("EVAL").arg(WRITE_CODE).arg(2).arg(hash).arg(fence_name).arg(&arguments);
            // Over the same connection: it waits for what came over its own, and holds it up. And less
            // long than that waits for an answer.
            commands.cmd("WAIT").arg(self.replicas).arg(milliseconds(self.timeout / 2));
            self.connection.ask_apart(&commands, failed).await?
        };
        if written == 0 {
            return Err(lock_lost());
        }
        if reached < self.replicas {
            return Err(Error::new(
                ErrorKind::Unavailable,
                "the entry has not reached as many replicas as it should",
            ));
        }
        Ok(())
    }

    async fn hashes(&self, prefix: &KeyPrefix) -> Result<HashSet<String>, Error> {
        let pattern = self.names.pattern(prefix);
        let mut found = HashSet::new();
        let mut cursor = 0_u64;
        loop {
            let mut command = redis::cmd("SCAN");
            command.arg(cursor).arg("MATCH").arg(&pattern).arg("COUNT").arg(1000);
            let (next, names): (u64, Vec<String>) =
                self.connection.ask(&command, "could not list the entries").await?;
            found.extend(names);
            if next == 0 {
                return Ok(found);
            }
            cursor = next;
        }
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Server")
            .field("names", &self.names)
            .field("lease", &self.lease)
            .finish_non_exhaustive()
    }
}

/// At least one: Redis takes no time to live of zero.
fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX).clamp(1, i64::MAX as u64)
}
