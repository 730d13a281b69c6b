//! Command-line arguments.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use lexopt::{Arg, Parser, ValueExt};

pub(crate) const HELP: &str = "\
Runs Wasm guests on several threads and shows every crossing between guest and
host as the manager (IHostTaskManager) hears of it from the runtime.

First the documented nested sequence, call by call; then a table of all tasks
while they run, with a pause of the world and a guest that does not come out in
between; then the totals, and whether the books balance.

Usage: cargo run --release -p tollgate-wasmtime --example host -- [options]

  --threads N   guest threads, 1 to 32 [4]
  --seconds S   how long they run, 0 to 3600 [4]
  --depth D     calls back into the guest per round, 0 to 200 [3]
  --plain       print lines instead of redrawing a table (the default when
                standard output is not a terminal)
  --report PAGE record the run: a page for the browser, and beside it the trace,
                PAGE with the ending .json; guests then rest between rounds
  --help        this text

Ctrl-C ends the run early; the totals are still shown.
Exit status: 0 the books balance, 1 they do not or something else was not as it
should be, 2 wrong arguments.
";

/// What the user asked for.
pub(crate) struct Args {
    pub(crate) threads: usize,
    pub(crate) run_time: Duration,
    pub(crate) depth: i32,
    pub(crate) plain: bool,
    pub(crate) report: Option<PathBuf>,
}

/// Parses the command line; `None` when help was asked for.
pub(crate) fn parse(mut parser: Parser) -> Result<Option<Args>, String> {
    let mut args =
        Args { threads: 4, run_time: Duration::from_secs(4), depth: 3, plain: false, report: None };
    while let Some(arg) = parser.next().map_err(|error| error.to_string())? {
        match arg {
            Arg::Long("threads") => args.threads = number(&mut parser, "--threads", 1..=32)? as usize,
            Arg::Long("seconds") => {
                args.run_time = Duration::from_secs(number(&mut parser, "--seconds", 0..=3600)?.into())
            }
            Arg::Long("depth") => args.depth = number(&mut parser, "--depth", 0..=200)? as i32,
            Arg::Long("plain") => args.plain = true,
            Arg::Long("report") => {
                args.report =
                    Some(parser.value().map_err(|_| "--report takes the page to write".to_owned())?.into());
            }
            Arg::Long("help") | Arg::Short('h') => return Ok(None),
            other => return Err(other.unexpected().to_string()),
        }
    }
    Ok(Some(args))
}

fn number(parser: &mut Parser, option: &str, allowed: RangeInclusive<u32>) -> Result<u32, String> {
    let (least, most) = (allowed.start(), allowed.end());
    let wanted = format!("{option} takes a whole number from {least} to {most}");
    let text = match parser.value() {
        Ok(value) => value.string().map_err(|_| format!("{wanted}, in plain digits"))?,
        Err(_) => return Err(format!("{wanted}, but none was given")),
    };
    match text.parse() {
        Ok(value) if allowed.contains(&value) => Ok(value),
        _ => Err(format!("{wanted}, not '{text}'")),
    }
}
