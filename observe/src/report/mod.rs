//! One HTML page about one trace.
//!
//! The file is read twice: first for the sums and the range of time, then for the picture, whose columns need the range.
//! Memory depends on how many tasks and functions there are, never on how long the recording is.

mod html;
mod numbers;
mod page;
mod picture;
mod sums;

use std::fs::{self, File};
use std::io::{BufReader, Read, Seek};
use std::path::Path;

use crate::chrome::{Ending, Visit, read};
use crate::error::{Error, Result};

use picture::Picture;
use sums::Sums;

/// Makes the page about the trace in `file`.
///
/// **Errors:** `Failed` for a file that cannot be read or is no trace of ours.
pub fn report(file: &Path) -> Result<String> {
    let kind = fs::metadata(file).map_err(|error| Error::file("open", file, &error))?;
    if !kind.is_file() {
        return Err(Error::failed(format!(
            "{} is not a file that can be read twice, as a report must: save the trace to a file first",
            file.display()
        )));
    }
    let opened = File::open(file).map_err(|error| Error::file("open", file, &error))?;
    report_of(opened).map_err(|error| Error {
        kind: error.kind,
        message: format!("{}: {}", file.display(), error.message),
    })
}

/// Makes the page about the trace that `file` reads from its beginning, twice.
///
/// **Errors:** as [`report`].
pub fn report_of(mut file: impl Read + Seek) -> Result<String> {
    let mut sums = Sums::default();
    let ending = pass(&mut file, &mut sums)?;
    sums.finish(ending == Ending::Cut);
    file.rewind().map_err(|error| Error::failed(format!("cannot be read a second time: {error}")))?;
    let mut picture = Picture::new(&sums);
    pass(&mut file, &mut picture)?;
    Ok(page::page(&sums, &picture.finish()))
}

fn pass(file: &mut impl Read, visit: &mut dyn Visit) -> Result<Ending> {
    read(BufReader::with_capacity(1 << 16, file), visit)
}
