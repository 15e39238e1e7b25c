//! The server's process. It ends with the run, however the run ends.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::{
    problem::{Doing as _, Problem},
    server::{
        certificates::{TRUST_STORE, TRUST_STORE_PASSWORD},
        install::{DATA, TOMCAT},
    },
};

/// What OpenAM uses of the JDK beyond its public part.
const EXPORTS: [&str; 5] = [
    "java.base/sun.security.tools.keytool",
    "java.base/sun.security.util",
    "java.base/sun.security.x509",
    "java.security.jgss/sun.security.krb5",
    "java.xml/com.sun.org.apache.xerces.internal.dom",
];

/// How long an orderly stop may take before it becomes a hard one.
const STOP_DEADLINE: Duration = Duration::from_secs(60);

/// A running server; dropped, it is killed.
#[derive(Debug)]
pub(super) struct Process {
    folder: PathBuf,
    child: Option<Child>,
}

impl Process {
    /// Starts the server of a folder: Java itself, not Tomcat's script, so that there is one process to end.
    pub(super) fn start(folder: &Path) -> Result<Self, Problem> {
        let log = File::options().create(true).append(true).open(folder.join("server.log"));
        let log = log.doing("could not open the server's log")?;
        let log_too = log.try_clone().doing("could not open the server's log")?;
        let mut command = java(folder);
        command.stdin(Stdio::null()).stdout(log).stderr(log_too);
        // A group of its own: Ctrl-C is for us, and we end it in order.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let child = command.spawn().doing("could not start the server")?;
        Ok(Self { folder: folder.to_owned(), child: Some(child) })
    }

    pub(super) fn id(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// Fails when the server has ended by itself.
    pub(super) fn check(&mut self) -> Result<(), Problem> {
        let Some(child) = &mut self.child else { return Ok(()) };
        match child.try_wait().doing("could not look after the server")? {
            None => Ok(()),
            Some(status) => Err(Problem::new(format!(
                "the server ended with {status}; see {}",
                self.folder.join("server.log").display()
            ))),
        }
    }

    /// Ends the server in order, so that it keeps its sessions.
    pub(super) fn stop(&mut self) -> Result<(), Problem> {
        let Some(child) = &mut self.child else { return Ok(()) };
        signal("-TERM", child.id())?;
        let deadline = Instant::now() + STOP_DEADLINE;
        while child.try_wait().doing("could not look after the server")?.is_none() {
            if Instant::now() > deadline {
                return Err(Problem::new("the server does not stop"));
            }
            thread::sleep(Duration::from_millis(200));
        }
        self.child = None;
        Ok(())
    }

    /// Lets the server run on when this is dropped.
    pub(super) fn release(&mut self) {
        self.child = None;
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            // Nothing of it is needed any more, so there is nothing to wait for.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Ends the server that an earlier run left in this folder; tells whether there was one.
pub(super) fn kill_left_behind(folder: &Path, pid: u32) -> Result<bool, Problem> {
    if !is_running(folder, pid) {
        return Ok(false);
    }
    signal("-KILL", pid)?;
    let deadline = Instant::now() + STOP_DEADLINE;
    while is_running(folder, pid) && Instant::now() < deadline {
        thread::sleep(Duration::from_millis(100));
    }
    Ok(true)
}

/// Whether the process is the server of this folder, and not another that has got its number since.
pub(super) fn is_running(folder: &Path, pid: u32) -> bool {
    let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let home = home_option(folder);
    line.split(|it| *it == 0).any(|it| it == home.as_bytes())
}

fn signal(name: &str, pid: u32) -> Result<(), Problem> {
    let status = Command::new("kill").args([name, "--", &format!("-{pid}")]).status();
    let status = status.doing("could not run `kill`")?;
    if status.success() { Ok(()) } else { Err(Problem::new("could not signal the server")) }
}

fn home_option(folder: &Path) -> String {
    format!("-Dcatalina.home={}", folder.join(TOMCAT).display())
}

fn java(folder: &Path) -> Command {
    let tomcat = folder.join(TOMCAT);
    let data = folder.join(DATA);
    let bin = tomcat.join("bin");
    let mut java = Command::new("java");
    java.current_dir(folder).args(["-server", "-Xmx2g", "-Dfile.encoding=UTF-8"]);
    for package in EXPORTS {
        java.arg("--add-exports").arg(format!("{package}=ALL-UNNAMED"));
    }
    java.arg(home_option(folder));
    java.arg(format!("-Djava.io.tmpdir={}", tomcat.join("temp").display()));
    java.arg(format!("-Dcom.iplanet.services.configpath={}", data.display()));
    java.arg(format!("-Dcom.sun.identity.configuration.directory={}", data.display()));
    java.arg(format!("-Djavax.net.ssl.trustStore={}", folder.join(TRUST_STORE).display()));
    java.arg(format!("-Djavax.net.ssl.trustStorePassword={TRUST_STORE_PASSWORD}"));
    let class_path = ["bootstrap.jar", "tomcat-juli.jar"].map(|it| bin.join(it));
    java.arg("-cp").arg(class_path.map(|it| it.display().to_string()).join(":"));
    java.args(["org.apache.catalina.startup.Bootstrap", "start"]);
    java
}
