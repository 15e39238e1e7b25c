//! The command line. `cargo xtask interop` passes its words on.

use crate::problem::Problem;

pub(crate) const HELP: &str = "\
cargo xtask interop openam [options]    the whole SDK against OpenAM
cargo xtask interop stop                ends a server that was left running

  --quick        20 seeds on the hostile road, no restarts of the server
  --seeds N      that many seeds
  --seed N       the seed to begin with; 1 unless told
  --only TEXT    the scenarios with this in their name, and no hostile road
  --keep         leaves the server running and says how to use it
  --reuse        takes the server that is still running
";

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Command {
    Help,
    OpenAm,
    Stop,
}

/// What was asked for.
#[derive(Debug)]
pub(crate) struct Arguments {
    pub(crate) command: Command,
    pub(crate) quick: bool,
    pub(crate) keep: bool,
    pub(crate) reuse: bool,
    pub(crate) seeds: Option<u64>,
    pub(crate) first_seed: u64,
    pub(crate) only: Option<String>,
}

impl Arguments {
    pub(crate) fn read(mut words: impl Iterator<Item = String>) -> Result<Self, Problem> {
        let command = match words.next().as_deref() {
            Some("openam") => Command::OpenAm,
            Some("stop") => Command::Stop,
            None | Some("help" | "--help" | "-h") => Command::Help,
            Some(word) => return Err(unknown(word)),
        };
        let mut arguments = Self {
            command,
            quick: false,
            keep: false,
            reuse: false,
            seeds: None,
            first_seed: 1,
            only: None,
        };
        while let Some(word) = words.next() {
            match word.as_str() {
                "--quick" => arguments.quick = true,
                "--keep" => arguments.keep = true,
                "--reuse" => arguments.reuse = true,
                "--seeds" => arguments.seeds = Some(number(words.next())?),
                "--seed" => arguments.first_seed = number(words.next())?,
                "--only" => arguments.only = words.next(),
                _ => return Err(unknown(&word)),
            }
        }
        Ok(arguments)
    }

    /// Tells whether nothing is left out, so that the result may be written down.
    pub(crate) fn is_whole(&self) -> bool {
        !self.quick && self.only.is_none() && self.seeds.is_none() && self.first_seed == 1
    }
}

fn number(word: Option<String>) -> Result<u64, Problem> {
    let number = word.and_then(|it| it.parse().ok());
    number.ok_or_else(|| Problem::new("--seeds and --seed want a number"))
}

fn unknown(word: &str) -> Problem {
    Problem::new(format!("unknown: {word}\n\n{HELP}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Arguments, Problem> {
        Arguments::read(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn options_follow_the_command() {
        let arguments = read("openam --quick --seeds 7 --seed 3").unwrap();
        assert_eq!(arguments.command, Command::OpenAm);
        assert!(arguments.quick && !arguments.keep);
        assert_eq!((arguments.seeds, arguments.first_seed), (Some(7), 3));
        assert_eq!(read("").unwrap().command, Command::Help);
    }

    #[test]
    fn a_word_nobody_knows_is_refused() {
        for line in ["openidm", "openam --fast", "openam --seeds many"] {
            assert!(read(line).is_err(), "{line}");
        }
    }
}
