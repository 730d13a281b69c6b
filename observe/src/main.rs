//! The command `tollgate`; see `tollgate --help` and docs/OBSERVE.md.

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;
use tollgate_observe::cmd::{self, Arguments, exit};

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Nothing to be done about a closed output.
            let _ = error.print();
            let asked = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
            return ExitCode::from(if asked { exit::DONE } else { exit::ARGUMENTS });
        }
    };
    match cmd::run(&arguments) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "tollgate: {error}");
            ExitCode::from(cmd::code_of(&arguments, &error))
        }
    }
}
