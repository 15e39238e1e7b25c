//! Where an account stands in the table.

use std::hash::{BuildHasher, Hasher, RandomState};

/// Spreads what an account's identity hashes to, which is good but the same everywhere, by a number
/// that nobody can know: so nobody can choose accounts that meet.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spread(u64);

pub(crate) struct Spreading(u64);

impl Default for Spread {
    fn default() -> Self {
        Self(RandomState::new().hash_one(0))
    }
}

impl BuildHasher for Spread {
    type Hasher = Spreading;

    fn build_hasher(&self) -> Spreading {
        Spreading(self.0)
    }
}

impl Hasher for Spreading {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, value: u64) {
        // The product of two words holds every bit of both; its halves together fill one.
        let product = u128::from(self.0 ^ value) * 0x9e37_79b9_7f4a_7c15;
        self.0 = (product as u64) ^ ((product >> 64) as u64);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
