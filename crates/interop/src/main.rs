#![doc = include_str!("../README.md")]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command talks to its terminal")]

mod arguments;
mod problem;
mod report;
mod road;
mod server;
mod suite;

use std::{path::PathBuf, process::ExitCode, sync::Arc};

use arguments::{Arguments, Command};
use problem::{Doing as _, Problem};
use road::{Road, Summary};
use server::OpenAm;
use suite::{Outcome, World};

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

/// Starts a server, tries everything, ends the server; tells whether all went well.
async fn openam(arguments: &Arguments) -> Result<bool, Problem> {
    let mut server = match arguments.reuse {
        true => OpenAm::left_running(&home()?).await?,
        false => OpenAm::start(&home()?).await?,
    };
    let good = try_everything(arguments, &mut server).await;
    if arguments.keep {
        server.release();
        left_running(&server);
    } else {
        server.remove();
    }
    good
}

async fn try_everything(arguments: &Arguments, server: &mut OpenAm) -> Result<bool, Problem> {
    let world = Arc::new(World::new(server)?);
    let only = arguments.only.as_deref().unwrap_or_default();
    let all = suite::CHAPTERS.iter().flat_map(|it| it.scenarios);
    let chosen: Vec<_> = all.filter(|it| it.name.contains(only)).collect();
    let mut outcomes = suite::run_all(&world, chosen).await;
    let mut stories = Summary::default();
    if arguments.only.is_none() {
        let seeds = arguments.seeds.unwrap_or(if arguments.quick { 20 } else { 200 });
        println!("{seeds} stories on the hostile road");
        let road = Road::open(server).await?;
        let seeds = arguments.first_seed..arguments.first_seed + seeds;
        stories = road::run(&world, &road, road::stories(seeds)).await;
        let Summary { stories, signed_in, with_tokens, signed_out, .. } = stories;
        println!(
            "of {stories}: {signed_in} signed in, {with_tokens} had tokens, {signed_out} signed out"
        );
    }
    if arguments.is_whole() && server.is_ours() {
        outcomes.push(suite::restart(server, &world).await);
        report::write(&outcomes, &stories)?;
    }
    Ok(sum_up(&outcomes, &stories))
}

fn sum_up(outcomes: &[Outcome], stories: &Summary) -> bool {
    let failed: Vec<_> = outcomes.iter().filter(|it| it.failure.is_some()).collect();
    println!("\n{} of {} scenarios passed", outcomes.len() - failed.len(), outcomes.len());
    for outcome in &failed {
        println!("FAIL {}", outcome.scenario.name);
    }
    for (seed, rule) in &stories.broken {
        println!("FAIL seed {seed}: {rule}");
    }
    failed.is_empty() && stories.is_good()
}

fn left_running(server: &OpenAm) {
    let authority = server.file(server::AUTHORITY);
    let (url, authority) = (server.url(), authority.display());
    println!("\nThe server runs on at {url}; try for example (demo, changeit):\n");
    println!(
        "journey login --url {url} --journey password --ca {authority} --client-id app --redirect-uri {}",
        server::REDIRECT_URI
    );
    println!("journey token\njourney userinfo\njourney logout\n");
    println!("cargo xtask interop stop    # ends it");
}

/// Everything this program writes, its report apart, is below cargo's own folder.
fn home() -> Result<PathBuf, Problem> {
    let beside = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../target"));
    let home = std::env::var_os("CARGO_TARGET_DIR").map_or_else(beside, PathBuf::from);
    let home = home.join("interop");
    std::fs::create_dir_all(&home).doing("could not make the folder for the server")?;
    home.canonicalize().doing("could not find the folder for the server")
}

/// Ends when somebody presses Ctrl-C or ends the program otherwise.
#[cfg(unix)]
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

#[cfg(not(unix))]
async fn told_to_stop() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
