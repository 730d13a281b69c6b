//! Mapping the file of a page.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::ptr::NonNull;

use rustix::fs::{OFlags, SealFlags, fcntl_get_seals, fstat};
use rustix::mm::{MapFlags, ProtFlags, mmap, munmap};
use tollgate_core::page::PageView;

use crate::error::{Error, Result};

/// Bytes of the largest file that is mapped: far beyond any page, far below the address space.
const MOST_BYTES: u64 = 1 << 36;

/// Bytes that a page may claim and not have yet.
const SPARE_BYTES: u64 = 1 << 22;

/// A mapped page.
pub struct Mapping {
    start: NonNull<u8>,
    bytes: usize,
    view: PageView<'static>,
    file: File,
}

// SAFETY: the mapping is only read, by loads of atomics, and stays until it is dropped.
unsafe impl Send for Mapping {}
// SAFETY: as above.
unsafe impl Sync for Mapping {}

impl Mapping {
    /// Maps the file `path`, a page or a link to one.
    ///
    /// **Errors:** `NoPage` for what is not a page, not sealed, truncated, of another version or contradicts itself; with
    /// the value that was wrong.
    pub fn open(path: &Path) -> Result<Mapping> {
        let refuse = |why: String| Error::no_page(format!("{} is refused: {why}", path.display()));
        // Whatever the other process has put there since it was listed: a pipe must not make the opening wait.
        let flags = (OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed();
        let file = OpenOptions::new().read(true).custom_flags(flags).open(path).map_err(|error| {
            Error::no_page(match error.kind() {
                io::ErrorKind::PermissionDenied => format!(
                    "{} may not be opened: run this as the user whose process it is, or as root",
                    path.display()
                ),
                _ => format!("cannot open {}: {error}", path.display()),
            })
        })?;
        let seals = fcntl_get_seals(&file)
            .map_err(|error| refuse(format!("it has no seals, as a page has ({error})")))?;
        // Without this seal the file could be cut while it is read, which ends the reader with SIGBUS.
        if !seals.contains(SealFlags::SHRINK) {
            return Err(refuse(format!(
                "its seals are {:#x}, without the one against shrinking",
                seals.bits()
            )));
        }
        // Sealed: the size that is read now is the least that it will ever have.
        let size =
            fstat(&file).map_err(|error| refuse(format!("its size cannot be read ({error})")))?.st_size;
        let bytes = u64::try_from(size).ok().filter(|bytes| (1..=MOST_BYTES).contains(bytes));
        let bytes = bytes.and_then(|bytes| usize::try_from(bytes).ok());
        let bytes = bytes.ok_or_else(|| refuse(format!("it has {size} bytes, as no page has")))?;
        // SAFETY: a new mapping where the kernel likes.
        let start = unsafe { mmap(std::ptr::null_mut(), bytes, ProtFlags::READ, MapFlags::SHARED, &file, 0) };
        let start =
            start.map_err(|error| refuse(format!("{bytes} bytes of it cannot be mapped ({error})")))?;
        let start =
            NonNull::new(start.cast::<u8>()).ok_or_else(|| refuse("it was mapped at 0".to_owned()))?;
        // SAFETY: the mapping has so many bytes, all within a file that cannot shrink, and the view goes with it.
        match unsafe { PageView::new(start, bytes) } {
            Ok(view) => {
                let mapping = Mapping { start, bytes, view, file };
                match view.beyond(mapping.held()) {
                    Some(field) => Err(refuse(format!(
                        "the page's field {field} cannot be right: the file holds {} bytes beside its holes",
                        mapping.held() - SPARE_BYTES
                    ))),
                    None => Ok(mapping),
                }
            }
            Err(error) => {
                // SAFETY: mapped above; the view that failed kept nothing.
                let _ = unsafe { munmap(start.as_ptr().cast(), bytes) };
                Err(refuse(error.to_string()))
            }
        }
    }

    /// What is in it, as far as its file is filled by now.
    ///
    /// Reading a hole fills it, with memory that counts as the reader's: a page that claims to be full of tasks would
    /// cost the reader as much as the file is long.
    pub fn view(&self) -> PageView<'_> {
        self.view.within(self.held())
    }

    /// Bytes of the file that are no holes, and a few more: a record counts as in use right before it is written.
    fn held(&self) -> u64 {
        // Without an answer nothing else is believed to be in use.
        self.file.metadata().map_or(0, |file| file.blocks().saturating_mul(512)).saturating_add(SPARE_BYTES)
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: mapped by `open`; no view outlives the borrow of this.
        let _ = unsafe { munmap(self.start.as_ptr().cast(), self.bytes) };
    }
}
