//! Several ways to do a thing, measured in turns.

use std::{sync::Barrier, thread, time::Instant};

/// Many short turns: one that the machine spent on something else is far from the median.
const TURNS: usize = 301;

/// Runs each way on so many threads at once, in turns, and returns the median nanoseconds of a call.
pub(crate) fn medians<const N: usize>(
    threads: usize,
    calls: u32,
    ways: [&(dyn Fn(u32) + Sync); N],
) -> [f64; N] {
    let barrier = Barrier::new(threads);
    let samples: Vec<[Vec<f64>; N]> = thread::scope(|scope| {
        let work = || {
            let mut samples = std::array::from_fn(|_| Vec::with_capacity(TURNS));
            for _ in 0..TURNS {
                for (way, samples) in ways.iter().zip(&mut samples) {
                    barrier.wait();
                    let start = Instant::now();
                    way(calls);
                    samples.push(start.elapsed().as_nanos() as f64 / f64::from(calls));
                }
            }
            samples
        };
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        running.into_iter().map(|it| it.join().unwrap()).collect()
    });
    std::array::from_fn(|way| {
        let mut all: Vec<f64> = samples.iter().flat_map(|it| it[way].iter().copied()).collect();
        all.sort_by(f64::total_cmp);
        all[all.len() / 2]
    })
}
