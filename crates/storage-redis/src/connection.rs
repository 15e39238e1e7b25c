//! The connections that all clones share, and when others take their place.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use journey_storage::{Error, ErrorKind};
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, Cmd, FromRedisValue, Pipeline, RedisError, RedisResult, ScriptInvocation};
use tokio::runtime::Handle;
use tokio::sync;
use tokio::time;

use crate::error::{redis, says};

/// Connections that are made again when they broke, and when they lead to the wrong server.
///
/// The manager of the redis crate sees only that its own connection was closed. After a fail-over that
/// is not enough: nobody closes the connection to a machine without power, and the system itself gives
/// it up after a quarter of an hour only; nor need a server that has become a replica close any.
#[derive(Clone)]
pub(crate) struct Connection(Arc<Shared>);

struct Shared {
    client: Client,
    config: ConnectionManagerConfig,
    timeout: Duration,
    current: Mutex<Current>,
    /// Whose turn it is to keep the connection apart busy.
    turn: sync::Mutex<()>,
}

struct Current {
    manager: ConnectionManager,
    /// For what holds up everything behind it. The other is never older: else reads could stay
    /// with an old master while writes go to the new one.
    apart: Option<ConnectionManager>,
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
        let current = Mutex::new(Current { manager, apart: None, number: 0 });
        let turn = sync::Mutex::new(());
        let this = Self(Arc::new(Shared { client, config, timeout, current, turn }));
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
        let (mut manager, number) = self.current()?;
        let answer = command.query_async(&mut manager).await;
        self.judge(number, answer).map_err(redis(action))
    }

    /// Sends commands that must go over one and the same connection and hold it up, and reads their
    /// answers. Nothing else is behind them but others of their kind, and those wait here: so each has
    /// all the time there is for an answer.
    pub(crate) async fn ask_apart<T: FromRedisValue>(
        &self,
        commands: &Pipeline,
        action: &'static str,
    ) -> Result<T, Error> {
        runtime()?;
        let Ok(_turn) = time::timeout(self.0.timeout, self.0.turn.lock()).await else {
            let busy = "the writes before took too long to reach the replicas";
            return Err(Error::new(ErrorKind::Unavailable, busy));
        };
        let (mut apart, number) = self.apart().map_err(redis(action))?;
        let answer = commands.query_async(&mut apart).await;
        self.judge(number, answer).map_err(redis(action))
    }

    /// Runs a script, which the server may know already.
    pub(crate) async fn run<T: FromRedisValue>(
        &self,
        script: &ScriptInvocation<'_>,
        action: &'static str,
    ) -> Result<T, Error> {
        let (mut manager, number) = self.current()?;
        let answer = script.invoke_async(&mut manager).await;
        self.judge(number, answer).map_err(redis(action))
    }

    /// Lets others take the place of connections that lead nowhere, for the calls that follow.
    fn judge<T>(&self, number: u64, answer: RedisResult<T>) -> RedisResult<T> {
        if answer.as_ref().is_err_and(leads_nowhere) {
            let mut current = self.locked();
            // Of many calls that failed with the old one, the first to notice makes the new one.
            if current.number == number {
                *current = Current { manager: self.lazy()?, apart: None, number: number + 1 };
            }
        }
        answer
    }

    /// The connection, where there is a runtime: without one, its timers would panic.
    fn current(&self) -> Result<(ConnectionManager, u64), Error> {
        runtime()?;
        let current = self.locked();
        Ok((current.manager.clone(), current.number))
    }

    /// The connection apart; together with its first one, the other is made again.
    fn apart(&self) -> RedisResult<(ConnectionManager, u64)> {
        let mut current = self.locked();
        if let Some(apart) = &current.apart {
            return Ok((apart.clone(), current.number));
        }
        let (apart, number) = (self.lazy()?, current.number + 1);
        *current = Current { manager: self.lazy()?, apart: Some(apart.clone()), number };
        Ok((apart, number))
    }

    /// A connection that is made when it is first used.
    fn lazy(&self) -> RedisResult<ConnectionManager> {
        let Shared { client, config, .. } = &*self.0;
        ConnectionManager::new_lazy_with_config(client.clone(), config.clone())
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
    error.is_io_error()
        || error.is_unrecoverable_error()
        || NO_MASTER.iter().any(|it| says(error, it))
}

fn runtime() -> Result<(), Error> {
    Handle::try_current().map(drop).map_err(|error| {
        Error::new(ErrorKind::NoRuntime, "asking Redis needs a tokio runtime").with_source(error)
    })
}
