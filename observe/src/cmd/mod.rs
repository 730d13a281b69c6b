//! The command's four parts.

mod arguments;
mod output;
mod report;
mod run;
mod signals;
mod top;
mod trace;

pub use arguments::{Arguments, Command, ReportArguments, RunArguments, TopArguments, TraceArguments};

use crate::error::{Error, Kind, Result};

/// Exit codes.
pub mod exit {
    /// Done as asked.
    pub const DONE: u8 = 0;
    /// Something did not work; standard error says what.
    pub const FAILED: u8 = 1;
    /// The arguments make no sense.
    pub const ARGUMENTS: u8 = 2;
    /// There is no such process, it has no page, or its page is refused.
    pub const NO_PAGE: u8 = 3;
    /// The process ended while `top` watched it.
    pub const ENDED: u8 = 4;
    /// `run`: the program could not be run for a reason of ours.
    pub const RUN_FAILED: u8 = 125;
    /// `run`: the program cannot be executed.
    pub const RUN_NOT_EXECUTABLE: u8 = 126;
    /// `run`: there is no such program.
    pub const RUN_NOT_FOUND: u8 = 127;
}

/// Does what was asked for; answers the exit code.
pub fn run(arguments: &Arguments) -> Result<u8> {
    match &arguments.command {
        Command::Top(top) => top::top(top),
        Command::Trace(trace) => trace::trace(trace),
        Command::Run(run) => run::run(run),
        Command::Report(report) => report::report(report),
    }
}

/// The exit code of a failure.
pub fn code_of(arguments: &Arguments, error: &Error) -> u8 {
    match (&arguments.command, error.kind) {
        // Codes below belong to the program that is run.
        (Command::Run(_), _) => exit::RUN_FAILED,
        (_, Kind::Failed) => exit::FAILED,
        (_, Kind::Asked) => exit::ARGUMENTS,
        (_, Kind::NoPage) => exit::NO_PAGE,
    }
}
