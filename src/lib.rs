//! The C artifact: `libtollgate.so` and `libtollgate.a`.
//!
//! Everything is in `tollgate-capi`; this package adds what a `no_std` library must bring along itself: a panic
//! handler, and the symbol that unwinding tables may name.
#![no_std]

pub use tollgate_capi::*;

/// Nothing in core or capi panics, so this is unreachable; should it be reached, the host must not go on.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    tollgate_capi::abort_process()
}

// `core` is compiled with unwinding tables that name this symbol. It is never called (panic = "abort"), but debug
// builds, lld and --whole-archive want it defined. Weak and hidden, so that another Rust library in the same program
// keeps its own.
#[cfg(all(unix, not(target_vendor = "apple")))]
core::arch::global_asm!(
    ".weak rust_eh_personality",
    ".hidden rust_eh_personality",
    "rust_eh_personality:",
    ".weak _Unwind_Resume",
    ".hidden _Unwind_Resume",
    "_Unwind_Resume:",
);
