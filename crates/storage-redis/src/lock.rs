//! A lease that Redis ends by itself.

use std::time::Duration;

use async_trait::async_trait;
use journey_storage::{Error, ErrorKind, Key, Lock};
use tokio::time::{Instant, sleep};

use crate::server::Server;

const SHORTEST_PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_millis(100);

#[derive(Debug)]
struct Lease {
    server: Server,
    key: Key,
    fence: u64,
}

/// Asks again and again until the lock is free.
pub(crate) async fn take(
    server: &Server,
    key: &Key,
    wait: Duration,
) -> Result<Box<dyn Lock>, Error> {
    let mut fence = server.try_lock(key).await?;
    let deadline = Instant::now().checked_add(wait);
    let mut pause = SHORTEST_PAUSE;
    loop {
        if let Some(fence) = fence {
            return Ok(Box::new(Lease { server: server.clone(), key: key.clone(), fence }));
        }
        let left = deadline.map_or(Duration::MAX, |it| it.duration_since(Instant::now()));
        if left.is_zero() {
            return Err(Error::new(ErrorKind::LockTimeout, "the lock was not free in time"));
        }
        sleep(pause.min(left)).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
        fence = server.try_lock(key).await?;
    }
}

#[async_trait]
impl Lock for Lease {
    fn key(&self) -> &Key {
        &self.key
    }

    fn fence(&self) -> u64 {
        self.fence
    }

    async fn release(self: Box<Self>) -> Result<(), Error> {
        self.server.release(&self.key, self.fence).await
    }
}
