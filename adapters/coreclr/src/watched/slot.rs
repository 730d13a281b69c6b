//! The calling thread's pointer to its record, without a destructor: notices on a dying thread find it in order.
//!
//! Every notice reads it. std's variable is a call to the loader in a shared library; with glibc, which keeps room for the
//! variables of libraries that are loaded late, it lies at a distance from the thread pointer that one load tells.

use super::record::Watched;

#[cfg(all(target_arch = "x86_64", target_env = "gnu"))]
mod imp {
    use core::arch::{asm, global_asm};

    use super::Watched;

    global_asm!(
        ".pushsection .tbss,\"awT\",@nobits",
        ".balign 8",
        ".hidden tollgate_coreclr_record",
        ".globl tollgate_coreclr_record",
        ".type tollgate_coreclr_record, @object",
        ".size tollgate_coreclr_record, 8",
        "tollgate_coreclr_record:",
        ".zero 8",
        ".popsection",
    );

    #[inline(always)]
    pub(in crate::watched) fn get() -> *mut Watched {
        let record;
        // SAFETY: reads the calling thread's own variable; the loader has filled in its distance.
        unsafe {
            asm!(
                "mov {record}, qword ptr [rip + tollgate_coreclr_record@GOTTPOFF]",
                "mov {record}, qword ptr fs:[{record}]",
                record = out(reg) record,
                options(readonly, nostack, preserves_flags),
            );
        }
        record
    }

    pub(in crate::watched) fn set(record: *mut Watched) {
        // SAFETY: writes the calling thread's own variable, as above.
        unsafe {
            asm!(
                "mov {distance}, qword ptr [rip + tollgate_coreclr_record@GOTTPOFF]",
                "mov qword ptr fs:[{distance}], {record}",
                distance = out(reg) _,
                record = in(reg) record,
                options(nostack, preserves_flags),
            );
        }
    }
}

#[cfg(not(all(target_arch = "x86_64", target_env = "gnu")))]
mod imp {
    use core::cell::Cell;
    use core::ptr::null_mut;

    use super::Watched;

    thread_local! {
        static RECORD: Cell<*mut Watched> = const { Cell::new(null_mut()) };
    }

    #[inline]
    pub(in crate::watched) fn get() -> *mut Watched {
        RECORD.get()
    }

    pub(in crate::watched) fn set(record: *mut Watched) {
        RECORD.set(record);
    }
}

pub(super) use imp::{get, set};
