//! `cargo run --release -p tollgate-stress`: see [`HELP`].

mod soak;

use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use tollgate_stress::random::Random;

const HELP: &str = "\
Everything at once: threads that attach and end, deep and irregular streams, several managers, pauses, looks, forks, signals,
and memory and threads that the system refuses. Invariants are checked all the time.

cargo run --release -p tollgate-stress -- [OPTIONS]

  --seconds N   for about so long (default 10); rounds of two seconds, each in a process of its own
  --seed S      the choices of the first round; the next round has the next seed (default: from the clock)
  --round S     one round with this seed, in this process: what is printed when a round fails

A seed fixes what a round is made of and the choices of each thread, not the order in which threads run.
";

/// A round that has not ended by then hangs.
const HANGS: Duration = Duration::from_secs(1800);

fn main() -> ExitCode {
    match told() {
        Ok(None) => {
            print!("{HELP}");
            ExitCode::SUCCESS
        }
        Ok(Some(Told::Round(seed))) => {
            println!("{}", soak::round(seed));
            ExitCode::SUCCESS
        }
        Ok(Some(Told::Rounds { seconds, seed })) => rounds(seconds, seed),
        Err(error) => {
            eprintln!("tollgate-stress: {error}\n\n{HELP}");
            ExitCode::from(2)
        }
    }
}

enum Told {
    Round(u64),
    Rounds { seconds: u64, seed: u64 },
}

fn told() -> Result<Option<Told>, lexopt::Error> {
    use lexopt::prelude::*;
    let (mut seconds, mut seed) = (10, Random::seed());
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("seconds") => seconds = parser.value()?.parse()?,
            Long("seed") => seed = parser.value()?.parse()?,
            Long("round") => return Ok(Some(Told::Round(parser.value()?.parse()?))),
            Short('h') | Long("help") => return Ok(None),
            _ => return Err(argument.unexpected()),
        }
    }
    Ok(Some(Told::Rounds { seconds, seed }))
}

fn rounds(seconds: u64, first: u64) -> ExitCode {
    println!("seed {first}");
    let start = Instant::now();
    let mut seed = first;
    while seed == first || start.elapsed() < Duration::from_secs(seconds) {
        if let Err(how) = in_own_process(seed) {
            eprintln!(
                "tollgate-stress: the round {how}. Again: cargo run --release -p tollgate-stress -- --round {seed}"
            );
            return ExitCode::FAILURE;
        }
        seed = seed.wrapping_add(1);
    }
    println!("{} rounds in {} s, every invariant held", seed.wrapping_sub(first), start.elapsed().as_secs());
    ExitCode::SUCCESS
}

fn in_own_process(seed: u64) -> Result<(), String> {
    let program = std::env::current_exe().map_err(|e| format!("cannot be started: {e}"))?;
    let mut child = Command::new(program)
        .args(["--round", &seed.to_string()])
        .spawn()
        .map_err(|e| format!("cannot be started: {e}"))?;
    let start = Instant::now();
    loop {
        match child.try_wait().map_err(|e| e.to_string())? {
            Some(status) if status.success() => return Ok(()),
            Some(status) => return Err(format!("failed: {status}")),
            None if start.elapsed() > HANGS => {
                // Left as it is, for a debugger.
                return Err(format!("hangs (process {}, which goes on)", child.id()));
            }
            None => std::thread::sleep(Duration::from_millis(20)),
        }
    }
}
