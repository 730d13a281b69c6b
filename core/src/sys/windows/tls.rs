//! Three thread-local words in assembler: stable Rust has no thread-local variable without std.
//!
//! They are in the section that compilers use for such variables, so that the loader gives each thread a copy of the
//! initial values, also threads that were there before the library (since Windows Vista), and `_tls_index`, which the C
//! library's start-up code brings along, tells where. A read is four loads and never a call. A slot of `TlsAlloc`, read
//! straight from the thread's own block, would be two, but begins as 0, must be taken before the first call, and only the
//! first 64 of a process lie there: the others would need a second way, and a branch to choose it.
//!
//! Each linked copy of this crate has its own.

use core::arch::{asm, global_asm};

use crate::cell::Cell;
use crate::sync::{AtomicPtr, AtomicUsize, Ordering};
use crate::thread::UNATTACHED;

/// The words of one thread. Atomic in name only: no other thread has their address.
#[repr(C)]
struct Slots {
    current: AtomicPtr<Cell>,
    cells: AtomicPtr<Cell>,
    /// The last registration in `exit`; 0 for none.
    registration: AtomicUsize,
}

// On x86 every C name has an underscore before it; `sym` and the reads below agree on that with the compiler.
#[cfg(target_pointer_width = "64")]
global_asm!(
    ".pushsection .tls$,\"dw\"",
    ".balign 8",
    ".globl tollgate_thread_slots",
    "tollgate_thread_slots:",
    ".quad {unattached}",
    ".quad 0",
    ".quad 0",
    ".popsection",
    unattached = sym UNATTACHED,
);
#[cfg(target_arch = "x86")]
global_asm!(
    ".pushsection .tls$,\"dw\"",
    ".balign 4",
    ".globl _tollgate_thread_slots",
    "_tollgate_thread_slots:",
    ".long {unattached}",
    ".long 0",
    ".long 0",
    ".popsection",
    unattached = sym UNATTACHED,
);

/// The last step: from the start of the thread's copy of the section to what `$instruction` makes of the words' address.
///
/// Their distance from the start of the section is a relocation of its own. GNU ld (2.40) has the loader add the library's
/// displacement to it, so for that linker it is the difference of two addresses, which costs an instruction.
#[cfg(all(target_arch = "x86_64", target_env = "gnu"))]
macro_rules! from_start {
    ($instruction:literal) => {
        concat!(
            "sub {words}, offset _tls_start@IMGREL\n",
            $instruction,
            " {words}, qword ptr [{words} + tollgate_thread_slots@IMGREL]"
        )
    };
}
#[cfg(all(target_arch = "x86", target_env = "gnu"))]
macro_rules! from_start {
    ($instruction:literal) => {
        concat!(
            "sub {words}, offset __tls_start\n",
            $instruction,
            " {words}, dword ptr [{words} + _tollgate_thread_slots]"
        )
    };
}
#[cfg(all(target_arch = "x86_64", not(target_env = "gnu")))]
macro_rules! from_start {
    ($instruction:literal) => {
        concat!($instruction, " {words}, qword ptr [{words} + tollgate_thread_slots@SECREL32]")
    };
}
#[cfg(all(target_arch = "x86", not(target_env = "gnu")))]
macro_rules! from_start {
    ($instruction:literal) => {
        concat!($instruction, " {words}, dword ptr [{words} + _tollgate_thread_slots@SECREL32]")
    };
}

/// Reads the thread's copy of the section, then goes on with `$last`; everything in `{words}`.
#[cfg(target_arch = "x86_64")]
macro_rules! in_thread {
    ($result:ident, $last:expr) => {
        asm!(
            "mov {index:e}, dword ptr [rip + _tls_index]",
            "mov {words}, qword ptr gs:[0x58]",
            "mov {words}, qword ptr [{words} + 8*{index}]",
            $last,
            index = out(reg) _,
            words = out(reg) $result,
            options(pure, readonly, nostack),
        )
    };
}
#[cfg(target_arch = "x86")]
macro_rules! in_thread {
    ($result:ident, $last:expr) => {
        asm!(
            "mov {index}, dword ptr [__tls_index]",
            "mov {words}, dword ptr fs:[0x2c]",
            "mov {words}, dword ptr [{words} + 4*{index}]",
            $last,
            index = out(reg) _,
            words = out(reg) $result,
            options(pure, readonly, nostack),
        )
    };
}
#[cfg(target_arch = "aarch64")]
macro_rules! in_thread {
    ($result:ident, $last:expr) => {
        asm!(
            "adrp {index}, _tls_index",
            "ldr {index:w}, [{index}, :lo12:_tls_index]",
            "ldr {words}, [x18, #0x58]",
            "ldr {words}, [{words}, {index}, lsl #3]",
            "add {words}, {words}, :secrel_hi12:tollgate_thread_slots",
            $last,
            index = out(reg) _,
            words = out(reg) $result,
            options(pure, readonly, nostack),
        )
    };
}
#[cfg(target_arch = "aarch64")]
macro_rules! from_start {
    ("lea") => {
        "add {words}, {words}, :secrel_lo12:tollgate_thread_slots"
    };
    ("mov") => {
        "ldr {words}, [{words}, :secrel_lo12:tollgate_thread_slots]"
    };
}

/// The calling thread's words; not to be kept, for they go with the thread.
#[inline(always)]
fn slots<'a>() -> &'a Slots {
    let slots: *const Slots;
    // SAFETY: the thread's own block, as the loader lays it out; reads only.
    unsafe { in_thread!(slots, from_start!("lea")) };
    // SAFETY: initialised by the loader, and there as long as the thread.
    unsafe { &*slots }
}

/// The cell that the calling thread's transitions go to, or a sentinel; never null.
#[inline(always)]
pub(crate) fn current() -> *const Cell {
    let cell: *const Cell;
    // SAFETY: as above; the first of the words.
    unsafe { in_thread!(cell, from_start!("mov")) };
    cell
}

/// Sends the calling thread's transitions to `cell`.
///
/// `current` is not moved across this store: both are accesses to memory in program order.
pub(crate) fn set_current(cell: *const Cell) {
    slots().current.store(cell.cast_mut(), Ordering::Relaxed);
}

/// The first of the calling thread's cells, or null.
pub(crate) fn cells() -> *const Cell {
    slots().cells.load(Ordering::Relaxed)
}

/// Replaces the list of the calling thread's cells.
pub(crate) fn set_cells(first: *const Cell) {
    slots().cells.store(first.cast_mut(), Ordering::Relaxed);
}

/// The number of the calling thread's last registration for its end.
pub(super) fn registration() -> usize {
    slots().registration.load(Ordering::Relaxed)
}

/// Replaces that number.
pub(super) fn set_registration(number: usize) {
    slots().registration.store(number, Ordering::Relaxed);
}
