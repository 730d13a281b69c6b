//! Two thread-local pointers where no assembler access is written: POSIX keys, a call for each look.

use core::ffi::c_void;

use crate::cell::Cell;
use crate::sync::{AtomicU64, Ordering};
use crate::thread::UNATTACHED;

/// Key + 1 of each slot; 0 before it is made.
static KEYS: [AtomicU64; 2] = [const { AtomicU64::new(0) }; 2];

/// The key of `slot`; ends the process if the system has none left, since no task could be told from another.
fn key(slot: &AtomicU64) -> libc::pthread_key_t {
    let made = slot.load(Ordering::Acquire);
    if made != 0 {
        return (made - 1) as libc::pthread_key_t;
    }
    let mut key = 0;
    // SAFETY: writes the key; without destructor.
    if unsafe { libc::pthread_key_create(&mut key, None) } != 0 {
        super::abort();
    }
    match slot.compare_exchange(0, u64::from(key) + 1, Ordering::AcqRel, Ordering::Acquire) {
        Ok(_) => key,
        Err(theirs) => {
            // SAFETY: made above, and no thread has set a value under it.
            unsafe { libc::pthread_key_delete(key) };
            (theirs - 1) as libc::pthread_key_t
        }
    }
}

fn get(slot: &AtomicU64) -> *const Cell {
    // SAFETY: the key exists.
    unsafe { libc::pthread_getspecific(key(slot)) }.cast_const().cast()
}

fn set(slot: &AtomicU64, cell: *const Cell) {
    // SAFETY: the key exists; the value is not dereferenced by the system.
    if unsafe { libc::pthread_setspecific(key(slot), cell.cast::<c_void>()) } != 0 {
        super::abort();
    }
}

/// The cell that the calling thread's transitions go to, or a sentinel; never null.
pub(crate) fn current() -> *const Cell {
    let cell = get(&KEYS[0]);
    if cell.is_null() { &raw const UNATTACHED } else { cell }
}

/// Sends the calling thread's transitions to `cell`.
pub(crate) fn set_current(cell: *const Cell) {
    set(&KEYS[0], cell);
}

/// The first of the calling thread's cells, or null.
pub(crate) fn cells() -> *const Cell {
    get(&KEYS[1])
}

/// Replaces the list of the calling thread's cells.
pub(crate) fn set_cells(first: *const Cell) {
    set(&KEYS[1], first);
}
