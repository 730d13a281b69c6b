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
// keeps its own; followed by an illegal instruction, so that a call would not run into whatever comes next.
#[cfg(all(unix, not(target_vendor = "apple"), any(target_arch = "x86_64", target_arch = "aarch64")))]
core::arch::global_asm!(
    ".pushsection .text.rust_eh_personality,\"ax\",@progbits",
    ".weak rust_eh_personality",
    ".hidden rust_eh_personality",
    "rust_eh_personality:",
    ".long {trap}",
    ".popsection",
    trap = const TRAP,
);

// On Windows the release artifact does not name it, but the compiler's own helpers in the archive do on x86, and a host's
// 64-bit division finds them there first. Linkers for Windows do not let a weak definition satisfy another object's ordinary
// reference. A common symbol does, and gives way to a definition as silently. Its place is data: a call would end the process.
#[cfg(all(windows, target_env = "gnu", target_pointer_width = "64"))]
core::arch::global_asm!(".comm rust_eh_personality, 4");
// On x86 every C name has an underscore before it.
#[cfg(all(windows, target_env = "gnu", target_arch = "x86"))]
core::arch::global_asm!(".comm _rust_eh_personality, 4");

/// An instruction that ends the process: `ud2` twice, or `udf`.
#[cfg(all(unix, not(target_vendor = "apple"), any(target_arch = "x86_64", target_arch = "aarch64")))]
const TRAP: u32 = if cfg!(target_arch = "x86_64") { 0x0b0f_0b0f } else { 0 };
