//! The calling thread's tasks: which cell a call goes to, and what happens when the thread ends.
//!
//! One thread-local pointer leads every transition to a cell without a question asked: the thread's only cell, or one of
//! three sentinels whose armed word is never 0, so that each transition ends in `route`:
//!
//! | sentinel | the thread |
//! |---|---|
//! | `UNATTACHED` | has no task yet: attach one |
//! | `SEVERAL` | lives in a process with several managers: find the cell of the one called |
//! | `DETACHED` | is past its end: tasks are no longer accounted for |
//!
//! A second pointer leads to the list of the thread's cells, one for each manager that it called. Sentinels are written by
//! every thread that meets them; their words are never taken for a task's.

use crate::armed;
use crate::cell::{Call, Cell};
use crate::enlist;
use crate::error::Error;
use crate::levels::{EMPTY, Side};
use crate::manager::Manager;
use crate::sync::Ordering;
use crate::sys;

pub(crate) static UNATTACHED: Cell = Cell::new(EMPTY, armed::NO_TASK);
static SEVERAL: Cell = Cell::new(EMPTY, armed::NO_TASK);
static DETACHED: Cell = Cell::new(EMPTY, armed::NO_TASK);

/// The cell that the calling thread's transitions go to, or a sentinel.
#[inline(always)]
pub fn current() -> &'static Cell {
    // SAFETY: the pointer leads to a static or to a cell of an immortal manager, never to null.
    unsafe { &*sys::current() }
}

/// True on a thread that no manager has met yet, or that lives with several and has to be looked up.
#[inline]
pub(crate) fn is_new() -> bool {
    is(current(), &UNATTACHED) || is(current(), &SEVERAL)
}

#[inline]
fn is(cell: &Cell, sentinel: &'static Cell) -> bool {
    core::ptr::eq(cell, sentinel)
}

/// The cells of the calling thread, one for each manager it called.
fn cells() -> impl Iterator<Item = &'static Cell> {
    let mut next = sys::cells();
    core::iter::from_fn(move || {
        // SAFETY: null, or a cell of an immortal manager that this thread attached.
        let cell: &'static Cell = unsafe { next.as_ref()? };
        next = cell.next_of_thread.load(Ordering::Relaxed);
        Some(cell)
    })
}

/// The calling thread's cell under `manager`, if it has one.
pub(crate) fn cell_of(manager: &Manager) -> Option<&'static Cell> {
    cells().find(|cell| core::ptr::eq(cell.manager(), manager))
}

/// The calling thread's cell under `manager`, attached on the first call of any kind.
///
/// **Errors:** `OutOfMemory`; `Unavailable` on a thread past its end.
pub(crate) fn cell_or_attach(manager: &'static Manager) -> Result<&'static Cell, Error> {
    if let Some(cell) = cell_of(manager) {
        return Ok(cell);
    }
    if is(current(), &DETACHED) {
        return Err(Error::Unavailable);
    }
    let _errno = sys::PreserveErrno::new();
    if !sys::on_thread_exit() {
        return Err(Error::OutOfMemory);
    }
    let cell = manager.attach(sys::os_thread_id())?;
    adopt(cell);
    Ok(cell)
}

/// Makes `cell`, fresh from attach, the calling thread's.
pub(crate) fn adopt(cell: &'static Cell) {
    cell.next_of_thread.store(sys::cells().cast_mut(), Ordering::Relaxed);
    sys::set_cells(cell);
    // A manager that is enlisted after this look has armed the cell: attach fences between publishing it and here.
    sys::set_current(if enlist::is_several() { &raw const SEVERAL } else { cell });
}

/// The thread's next call has to look its cell up: a second manager is in use.
///
/// Does nothing on a thread that runs a task which is not its own.
pub(crate) fn look_up_from_now_on(cell: &Cell) {
    if is(cell, current()) {
        sys::set_current(&raw const SEVERAL);
    }
}

/// Ends the calling thread's tasks; what it calls from now on finds the detached sentinel.
///
/// The runtime's halves are told first, while the thread still has its tasks: they may call back.
pub(crate) fn exit() {
    let _errno = sys::PreserveErrno::new();
    for cell in cells() {
        cell.manager().leave_runtime_half(cell);
    }
    sys::set_current(&raw const DETACHED);
    let mut next = sys::cells();
    sys::set_cells(core::ptr::null());
    // SAFETY: as in `cells`.
    while let Some(cell) = unsafe { next.as_ref() } {
        next = cell.next_of_thread.load(Ordering::Relaxed);
        let manager = cell.manager();
        manager.detach(cell);
    }
}

/// Goes on where a fast path on [`current`] gave up, or meant another manager's cell.
///
/// # Safety
/// The fast path of `call` on [`current`] has just returned false on this thread; `stored` as for [`Cell::complete`].
pub(crate) unsafe fn route(
    manager: &'static Manager,
    call: Call,
    target: usize,
    stored: bool,
) -> Result<(), Error> {
    let cell = current();
    if cell.armed.load(Ordering::Relaxed) & armed::NO_TASK != armed::NO_TASK {
        if core::ptr::eq(cell.manager(), manager) {
            // SAFETY: no sentinel, and the caller's duty.
            return unsafe { cell.complete(call, target, stored) };
        }
        cell.take_back(call, stored);
        look_up_from_now_on(cell);
    }
    let _errno = sys::PreserveErrno::new();
    match cell_or_attach(manager) {
        // SAFETY: the calling thread's own live cell. The sentinel keeps what the fast path stored in it.
        Ok(cell) => unsafe { cell.perform(call, target) },
        Err(error) => manager.answer_unattributed(call, error),
    }
}

/// True if the calling thread's task under `manager` is inside: waiting for quiescence would be waiting for itself.
pub(crate) fn is_inside(manager: &Manager) -> bool {
    cell_of(manager).is_some_and(|cell| cell.side() == Side::Inside)
}
