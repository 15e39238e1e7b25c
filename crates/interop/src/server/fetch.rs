//! Fetches OpenAM and Tomcat with Maven, once.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    problem::{Doing as _, Problem},
    server::tools,
};

/// The server's version; a newer one is a change here and a new run.
pub(crate) const OPENAM_VERSION: &str = "16.0.5";
/// The version of the container that the server runs in.
pub(crate) const TOMCAT_VERSION: &str = "11.0.2";

const COPY: &str = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy";

/// The files that a server is made from.
#[derive(Debug)]
pub(super) struct Downloads {
    pub(super) openam: PathBuf,
    pub(super) tomcat: PathBuf,
}

impl Downloads {
    pub(super) fn in_folder(folder: &Path) -> Self {
        Self {
            openam: folder.join(format!("openam-server-{OPENAM_VERSION}.war")),
            tomcat: folder.join(format!("tomcat-{TOMCAT_VERSION}.zip")),
        }
    }

    pub(super) fn are_here(&self) -> bool {
        self.openam.exists() && self.tomcat.exists()
    }

    /// Fetches what is not there yet.
    pub(super) fn fetch(&self) -> Result<(), Problem> {
        let openam = format!("org.openidentityplatform.openam:openam-server:{OPENAM_VERSION}:war");
        fetch(&openam, &self.openam)?;
        fetch(&format!("org.apache.tomcat:tomcat:{TOMCAT_VERSION}:zip"), &self.tomcat)
    }
}

/// Into a folder beside, and then by its name: a download that was cut short is no download.
fn fetch(artifact: &str, file: &Path) -> Result<(), Problem> {
    if file.exists() {
        return Ok(());
    }
    let folder = file.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).doing("could not make the folder for the downloads")?;
    let beside = tempfile::tempdir_in(folder).doing("could not make a folder to download into")?;
    let mut maven = Command::new("mvn");
    maven.args(["-q", "-B", COPY]).arg(format!("-Dartifact={artifact}"));
    maven.arg(format!("-DoutputDirectory={}", beside.path().display()));
    tools::run(maven.current_dir(beside.path()))?;
    let mut fetched = fs::read_dir(beside.path()).doing("could not look at the download")?;
    let fetched = fetched
        .find_map(|it| it.ok().map(|it| it.path()).filter(|it| it.extension() == file.extension()))
        .ok_or_else(|| Problem::new(format!("Maven did not bring {artifact}")))?;
    fs::rename(fetched, file).doing(format!("could not keep {artifact}"))
}
