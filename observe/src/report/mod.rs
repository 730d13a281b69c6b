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
use std::io::BufReader;
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
    let mut sums = Sums::default();
    let ending = pass(file, &mut sums)?;
    sums.finish(ending == Ending::Cut);
    let mut picture = Picture::new(&sums);
    pass(file, &mut picture)?;
    Ok(page::page(&sums, &picture.finish()))
}

fn pass(path: &Path, visit: &mut dyn Visit) -> Result<Ending> {
    let file = File::open(path).map_err(|error| Error::file("open", path, &error))?;
    read(BufReader::with_capacity(1 << 16, file), visit).map_err(|error| Error {
        kind: error.kind,
        message: format!("{}: {}", path.display(), error.message),
    })
}
