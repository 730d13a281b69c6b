//! Standard output, whose reader may go away.

use std::io::{self, Write};

use crate::error::{Error, Result};

/// Writes to standard output; false if nobody reads it any more.
pub(super) fn print(text: &str) -> Result<bool> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(Error::failed(format!("cannot write to standard output: {error}"))),
    }
}

/// Says something on standard error, which may be closed.
pub(super) fn say(text: &str) {
    let _ = writeln!(io::stderr(), "tollgate: {text}");
}
