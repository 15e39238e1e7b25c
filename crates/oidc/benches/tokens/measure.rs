//! Several ways to do a thing, measured in turns.

use std::{
    hint,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

/// Many turns: one that the machine spent on something else is far from the median.
const TURNS: usize = 301;

/// What one thread did in a turn.
#[derive(Clone, Copy)]
struct Turn {
    start: Instant,
    end: Instant,
    calls: u32,
}

/// Runs each way on so many threads at once, in turns, and returns the median nanoseconds of a call:
/// those that a thread has to wait for it, or that a processor spends on it where more threads run
/// than there are processors.
///
/// A turn is so many calls, and as many again until it has lasted as long as it shall. Threads overlap
/// in milliseconds; without a time, what the other turns took from the caches has to be fetched again.
pub(crate) fn medians<const N: usize>(
    threads: usize,
    calls: u32,
    at_least: Duration,
    ways: [&(dyn Fn(u32) + Sync); N],
) -> [f64; N] {
    let processors = thread::available_parallelism().map_or(1, usize::from);
    let gate = AtomicUsize::new(0);
    let turns: Vec<[Vec<Turn>; N]> = thread::scope(|scope| {
        let work = || {
            let mut passes = 0;
            let mut turns = std::array::from_fn(|_| Vec::with_capacity(TURNS));
            for _ in 0..TURNS {
                for (way, turns) in ways.iter().zip(&mut turns) {
                    passes += threads;
                    wait(&gate, passes, threads > processors);
                    turns.push(turn(calls, at_least, way));
                }
            }
            turns
        };
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        running.into_iter().map(|it| it.join().unwrap()).collect()
    });
    std::array::from_fn(|way| {
        let mut all: Vec<f64> = (0..TURNS)
            .map(|at| together(turns.iter().map(|it| it[way][at]), threads.min(processors)))
            .collect();
        all.sort_by(f64::total_cmp);
        all[all.len() / 2]
    })
}

/// Waits until everybody is here, without sleeping: who has to be woken comes too late.
fn wait(gate: &AtomicUsize, passes: usize, crowded: bool) {
    gate.fetch_add(1, Ordering::AcqRel);
    while gate.load(Ordering::Acquire) < passes {
        match crowded {
            true => thread::yield_now(),
            false => hint::spin_loop(),
        }
    }
}

fn turn(calls: u32, at_least: Duration, way: impl Fn(u32)) -> Turn {
    let start = Instant::now();
    let mut turn = Turn { start, end: start, calls: 0 };
    while turn.calls == 0 || turn.end - start < at_least {
        way(calls);
        turn.calls += calls;
        turn.end = Instant::now();
    }
    turn
}

/// Returns the nanoseconds of a call from the first start to the last end, on so many processors.
fn together(turns: impl Iterator<Item = Turn> + Clone, processors: usize) -> f64 {
    let start = turns.clone().map(|it| it.start).min().unwrap();
    let end = turns.clone().map(|it| it.end).max().unwrap();
    let calls: f64 = turns.map(|it| f64::from(it.calls)).sum();
    (end - start).as_nanos() as f64 * processors as f64 / calls
}
