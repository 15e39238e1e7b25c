//! Replays a corpus: what a fuzzer started from, and what it once found.

use std::{fs, path::PathBuf};

/// Checks each input of the target's corpus, and each cut short, because that is what happens to answers on
/// their way.
pub(crate) fn replay(target: &str, check: fn(&[u8])) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
    let mut count = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let data = fs::read(entry.unwrap().path()).unwrap();
        for end in [data.len(), data.len() / 2, data.len().saturating_sub(1)] {
            check(&data[..end]);
        }
        count += 1;
    }
    assert!(count > 0, "{} has seeds", folder.display());
}
