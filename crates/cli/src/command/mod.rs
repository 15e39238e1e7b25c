//! The commands, one file each.

mod client;
mod login;
mod logout;
mod refresh;
mod revoke;
mod session;
mod token;
mod token_text;
mod userinfo;

#[cfg(feature = "sim")]
pub(crate) use logout::lines as sign_out_lines;

use crate::{
    args::{Args, Command},
    exit::Failure,
    output::Output,
};

pub(crate) async fn run(args: Args, output: Output) -> Result<(), Failure> {
    match args.command {
        #[cfg(feature = "sim")]
        Command::Demo => crate::demo::run(output).await,
        #[cfg(feature = "sim")]
        Command::Sim { port } => crate::sim::run(port, output).await,
        Command::Login(args) => login::run(&args, output).await,
        Command::Token { raw } => token::run(raw, output).await,
        Command::Userinfo => userinfo::run(output).await,
        Command::Refresh => refresh::run(output).await,
        Command::Revoke => revoke::run(output).await,
        Command::Session => session::run(output).await,
        Command::Logout => logout::run(output).await,
    }
}
