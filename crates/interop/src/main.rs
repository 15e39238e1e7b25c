#![doc = include_str!("../README.md")]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command talks to its terminal")]

mod arguments;
mod problem;
mod server;
mod suite;

use std::{path::PathBuf, process::ExitCode};

use arguments::{Arguments, Command};
use problem::{Doing as _, Problem};
use server::OpenAm;

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(problem) => {
            eprintln!("interop: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<bool, Problem> {
    let arguments = Arguments::read(std::env::args().skip(1))?;
    // A failed assertion is one line of the report; this says where it stands.
    std::panic::set_hook(Box::new(|panic| {
        if let Some(place) = panic.location() {
            eprintln!("     at {place}");
        }
    }));
    let runtime = tokio::runtime::Runtime::new().doing("could not start the runtime")?;
    match arguments.command {
        Command::Help => {
            print!("{}", arguments::HELP);
            Ok(true)
        }
        Command::Stop => {
            let stopped = server::stop_left_behind(&home()?)?;
            println!("{}", if stopped { "stopped" } else { "no server was left running" });
            Ok(true)
        }
        Command::OpenAm => runtime.block_on(async {
            tokio::select! {
                done = openam(&arguments) => done,
                () = told_to_stop() => Err(Problem::new("told to stop")),
            }
        }),
    }
}

async fn openam(arguments: &Arguments) -> Result<bool, Problem> {
    let mut server = match arguments.reuse {
        true => OpenAm::left_running(&home()?).await?,
        false => OpenAm::start(&home()?).await?,
    };
    let world = std::sync::Arc::new(suite::World::new(&server)?);
    let only = arguments.only.as_deref().unwrap_or_default();
    let all = suite::CHAPTERS.iter().flat_map(|it| it.scenarios);
    let chosen = all.filter(|it| it.name.contains(only)).collect();
    let outcomes = suite::run_all(&world, chosen).await;
    println!("{}/{}", outcomes.iter().filter(|it| it.failure.is_none()).count(), outcomes.len());
    if arguments.keep {
        server.release();
    } else {
        server.remove();
    }
    Ok(true)
}

/// Everything this program writes is below cargo's own folder.
fn home() -> Result<PathBuf, Problem> {
    let home = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/interop"));
    std::fs::create_dir_all(&home).doing("could not make the folder for the server")?;
    home.canonicalize().doing("could not find the folder for the server")
}

/// Ends when somebody presses Ctrl-C or ends the program otherwise.
async fn told_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}
