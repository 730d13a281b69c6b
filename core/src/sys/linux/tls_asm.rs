//! Two thread-local pointers in assembler: stable Rust has no thread-local variable without std.
//!
//! How far they are from the thread pointer is found in one of two ways, each in a file of its own; everything else is
//! the same. Hidden: each linked copy of this crate has its own.
//!
//! | model | file | a read is | for |
//! |---|---|---|---|
//! | initial-exec | `tls_static.rs` | two instructions, never a call | glibc |
//! | descriptor | `tls_desc.rs` | a call through a descriptor, which preserves all registers but one | musl |

use core::arch::{asm, global_asm};

use self::model::offset;
use crate::cell::Cell;
use crate::thread::UNATTACHED;

// musl has no room for the thread-local variables of libraries that are loaded late, and crashes on them in the
// initial-exec model. `--cfg tollgate_tlsdesc` chooses the descriptor elsewhere too.
#[cfg_attr(any(target_env = "musl", tollgate_tlsdesc), path = "tls_desc.rs")]
#[cfg_attr(not(any(target_env = "musl", tollgate_tlsdesc)), path = "tls_static.rs")]
mod model;

global_asm!(
    ".pushsection .tdata,\"awT\",@progbits",
    ".balign 8",
    ".hidden tollgate_thread_slots",
    ".globl tollgate_thread_slots",
    ".type tollgate_thread_slots, @object",
    ".size tollgate_thread_slots, 16",
    "tollgate_thread_slots:",
    ".quad {unattached}",
    ".quad 0",
    ".popsection",
    unattached = sym UNATTACHED,
);

/// The address of the calling thread's two pointers.
#[inline(always)]
fn slots() -> *mut *const Cell {
    let slots: *mut *const Cell;
    #[cfg(target_arch = "x86_64")]
    // SAFETY: adds the thread pointer, which a thread has at its own address, and touches nothing else.
    unsafe {
        asm!(
            "add {slots}, qword ptr fs:[0]",
            slots = inlateout(reg) offset() => slots,
            options(pure, readonly, nostack),
        );
    }
    #[cfg(target_arch = "aarch64")]
    // SAFETY: reads the thread pointer and adds to it; touches nothing else.
    unsafe {
        asm!(
            "mrs {slots}, tpidr_el0",
            "add {slots}, {slots}, {offset}",
            slots = out(reg) slots,
            offset = in(reg) offset(),
            options(pure, nomem, nostack, preserves_flags),
        );
    }
    slots
}

/// The cell that the calling thread's transitions go to, or a sentinel; never null.
#[inline(always)]
pub(crate) fn current() -> *const Cell {
    #[cfg(target_arch = "x86_64")]
    {
        let cell: *const Cell;
        // SAFETY: reads the calling thread's own pointer, so far from the thread pointer.
        unsafe {
            asm!(
                "mov {cell}, qword ptr fs:[{offset}]",
                offset = in(reg) offset(),
                cell = lateout(reg) cell,
                options(pure, readonly, nostack, preserves_flags),
            );
        }
        cell
    }
    #[cfg(not(target_arch = "x86_64"))]
    // SAFETY: the calling thread's own variable.
    unsafe {
        slots().read_volatile()
    }
}

/// Sends the calling thread's transitions to `cell`.
pub(crate) fn set_current(cell: *const Cell) {
    // SAFETY: the calling thread's own variable, which `current` reads by assembler that is not reordered across this
    // store: both are accesses to memory in program order.
    unsafe { slots().write_volatile(cell) };
}

/// The first of the calling thread's cells, or null.
pub(crate) fn cells() -> *const Cell {
    // SAFETY: the second of two pointers.
    let second = unsafe { slots().add(1) };
    // SAFETY: the calling thread's own variable.
    unsafe { second.read_volatile() }
}

/// Replaces the list of the calling thread's cells.
pub(crate) fn set_cells(first: *const Cell) {
    // SAFETY: the second of two pointers.
    let second = unsafe { slots().add(1) };
    // SAFETY: the calling thread's own variable.
    unsafe { second.write_volatile(first) };
}
