//! Mapping the file of a page.

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::ptr::NonNull;

use rustix::fs::{OFlags, SealFlags, fcntl_get_seals, fstat};
use rustix::mm::{MapFlags, ProtFlags, mmap, munmap};
use tollgate_core::page::PageView;

use crate::error::{Error, Result};

/// Bytes of the largest file that is mapped: far beyond any page, far below the address space.
const MOST_BYTES: u64 = 1 << 36;

/// A mapped page.
pub struct Mapping {
    start: NonNull<u8>,
    bytes: usize,
    view: PageView<'static>,
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
            Ok(view) => Ok(Mapping { start, bytes, view }),
            Err(error) => {
                // SAFETY: mapped above; the view that failed kept nothing.
                let _ = unsafe { munmap(start.as_ptr().cast(), bytes) };
                Err(refuse(error.to_string()))
            }
        }
    }

    /// What is in it.
    pub fn view(&self) -> PageView<'_> {
        self.view
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: mapped by `open`; no view outlives the borrow of this.
        let _ = unsafe { munmap(self.start.as_ptr().cast(), self.bytes) };
    }
}
