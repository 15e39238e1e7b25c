#![doc = include_str!("../README.md")]

mod args;
mod command;
#[cfg(feature = "sim")]
mod demo;
mod exit;
mod local;
mod logging;
mod output;
mod prompt;
#[cfg(feature = "sim")]
mod sim;

use std::process::ExitCode;

use clap::Parser;

use crate::{args::Args, output::Output};

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    logging::start(args.verbose);
    let output = Output::new(args.json);
    match command::run(args, output).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output.failure(&failure);
            failure.exit().into()
        }
    }
}
