//! Result codes, with the one mapping from core's errors.

use tollgate_core::Error;

/// What every COM method returns: negative is failure.
pub type HRESULT = i32;

/// Declares a code by the hexadecimal form in which documentation names it.
const fn code(hex: u32) -> HRESULT {
    hex as i32
}

/// Done.
pub const S_OK: HRESULT = 0;
/// Done, with nothing to show for it.
pub const S_FALSE: HRESULT = 1;
/// A wait would deadlock (0x80131020).
pub const HOST_E_DEADLOCK: HRESULT = code(0x8013_1020);
/// An alertable wait was ended by Alert (0x80131021).
pub const HOST_E_INTERRUPTED: HRESULT = code(0x8013_1021);
/// Not possible in this state (0x80131022).
pub const HOST_E_INVALIDOPERATION: HRESULT = code(0x8013_1022);
/// The runtime must not be entered: not yet available, shut down, or failed (0x80131023).
pub const HOST_E_CLRNOTAVAILABLE: HRESULT = code(0x8013_1023);
/// The wait took longer than allowed (0x80131024).
pub const HOST_E_TIMEOUT: HRESULT = code(0x8013_1024);
/// The call closes a level that the task does not own (0x80131025).
pub const HOST_E_NOT_OWNER: HRESULT = code(0x8013_1025);
/// What was waited for is gone (0x80131026).
pub const HOST_E_ABANDONED: HRESULT = code(0x8013_1026);
/// Not implemented on purpose (0x80004001).
pub const E_NOTIMPL: HRESULT = code(0x8000_4001);
/// No such interface (0x80004002).
pub const E_NOINTERFACE: HRESULT = code(0x8000_4002);
/// A pointer that must not be NULL is NULL (0x80004003).
pub const E_POINTER: HRESULT = code(0x8000_4003);
/// Catastrophic failure (0x80004005).
pub const E_FAIL: HRESULT = code(0x8000_4005);
/// A call without its partner (0x8000FFFF).
pub const E_UNEXPECTED: HRESULT = code(0x8000_ffff);
/// No memory, no cell, or no level left (0x8007000E).
pub const E_OUTOFMEMORY: HRESULT = code(0x8007_000e);
/// An argument has a value that is not allowed (0x80070057).
pub const E_INVALIDARG: HRESULT = code(0x8007_0057);

/// The code of a core error. Where a method has a meaning of its own for one, it maps that itself.
pub(crate) const fn from_error(error: Error) -> HRESULT {
    match error {
        Error::NotOwner => HOST_E_NOT_OWNER,
        Error::Unavailable => HOST_E_CLRNOTAVAILABLE,
        Error::Timeout => HOST_E_TIMEOUT,
        Error::Abandoned => HOST_E_ABANDONED,
        Error::Failed => E_FAIL,
        Error::OutOfMemory | Error::LevelsExhausted => E_OUTOFMEMORY,
        Error::Deadlock => HOST_E_DEADLOCK,
        Error::InvalidOperation => HOST_E_INVALIDOPERATION,
        Error::Interrupted => HOST_E_INTERRUPTED,
        Error::InvalidArgument => E_INVALIDARG,
        Error::Unsupported => E_NOTIMPL,
    }
}

/// The code of a core result.
pub(crate) const fn from_result(result: Result<(), Error>) -> HRESULT {
    match result {
        Ok(()) => S_OK,
        Err(error) => from_error(error),
    }
}
