//! Where things are: the XDG folders.

use std::path::PathBuf;

use etcetera::{BaseStrategy, base_strategy::Xdg};

use crate::exit::{Exit, Failure};

const OWN: &str = "journey";

/// The folders of this user.
#[derive(Debug, Clone)]
pub(crate) struct Folders {
    config: PathBuf,
    state: PathBuf,
}

impl Folders {
    /// Finds them: `$XDG_CONFIG_HOME` or `~/.config`, `$XDG_STATE_HOME` or `~/.local/state`.
    pub(crate) fn find() -> Result<Self, Failure> {
        let xdg = Xdg::new().map_err(|_| {
            Failure::new(Exit::Local, "local", "there is no home folder for settings and store")
        })?;
        let state = xdg.state_dir().unwrap_or_else(|| xdg.data_dir());
        Ok(Self { config: xdg.config_dir().join(OWN), state: state.join(OWN) })
    }

    /// Returns the file with the settings of the last login.
    pub(crate) fn profile(&self) -> PathBuf {
        self.config.join("profile.json")
    }

    /// Returns the file with the key, unless the login named another.
    pub(crate) fn key(&self) -> PathBuf {
        self.config.join("key")
    }

    /// Returns the folder of the sealed store.
    pub(crate) fn store(&self) -> PathBuf {
        self.state.join("store")
    }
}
