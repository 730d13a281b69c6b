//! ICorProfilerInfo and ICorProfilerInfo3: what a profiler asks the runtime.

use core::ffi::c_void;

use tollgate_capi::interfaces::IUnknownVtbl;
use tollgate_capi::{GUID, HRESULT};

use super::{FunctionId, ModuleId, Unused, assert_slots, interface};

interface!(
    /// The runtime's answers, first version.
    ICorProfilerInfo, ICorProfilerInfoVtbl
);

/// The methods of ICorProfilerInfo, in slot order.
#[repr(C)]
#[expect(non_snake_case, reason = "the interface definition's own names")]
pub(crate) struct ICorProfilerInfoVtbl {
    pub(crate) unknown: IUnknownVtbl,
    slots_3_to_14: [Unused; 12],
    pub(crate) GetFunctionInfo: unsafe extern "C" fn(
        this: *mut ICorProfilerInfo,
        function: FunctionId,
        class: *mut usize,
        module: *mut ModuleId,
        token: *mut u32,
    ) -> HRESULT,
    pub(crate) SetEventMask: unsafe extern "C" fn(this: *mut ICorProfilerInfo, events: u32) -> HRESULT,
    slots_17_and_18: [Unused; 2],
    pub(crate) GetTokenAndMetaDataFromFunction: unsafe extern "C" fn(
        this: *mut ICorProfilerInfo,
        function: FunctionId,
        riid: *const GUID,
        import: *mut *mut c_void,
        token: *mut u32,
    ) -> HRESULT,
    pub(crate) GetModuleInfo: unsafe extern "C" fn(
        this: *mut ICorProfilerInfo,
        module: ModuleId,
        base: *mut *const u8,
        capacity: u32,
        length: *mut u32,
        file: *mut u16,
        assembly: *mut usize,
    ) -> HRESULT,
    pub(crate) GetModuleMetaData: unsafe extern "C" fn(
        this: *mut ICorProfilerInfo,
        module: ModuleId,
        open_flags: u32,
        riid: *const GUID,
        import: *mut *mut c_void,
    ) -> HRESULT,
    pub(crate) GetILFunctionBody: unsafe extern "C" fn(
        this: *mut ICorProfilerInfo,
        module: ModuleId,
        method: u32,
        header: *mut *const u8,
        size: *mut u32,
    ) -> HRESULT,
    slots_23_to_35: [Unused; 13],
}

assert_slots!(ICorProfilerInfoVtbl:
    GetFunctionInfo = 15 SetEventMask = 16 GetTokenAndMetaDataFromFunction = 19
    GetModuleInfo = 20 GetModuleMetaData = 21 GetILFunctionBody = 22; 36 slots);

interface!(
    /// The runtime's answers, third version.
    ICorProfilerInfo3, ICorProfilerInfo3Vtbl
);

/// The methods of ICorProfilerInfo3 up to the last one in use.
#[repr(C)]
#[expect(non_snake_case, reason = "the interface definition's own names")]
pub(crate) struct ICorProfilerInfo3Vtbl {
    pub(crate) unknown: IUnknownVtbl,
    slots_3_to_66: [Unused; 64],
    pub(crate) GetRuntimeInformation: unsafe extern "C" fn(
        this: *mut ICorProfilerInfo3,
        instance: *mut u16,
        kind: *mut u32,
        major: *mut u16,
        minor: *mut u16,
        build: *mut u16,
        fix: *mut u16,
        text_capacity: u32,
        text_length: *mut u32,
        text: *mut u16,
    ) -> HRESULT,
}

assert_slots!(ICorProfilerInfo3Vtbl: GetRuntimeInformation = 67; 68 slots);

/// Bits of the event mask.
pub(crate) mod events {
    /// Functions that are unloaded.
    const MONITOR_FUNCTION_UNLOADS: u32 = 0x1;
    /// Modules that are loaded and unloaded.
    const MONITOR_MODULE_LOADS: u32 = 0x4;
    /// The crossings. Can only be asked for while the runtime starts.
    const MONITOR_CODE_TRANSITIONS: u32 = 0x800;
    /// Methods that are compiled, and those about to be inlined.
    const MONITOR_JIT_COMPILATION: u32 = 0x20;

    /// Nothing is inlined.
    pub(crate) const DISABLE_INLINING: u32 = 0x20_0000;

    /// All that this library asks for in any case.
    pub(crate) const WANTED: u32 =
        MONITOR_FUNCTION_UNLOADS | MONITOR_MODULE_LOADS | MONITOR_CODE_TRANSITIONS | MONITOR_JIT_COMPILATION;
}
