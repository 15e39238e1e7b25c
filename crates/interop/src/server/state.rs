//! What is known of a server in a folder, for a later run too.

use std::{fs, io, net::TcpListener, path::Path};

use serde::{Deserialize, Serialize};

use crate::problem::{Doing as _, Problem};

const FILE: &str = "state.json";

/// The ports of one server, all on loopback.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Ports {
    /// Where it is reached directly.
    pub(crate) direct: u16,
    /// Where the hostile road listens; the server writes this port into URLs for those who came by it.
    pub(crate) road: u16,
    /// Where the server listens for the road.
    pub(crate) behind_road: u16,
    /// The embedded directory's three.
    pub(super) directory: [u16; 3],
}

/// A server that has been set up.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct State {
    pub(super) ports: Ports,
    pub(super) pid: u32,
}

impl Ports {
    /// Finds ports that are free now. All are held until the last is found, so that they differ.
    pub(super) fn free() -> Result<Self, Problem> {
        let find = || -> io::Result<Vec<u16>> {
            let listeners: io::Result<Vec<TcpListener>> =
                (0..6).map(|_| TcpListener::bind(("127.0.0.1", 0))).collect();
            listeners?.iter().map(|it| Ok(it.local_addr()?.port())).collect()
        };
        match find().doing("could not find free ports")?[..] {
            [direct, road, behind_road, a, b, c] => {
                Ok(Self { direct, road, behind_road, directory: [a, b, c] })
            }
            _ => Err(Problem::new("could not find free ports")),
        }
    }
}

impl State {
    pub(super) fn read(folder: &Path) -> Option<Self> {
        serde_json::from_slice(&fs::read(folder.join(FILE)).ok()?).ok()
    }

    pub(super) fn write(&self, folder: &Path) -> Result<(), Problem> {
        let text = serde_json::to_string(self).doing("could not write the server's state")?;
        fs::write(folder.join(FILE), text).doing("could not write the server's state")
    }
}
