//! The connection that all clones share, and when another one takes its place.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use journey_storage::{Error, ErrorKind};
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, Cmd, FromRedisValue, Pipeline, RedisError, RedisResult, ScriptInvocation};
use tokio::runtime::Handle;

use crate::error::{redis, says};

/// A connection that is made again when it broke, and when it leads to the wrong server.
///
/// The manager of the redis crate sees only that a connection was closed. After a fail-over that is
/// not enough: nobody closes the connection to a machine without power, and the system itself gives
/// it up after a quarter of an hour only; nor need a server that has become a replica close any.
#[derive(Clone)]
pub(crate) struct Connection(Arc<Shared>);

struct Shared {
    client: Client,
    config: ConnectionManagerConfig,
    current: Mutex<Current>,
}

#[derive(Clone)]
struct Current {
    manager: ConnectionManager,
    /// How many there were before.
    number: u64,
}

impl Connection {
    pub(crate) async fn open(client: Client, timeout: Duration) -> Result<Self, Error> {
        runtime()?;
        let failed = || redis("could not connect to Redis");
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(timeout))
            .set_response_timeout(Some(timeout))
            .set_number_of_retries(1);
        let manager = ConnectionManager::new_with_config(client.clone(), config.clone())
            .await
            .map_err(failed())?;
        let current = Mutex::new(Current { manager, number: 0 });
        let this = Self(Arc::new(Shared { client, config, current }));
        // Without a password Redis lets anyone connect, and hangs up on the first long command.
        this.ask::<String>(&Cmd::ping(), "could not connect to Redis").await?;
        Ok(this)
    }

    /// Sends a command and reads its answer.
    pub(crate) async fn ask<T: FromRedisValue>(
        &self,
        command: &Cmd,
        action: &'static str,
    ) -> Result<T, Error> {
        let mut current = self.current()?;
        let answer = command.query_async(&mut current.manager).await;
        self.judge(current.number, answer).map_err(redis(action))
    }

    /// Sends commands that must go over one and the same connection, and reads their answers.
    pub(crate) async fn ask_at_once<T: FromRedisValue>(
        &self,
        commands: &Pipeline,
        action: &'static str,
    ) -> Result<T, Error> {
        let mut current = self.current()?;
        let answer = commands.query_async(&mut current.manager).await;
        self.judge(current.number, answer).map_err(redis(action))
    }

    /// Runs a script, which the server may know already.
    pub(crate) async fn run<T: FromRedisValue>(
        &self,
        script: &ScriptInvocation<'_>,
        action: &'static str,
    ) -> Result<T, Error> {
        let mut current = self.current()?;
        let answer = script.invoke_async(&mut current.manager).await;
        self.judge(current.number, answer).map_err(redis(action))
    }

    /// Lets another connection take the place of one that leads nowhere, for the calls that follow.
    fn judge<T>(&self, number: u64, answer: RedisResult<T>) -> RedisResult<T> {
        if answer.as_ref().is_err_and(leads_nowhere) {
            let mut current = self.locked();
            // Of many calls that failed with the old one, the first to notice makes the new one.
            if current.number == number {
                let Shared { client, config, .. } = &*self.0;
                let manager =
                    ConnectionManager::new_lazy_with_config(client.clone(), config.clone())?;
                *current = Current { manager, number: number + 1 };
            }
        }
        answer
    }

    /// The connection, where there is a runtime: without one, its timers would panic.
    fn current(&self) -> Result<Current, Error> {
        runtime()?;
        Ok(self.locked().clone())
    }

    fn locked(&self) -> MutexGuard<'_, Current> {
        // Replaced in one step, so a poisoned one is a whole one.
        self.0.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a server says that is no master any more: when it has the new one's data, while it reads
/// them, and where it has none and may not serve its old ones.
const NO_MASTER: &[&str] = &["READONLY", "LOADING", "MASTERDOWN"];

fn leads_nowhere(error: &RedisError) -> bool {
    error.is_timeout() || NO_MASTER.iter().any(|it| says(error, it))
}

fn runtime() -> Result<(), Error> {
    Handle::try_current().map(drop).map_err(|error| {
        Error::new(ErrorKind::NoRuntime, "asking Redis needs a tokio runtime").with_source(error)
    })
}
