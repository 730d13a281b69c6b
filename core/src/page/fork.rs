//! What becomes of pages in the child of a fork: shared memory stays shared, so the child must get a copy of its own before
//! it writes, and the copy must be of the moment of the fork, while the parent goes on.
//!
//! Only the thread that forks goes on in the child, so only its cells must be exact. The thread itself keeps them in private
//! memory right before the fork, when nothing can change them; the child puts them into the copy.

use crate::armed;
use crate::cell::Cell;
use crate::enlist;
use crate::manager::Manager;
use crate::sync::Ordering;
use crate::sys;
use crate::thread;

/// On the thread that is about to fork.
///
/// **Progress:** linear in the number of managers; no system call.
pub(super) extern "C" fn before_fork() {
    for manager in enlist::iter() {
        if let (Some(page), Some(cell)) = (manager.page(), thread::cell_of(manager)) {
            page.keep(index_of(cell));
        }
    }
}

/// In the child, before anything else of it.
///
/// **Progress:** linear in the number of cells ever used; system calls. Async-signal-safe.
pub(super) extern "C" fn in_child() {
    let _errno = sys::PreserveErrno::new();
    sys::note_fork_handlers();
    for manager in enlist::iter() {
        if let Some(page) = manager.page() {
            // SAFETY: the only thread of a child. Without memory the next chance is `after_fork_child`.
            let is_separate = unsafe { page.separate(manager.cells.high()) };
            if let (true, Some(cell)) = (is_separate, thread::cell_of(manager)) {
                page.put_back(index_of(cell));
                cell.ring.store(0, Ordering::Relaxed);
                // What came between keeping the cell and the fork would have armed it. A bit too many costs one slow transition.
                let several = if enlist::is_several() { armed::SEVERAL } else { 0 };
                cell.armed.fetch_or(armed::GATE | several, Ordering::AcqRel);
            }
        }
    }
}

fn index_of(cell: &Cell) -> usize {
    cell.index.load(Ordering::Relaxed) as usize
}

impl Manager {
    /// Sees to it that the child of a fork shares no page with its parent, if it was made in a way of which the C library knows
    /// nothing, or memory was short.
    ///
    /// Nobody has kept the caller's cell then: it is as the parent has it by now, and has lost what does not fit the word.
    ///
    /// # Safety
    /// In the child of a fork, on its only thread.
    pub(crate) unsafe fn separate_page(&self) {
        let Some(page) = self.page() else { return };
        if !page.is_another_process_s() {
            return;
        }
        // The thread's list of cells goes through this one; a copy keeps no address.
        let own = thread::cell_of(self).map(|cell| (cell, cell.next_of_thread.load(Ordering::Relaxed)));
        // SAFETY: the caller's duty.
        if !unsafe { page.separate(self.cells.high()) } {
            // Going on would write into the tasks of the parent.
            sys::abort();
        }
        if let Some((cell, next)) = own {
            cell.next_of_thread.store(next, Ordering::Relaxed);
        }
    }
}
