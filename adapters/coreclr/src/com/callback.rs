//! ICorProfilerCallback to ICorProfilerCallback11, one table: each interface continues the one before.

use core::ffi::c_void;

use tollgate_capi::interfaces::IUnknown;
use tollgate_capi::{GUID, HRESULT};

use super::{FunctionId, ModuleId, assert_slots};

/// A notice that nobody asked for.
pub(crate) type Ignored = unsafe extern "C" fn() -> HRESULT;

/// The methods the runtime calls, in slot order.
#[repr(C)]
#[expect(non_snake_case, reason = "the interface definition's own names")]
pub(crate) struct CallbackVtbl {
    pub(crate) QueryInterface:
        unsafe extern "C" fn(this: *mut c_void, riid: *const GUID, out: *mut *mut c_void) -> HRESULT,
    pub(crate) AddRef: unsafe extern "C" fn(this: *mut c_void) -> u32,
    pub(crate) Release: unsafe extern "C" fn(this: *mut c_void) -> u32,
    pub(crate) Initialize: unsafe extern "C" fn(this: *mut c_void, info: *mut IUnknown) -> HRESULT,
    pub(crate) Shutdown: unsafe extern "C" fn(this: *mut c_void) -> HRESULT,
    pub(crate) domains_assemblies: [Ignored; 9],
    pub(crate) ModuleLoadFinished:
        unsafe extern "C" fn(this: *mut c_void, module: ModuleId, result: HRESULT) -> HRESULT,
    pub(crate) ModuleUnloadStarted: unsafe extern "C" fn(this: *mut c_void, module: ModuleId) -> HRESULT,
    pub(crate) modules_classes: [Ignored; 6],
    pub(crate) FunctionUnloadStarted:
        unsafe extern "C" fn(this: *mut c_void, function: FunctionId) -> HRESULT,
    pub(crate) jit: [Ignored; 5],
    pub(crate) JITInlining: unsafe extern "C" fn(
        this: *mut c_void,
        caller: FunctionId,
        callee: FunctionId,
        allowed: *mut i32,
    ) -> HRESULT,
    pub(crate) threads_remoting: [Ignored; 11],
    pub(crate) UnmanagedToManagedTransition:
        unsafe extern "C" fn(this: *mut c_void, function: FunctionId, reason: u32) -> HRESULT,
    pub(crate) ManagedToUnmanagedTransition:
        unsafe extern "C" fn(this: *mut c_void, function: FunctionId, reason: u32) -> HRESULT,
    pub(crate) suspension_memory_exceptions: [Ignored; 38],
    pub(crate) InitializeForAttach: unsafe extern "C" fn(
        this: *mut c_void,
        info: *mut IUnknown,
        data: *mut c_void,
        data_size: u32,
    ) -> HRESULT,
    pub(crate) attach_rejit_memory: [Ignored; 16],
    pub(crate) LoadAsNotificationOnly:
        unsafe extern "C" fn(this: *mut c_void, notification_only: *mut i32) -> HRESULT,
}

assert_slots!(CallbackVtbl:
    Initialize = 3 Shutdown = 4 ModuleLoadFinished = 14 ModuleUnloadStarted = 15 FunctionUnloadStarted = 22
    JITInlining = 28
    UnmanagedToManagedTransition = 40 ManagedToUnmanagedTransition = 41
    InitializeForAttach = 80 LoadAsNotificationOnly = 97;
    98 slots);
