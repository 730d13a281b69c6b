//! What can be said on the command line.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};

use crate::top::Key;

const CODES: &str = "\
Exit codes: 0 done as asked; 1 something did not work; 2 wrong arguments; 3 no such process, no page, or a page that is \
refused; 4 the process ended while `top` watched it. `run` passes on the program's own code, 128 + N if signal N ended \
it, and 125, 126 or 127 if it could not be run.";

/// Watches programs that use Tollgate: who is in native code, in which function, for how long.
#[derive(Debug, Parser)]
#[command(name = "tollgate", version, after_help = CODES)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Shows the tasks of a running process, live
    #[command(after_help = CODES)]
    Top(TopArguments),
    /// Records a running process as a trace that Perfetto opens
    #[command(after_help = CODES)]
    Trace(TraceArguments),
    /// Runs a .NET program with the library that watches its crossings
    #[command(after_help = CODES)]
    Run(RunArguments),
    /// Makes an HTML page about a trace
    #[command(after_help = CODES)]
    Report(ReportArguments),
}

/// Arguments of `top`.
#[derive(Debug, Args)]
pub struct TopArguments {
    /// The process; without it the only one that has a page, or a list of those that have
    pub pid: Option<u32>,
    /// The number of the manager, for processes that have several
    #[arg(short, long, value_name = "N")]
    pub manager: Option<u32>,
    /// Seconds between two looks
    #[arg(short, long, value_name = "SECONDS", default_value = "0.5", value_parser = interval)]
    pub interval: Duration,
    /// The column to sort by
    #[arg(short, long, value_enum, default_value = "age")]
    pub sort: Key,
    /// Sort the other way round
    #[arg(short, long)]
    pub reverse: bool,
    /// Only tasks with this text in their name, native function or side, or with this number
    #[arg(short, long, value_name = "TEXT", default_value = "")]
    pub filter: String,
    /// Look twice, print the table, and end
    #[arg(long)]
    pub once: bool,
    /// Print JSON, one object a line for each look; with --once just one
    #[arg(long)]
    pub json: bool,
    /// Mark native calls that take longer
    #[arg(long, value_name = "SECONDS", default_value = "1", value_parser = interval)]
    pub stuck: Duration,
    /// Do not search the process's files for names of functions
    #[arg(long)]
    pub no_symbols: bool,
}

/// Arguments of `trace`.
#[derive(Debug, Args)]
pub struct TraceArguments {
    /// The process
    pub pid: u32,
    /// The file to write
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// Seconds to record; without it until Ctrl-C or the end of the process
    #[arg(short, long, value_name = "SECONDS", value_parser = interval)]
    pub duration: Option<Duration>,
    /// The number of the manager, for processes that have several
    #[arg(short, long, value_name = "N")]
    pub manager: Option<u32>,
    /// Looks per second, where the process does not trace its crossings
    #[arg(short, long, value_name = "N", default_value = "1000", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub rate: u32,
    /// Look, even if the process traces its crossings
    #[arg(long)]
    pub looks: bool,
    /// Begin with what is in the rings already
    #[arg(long, conflicts_with = "looks")]
    pub history: bool,
    /// Do not search the process's files for names of functions
    #[arg(long)]
    pub no_symbols: bool,
}

/// Arguments of `run`.
#[derive(Debug, Args)]
pub struct RunArguments {
    /// libtollgate_coreclr.so; without it the one beside this program, or in ../lib
    #[arg(long, value_name = "FILE")]
    pub library: Option<PathBuf>,
    /// Write the adapter's reports to this file; %p in it stands for the process
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// The program and its arguments
    #[arg(required = true, trailing_var_arg = true, value_name = "PROGRAM")]
    pub program: Vec<OsString>,
}

/// Arguments of `report`.
#[derive(Debug, Args)]
pub struct ReportArguments {
    /// A file that `tollgate trace` wrote
    pub file: PathBuf,
    /// The page to write
    #[arg(short, long, value_name = "PAGE")]
    pub output: PathBuf,
}

/// A number of seconds from a millisecond to a year.
fn interval(text: &str) -> Result<Duration, String> {
    let range = 0.001..=31_536_000.0;
    match text.parse() {
        Ok(seconds) if range.contains(&seconds) => Ok(Duration::from_secs_f64(seconds)),
        _ => Err("it must be a number of seconds from 0.001 to 31536000".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_arguments_do_not_contradict_each_other() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn seconds_have_a_range() {
        assert_eq!(interval("0.5"), Ok(Duration::from_millis(500)));
        for wrong in ["0", "-1", "nan", "inf", "1e9", "x", ""] {
            assert!(interval(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn all_behind_the_program_is_its_own() {
        let parsed =
            Arguments::try_parse_from(["tollgate", "run", "--", "dotnet", "a.dll", "--report", "-x"]);
        let Command::Run(run) = parsed.unwrap().command else { panic!("it is run") };
        assert_eq!(run.program, ["dotnet", "a.dll", "--report", "-x"]);
    }
}
