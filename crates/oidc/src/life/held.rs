//! Tokens in memory, and whether they are still good.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use journey_core::AccessToken;
use tokio::time::Instant;

use crate::record::Record;

/// Tokens as they are handed out.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    pub(crate) token: AccessToken,
    pub(crate) record: Arc<Record>,
    /// When the store was last asked whether they are still wanted.
    pub(crate) checked: Instant,
    /// The end by a clock that nobody can set.
    ends: Option<Instant>,
    /// How long before the end they are to be renewed.
    renew_before: Duration,
}

/// What tokens are good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Freshness {
    Good,
    /// Still good, but time to get new ones.
    Due,
    Ended,
}

impl Held {
    /// `jitter` goes from 0 to 255 and adds up to half of `threshold`.
    pub(crate) fn new(
        record: Arc<Record>,
        durable: bool,
        now: SystemTime,
        threshold: Duration,
        jitter: u8,
    ) -> Self {
        let token = record.access_token(durable);
        let left = record.left(now);
        let ends = left.and_then(|it| Instant::now().checked_add(it));
        let spread = threshold.saturating_mul(u32::from(jitter)) / 510;
        let renew_before = threshold.saturating_add(spread);
        // A token that lives shorter than the threshold would be renewed all the time.
        let longest = record.lifetime.map_or(renew_before, |it| Duration::from_secs(it) / 4);
        let renew_before = renew_before.min(longest);
        Self { token, record, checked: Instant::now(), ends, renew_before }
    }

    /// Judges by both clocks: the wall clock may have been set, the other stands still while the
    /// machine sleeps.
    pub(crate) fn freshness(&self, now: SystemTime) -> Freshness {
        let Some(by_wall) = self.record.left(now) else { return Freshness::Good };
        let by_timer = self.ends.map(|it| it.saturating_duration_since(Instant::now()));
        let left = by_timer.map_or(by_wall, |it| it.min(by_wall));
        match left {
            Duration::ZERO => Freshness::Ended,
            left if left <= self.renew_before => Freshness::Due,
            _ => Freshness::Good,
        }
    }
}
