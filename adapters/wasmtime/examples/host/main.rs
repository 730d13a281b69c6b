//! A host whose Wasm guests report every crossing to its manager. `--help` says what it shows.

mod args;
mod guest;
mod laggard;
mod pause;
mod recording;
mod screen;
mod sequence;
mod table;
mod totals;
mod work;

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tollgate_capi::HostManager;
use tollgate_core::Config;

use crate::args::Args;
use crate::guest::Guest;
use crate::recording::Recording;
use crate::screen::Screen;

/// Set by Ctrl-C, by a reader that went away, and when the time is over.
static STOP: AtomicBool = AtomicBool::new(false);

fn main() -> ExitCode {
    let args = match args::parse(lexopt::Parser::from_env()) {
        Ok(Some(args)) => args,
        Ok(None) => {
            Screen::new(true, &STOP).line(args::HELP.trim_end());
            return ExitCode::SUCCESS;
        }
        Err(message) => {
            eprintln!("host: {message}\nTry --help.");
            return ExitCode::from(2);
        }
    };
    match run(&args) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("host: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The whole show; whether everything was as it should be.
fn run(args: &Args) -> wasmtime::Result<bool> {
    ctrlc::set_handler(|| {
        // Ordering: a flag on its own. The second Ctrl-C does not wait for a guest that does not return.
        if STOP.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    })?;
    let mut screen = Screen::new(args.plain, &STOP);
    let config =
        Config { trace_records: recording::RECORDS, trace_tasks: recording::TASKS, ..Config::DEFAULT };
    let manager = HostManager::create(&config)
        .map_err(|hresult| wasmtime::format_err!("no manager: {}", tollgate_wasmtime::Named(hresult)))?;
    let guest = Arc::new(Guest::compile()?);

    let as_documented = sequence::show(&mut screen, &guest, manager)?;

    screen.line(format!(
        "{} guest threads, each going {} times host -> guest -> host per round:",
        args.threads,
        args.depth + 1
    ));
    screen.line("");
    let recording = match &args.report {
        Some(page) => Some(Recording::start(manager, page)?),
        None => None,
    };
    let done = work::run(&mut screen, args, &guest, manager, &STOP)?;
    let balanced = totals::show(&mut screen, args, manager.core(), &done);
    if let Some(recording) = recording {
        recording.finish(&mut screen)?;
    }
    for failure in &done.failures {
        screen.line(format!("Not as it should be: {failure}."));
    }
    let all_good = as_documented && balanced && done.failures.is_empty();
    screen.line(match (balanced, all_good) {
        (true, true) => "The books balance.",
        (true, false) => "The books balance, but not everything was as it should be; see above.",
        (false, _) => "The books do NOT balance.",
    });
    Ok(all_good)
}
