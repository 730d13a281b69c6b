//! The initial-exec model: the distance from the thread pointer is a constant that the loader puts into the GOT.
//!
//! The block is 16 bytes, far below the surplus that glibc reserves for libraries loaded late. In a program's own code
//! the linker makes an immediate of the constant.

use core::arch::asm;

/// How far the two pointers are from the thread pointer: the same in every thread, as long as the process lives.
///
/// `nomem` although it reads the GOT, which no longer changes: a caller that is inlined into a loop reads it once.
#[inline(always)]
pub(super) fn offset() -> isize {
    let offset: isize;
    #[cfg(target_arch = "x86_64")]
    // SAFETY: reads a constant.
    unsafe {
        asm!(
            "mov {offset}, qword ptr [rip + tollgate_thread_slots@GOTTPOFF]",
            offset = out(reg) offset,
            options(pure, nomem, nostack, preserves_flags),
        );
    }
    #[cfg(target_arch = "aarch64")]
    // SAFETY: as above.
    unsafe {
        asm!(
            "adrp {offset}, :gottprel:tollgate_thread_slots",
            "ldr {offset}, [{offset}, #:gottprel_lo12:tollgate_thread_slots]",
            offset = out(reg) offset,
            options(pure, nomem, nostack, preserves_flags),
        );
    }
    offset
}
