//! Two thread-local pointers where no assembler access is written: POSIX keys, a call for each look.
//!
//! `--cfg tollgate_tlskey` chooses them where there is assembler too.

use core::ffi::c_void;

use crate::cell::Cell;
use crate::sync::{AtomicU64, Ordering};
use crate::thread::UNATTACHED;

type Destructor = unsafe extern "C" fn(*mut c_void);

/// One pointer of every thread.
struct Slot {
    /// The key + 1; 0 before it is made.
    key: AtomicU64,
    /// Puts the value of an ending thread back.
    keep: Destructor,
}

static CURRENT: Slot = Slot { key: AtomicU64::new(0), keep: keep_current };
static CELLS: Slot = Slot { key: AtomicU64::new(0), keep: keep_cells };

// The C library empties every key of an ending thread, key by key. The exit hook, and calls of other destructors after it,
// must still find what was there; the library gives up after some rounds, the last in which anybody is called.

unsafe extern "C" fn keep_current(cell: *mut c_void) {
    CURRENT.set(cell.cast_const().cast());
}

unsafe extern "C" fn keep_cells(first: *mut c_void) {
    CELLS.set(first.cast_const().cast());
}

impl Slot {
    /// The key; ends the process if the system has none left, since no task could be told from another.
    fn key(&self) -> libc::pthread_key_t {
        let made = self.key.load(Ordering::Acquire);
        if made != 0 {
            return (made - 1) as libc::pthread_key_t;
        }
        let mut key = 0;
        // SAFETY: writes the key; the destructor is a plain function that stays loaded (the library is nodelete).
        if unsafe { libc::pthread_key_create(&mut key, Some(self.keep)) } != 0 {
            super::abort();
        }
        match self.key.compare_exchange(0, u64::from(key) + 1, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => key,
            Err(theirs) => {
                // SAFETY: made above, and no thread has set a value under it.
                unsafe { libc::pthread_key_delete(key) };
                (theirs - 1) as libc::pthread_key_t
            }
        }
    }

    fn get(&self) -> *const Cell {
        // SAFETY: the key exists.
        unsafe { libc::pthread_getspecific(self.key()) }.cast_const().cast()
    }

    fn set(&self, cell: *const Cell) {
        // SAFETY: the key exists; the value is not dereferenced by the system.
        if unsafe { libc::pthread_setspecific(self.key(), cell.cast::<c_void>()) } != 0 {
            super::abort();
        }
    }
}

/// The cell that the calling thread's transitions go to, or a sentinel; never null.
pub(crate) fn current() -> *const Cell {
    let cell = CURRENT.get();
    if cell.is_null() { &raw const UNATTACHED } else { cell }
}

/// Sends the calling thread's transitions to `cell`.
pub(crate) fn set_current(cell: *const Cell) {
    CURRENT.set(cell);
}

/// The first of the calling thread's cells, or null.
pub(crate) fn cells() -> *const Cell {
    CELLS.get()
}

/// Replaces the list of the calling thread's cells.
pub(crate) fn set_cells(first: *const Cell) {
    CELLS.set(first);
}
