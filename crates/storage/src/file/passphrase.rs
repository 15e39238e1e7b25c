//! A store whose key is made from a passphrase.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use argon2::{Algorithm, Argon2, Params, Version};
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::file::blocking::blocking;
use crate::file::format::Format;
use crate::file::header::{self, Derivation};
use crate::file::sealed::File;
use crate::file::store::Inner;
use crate::sealing::random;
use crate::{Error, ErrorKind, SealingKey};

/// The first byte of a derivation, for Argon2id version 1.3.
const ARGON2ID: u8 = 1;
const SALT: usize = 16;
/// OWASP's recommendation of 2024: 19 MiB, two passes, one lane.
const COST: Cost = Cost { memory: 19 * 1024, passes: 2, lanes: 1 };
/// What a header may ask for at most, so that a forged one cannot exhaust the machine.
const LIMIT: Cost = Cost { memory: 1024 * 1024, passes: 64, lanes: 16 };

#[derive(Clone, Copy)]
struct Cost {
    /// In KiB.
    memory: u32,
    passes: u32,
    lanes: u32,
}

impl File {
    /// Opens the store in a folder with a passphrase, making both where they are missing.
    ///
    /// The key is made by Argon2id with a random salt, which takes about 19 MiB and some
    /// milliseconds. A short passphrase can be guessed by whoever gets hold of the folder.
    ///
    /// ```
    /// use journey_storage::{ErrorKind, File};
    ///
    /// # tokio::runtime::Builder::new_multi_thread().enable_time().build().unwrap().block_on(async {
    /// # let parent = tempfile::tempdir().unwrap();
    /// # let folder = parent.path().join("store");
    /// File::open_with_passphrase(&folder, "correct horse".into()).await?;
    /// assert!(File::open_with_passphrase(&folder, "correct horse".into()).await.is_ok());
    ///
    /// let refused = File::open_with_passphrase(&folder, "battery".into()).await.unwrap_err();
    /// assert_eq!(refused.kind(), ErrorKind::WrongKey);
    /// # Ok::<(), journey_storage::Error>(()) }).unwrap();
    /// ```
    ///
    /// # Errors
    /// As [`File::open`].
    pub async fn open_with_passphrase(
        folder: impl Into<PathBuf>,
        passphrase: SecretString,
    ) -> Result<Self, Error> {
        let folder = folder.into();
        blocking(move || open(&folder, &passphrase).map(Self::from)).await
    }

    /// Seals every entry for another passphrase, or none: see [`File::change_key`].
    ///
    /// # Errors
    /// As [`File::change_key`].
    pub async fn change_passphrase(&self, passphrase: SecretString) -> Result<Self, Error> {
        let inner = Arc::clone(self.inner());
        let change = move || {
            let derivation = new_derivation()?;
            let key = derive(&passphrase, &derivation)?;
            inner.change(Format::Sealed(key), &derivation)
        };
        blocking(change).await.map(Self::from)
    }
}

fn open(folder: &Path, passphrase: &SecretString) -> Result<Inner, Error> {
    let derivation = match header::derivation(folder)? {
        Some(stored) => stored,
        None => new_derivation()?,
    };
    let format = Format::Sealed(derive(passphrase, &derivation)?);
    match Inner::open(folder.to_owned(), format, &derivation) {
        // Another process made the store at the same time, with another salt.
        Err(error) if error.kind() == ErrorKind::WrongKey => match header::derivation(folder)? {
            Some(stored) if stored != derivation => {
                let format = Format::Sealed(derive(passphrase, &stored)?);
                Inner::open(folder.to_owned(), format, &stored)
            }
            _ => Err(error),
        },
        opened => opened,
    }
}

fn new_derivation() -> Result<Derivation, Error> {
    let mut salt = [0; SALT];
    random(&mut salt)?;
    let cost = [COST.memory, COST.passes, COST.lanes].map(u32::to_be_bytes);
    Ok([&[ARGON2ID][..], cost.as_flattened(), &salt].concat())
}

fn derive(passphrase: &SecretString, derivation: &Derivation) -> Result<SealingKey, Error> {
    let (cost, salt) = parse(derivation)?;
    let params = Params::new(cost.memory, cost.passes, cost.lanes, Some(SealingKey::LENGTH))
        .map_err(|_| header::damaged())?;
    let mut bytes = Zeroizing::new([0; SealingKey::LENGTH]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.expose_secret().as_bytes(), &salt, bytes.as_mut_slice())
        .map_err(|_| Error::new(ErrorKind::Unsupported, "the passphrase is too long"))?;
    Ok(SealingKey::new(&bytes))
}

fn parse(derivation: &Derivation) -> Result<(Cost, [u8; SALT]), Error> {
    let (kind, rest) = derivation.split_first().ok_or_else(|| {
        Error::new(ErrorKind::WrongKey, "the store is sealed with a key, not with a passphrase")
    })?;
    if *kind != ARGON2ID {
        return Err(Error::new(
            ErrorKind::NewerVersion,
            "the store's key is made in a way this release does not know",
        ));
    }
    let (cost, salt) = rest.split_at_checked(12).ok_or_else(header::damaged)?;
    let salt = salt.try_into().map_err(|_| header::damaged())?;
    let mut numbers = cost
        .chunks_exact(4)
        .map(|it| it.iter().fold(0_u32, |number, byte| (number << 8) | u32::from(*byte)));
    let mut next = |limit: u32| {
        numbers.next().filter(|it| (1..=limit).contains(it)).ok_or_else(header::damaged)
    };
    let cost = Cost {
        memory: next(LIMIT.memory)?,
        passes: next(LIMIT.passes)?,
        lanes: next(LIMIT.lanes)?,
    };
    Ok((cost, salt))
}
