//! Chance that can be had again: the same seed, the same road.

/// What happens to a request on the road.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It arrives, and its answer too.
    Passes,
    /// It takes a while.
    Delayed,
    /// The connection ends before the server hears of it.
    CutBefore,
    /// The server acts, and the connection ends before its answer.
    CutAfter,
    /// It arrives twice; the answer to the second is delivered.
    RepeatedSecondAnswer,
    /// It arrives twice; the answer to the first is delivered.
    RepeatedFirstAnswer,
    /// Something before the server says 503.
    Unavailable,
}

/// Numbers by a seed (`SplitMix64`).
#[derive(Debug, Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Says what happens to the next request: a quarter of them are hurt.
    pub(crate) fn fate(&mut self) -> Fate {
        if self.below(4) != 0 {
            return Fate::Passes;
        }
        match self.below(12) {
            0 | 1 => Fate::Delayed,
            2 | 3 => Fate::CutBefore,
            4..=7 => Fate::CutAfter,
            8 => Fate::RepeatedSecondAnswer,
            9 => Fate::RepeatedFirstAnswer,
            _ => Fate::Unavailable,
        }
    }

    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut number = self.0;
        number = (number ^ number >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        number = (number ^ number >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        (number ^ number >> 31) % end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_always_gives_the_same_road() {
        let road = |seed| {
            let mut dice = Dice::new(seed);
            (0..200).map(|_| dice.fate()).collect::<Vec<_>>()
        };
        assert_eq!(road(7), road(7));
        assert_ne!(road(7), road(8));
        let hurt = road(7).iter().filter(|it| **it != Fate::Passes).count();
        assert!((20..80).contains(&hurt), "{hurt}");
    }
}
