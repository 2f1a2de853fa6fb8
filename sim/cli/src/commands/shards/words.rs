//! The words of the command that is cut into shards, and the command of such words.

use clap::{ArgMatches, CommandFactory as _, FromArgMatches as _};

use super::rounds::Failure;
use crate::args::{Arguments, Command, Run, Sweep};
use crate::commands::sweep;
use crate::exit::Exit;

/// Options with a value that say where and how a shard is played, not what.
const OF_SHARDS: [&str; 4] = ["--shard", "--out", "--threads", "--color"];
/// Those without one.
const FLAGS: [&str; 2] = ["--quiet", "-q"];

/// The words that this process was started with, without what is about the shard alone.
pub(in crate::commands) fn typed_words() -> Vec<String> {
    let typed = std::env::args_os().skip(1);
    without_shard(typed.map(|word| word.to_string_lossy().into_owned()).collect())
}

/// The name of an option in a word of the command line.
pub(super) fn name_of(word: &str) -> &str {
    word.split_once('=').map_or(word, |(name, _)| name)
}

/// Words without flags that are about the screen.
pub(super) fn without_flags(mut words: Vec<String>) -> Vec<String> {
    words.retain(|word| !FLAGS.contains(&word.as_str()));
    words
}

fn without_shard(words: Vec<String>) -> Vec<String> {
    let mut kept = Vec::new();
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        if !OF_SHARDS.contains(&name_of(&word)) {
            kept.push(word);
        } else if !word.contains('=') {
            words.next();
        }
    }
    without_flags(kept)
}

/// A command that can be cut into shards.
pub(super) enum Sharded {
    Run(Box<Run>),
    Sweep(Box<Sweep>, ArgMatches),
}

/// Reads the words of a command.
pub(super) fn command(words: &[String]) -> Result<Sharded, Failure> {
    let wrong = |problem: String| (problem, Exit::WrongCommandLine);
    let typed = std::iter::once("patchbench").chain(words.iter().map(String::as_str));
    let matches = Arguments::command().try_get_matches_from(typed);
    let matches = matches.map_err(|error| wrong(first_line(&error)))?;
    let arguments = Arguments::from_arg_matches(&matches).map_err(|error| wrong(first_line(&error)))?;
    let own = matches.subcommand().map_or(&matches, |(_, own)| own).clone();
    match arguments.command {
        Command::Run(run) if run.again.is_none() => Ok(match sweep::of(&run) {
            Some(sweep) => Sharded::Sweep(Box::new(sweep), own),
            None => Sharded::Run(Box::new(run)),
        }),
        Command::Sweep(sweep) if !sweep.list => Ok(Sharded::Sweep(Box::new(sweep), own)),
        _ => Err(wrong(format!(
            "`patchbench {}` cannot be cut into shards; run and sweep can",
            words.join(" ")
        ))),
    }
}

fn first_line(error: &clap::Error) -> String {
    let text = error.to_string();
    let line = text.lines().next().unwrap_or_default();
    line.strip_prefix("error: ").unwrap_or(line).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_about_a_shard_alone_is_no_part_of_the_plan() {
        let words = "-q run a.toml --shard 3/4 --out=x --reps 5 --threads 2 --set a=--out";
        let words: Vec<String> = words.split(' ').map(str::to_owned).collect();
        let kept = ["run", "a.toml", "--reps", "5", "--set", "a=--out"];
        assert_eq!(without_shard(words), kept);
    }
}
