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
    /// When they are good without doubt, so that most calls need no more than a look at it.
    good: Option<Good>,
}

#[derive(Debug, Clone, Copy)]
struct Good {
    from: SystemTime,
    until: SystemTime,
    timer_until: Option<Instant>,
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
        let good = Good::of(&record, ends, renew_before);
        let (generation, checked) = (record.generation, Instant::now());
        Self { token, record, generation, checked, ends, renew_before, good }
    }

    pub(crate) fn freshness(&self, now: SystemTime) -> Freshness {
        self.freshness_at(Now { wall: now, timer: Instant::now() })
    }

    /// Judges by both clocks: the wall clock may have been set, the other stands still while the
    /// machine sleeps.
    pub(crate) fn freshness_at(&self, now: Now) -> Freshness {
        if self.good.is_some_and(|it| it.is_at(now)) {
            return Freshness::Good;
        }
        let Some(by_wall) = self.record.left(now.wall) else { return Freshness::Good };
        let by_timer = self.ends.map(|it| it.saturating_duration_since(now.timer));
        let left = by_timer.map_or(by_wall, |it| it.min(by_wall));
        match left {
            Duration::ZERO => Freshness::Ended,
            left if left <= self.renew_before => Freshness::Due,
            _ => Freshness::Good,
        }
    }
}

impl Good {
    fn of(record: &Record, ends: Option<Instant>, renew_before: Duration) -> Option<Self> {
        let timer_until = match ends {
            Some(end) => Some(end.checked_sub(renew_before)?),
            None => None,
        };
        Some(Self {
            from: record.obtained_at(),
            until: record.expires_at()?.checked_sub(renew_before)?,
            timer_until,
        })
    }

    fn is_at(&self, now: Now) -> bool {
        self.from <= now.wall
            && now.wall < self.until
            && self.timer_until.is_none_or(|it| now.timer < it)
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use secrecy::SecretString;
    use serde_json::Map;

    use super::*;
    use crate::id_token::IdClaims;

    const OBTAINED: u64 = 1_800_000_000;

    fn held(lifetime: Option<u64>, jitter: u8) -> Held {
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

    /// The quick look must never say more than the whole judgment does.
    #[tokio::test(start_paused = true)]
    async fn what_a_look_finds_good_is_good() {
        let start = Instant::now();
        for lifetime in [None, Some(0), Some(1), Some(100), Some(3600), Some(u64::MAX)] {
            let held = held(lifetime, 0);
            let slow = Held { good: None, ..held.clone() };
            for wall in [-400, -300, -1, 0, 1, 25, 75, 76, 100, 3539, 3540, 3541, 3600, 90_000_i64]
            {
                for timer in [0, 1, 74, 75, 76, 99, 100, 3539, 3540, 3541, 3600, 90_000] {
                    let now = Now {
                        wall: UNIX_EPOCH
                            + Duration::from_secs(OBTAINED.saturating_add_signed(wall)),
                        timer: start + Duration::from_secs(timer),
                    };
                    let (quick, whole) = (held.freshness_at(now), slow.freshness_at(now));
                    assert_eq!(quick, whole, "{lifetime:?} {wall} {timer}");
                }
            }
        }
    }
}
