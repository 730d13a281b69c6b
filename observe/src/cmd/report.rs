//! `tollgate report`.

use std::fs;

use super::{ReportArguments, exit};
use crate::error::{Error, Result};

pub(super) fn report(arguments: &ReportArguments) -> Result<u8> {
    let page = crate::report::report(&arguments.file)?;
    fs::write(&arguments.output, page).map_err(|error| Error::file("write", &arguments.output, &error))?;
    Ok(exit::DONE)
}
