//! The programs that a run needs, found before anything is downloaded.

use std::process::{Command, Stdio};

use crate::problem::{Doing as _, Problem};

/// What the server's own libraries were built for.
const OLDEST_JAVA: u32 = 17;

/// Says everything that is missing at once.
pub(super) fn ensure(downloaded: bool) -> Result<(), Problem> {
    let mut missing = Vec::new();
    match java_version() {
        Some(version) if version >= OLDEST_JAVA => {}
        Some(version) => {
            missing
                .push(format!("a JDK of version {OLDEST_JAVA} or newer (java here is {version})"));
        }
        None => missing.push(format!("a JDK of version {OLDEST_JAVA} or newer (no `java`)")),
    }
    for (tool, of) in [("keytool", "the JDK"), ("jar", "the JDK, not only its runtime")] {
        if !runs(tool) {
            missing.push(format!("`{tool}` of {of}"));
        }
    }
    if !downloaded && !runs("mvn") {
        missing.push("Maven (no `mvn`)".to_owned());
    }
    if missing.is_empty() {
        return Ok(());
    }
    Err(Problem::new(format!(
        "missing on this machine: {}. On Debian: apt-get install openjdk-17-jdk-headless maven",
        missing.join(", ")
    )))
}

/// Runs a program to its end and returns what it wrote; its complaint is in the error.
pub(super) fn run(command: &mut Command) -> Result<Vec<u8>, Problem> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).output().doing(format!("could not run `{name}`"))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = [output.stderr, output.stdout].concat();
    let said = String::from_utf8_lossy(&said).trim().to_owned();
    Err(Problem::new(format!("`{name}` ended with {}: {said}", output.status)))
}

fn runs(tool: &str) -> bool {
    let mut command = Command::new(tool);
    command.arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok()
}

fn java_version() -> Option<u32> {
    // `java --version` starts with a line such as `openjdk 17.0.15 2025-04-15`.
    let output = Command::new("java").arg("--version").stdin(Stdio::null()).output().ok()?;
    major_version(&String::from_utf8_lossy(&output.stdout))
}

fn major_version(text: &str) -> Option<u32> {
    text.split_whitespace().nth(1)?.split(['.', '-', '+']).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_of_java_is_its_first_number() {
        assert_eq!(major_version("openjdk 17.0.15 2025-04-15\nOpenJDK ..."), Some(17));
        assert_eq!(major_version("java 21 2023-09-19 LTS"), Some(21));
        assert_eq!(major_version("openjdk 26-ea 2026-03-17"), Some(26));
        assert_eq!(major_version(""), None);
    }
}
