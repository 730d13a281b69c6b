//! HOT: the four transitions through the vtable.
//!
//! The fast half never looks at `this`. The cold half takes the same arguments, so that it is reached by a jump and the
//! fast half saves no register. Each starts a cache line; see [`crate::placement`].

use tollgate_core::{Call, thread, transition};

use super::core_of;
use crate::hresult::{HRESULT, S_OK, from_result};
use crate::interfaces::IHostTaskManager;

#[cfg_attr(
    all(target_os = "linux", target_arch = "x86_64"),
    unsafe(link_section = ".text.hot.tollgate.leave_runtime")
)]
pub(super) unsafe extern "system" fn leave_runtime(this: *mut IHostTaskManager, target: usize) -> HRESULT {
    // SAFETY: the calling thread's cell or a sentinel.
    if unsafe { transition::leave(thread::current(), target) } {
        return S_OK;
    }
    // SAFETY: the fast half has just given up; COM's duty for `this`.
    unsafe { leave_cold(this, target) }
}

#[cfg_attr(
    all(target_os = "linux", target_arch = "x86_64"),
    unsafe(link_section = ".text.hot.tollgate.enter_runtime")
)]
pub(super) unsafe extern "system" fn enter_runtime(this: *mut IHostTaskManager) -> HRESULT {
    // SAFETY: the calling thread's cell or a sentinel.
    if unsafe { transition::enter(thread::current()) } {
        return S_OK;
    }
    // SAFETY: the fast half has just given up; COM's duty for `this`.
    unsafe { enter_cold(this) }
}

#[cfg_attr(
    all(target_os = "linux", target_arch = "x86_64"),
    unsafe(link_section = ".text.hot.tollgate.reverse_enter_runtime")
)]
pub(super) unsafe extern "system" fn reverse_enter_runtime(this: *mut IHostTaskManager) -> HRESULT {
    // SAFETY: the calling thread's cell or a sentinel.
    if unsafe { transition::reverse_enter(thread::current()) } {
        return S_OK;
    }
    // SAFETY: the fast half has just given up; COM's duty for `this`.
    unsafe { reverse_enter_cold(this) }
}

#[cfg_attr(
    all(target_os = "linux", target_arch = "x86_64"),
    unsafe(link_section = ".text.hot.tollgate.reverse_leave_runtime")
)]
pub(super) unsafe extern "system" fn reverse_leave_runtime(this: *mut IHostTaskManager) -> HRESULT {
    // SAFETY: the calling thread's cell or a sentinel.
    match unsafe { transition::reverse_leave(thread::current()) } {
        transition::ReverseLeave::Done => S_OK,
        // SAFETY: the fast half has just given up; COM's duty for `this`.
        transition::ReverseLeave::Stored => unsafe { reverse_leave_cold(this) },
        // SAFETY: as above.
        transition::ReverseLeave::Empty => unsafe { reverse_leave_empty(this) },
    }
}

/// # Safety
/// The fast half of `call` has just given up on this thread, with `stored` as in core; `this` is a manager's.
unsafe fn complete(this: *mut IHostTaskManager, call: Call, target: usize, stored: bool) -> HRESULT {
    // SAFETY: the caller's duty.
    let manager = unsafe { core_of(this) };
    // SAFETY: the caller's duty.
    from_result(unsafe { manager.complete(call, target, stored) })
}

/// # Safety
/// The fast half of leave has just given up on this thread; `this` is a manager's.
#[cold]
#[inline(never)]
unsafe extern "system" fn leave_cold(this: *mut IHostTaskManager, target: usize) -> HRESULT {
    // SAFETY: the caller's duty.
    unsafe { complete(this, Call::Leave, target, true) }
}

/// # Safety
/// As for [`leave_cold`].
#[cold]
#[inline(never)]
unsafe extern "system" fn enter_cold(this: *mut IHostTaskManager) -> HRESULT {
    // SAFETY: the caller's duty.
    unsafe { complete(this, Call::Enter, 0, true) }
}

/// # Safety
/// As for [`leave_cold`].
#[cold]
#[inline(never)]
unsafe extern "system" fn reverse_enter_cold(this: *mut IHostTaskManager) -> HRESULT {
    // SAFETY: the caller's duty.
    unsafe { complete(this, Call::ReverseEnter, 0, true) }
}

/// # Safety
/// As for [`leave_cold`].
#[cold]
#[inline(never)]
unsafe extern "system" fn reverse_leave_cold(this: *mut IHostTaskManager) -> HRESULT {
    // SAFETY: the caller's duty.
    unsafe { complete(this, Call::ReverseLeave, 0, true) }
}

/// # Safety
/// As for [`leave_cold`], and the word had no level.
#[cold]
#[inline(never)]
unsafe extern "system" fn reverse_leave_empty(this: *mut IHostTaskManager) -> HRESULT {
    // SAFETY: the caller's duty.
    unsafe { complete(this, Call::ReverseLeave, 0, false) }
}
