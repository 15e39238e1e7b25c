//! The command line.

use std::path::PathBuf;

use clap::{ArgAction, Args as ClapArgs, Parser, Subcommand};

use crate::exit;

/// Signs in to journeys of PingAM and PingOne Advanced Identity Cloud, and keeps the login for later runs.
#[derive(Debug, Parser)]
#[command(name = "journey", version, after_help = exit::HELP)]
pub(crate) struct Args {
    /// Writes one JSON object to standard output, also for an error
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Shows on standard error what happens; twice for more
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub(crate) verbose: u8,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Runs a whole login against a simulated server and tells each step
    #[cfg(feature = "sim")]
    Demo,
    /// Runs the simulated server until Ctrl-C, for `journey login` in another terminal
    #[cfg(feature = "sim")]
    Sim {
        /// The port of 127.0.0.1 to listen on; a free one if not given
        #[arg(long, default_value_t = 0)]
        port: u16,
    },
    /// Signs in and keeps the login; without options, again to the server of the last login
    Login(Box<LoginArgs>),
    /// Gets an access token and tells what it is good for
    Token {
        /// Prints the token itself and nothing else
        #[arg(long, conflicts_with = "json")]
        raw: bool,
    },
    /// Asks the server who is signed in
    Userinfo,
    /// Gets new tokens now
    Refresh,
    /// Ends the tokens; the session stays
    Revoke,
    /// Asks the server about the session
    Session,
    /// Ends tokens and session, here and at the server
    Logout,
}

#[derive(Debug, Clone, Default, ClapArgs)]
pub(crate) struct LoginArgs {
    /// The server's base URL: scheme, host and what comes before /json
    #[arg(long)]
    pub(crate) url: Option<String>,
    /// The realm, such as alpha; the root realm if not given
    #[arg(long)]
    pub(crate) realm: Option<String>,
    /// The journey (tree or chain) to run; the realm's default if not given
    #[arg(long)]
    pub(crate) journey: Option<String>,
    /// The OAuth 2.0 client; without one there is a session, but no tokens
    #[arg(long, requires = "redirect_uri")]
    pub(crate) client_id: Option<String>,
    /// The client's redirect URI, exactly as the server knows it; nothing has to listen there
    #[arg(long, requires = "client_id")]
    pub(crate) redirect_uri: Option<String>,
    /// The scopes to ask for, separated by spaces
    #[arg(long, requires = "client_id")]
    pub(crate) scope: Option<String>,
    /// Answers from a JSON object, by prompt, id or callback type; - is standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) answers: Option<PathBuf>,
    /// Trusts the authorities in this PEM file too
    #[arg(long, value_name = "FILE")]
    pub(crate) ca: Option<PathBuf>,
    /// The key that seals the store (32 bytes); made if it is not there
    #[arg(long, value_name = "FILE")]
    pub(crate) key_file: Option<PathBuf>,
}
