//! The child of a fork: one thread, and records of many.

use crate::cell::Cell;
use crate::enlist;
use crate::manager::Manager;
use crate::sync::Ordering;
use crate::sys;
use crate::thread;

/// Puts every manager in order after a fork, in the child: only the calling thread's tasks remain, gates are open.
///
/// Tasks of threads that the child does not have end as if they were detached. Shut-down and failed managers stay so.
///
/// **Thread:** the only thread of the child, before its first other call. **Progress:** linear in the number of cells
/// that were ever used; system calls. Async-signal-safe: no allocation, no lock.
///
/// # Safety
/// Called in the child of a fork, by its only thread, before any other use of the crate; and no
/// [`OwnedTask`](crate::OwnedTask) attached before the fork makes a transition in the child, where its cell may be another
/// task's by then.
pub unsafe fn after_fork_child() {
    let _errno = sys::PreserveErrno::new();
    enlist::reset();
    let os_thread = sys::os_thread_id();
    for manager in enlist::iter() {
        // SAFETY: the caller's duty.
        unsafe { manager.separate_page() };
        // SAFETY: the caller's duty.
        unsafe { manager.forget_rings() };
        let own = thread::cell_of(manager);
        if let Some(cell) = own {
            cell.os_thread.store(os_thread, Ordering::Release);
        }
        manager.keep_only(own);
        manager.keep_only_task(own, os_thread);
    }
}

impl Manager {
    /// Ends every task but `own`, as nobody runs them.
    fn keep_only(&self, own: Option<&Cell>) {
        let is_own = |cell: &Cell| own.is_some_and(|own| core::ptr::eq(own, cell));
        self.gate().reset();
        self.pausers.reset();
        self.held.reset();
        for cell in self.cells.iter().filter(|cell| !is_own(cell)) {
            self.end_task(cell, true);
            self.retire(cell);
        }
        // Cells that another thread was taking or giving back are on no list now.
        self.cells.rebuild(|cell| !is_own(cell));
    }
}
