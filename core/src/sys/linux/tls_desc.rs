//! The descriptor model (TLSDESC): the loader provides a function that tells the distance from the thread pointer.
//!
//! The function has a calling convention of its own: it preserves every register but the one it answers in (and, on
//! aarch64, the two it is called through). In a program's own code the linker makes an immediate of the whole sequence.

use core::arch::asm;

/// How far the two pointers are from the thread pointer: the same for one thread as long as it lives.
///
/// `nomem` although it reads the descriptor, which no longer changes for this thread. Not `nostack`: it calls.
#[inline(always)]
pub(super) fn offset() -> isize {
    let offset: isize;
    #[cfg(target_arch = "x86_64")]
    // SAFETY: calls what the loader put into the descriptor, as the x86-64 ABI for descriptors has it.
    unsafe {
        asm!(
            "lea tollgate_thread_slots@TLSDESC(%rip), %rax",
            "call *tollgate_thread_slots@TLSCALL(%rax)",
            out("rax") offset,
            options(pure, nomem, att_syntax),
        );
    }
    #[cfg(target_arch = "aarch64")]
    // SAFETY: as above; the link register is given up.
    unsafe {
        asm!(
            "adrp x0, :tlsdesc:tollgate_thread_slots",
            "ldr x1, [x0, #:tlsdesc_lo12:tollgate_thread_slots]",
            "add x0, x0, #:tlsdesc_lo12:tollgate_thread_slots",
            ".tlsdesccall tollgate_thread_slots",
            "blr x1",
            out("x0") offset,
            out("x1") _,
            out("x30") _,
            options(pure, nomem),
        );
    }
    offset
}
