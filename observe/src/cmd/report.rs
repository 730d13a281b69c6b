//! `tollgate report`.

use std::fs;
use std::os::unix::fs::MetadataExt;

use super::{ReportArguments, exit};
use crate::error::{Error, Result};

pub(super) fn report(arguments: &ReportArguments) -> Result<u8> {
    let identity = |path| fs::metadata(path).map(|file| (file.dev(), file.ino()));
    if identity(&arguments.file)
        .is_ok_and(|read| identity(&arguments.output).is_ok_and(|write| read == write))
    {
        return Err(Error::asked(format!(
            "{} is the trace itself: name another file with --output",
            arguments.output.display()
        )));
    }
    let page = crate::report::report(&arguments.file)?;
    fs::write(&arguments.output, page).map_err(|error| Error::file("write", &arguments.output, &error))?;
    Ok(exit::DONE)
}
