//! A real server for one run: fetched, laid out, started, configured, stopped.

mod admin;
mod certificates;
mod fetch;
mod first_run;
mod host;
mod install;
mod oauth;
mod process;
mod realms;
mod state;
mod tools;

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use crate::problem::{Doing as _, Problem};
pub(crate) use admin::{Admin, COOKIE};
pub(crate) use certificates::{AUTHORITY, CERTIFICATE, KEY};
use fetch::Downloads;
pub(crate) use fetch::{OPENAM_VERSION, TOMCAT_VERSION};
pub(crate) use host::HOST;
pub(crate) use oauth::{CLIENT_SECRET, Kind, LOOPBACK_URI, REDIRECT_URI, SIGNED_OUT_URI, client};
use process::Process;
pub(crate) use realms::{ACCESS_TOKEN_LIFE, REALMS};
use state::{Ports, State};

/// How long the server may take from its start to its first answer.
const START_DEADLINE: Duration = Duration::from_secs(240);

/// A server that answers. Dropped, it ends.
#[derive(Debug)]
pub(crate) struct OpenAm {
    folder: PathBuf,
    ports: Ports,
    admin: Admin,
    process: Option<Process>,
}

impl OpenAm {
    /// Fetches, lays out, starts and configures a new server below a folder.
    pub(crate) async fn start(home: &Path) -> Result<Self, Problem> {
        let downloads = Downloads::in_folder(&home.join("downloads"));
        tools::ensure(downloads.are_here())?;
        host::ensure()?;
        stop_left_behind(home)?;
        let folder = folder(home);
        if folder.exists() {
            fs::remove_dir_all(&folder).doing("could not remove the last server")?;
        }
        if !downloads.are_here() {
            println!("fetching OpenAM {OPENAM_VERSION} and Tomcat {TOMCAT_VERSION} with Maven");
        }
        downloads.fetch()?;
        let ports = Ports::free()?;
        println!("starting OpenAM {OPENAM_VERSION} on https://{HOST}:{}/openam", ports.direct);
        install::install(&folder, &downloads, &ports)?;
        let admin = Admin::new(&folder, ports.direct)?;
        let mut process = Process::start(&folder)?;
        let state = State { ports, pid: process.id().unwrap_or_default() };
        state.write(&folder)?;
        until_up(&admin, &mut process).await?;
        println!("setting it up");
        first_run::fill_in(&admin, &folder, &ports).await?;
        realms::configure(&admin).await?;
        Ok(Self { folder, ports, admin, process: Some(process) })
    }

    /// Takes over a server that an earlier run has left running.
    pub(crate) async fn left_running(home: &Path) -> Result<Self, Problem> {
        let folder = folder(home);
        let none = || Problem::new("no server was left running");
        let State { ports, pid } = State::read(&folder).ok_or_else(none)?;
        if !process::is_running(&folder, pid) {
            return Err(none());
        }
        let admin = Admin::new(&folder, ports.direct)?;
        Ok(Self { folder, ports, admin, process: None })
    }

    /// Returns the URL at which it is reached directly.
    pub(crate) fn url(&self) -> String {
        format!("https://{HOST}:{}/openam", self.ports.direct)
    }

    pub(crate) fn ports(&self) -> Ports {
        self.ports
    }

    pub(crate) fn admin(&self) -> &Admin {
        &self.admin
    }

    /// Returns the path of one of the files made with it.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Tells whether this program started the server, and so may stop it.
    pub(crate) fn is_ours(&self) -> bool {
        self.process.is_some()
    }

    /// Stops the server in order; what it keeps stays.
    pub(crate) fn stop(&mut self) -> Result<(), Problem> {
        match &mut self.process {
            Some(process) => process.stop(),
            None => Err(Problem::new("the server is not ours to stop")),
        }
    }

    /// Starts the server again after [`stop`](Self::stop), on the same ports.
    pub(crate) async fn start_again(&mut self) -> Result<(), Problem> {
        let process = self.process.insert(Process::start(&self.folder)?);
        let state = State { ports: self.ports, pid: process.id().unwrap_or_default() };
        state.write(&self.folder)?;
        until_up(&self.admin, process).await
    }

    /// Lets the server run on after the end of this program.
    pub(crate) fn release(&mut self) {
        if let Some(process) = &mut self.process {
            process.release();
        }
    }

    /// Ends the server and removes what it wrote.
    pub(crate) fn remove(mut self) {
        if self.process.take().is_some() {
            // What stays is removed by the next run.
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}

/// Ends a server that a run left behind; tells whether there was one.
pub(crate) fn stop_left_behind(home: &Path) -> Result<bool, Problem> {
    let folder = folder(home);
    match State::read(&folder) {
        Some(state) => process::kill_left_behind(&folder, state.pid),
        None => Ok(false),
    }
}

fn folder(home: &Path) -> PathBuf {
    home.join("openam")
}

async fn until_up(admin: &Admin, process: &mut Process) -> Result<(), Problem> {
    let deadline = Instant::now() + START_DEADLINE;
    while Instant::now() < deadline {
        process.check()?;
        if admin.is_up().await {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    Err(Problem::new("the server did not come up"))
}
