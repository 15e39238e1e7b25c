//! The maintainers' commands: `cargo xtask help`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command talks to its terminal")]

mod callbacks;
mod ci;
mod features;
mod fmt;
mod interop;
mod parts;
mod platforms;
mod test_run;
mod tidy;
mod workspace;

use std::process::ExitCode;

const HELP: &str = "\
cargo xtask <command>

  ci               everything that a change has to pass, in order; stops at the first failure
  fmt [--check]    formats (or checks) every tracked .rs file
  tidy             the rules of the house that no compiler knows: arrows, sizes, globals, ...
  features         lints each crate without features, with each feature alone, and with all
  codegen [--check]      writes (or checks) what the documentation takes from the code
  new callback <Name>    writes what a new callback of journey-core needs
  platforms        lints everything for Windows and macOS; needs cargo-zigbuild
  interop openam [--quick]   the whole SDK against a real server; see crates/interop
  help             this text
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match words.as_slice() {
        ["ci"] => ci::run(),
        ["fmt"] => fmt::write(),
        ["fmt", "--check"] => fmt::check(),
        ["tidy"] => tidy::run(),
        ["features"] => features::run(),
        ["codegen"] => callbacks::write_list(),
        ["codegen", "--check"] => callbacks::check(),
        ["new", "callback", name] => callbacks::new(name),
        ["platforms"] => platforms::run(),
        ["interop", words @ ..] => interop::run(words),
        [] | ["help" | "--help" | "-h"] => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        _ => Err(format!("unknown command: {}\n\n{HELP}", words.join(" "))),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("xtask: {reason}");
            ExitCode::FAILURE
        }
    }
}
