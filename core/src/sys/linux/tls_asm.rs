//! Two thread-local pointers in assembler: stable Rust has no thread-local variable without std.
//!
//! The symbol is in the initial-exec model: its distance from the thread pointer is a constant that the loader puts into
//! the GOT, so that a read is two instructions in a shared library too, and never a call. The block is 16 bytes, far
//! below the surplus that glibc reserves for libraries loaded late. Hidden: each linked copy of this crate has its own.

use core::arch::{asm, global_asm};

use crate::cell::Cell;
use crate::thread::UNATTACHED;

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

/// How far the two pointers are from the thread pointer: the same in every thread, and as long as the process lives.
///
/// `nomem` although it reads the GOT, which no longer changes: a caller that is inlined into a loop reads it once.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn offset() -> isize {
    let offset: isize;
    // SAFETY: reads a constant.
    unsafe {
        asm!(
            "mov {offset}, qword ptr [rip + tollgate_thread_slots@GOTTPOFF]",
            offset = out(reg) offset,
            options(pure, nomem, nostack, preserves_flags),
        );
    }
    offset
}

/// The address of the calling thread's two pointers.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn slots() -> *mut *const Cell {
    let slots: *mut *const Cell;
    // SAFETY: adds the thread pointer, which a thread has at its own address, and touches nothing else.
    unsafe {
        asm!(
            "add {slots}, qword ptr fs:[0]",
            slots = inlateout(reg) offset() => slots,
            options(pure, readonly, nostack),
        );
    }
    slots
}

/// The address of the calling thread's two pointers.
#[cfg(target_arch = "aarch64")]
#[inline(always)]
fn slots() -> *mut *const Cell {
    let slots: *mut *const Cell;
    // SAFETY: computes an address from the GOT and the thread pointer; touches nothing else.
    unsafe {
        asm!(
            "adrp {slots}, :gottprel:tollgate_thread_slots",
            "ldr {slots}, [{slots}, #:gottprel_lo12:tollgate_thread_slots]",
            "mrs {base}, tpidr_el0",
            "add {slots}, {slots}, {base}",
            slots = out(reg) slots,
            base = out(reg) _,
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
        // SAFETY: reads the calling thread's own pointer through its constant distance from the thread pointer.
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
