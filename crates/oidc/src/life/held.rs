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
    /// As the record has it, here so that most calls need not look there.
    pub(crate) generation: u64,
    /// When the store was last asked whether they are still wanted.
    pub(crate) checked: Instant,
    /// The end by a clock that nobody can set.
    ends: Option<Instant>,
    /// How long before the end they are to be renewed.
    renew_before: Duration,
}

/// When tokens are good without doubt.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Good {
    /// From when and until when by the wall clock; none for tokens without an end.
    pub(crate) from: Option<SystemTime>,
    pub(crate) until: Option<SystemTime>,
    pub(crate) timer_until: Option<Instant>,
}

/// One moment by both clocks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Now {
    pub(crate) wall: SystemTime,
    pub(crate) timer: Instant,
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
        let (generation, checked) = (record.generation, Instant::now());
        Self { token, record, generation, checked, ends, renew_before }
    }

    pub(crate) fn freshness(&self, now: SystemTime) -> Freshness {
        self.freshness_at(Now { wall: now, timer: Instant::now() })
    }

    /// Judges by both clocks: the wall clock may have been set, the other stands still while the
    /// machine sleeps.
    pub(crate) fn freshness_at(&self, now: Now) -> Freshness {
        let Some(by_wall) = self.record.left(now.wall) else { return Freshness::Good };
        let by_timer = self.ends.map(|it| it.saturating_duration_since(now.timer));
        let left = by_timer.map_or(by_wall, |it| it.min(by_wall));
        match left {
            Duration::ZERO => Freshness::Ended,
            left if left <= self.renew_before => Freshness::Due,
            _ => Freshness::Good,
        }
    }

    /// Returns when they are good whatever else is the case; none when that is never.
    pub(crate) fn good(&self) -> Option<Good> {
        let Some(end) = self.record.expires_at() else {
            return Some(Good { from: None, until: None, timer_until: None });
        };
        let timer_until = match self.ends {
            Some(end) => Some(end.checked_sub(self.renew_before)?),
            None => None,
        };
        let until = Some(end.checked_sub(self.renew_before)?);
        Some(Good { from: Some(self.record.obtained_at()), until, timer_until })
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::time::UNIX_EPOCH;

    use secrecy::SecretString;
    use serde_json::Map;

    use super::*;
    use crate::id_token::IdClaims;

    pub(crate) const OBTAINED: u64 = 1_800_000_000;

    pub(crate) fn held(lifetime: Option<u64>, jitter: u8) -> Held {
        let record = Record {
            issuer: String::new(),
            requested: Vec::new(),
            generation: 0,
            access_token: SecretString::from("token"),
            refresh_token: None,
            id_token: None,
            id_claims: IdClaims::default(),
            first_nonce: None,
            scopes: Vec::new(),
            obtained_at: OBTAINED,
            lifetime,
            extra: Map::new(),
            untaken: Vec::new(),
        };
        let now = UNIX_EPOCH + Duration::from_secs(OBTAINED);
        Held::new(Arc::new(record), true, now, Duration::from_secs(60), jitter)
    }

    #[tokio::test(start_paused = true)]
    async fn processes_renew_at_different_moments_up_to_half_of_the_threshold_early() {
        let left = |seconds| UNIX_EPOCH + Duration::from_secs(OBTAINED + 3600 - seconds);
        assert_eq!(held(Some(3600), 0).freshness(left(85)), Freshness::Good);
        assert_eq!(held(Some(3600), 255).freshness(left(85)), Freshness::Due);
        assert_eq!(held(Some(3600), 255).freshness(left(91)), Freshness::Good);
        assert_eq!(held(Some(3600), 0).freshness(left(60)), Freshness::Due);
    }
}
