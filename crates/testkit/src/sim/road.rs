//! A hostile road: faults by chance, the same for the same seed.

use crate::sim::Fault;

/// Hurts a share of the requests.
#[derive(Debug, Clone)]
pub(crate) struct Road {
    state: u64,
    percent: u64,
}

impl Road {
    pub(crate) fn new(seed: u64, percent: u8) -> Self {
        Self { state: seed, percent: u64::from(percent.min(100)) }
    }

    /// What happens to the next request.
    pub(crate) fn next(&mut self) -> Option<Fault> {
        if self.draw(100) >= self.percent {
            return None;
        }
        Some(match self.draw(5) {
            0 => Fault::DropBefore,
            1 => Fault::DropAfter,
            2 => Fault::Status(503),
            3 => Fault::Html,
            _ => Fault::Repeat,
        })
    }

    /// A number below `limit`, by `SplitMix64`.
    fn draw(&mut self, limit: u64) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(seed: u64) -> Vec<String> {
        let mut road = Road::new(seed, 25);
        (0..2_000).map(|_| format!("{:?}", road.next())).collect()
    }

    #[test]
    fn a_seed_gives_the_same_road_again_and_another_gives_another() {
        assert_eq!(drawn(7), drawn(7));
        assert_ne!(drawn(7), drawn(8));
    }

    #[test]
    fn the_share_is_about_what_was_asked_and_every_fault_comes() {
        let drawn = drawn(1);
        let hurt = drawn.iter().filter(|it| *it != "None").count();
        assert!((400..600).contains(&hurt), "{hurt}");
        for fault in ["DropBefore", "DropAfter", "Status(503)", "Html", "Repeat"] {
            assert!(drawn.contains(&format!("Some({fault})")), "{fault}");
        }
    }
}
