//! Which mutant is alive, and which sites a check reaches.

use core::ffi::{c_char, c_int};
use core::sync::atomic::{AtomicBool, AtomicI32, AtomicU32, Ordering};

const NUMBERS: usize = 0 /* NUMBERS */;
const UNKNOWN: u32 = u32::MAX;

static CHOSEN: AtomicU32 = AtomicU32::new(UNKNOWN);
static RECORD: AtomicI32 = AtomicI32::new(-1);
static REACHED: [AtomicBool; NUMBERS] = [const { AtomicBool::new(false) }; NUMBERS];

unsafe extern "C" {
    fn getenv(name: *const c_char) -> *const c_char;
    fn open(path: *const c_char, flags: c_int, ...) -> c_int;
    fn write(file: c_int, bytes: *const u8, count: usize) -> isize;
}

/// True if this is the mutant that is alive.
#[inline(always)]
pub(crate) fn on(number: u32) -> bool {
    reach(number);
    CHOSEN.load(Ordering::Relaxed) == number
}

/// `order`, or what the mutant makes of it.
#[inline(always)]
pub(crate) fn order(number: u32, order: Ordering) -> Ordering {
    reach(number);
    let chosen = CHOSEN.load(Ordering::Relaxed);
    match order {
        Ordering::AcqRel if chosen == number => Ordering::Relaxed,
        Ordering::AcqRel if chosen == number.wrapping_add(1) => Ordering::Acquire,
        Ordering::AcqRel if chosen == number.wrapping_add(2) => Ordering::Release,
        Ordering::SeqCst if chosen == number => Ordering::AcqRel,
        Ordering::Acquire | Ordering::Release if chosen == number => Ordering::Relaxed,
        other => other,
    }
}

/// Notes that the site was reached, if that is asked for.
#[inline(always)]
pub(crate) fn reach(number: u32) {
    if CHOSEN.load(Ordering::Relaxed) == UNKNOWN {
        start();
    }
    if RECORD.load(Ordering::Relaxed) >= 0 {
        note(number);
    }
}

#[cold]
fn note(number: u32) {
    if !REACHED[number as usize].swap(true, Ordering::Relaxed) {
        let bytes = number.to_le_bytes();
        // A process that has closed its files notes nothing.
        let _ = unsafe { write(RECORD.load(Ordering::Relaxed), bytes.as_ptr(), bytes.len()) };
    }
}

#[cold]
fn start() {
    unsafe {
        let errno = *libc::__errno_location();
        let record = getenv(c"TOLLGATE_MUTANT_RECORD".as_ptr());
        if !record.is_null() {
            RECORD.store(open(record, 0o2001 | 0o2000000), Ordering::Relaxed);
        }
        let mut chosen = 0;
        let mut digits = getenv(c"TOLLGATE_MUTANT".as_ptr());
        while !digits.is_null() && *digits != 0 {
            chosen = chosen * 10 + (*digits as u8 - b'0') as u32;
            digits = digits.add(1);
        }
        CHOSEN.store(chosen, Ordering::Relaxed);
        *libc::__errno_location() = errno;
    }
}
