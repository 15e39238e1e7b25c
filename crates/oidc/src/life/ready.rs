//! What is handed out without another look at the account.

use std::time::Duration;

use journey_core::AccessToken;

use crate::life::{
    clocks::{Clocks, Moment, wall_at},
    held::{Good, Held},
};

/// A token, and when it is good without doubt.
#[derive(Debug)]
pub(crate) struct Ready {
    pub(crate) token: AccessToken,
    generation: u64,
    wall_from: u64,
    wall_until: u64,
    timer_until: u64,
}

impl Ready {
    /// None when nothing of it is without doubt.
    pub(crate) fn of(held: &Held, recheck: Duration, clocks: &Clocks) -> Option<Self> {
        let Good { from, until, timer_until } = held.good()?;
        // None is beyond what the clock can show.
        let recheck_at = held.checked.checked_add(recheck);
        let timer_until = [timer_until, recheck_at].into_iter().flatten().min();
        held.token.is_durable().then(|| Self {
            token: held.token.clone(),
            generation: held.generation,
            wall_from: from.map_or(0, |it| wall_at(it).unwrap_or(u64::MAX)),
            wall_until: until.map_or(u64::MAX, |it| wall_at(it).unwrap_or(u64::MAX)),
            timer_until: timer_until.map_or(u64::MAX, |it| clocks.timer_at(it)),
        })
    }

    /// Says yes only if a judgment of everything would.
    pub(crate) fn is_at(&self, generation: u64, now: Moment) -> bool {
        self.generation == generation
            && self.wall_from <= now.wall
            && now.wall < self.wall_until
            && now.timer < self.timer_until
    }
}

#[cfg(test)]
mod tests {
    use std::time::{SystemTime, UNIX_EPOCH};

    use journey_core::Clock;
    use tokio::time::Instant;

    use super::*;
    use crate::life::held::{
        Freshness, Now,
        tests::{OBTAINED, held},
    };

    const RECHECK: Duration = Duration::from_secs(1_000_000);

    fn wall(seconds: i64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(OBTAINED.saturating_add_signed(seconds))
    }

    fn moment(wall: SystemTime, timer: u64) -> Moment {
        Moment { wall: wall_at(wall).unwrap(), timer: timer * 1_000_000_000 }
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_ready_is_good_by_a_judgment_of_everything() {
        let (start, clocks) = (Instant::now(), Clocks::new(Clock::system()));
        for lifetime in [None, Some(0), Some(1), Some(100), Some(3600), Some(u64::MAX)] {
            let held = held(lifetime, 0);
            let ready = Ready::of(&held, RECHECK, &clocks);
            for at in [-400, -300, -1, 0, 1, 25, 75, 76, 100, 3539, 3540, 3541, 3600, 90_000_i64] {
                for timer in [0, 1, 74, 75, 76, 99, 100, 3539, 3540, 3541, 3600, 90_000] {
                    let quick =
                        ready.as_ref().is_some_and(|it| it.is_at(0, moment(wall(at), timer)));
                    let now = Now { wall: wall(at), timer: start + Duration::from_secs(timer) };
                    let whole = held.freshness_at(now) == Freshness::Good;
                    // The whole judgment alone knows that clocks of two machines may differ a little.
                    let surely = at >= 0 || held.record.expires_at().is_none();
                    assert_eq!(quick, whole && surely, "{lifetime:?} {at} {timer}");
                }
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_is_ready_that_the_store_is_to_be_asked_about() {
        let clocks = Clocks::new(Clock::system());
        let ready = |held: &Held| Ready::of(held, Duration::from_secs(30), &clocks);
        let good = held(Some(3600), 0);
        let is_at = |generation, timer| {
            ready(&good).is_some_and(|it| it.is_at(generation, moment(wall(0), timer)))
        };
        assert!(is_at(0, 29));
        assert!(!is_at(0, 30), "too long ago that it was asked");
        assert!(!is_at(1, 29), "another generation");
        let mut unsaved = good.clone();
        unsaved.token = good.record.access_token(false);
        assert!(ready(&unsaved).is_none());
    }
}
