//! The cost of several ways to ask, in turns.

use std::fmt;
use std::pin::Pin;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use tokio::runtime::Runtime;

use crate::allocations;

/// Many short turns: one that the machine disturbed is far from the median.
const TURNS: usize = 301;
const REQUESTS: u32 = 100;

/// Asks once.
pub(crate) type Way<'a> = &'a (dyn Fn() -> Pin<Box<dyn Future<Output = ()> + 'a>> + 'a);

/// Per request.
#[derive(Clone, Copy)]
pub(crate) struct Cost {
    nanos: f64,
    allocations: f64,
}

/// The medians of each way, taken on this thread in turns.
pub(crate) fn medians<'a, const N: usize>(runtime: &Runtime, ways: [Way<'a>; N]) -> [Cost; N] {
    let mut samples: [Vec<Cost>; N] = std::array::from_fn(|_| Vec::with_capacity(TURNS));
    for _ in 0..TURNS {
        for (way, samples) in ways.into_iter().zip(&mut samples) {
            samples.push(runtime.block_on(turn(way)));
        }
    }
    samples.map(|mut it| Cost {
        nanos: median(&mut it, |it| it.nanos),
        allocations: median(&mut it, |it| it.allocations),
    })
}

async fn turn(way: Way<'_>) -> Cost {
    // One for a start: the processor has another way in its caches.
    way().await;
    let (allocations, nanos) = (allocations::so_far(), processor_nanos());
    for _ in 0..REQUESTS {
        way().await;
    }
    let (nanos, allocations) = (processor_nanos() - nanos, allocations::so_far() - allocations);
    let each = |it: f64| it / f64::from(REQUESTS);
    Cost { nanos: each(nanos as f64), allocations: each(allocations as f64) }
}

fn median(samples: &mut [Cost], of: fn(&Cost) -> f64) -> f64 {
    samples.sort_by(|one, two| of(one).total_cmp(&of(two)));
    of(&samples[samples.len() / 2])
}

/// How long this thread has run.
fn processor_nanos() -> u128 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let nanos = u32::try_from(time.tv_nsec).unwrap();
    Duration::new(time.tv_sec.unsigned_abs(), nanos).as_nanos()
}

impl Cost {
    pub(crate) fn beyond(self, other: Self) -> Self {
        Self { nanos: self.nanos - other.nanos, allocations: self.allocations - other.allocations }
    }
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2} µs and {:.1} allocations", self.nanos / 1000.0, self.allocations)
    }
}
