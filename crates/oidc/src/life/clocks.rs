//! Both clocks for the price of one.

use std::{
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use journey_core::Clock;
use tokio::time::Instant;

/// How long what both clocks have said is believed on the word of one.
const WINDOW: u64 = 1_000_000_000;

/// Stands for a wall clock that has not been looked at: no window is after it.
const NEVER: u64 = u64::MAX;

/// Tells the time by both clocks, and most of the time reads one.
///
/// To read a clock is the dearest part of handing out a token. So for a second after both have been
/// read, the timer is reckoned from the wall clock. A jump of that clock, and a sleep of the machine
/// looks like one, leads out of this second and ends it; one forward that does not lets the timer run
/// ahead, and both clocks then judge the token. Only a jump back that lands in this very second is
/// believed until it is over: by less than a second while somebody asks all the time, else by about as
/// long as nobody has. The other way round would be worse: a timer sees neither sleep nor jump, so an
/// ended token would live on after each of them.
///
/// All that holds for the clock of the operating system. One that somebody has handed in may come to a
/// stand within such a second, which would then never be over; nobody could tell without a note of each
/// call, for which threads would wait for each other. So with such a clock both are read each time.
#[derive(Debug)]
pub(crate) struct Clocks {
    wall: Clock,
    /// Whether the timer may be reckoned from it.
    is_trusted: bool,
    /// Where the timer stood when this was made.
    zero: Instant,
    /// What the wall clock said when both were read last.
    seen: AtomicU64,
    /// How far the timer was ahead of it then, modulo 2^64.
    ahead: AtomicU64,
    turn: Mutex<()>,
}

/// A moment by both clocks, in nanoseconds: since 1970, and since the [`Clocks`] were made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment {
    pub(crate) wall: u64,
    pub(crate) timer: u64,
}

impl Clocks {
    pub(crate) fn new(wall: Clock) -> Self {
        let (seen, ahead) = (AtomicU64::new(NEVER), AtomicU64::new(0));
        let is_trusted = wall.is_system();
        Self { wall, is_trusted, zero: Instant::now(), seen, ahead, turn: Mutex::default() }
    }

    /// Returns the moment; none before 1970 and after 2554.
    pub(crate) fn now(&self) -> Option<Moment> {
        let wall = wall_at(self.wall.now())?;
        let seen = self.seen.load(Ordering::Acquire);
        let ahead = self.ahead.load(Ordering::Acquire);
        match reckoned(wall, [seen, self.seen.load(Ordering::Relaxed)], ahead) {
            Some(moment) => Some(moment),
            None => self.both(),
        }
    }

    /// Reads both, and remembers them unless somebody else is about to, or nothing may be reckoned from them.
    #[cold]
    fn both(&self) -> Option<Moment> {
        let turn = if self.is_trusted { self.turn.try_lock().ok() } else { None };
        let wall = wall_at(self.wall.now())?;
        // Read last: whatever comes between makes the timer run ahead, and tokens end early, not late.
        let timer = self.timer_at(Instant::now());
        if turn.is_some() {
            self.seen.store(NEVER, Ordering::Relaxed);
            self.ahead.store(timer.wrapping_sub(wall), Ordering::Release);
            self.seen.store(wall, Ordering::Release);
        }
        Some(Moment { wall, timer })
    }

    /// Returns what the timer says in a [`Moment`] at this instant.
    pub(crate) fn timer_at(&self, instant: Instant) -> u64 {
        nanoseconds(instant.saturating_duration_since(self.zero)).unwrap_or(u64::MAX)
    }
}

/// Reckons the timer, if both clocks were read lately. Two looks that differ mean that they are being
/// read again, and that `ahead` may belong to either.
fn reckoned(wall: u64, seen: [u64; 2], ahead: u64) -> Option<Moment> {
    let [first, second] = seen;
    // What the wall clock says for a second time tells nothing of the timer: it must have moved on.
    let lately = first < wall && wall - first < WINDOW;
    (lately && first == second).then(|| Moment { wall, timer: wall.wrapping_add(ahead) })
}

/// Returns what the wall clock says in a [`Moment`] at this time; none before 1970 and after 2554.
pub(crate) fn wall_at(time: SystemTime) -> Option<u64> {
    nanoseconds(time.duration_since(UNIX_EPOCH).ok()?)
}

fn nanoseconds(duration: Duration) -> Option<u64> {
    duration.as_secs().checked_mul(1_000_000_000)?.checked_add(u64::from(duration.subsec_nanos()))
}

#[cfg(test)]
mod tests {
    use journey_testkit::clock::ManualClock;

    use super::*;

    const DAY: Duration = Duration::from_secs(24 * 3600);
    const HALF: Duration = Duration::from_millis(500);

    fn handed_in() -> (Clocks, ManualClock) {
        let wall = ManualClock::default();
        let now = wall.as_fn();
        (Clocks::new(Clock::new(move || now())), wall)
    }

    /// As if the clock were the operating system's.
    fn clocks() -> (Clocks, ManualClock) {
        let (clocks, wall) = handed_in();
        (Clocks { is_trusted: true, ..clocks }, wall)
    }

    /// Tells what the timer seems to say, and what it says.
    fn timers(clocks: &Clocks) -> (u64, u64) {
        (clocks.now().unwrap().timer, clocks.timer_at(Instant::now()))
    }

    #[tokio::test(start_paused = true)]
    async fn within_a_second_only_the_wall_clock_is_read() {
        let (clocks, wall) = clocks();
        clocks.now();
        wall.advance(Duration::from_millis(999));
        assert_eq!(timers(&clocks), (999_000_000, 0));
        wall.advance(Duration::from_millis(1));
        assert_eq!(timers(&clocks), (0, 0), "the second is over");
    }

    #[tokio::test(start_paused = true)]
    async fn a_wall_clock_that_stands_still_does_not_hide_what_the_timer_says() {
        let (clocks, _) = clocks();
        for _ in 0..3 {
            let (seems, is) = timers(&clocks);
            assert_eq!(seems, is);
            tokio::time::advance(HALF).await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_clock_that_was_handed_in_and_comes_to_a_stand_does_not_hide_what_the_timer_says() {
        let (clocks, wall) = handed_in();
        clocks.now();
        wall.advance(HALF);
        for _ in 0..3 {
            let (seems, is) = timers(&clocks);
            assert_eq!(seems, is);
            tokio::time::advance(HALF).await;
        }
    }

    #[test]
    fn the_clock_of_the_operating_system_is_trusted() {
        assert!(Clocks::new(Clock::default()).is_trusted);
    }

    /// A sleep of the machine is a jump forward.
    #[tokio::test(start_paused = true)]
    async fn a_wall_clock_that_was_set_does_not_hide_what_the_timer_says() {
        let (clocks, wall) = clocks();
        let jumps: [fn(SystemTime) -> SystemTime; 4] =
            [|it| it + DAY, |it| it - DAY, |it| it - HALF, |it| it + 2 * HALF];
        for jump in jumps {
            clocks.now();
            tokio::time::advance(DAY).await;
            wall.set(jump(wall.now()));
            let (seems, is) = timers(&clocks);
            assert_eq!(seems, is);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_wall_clock_set_back_by_as_long_as_nobody_asked_is_believed_for_less_than_a_second() {
        let (clocks, wall) = clocks();
        clocks.now();
        tokio::time::advance(DAY).await;
        wall.set(wall.now() + DAY);
        wall.set(wall.now() - DAY + HALF);
        let (seems, is) = timers(&clocks);
        assert_eq!((seems, is), (500_000_000, 86_400_000_000_000));
        wall.advance(HALF);
        let (seems, is) = timers(&clocks);
        assert_eq!(seems, is);
    }

    #[test]
    fn nothing_is_reckoned_while_the_clocks_are_read_again() {
        let at = |seen| reckoned(2_000, seen, 5).map(|it| it.timer);
        assert_eq!(at([1_000, 1_000]), Some(2_005));
        assert_eq!(at([1_000, NEVER]), None);
        assert_eq!(at([1_000, 1_500]), None);
        assert_eq!(at([NEVER, NEVER]), None);
    }

    #[tokio::test(start_paused = true)]
    async fn one_thread_at_a_time_notes_what_the_clocks_say() {
        let (clocks, wall) = clocks();
        let turn = clocks.turn.lock().unwrap();
        clocks.now();
        wall.advance(HALF);
        assert_eq!(timers(&clocks), (0, 0), "nothing was noted");
        drop(turn);
        clocks.now();
        wall.advance(HALF);
        assert_eq!(timers(&clocks), (500_000_000, 0));
    }

    #[test]
    fn a_time_that_is_out_of_sight_is_none() {
        let outside =
            [UNIX_EPOCH - HALF, UNIX_EPOCH + Duration::from_secs(u64::MAX / 1_000_000_000 + 1)];
        for time in outside {
            assert_eq!(Clocks::new(Clock::new(move || time)).now(), None);
        }
        assert_eq!(wall_at(UNIX_EPOCH + HALF), Some(500_000_000));
    }
}
