//! Refuses what others could read or change.
//!
//! Unix only: elsewhere the folder's access list is left to its owner.

use std::fs::{self, DirBuilder, File, Metadata, OpenOptions};
use std::io;
use std::path::Path;

use crate::file::patience::patiently;
use crate::{Error, ErrorKind};

/// What others may do to a file while it is open: all but remove it.
#[cfg(windows)]
const READ_AND_WRITE: u32 = 1 | 2;

/// Makes a folder that only its owner may enter, its parents too where they are missing.
pub(super) fn create_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Opens a file, making it where it is missing, which only its owner may read and, on Windows, nobody may
/// remove while it is open.
pub(super) fn open_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    #[cfg(windows)]
    std::os::windows::fs::OpenOptionsExt::share_mode(&mut options, READ_AND_WRITE);
    patiently(|| options.open(path))
}

/// Checks that nobody but its owner may enter a folder.
pub(super) fn check_folder(folder: &Path) -> Result<(), Error> {
    let metadata = fs::metadata(folder)
        .map_err(|error| Error::io("could not look at the store's folder", error))?;
    if is_open_to_others(&metadata) {
        return Err(Error::new(
            ErrorKind::Denied,
            "others may enter the store's folder: its mode must be 0700",
        ));
    }
    Ok(())
}

/// Checks that nobody but its owner may read a file.
pub(super) fn check_file(file: &File) -> Result<(), Error> {
    let metadata =
        file.metadata().map_err(|error| Error::io("could not look at a stored file", error))?;
    if is_open_to_others(&metadata) {
        return Err(Error::new(
            ErrorKind::Denied,
            "others may use a stored file: its mode must be 0600",
        ));
    }
    Ok(())
}

#[cfg(unix)]
fn is_open_to_others(metadata: &Metadata) -> bool {
    std::os::unix::fs::MetadataExt::mode(metadata) & 0o077 != 0
}

#[cfg(not(unix))]
fn is_open_to_others(_: &Metadata) -> bool {
    false
}
