//! What this library is.

/// The ABI number: the shared library's soname ends in it; it changes only if old callers would break.
pub const TOLLGATE_ABI_VERSION: u32 = 0;

/// The version of the library: major in the high half, then a byte each for minor and patch.
///
/// **Thread:** any. **Progress:** wait-free.
#[unsafe(no_mangle)]
pub extern "C" fn tollgate_version() -> u32 {
    const fn number(digits: &str) -> u32 {
        let mut bytes = digits.as_bytes();
        let mut value = 0;
        while let [digit, rest @ ..] = bytes {
            value = value * 10 + (*digit - b'0') as u32;
            bytes = rest;
        }
        value
    }
    const {
        number(env!("CARGO_PKG_VERSION_MAJOR")) << 16
            | number(env!("CARGO_PKG_VERSION_MINOR")) << 8
            | number(env!("CARGO_PKG_VERSION_PATCH"))
    }
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
