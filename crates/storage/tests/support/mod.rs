//! What the tests of files share.

use std::fs;
use std::path::{Path, PathBuf};

use journey_storage::Key;
use sha2::{Digest, Sha256};

/// The file of an entry.
pub(crate) fn entry_of(folder: &Path, key: &Key) -> PathBuf {
    let place = Sha256::digest(key.as_str());
    let place = place.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let entries = fs::read_dir(folder.join("entries-1")).unwrap();
    let mut paths = entries.map(|it| it.unwrap().path());
    paths.find(|it| it.to_str().unwrap().ends_with(&place)).expect("the entry has a file")
}

/// Damages a file in its middle.
pub(crate) fn flip_a_byte(path: &Path) {
    let mut content = fs::read(path).unwrap();
    let middle = content.len() / 2;
    content[middle] ^= 1;
    fs::write(path, content).unwrap();
}

/// Changes who may use a file or a folder.
#[cfg(unix)]
pub(crate) fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;

    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}
