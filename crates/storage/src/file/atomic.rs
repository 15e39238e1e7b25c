//! Writes files that are either the old or the new, also after a crash.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::Path;

use zeroize::Zeroizing;

use crate::Error;
use crate::file::patience::patiently;
use crate::file::permissions::check_file;

/// What a file that is being written is called.
const UNFINISHED: &str = ".unfinished-";

/// Writes beside the target, flushes, renames onto it, and flushes the name. After an error of that last flush
/// the new content is there.
///
/// The order matters. Without the first flush a crash of the machine may leave the new name with
/// no content; without the second, the old name may come back.
pub(super) fn write(folder: &Path, name: &str, content: &[u8]) -> io::Result<()> {
    let mut file = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(folder)?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    let (file, unfinished) = file.keep().map_err(|it| it.error)?;
    let target = folder.join(name);
    // Not by tempfile, whose rename Windows refuses while anybody reads the old file.
    patiently(|| fs::rename(&unfinished, &target))
        .inspect_err(|_| drop(patiently(|| fs::remove_file(&unfinished))))?;
    sync_name(folder, &file)
}

/// Like [`write`], but leaves a file that is there already; says whether it wrote.
pub(super) fn write_new(folder: &Path, name: &str, content: &[u8]) -> io::Result<bool> {
    let mut file = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(folder)?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    let (mut unnamed, target) = (Some(file), folder.join(name));
    let named = patiently(|| match unnamed.take().map(|it| it.persist_noclobber(&target)) {
        Some(Ok(file)) => Ok(Some(file)),
        Some(Err(failed)) => {
            unnamed = Some(failed.file);
            Err(failed.error)
        }
        None => Ok(None),
    });
    match named {
        Ok(Some(file)) => sync_name(folder, &file).map(|()| true),
        Ok(None) => Ok(false),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}

/// Removes a file for good; says whether there was one.
pub(super) fn remove(folder: &Path, name: &str) -> io::Result<bool> {
    match patiently(|| fs::remove_file(folder.join(name))) {
        Ok(()) => sync_folder(folder).map(|()| true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Removes what was being written when a process died. Only while nobody writes.
pub(super) fn remove_unfinished(folder: &Path) {
    for file in fs::read_dir(folder).into_iter().flatten().flatten() {
        if file.file_name().to_str().is_some_and(|it| it.starts_with(UNFINISHED)) {
            // It costs space and nothing else; the next one to open the store tries again.
            let _ = fs::remove_file(file.path());
        }
    }
}

/// Reads a whole file that only its owner may read, or `None` when there is none.
pub(super) fn read(path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
    let mut file = match patiently(|| File::open(path)) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::io("could not open a stored file", error)),
    };
    check_file(&file)?;
    let length = file.metadata().map_or(0, |it| it.len());
    let mut content = Zeroizing::new(Vec::with_capacity(usize::try_from(length).unwrap_or(0) + 1));
    file.read_to_end(&mut content)
        .map_err(|error| Error::io("could not read a stored file", error))?;
    Ok(Some(content))
}

/// Makes the name that a file has been given durable.
#[cfg(unix)]
fn sync_name(folder: &Path, _: &File) -> io::Result<()> {
    sync_folder(folder)
}

/// Elsewhere a folder cannot be flushed, and a file is flushed with its name.
#[cfg(not(unix))]
fn sync_name(_: &Path, file: &File) -> io::Result<()> {
    file.sync_all()
}

/// Makes the names in a folder durable.
#[cfg(unix)]
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Other systems write names by themselves before long, and cannot open a folder.
#[cfg(not(unix))]
pub(super) fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
