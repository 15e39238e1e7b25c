//! Files that only their owner can read.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

/// Writes a file that appears whole or not at all, and takes the place of an older one.
pub(super) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let draft = write_draft(path, content)?;
    fs::rename(&draft, path).inspect_err(|_| drop(fs::remove_file(&draft)))?;
    sync_folder(path)
}

/// Writes a file that appears whole or not at all, unless there is one already.
pub(super) fn create(path: &Path, content: &[u8]) -> io::Result<()> {
    let draft = write_draft(path, content)?;
    // A link fails where a rename would replace: of two processes, the first one's file stays.
    let linked = fs::hard_link(&draft, path);
    fs::remove_file(&draft)?;
    linked?;
    sync_folder(path)
}

/// Tells whether others than the owner can read or write the file.
#[cfg(unix)]
pub(super) fn is_open_to_others(path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    Ok(fs::metadata(path)?.mode() & 0o077 != 0)
}

/// Elsewhere the folder's access list decides.
#[cfg(not(unix))]
pub(super) fn is_open_to_others(_path: &Path) -> io::Result<bool> {
    Ok(false)
}

fn write_draft(path: &Path, content: &[u8]) -> io::Result<PathBuf> {
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    make_folder(folder)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let draft = folder.join(format!(".{name}.{}", std::process::id()));
    let written = write_private(&draft, content);
    written.inspect_err(|_| drop(fs::remove_file(&draft)))?;
    Ok(draft)
}

fn write_private(path: &Path, content: &[u8]) -> io::Result<()> {
    // Left behind by a process of the same number that was killed.
    let _ = fs::remove_file(path);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Makes the new name survive a crash of the machine.
fn sync_folder(path: &Path) -> io::Result<()> {
    match path.parent().filter(|it| !it.as_os_str().is_empty()) {
        Some(folder) if cfg!(unix) => File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_file_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/key");
        create(&path, b"first").unwrap();
        assert_eq!(create(&path, b"second").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"first");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn a_replaced_file_is_private_and_leaves_no_draft() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("profile.json");
        replace(&path, b"one").unwrap();
        replace(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert!(!is_open_to_others(&path).unwrap());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
