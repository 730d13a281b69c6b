//! The page of a manager of this process.
//!
//! All of it is mapped when the manager is made, so that the file can be sealed at once: nobody else can write to it, and
//! its size never changes. What is not in use is a hole.

use core::cell::UnsafeCell;
use core::ffi::CStr;
use core::ptr::NonNull;

use crate::cell::{Cell, LAYOUT_ID};
use crate::config::{Config, Policy};
use crate::error::Error;
use crate::histogram::BUCKETS;
use crate::page::fork::{before_fork, in_child};
use crate::page::header::{Region, library_version};
use crate::page::layout::{Extent, Layout};
use crate::page::{FIGURES_OFFSET, Figures, HEADER_BYTES, MAGIC, PageHeader, VERSION};
use crate::sync::{AtomicU32, AtomicU64, Ordering};
use crate::sys::{self, SharedFile};

/// Pages that this process has made.
static MADE: AtomicU32 = AtomicU32::new(0);

/// Memory that is mapped and, in most cases, a file that others find.
pub(crate) struct Page {
    start: NonNull<u8>,
    pub(crate) layout: Layout,
    number: u32,
    policy: Policy,
    /// Changes in the child of a fork only, while that has one thread.
    file: UnsafeCell<Option<SharedFile>>,
    /// A place beside the page for each cell: what its thread knew of it when it forked.
    shadows: NonNull<u8>,
}

// SAFETY: addresses of memory that is made of atomics; the rest is constant while others look.
unsafe impl Send for Page {}
// SAFETY: as above.
unsafe impl Sync for Page {}

impl Page {
    /// **Errors:** `Unsupported`, `OutOfMemory`.
    pub(crate) fn make(config: &Config, max_tasks: u32) -> Result<Page, Error> {
        let layout = Layout::of(config, max_tasks);
        if !sys::on_fork(before_fork, in_child) {
            return Err(Error::OutOfMemory);
        }
        let shadow_bytes = layout.cells.bytes * layout.cells.count;
        let shadows = sys::pages(shadow_bytes).ok_or(Error::OutOfMemory)?;
        sys::leave_out_of_dumps(shadows, shadow_bytes);
        let number = MADE.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
        match sys::shared_pages(Name::of(number).as_c_str(), layout.bytes) {
            Ok((start, file)) => {
                let file = UnsafeCell::new(Some(file));
                let page = Page { start, layout, number, policy: config.policy, file, shadows };
                page.figures().gate.begin(config.start_unavailable);
                page.write_header();
                sys::dump_pages(start, layout.cells.offset);
                Ok(page)
            }
            Err(error) => {
                // SAFETY: made above, and nobody refers to it.
                unsafe { sys::release_pages(shadows, shadow_bytes) };
                Err(error)
            }
        }
    }

    /// Everything that is constant, the magic last.
    fn write_header(&self) {
        let header = self.header();
        let relaxed = Ordering::Relaxed;
        header.version.store(VERSION, relaxed);
        header.header_bytes.store(HEADER_BYTES, relaxed);
        header.layout_id.store(LAYOUT_ID, relaxed);
        header.file_bytes.store(self.layout.bytes as u64, relaxed);
        header.pid.store(sys::process_id(), relaxed);
        header.number.store(self.number, relaxed);
        header.policy.store(u32::from(self.policy == Policy::Observe), relaxed);
        header.created_ns.store(sys::now_ns(), relaxed);
        write_region(&header.cells, &self.layout.cells);
        write_region(&header.task_names, &self.layout.task_names);
        write_region(&header.names, &self.layout.names);
        write_region(&header.rings, &self.layout.rings);
        header.ring_records.store(self.layout.ring_records as u32, relaxed);
        header.histogram_buckets.store(BUCKETS as u32, relaxed);
        header.figures_offset.store(FIGURES_OFFSET, relaxed);
        header.library.store(library_version(), relaxed);
        // Ordering: Release pairs with the reader's Acquire: whoever finds the magic finds all of the above.
        header.magic.store(MAGIC, Ordering::Release);
    }

    pub(crate) fn header(&self) -> &PageHeader {
        // SAFETY: the first unit of the page is its header and figures, and it is never unmapped while they are used.
        unsafe { self.start.cast().as_ref() }
    }

    pub(crate) fn figures(&self) -> &Figures {
        // SAFETY: as in `header`.
        let figures = unsafe { self.start.byte_add(FIGURES_OFFSET as usize) };
        // SAFETY: as above; zeroes, or figures.
        unsafe { figures.cast().as_ref() }
    }

    /// Where record `index` of a region is, if there is room for one.
    pub(crate) fn place(&self, extent: &Extent, index: usize) -> Option<NonNull<u8>> {
        // SAFETY: within the mapping by construction of the layout.
        (index < extent.count).then(|| unsafe { self.start.byte_add(extent.offset + index * extent.bytes) })
    }

    /// Words of record `index` of a region, after its first `skipped` bytes.
    pub(crate) fn words(&self, extent: &Extent, index: usize, skipped: usize) -> Option<&[AtomicU64]> {
        let start = self.place(extent, index)?;
        // SAFETY: callers skip a part of the record.
        let words = unsafe { start.byte_add(skipped) }.cast::<AtomicU64>();
        // SAFETY: as above; regions are aligned, and their memory is made of words.
        Some(unsafe { core::slice::from_raw_parts(words.as_ptr(), (extent.bytes - skipped) / 8) })
    }

    /// Where the cells are.
    pub(crate) fn cells(&self) -> NonNull<Cell> {
        // SAFETY: within the mapping.
        unsafe { self.start.byte_add(self.layout.cells.offset) }.cast()
    }

    /// What is kept of cell `index` over a fork.
    fn shadow(&self, index: usize) -> Option<&[AtomicU64]> {
        let bytes = self.layout.cells.bytes;
        if index >= self.layout.cells.count {
            return None;
        }
        // SAFETY: there are as many shadows as cells.
        let shadow = unsafe { self.shadows.byte_add(index * bytes) }.cast::<AtomicU64>();
        // SAFETY: as above.
        Some(unsafe { core::slice::from_raw_parts(shadow.as_ptr(), bytes / 8) })
    }

    /// Keeps cell `index`, which the calling thread is the only one to change, for the child of a fork that follows.
    pub(crate) fn keep(&self, index: usize) {
        if let (Some(to), Some(from)) = (self.shadow(index), self.words(&self.layout.cells, index, 0)) {
            copy(from, to);
        }
    }

    /// Puts cell `index` back as it was kept.
    pub(crate) fn put_back(&self, index: usize) {
        if let (Some(from), Some(to)) = (self.shadow(index), self.words(&self.layout.cells, index, 0)) {
            copy(from, to);
        }
    }

    fn forget_addresses(&self, index: usize) {
        if let Some(cell) = self.place(&self.layout.cells, index) {
            // SAFETY: within the region of cells.
            let cell: &Cell = unsafe { cell.cast().as_ref() };
            cell.ring.store(0, Ordering::Relaxed);
            cell.spill.store(core::ptr::null_mut(), Ordering::Relaxed);
            // The records of tasks are in order: `keep_only_task` finds them by themselves.
            cell.task.store(core::ptr::null_mut(), Ordering::Relaxed);
            cell.next_of_thread.store(core::ptr::null_mut(), Ordering::Relaxed);
        }
    }

    /// True in a child that shares the page with its parent.
    pub(crate) fn is_another_process_s(&self) -> bool {
        self.header().pid.load(Ordering::Relaxed) != sys::process_id()
    }

    /// Puts a copy of what is in use into the page's place: in a new file if there is one to be had, else in memory of this
    /// process alone. False, and nothing changed, without memory.
    ///
    /// The parent goes on meanwhile, so the copy is of a later moment than the rest of the child's memory. Cells beyond `high`,
    /// of which that knows nothing, become fresh ones again, and no cell keeps an address: what the parent has put there may
    /// not be here. Rings are not copied.
    ///
    /// # Safety
    /// In the child of a fork, on its only thread.
    pub(crate) unsafe fn separate(&self, high: u32) -> bool {
        let bytes = self.layout.bytes;
        let (copied, file) = match sys::shared_pages(Name::of(self.number).as_c_str(), bytes) {
            Ok((start, file)) => (start, Some(file)),
            Err(_) => match sys::pages(bytes) {
                Some(start) => (start, None),
                None => return false,
            },
        };
        let cells_used = (high as usize).min(self.layout.cells.count);
        let names_used = self.figures().names_used.load(Ordering::Acquire) as usize;
        let layout = self.layout;
        let first_unit = Extent { offset: 0, bytes: layout.cells.offset, count: 1 };
        for (extent, used) in [
            (first_unit, 1),
            (layout.cells, cells_used),
            (layout.task_names, cells_used),
            (layout.names, names_used),
        ] {
            let words = extent.bytes * used.min(extent.count) / 8;
            // SAFETY: within the copy, which has the same layout.
            let to = unsafe { copied.byte_add(extent.offset) }.cast::<AtomicU64>();
            // SAFETY: as above, of the page.
            let from = unsafe { self.start.byte_add(extent.offset) }.cast::<AtomicU64>();
            // SAFETY: as above; fresh memory that is made of words.
            let to = unsafe { core::slice::from_raw_parts(to.as_ptr(), words) };
            // SAFETY: as above.
            let from = unsafe { core::slice::from_raw_parts(from.as_ptr(), words) };
            copy(from, to);
        }
        // SAFETY: two whole mappings of the same length; the copy is known to nobody else.
        if !unsafe { sys::move_pages(copied, self.start, bytes) } {
            if let Some(file) = file {
                file.close();
            }
            // SAFETY: made above, and nobody refers to it.
            unsafe { sys::release_pages(copied, bytes) };
            return false;
        }
        // SAFETY: the only thread there is.
        if let Some(old) = unsafe { self.file.get().replace(file) } {
            old.close();
        }
        sys::dump_pages(self.start, layout.cells.offset + layout.cells.bytes * cells_used);
        let figures = self.figures();
        figures.tracing.store(0, Ordering::Relaxed);
        figures.rings_used.store(0, Ordering::Relaxed);
        figures.cells_used.store(cells_used as u32, Ordering::Relaxed);
        for cell in 0..cells_used {
            self.forget_addresses(cell);
        }
        self.header().pid.store(sys::process_id(), Ordering::Release);
        true
    }
}

/// A page that came to no manager; those of managers live as long as the process.
impl Drop for Page {
    fn drop(&mut self) {
        if let Some(file) = *self.file.get_mut() {
            file.close();
        }
        // SAFETY: made together, and gone with the only value that knows them.
        unsafe { sys::release_pages(self.start, self.layout.bytes) };
        // SAFETY: as above.
        unsafe { sys::release_pages(self.shadows, self.layout.cells.bytes * self.layout.cells.count) };
    }
}

/// Word for word: others may be writing the source.
fn copy(from: &[AtomicU64], to: &[AtomicU64]) {
    for (from, to) in from.iter().zip(to) {
        to.store(from.load(Ordering::Acquire), Ordering::Relaxed);
    }
}

fn write_region(region: &Region, extent: &Extent) {
    region.offset.store(extent.offset as u64, Ordering::Relaxed);
    region.bytes.store(extent.bytes as u64, Ordering::Relaxed);
    region.count.store(extent.count as u64, Ordering::Relaxed);
}

/// The name of a page's file.
struct Name([u8; Name::BYTES]);

impl Name {
    const START: &[u8] = b"tollgate-";
    /// With the longest number and the zero at the end.
    const BYTES: usize = Name::START.len() + 11;

    fn of(number: u32) -> Name {
        let mut digits = [0; 10];
        let (mut left, mut count) = (number, 0);
        for digit in digits.iter_mut().rev() {
            *digit = b'0' + (left % 10) as u8;
            left /= 10;
            count += 1;
            if left == 0 {
                break;
            }
        }
        let digits = digits.get(digits.len() - count..).unwrap_or(&[]);
        let mut name = [0; Name::BYTES];
        for (to, from) in name.iter_mut().zip(Name::START.iter().chain(digits)) {
            *to = *from;
        }
        Name(name)
    }

    fn as_c_str(&self) -> &CStr {
        CStr::from_bytes_until_nul(&self.0).unwrap_or(c"tollgate")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_end_in_their_number() {
        for (number, name) in [(1, c"tollgate-1"), (40, c"tollgate-40"), (u32::MAX, c"tollgate-4294967295")] {
            assert_eq!(Name::of(number).as_c_str(), name);
        }
    }
}
