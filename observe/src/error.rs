//! What can go wrong, as a person is told of it.

use std::fmt;
use std::io;
use std::path::Path;

/// What a failure is about; the command's exit codes follow it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Reading, writing or a system call did not work.
    Failed,
    /// What was asked for makes no sense.
    Asked,
    /// No process, or none with a page that can be read.
    NoPage,
}

/// A failure: what was wrong, with which value, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// What it is about.
    pub kind: Kind,
    /// The sentence for the person.
    pub message: String,
}

impl Error {
    /// Something did not work.
    pub fn failed(message: impl Into<String>) -> Error {
        Error { kind: Kind::Failed, message: message.into() }
    }

    /// What was asked for makes no sense.
    pub fn asked(message: impl Into<String>) -> Error {
        Error { kind: Kind::Asked, message: message.into() }
    }

    /// There is nothing to look at.
    pub fn no_page(message: impl Into<String>) -> Error {
        Error { kind: Kind::NoPage, message: message.into() }
    }

    /// `what` could not be done to the file `path`.
    pub fn file(what: &str, path: &Path, error: &io::Error) -> Error {
        Error::failed(format!("cannot {what} {}: {error}", path.display()))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

/// The result of what can fail in this crate.
pub type Result<T> = std::result::Result<T, Error>;
