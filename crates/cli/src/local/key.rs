//! The key that seals the store: 32 random bytes in a file of their own.

use std::{fs, io, path::Path};

use journey_sdk::{
    ExposeSecret,
    storage::{SealingKey, SecretBytes},
};

use crate::{
    exit::{Exit, Failure},
    local::private,
};

/// Reads the key; none when the file is not there.
pub(crate) fn load(path: &Path) -> Result<Option<SealingKey>, Failure> {
    let bytes = match fs::read(path) {
        Ok(bytes) => SecretBytes::from(bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(path, &error)),
    };
    if private::is_open_to_others(path).map_err(|error| unreadable(path, &error))? {
        let message = format!("others can read the key in {}", path.display());
        return Err(Failure::new(Exit::Local, "key.open_to_others", message)
            .with_hint(format!("chmod 600 {}", path.display())));
    }
    let key = SealingKey::from_bytes(&bytes).map_err(|_| {
        let message = format!("the key in {} does not have 32 bytes", path.display());
        Failure::new(Exit::Local, "key.not_a_key", message)
    })?;
    Ok(Some(key))
}

/// Reads the key, or makes one.
pub(crate) fn load_or_make(path: &Path) -> Result<SealingKey, Failure> {
    if let Some(key) = load(path)? {
        return Ok(key);
    }
    let key = SealingKey::generate().map_err(|error| Failure::local("no key was made", &error))?;
    match private::create(path, key.to_bytes().expose_secret()) {
        Ok(()) => Ok(key),
        // Another process was faster: its key is the one.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            load(path)?.ok_or_else(|| unreadable(path, &error))
        }
        Err(error) => {
            Err(Failure::local(format!("could not write the key to {}", path.display()), &error))
        }
    }
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    Failure::local(format!("could not read the key in {}", path.display()), error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_is_private() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        assert!(load(&path).unwrap().is_none());
        let made = load_or_make(&path).unwrap();
        assert_eq!(load_or_make(&path).unwrap().id(), made.id());
        assert_eq!(fs::read(&path).unwrap().len(), 32);
        assert!(!private::is_open_to_others(&path).unwrap());
    }

    #[cfg(unix)]
    #[test]
    fn a_key_that_others_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        load_or_make(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let failure = load(&path).unwrap_err();
        assert_eq!((failure.exit(), failure.code()), (Exit::Local, "key.open_to_others"));
    }

    #[test]
    fn a_file_that_is_no_key_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        private::create(&path, b"short").unwrap();
        assert_eq!(load(&path).unwrap_err().code(), "key.not_a_key");
    }
}
