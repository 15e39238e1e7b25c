//! Two clients in one process share nothing that nobody gave them.

use crate::tidy::{Finding, code};
use crate::workspace::File;

/// A lazy constant is a constant: `LazyLock` is not among them, but what it may hold is.
const CHANGES: &[&str] = &["Mutex", "RwLock", "OnceLock", "OnceCell", "RefCell", "Cell<", "Atomic"];
const MACROS: &[&str] = &["thread_local!", "lazy_static!", "install_default("];
const PROGRAM: &str = "cli";

/// Where it is right, and why.
const EXCEPTIONS: &[(&str, &str)] =
    &[("crates/testkit/src/sim/keys.rs", "an RSA key is slow to make; all simulators share one")];

/// Finds statics that can change, and installs for the whole process.
pub(super) fn check(files: &[File]) -> Vec<Finding> {
    let libraries = code::sources(files).filter(|it| {
        let excepted = EXCEPTIONS.iter().any(|(path, _)| *path == it.path);
        !excepted && code::crate_folder(&it.path) != PROGRAM
    });
    libraries.flat_map(check_file).collect()
}

fn check_file(file: &File) -> Vec<Finding> {
    let lines: Vec<(usize, &str)> = code::code(&file.text).collect();
    let mut findings = Vec::new();
    for (index, (number, line)) in lines.iter().enumerate() {
        if is_static(line) {
            let declaration = declaration(&lines[index..]);
            let changes = CHANGES.iter().any(|it| declaration.contains(it));
            if changes || declaration.contains("static mut ") {
                findings.push(Finding::at(&file.path, *number, "a static that can change"));
            }
        }
        if MACROS.iter().any(|it| line.contains(it)) {
            findings.push(Finding::at(&file.path, *number, "state of the whole process"));
        }
    }
    findings
}

fn is_static(line: &str) -> bool {
    let mut words = line.split_whitespace();
    words.find(|it| !it.starts_with("pub")) == Some("static")
}

/// The type of a static may stand on the lines after its name.
fn declaration(lines: &[(usize, &str)]) -> String {
    let mut text = String::new();
    for (_, line) in lines {
        text.push_str(line.split('=').next().unwrap_or_default());
        if line.contains('=') {
            break;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::file;

    fn found(text: &str) -> usize {
        check(&[file("crates/oidc/src/a.rs", text)]).len()
    }

    #[test]
    fn global_state_is_found() {
        assert_eq!(found("static CACHE: Mutex<u8> = Mutex::new(0);"), 1);
        assert_eq!(found("pub(crate) static CACHE:\n    OnceLock<u8> = OnceLock::new();"), 1);
        assert_eq!(found("static A: LazyLock<Mutex<u8>> = LazyLock::new(Mutex::default);"), 1);
        assert_eq!(found("static mut COUNT: u8 = 0;"), 1);
        assert_eq!(found("thread_local! { static A: u8 = 0; }"), 1);
        assert_eq!(found("provider.install_default();"), 1);
    }

    #[test]
    fn constants_are_fine() {
        assert_eq!(
            found("static SCRIPT: LazyLock<Script> = LazyLock::new(|| Script::new(TEXT));"),
            0
        );
        assert_eq!(
            found("static NAMES: &[&str] = &[\"Mutex\"];\nfn a(b: &'static Mutex<u8>) {}"),
            0
        );
    }
}
