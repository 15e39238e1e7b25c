//! What is changed about something good, one thing at a time or several.

use std::fmt;

use crate::Difference;

/// One way to be wrong, odd or right in another way.
pub struct Change<T> {
    /// What it does, for a failed test to say.
    pub name: String,
    /// Set where the two libraries are known to disagree, and why.
    pub difference: Option<Difference>,
    apply: Box<dyn Fn(&mut T)>,
}

impl<T> Change<T> {
    pub(crate) fn new(name: impl Into<String>, apply: impl Fn(&mut T) + 'static) -> Self {
        Self { name: name.into(), difference: None, apply: Box::new(apply) }
    }

    pub(crate) fn differs(mut self, difference: Difference) -> Self {
        self.difference = Some(difference);
        self
    }

    /// Does it.
    pub fn apply(&self, to: &mut T) {
        (self.apply)(to);
    }
}

impl<T> fmt::Debug for Change<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// Picks `count` groups of two or three changes, the same ones each time.
pub fn combined<T>(changes: &[Change<T>], count: usize) -> Vec<Vec<&Change<T>>> {
    // SplitMix64: a run that failed fails again.
    let mut state = 7_u64;
    let mut pick = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let number = usize::try_from((mixed ^ (mixed >> 31)) >> 33).unwrap_or_default();
        &changes[number % changes.len()]
    };
    (0..count).map(|it| (0..2 + it % 2).map(|_| pick()).collect()).collect()
}
