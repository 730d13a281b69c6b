//! What this library is.

/// The ABI number: the shared library's soname ends in it; it changes only if old callers would break.
pub const TOLLGATE_ABI_VERSION: u32 = 0;

/// The version of the library: major in the high half, then a byte each for minor and patch.
///
/// **Thread:** any. **Progress:** wait-free.
#[unsafe(no_mangle)]
pub extern "C" fn tollgate_version() -> u32 {
    tollgate_core::page::library_version()
}

/// The ABI number of the library, to compare with the header's `TOLLGATE_ABI_VERSION`.
///
/// **Thread:** any. **Progress:** wait-free.
#[unsafe(no_mangle)]
pub extern "C" fn tollgate_abi_version() -> u32 {
    TOLLGATE_ABI_VERSION
}

/// The layout of a task as this library has it, to compare with what was compiled into the caller.
///
/// **Thread:** any. **Progress:** wait-free.
#[unsafe(no_mangle)]
pub extern "C" fn tollgate_layout_id() -> u64 {
    tollgate_core::LAYOUT_ID
}
