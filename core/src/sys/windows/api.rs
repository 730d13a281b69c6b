//! The functions of Windows that the crate calls, and no others.
//!
//! Two dozen declarations are less than a dependency with its import libraries. Types are those of the contract: `BOOL` and
//! `DWORD` are 32 bits, `SIZE_T` is a pointer's width.

use core::ffi::{c_char, c_void};

pub(super) type Handle = *mut c_void;
/// `PFLS_CALLBACK_FUNCTION`.
pub(super) type FlsCallback = unsafe extern "system" fn(value: *const c_void);
/// `LPTHREAD_START_ROUTINE`.
pub(super) type ThreadEntry = unsafe extern "system" fn(parameter: *mut c_void) -> u32;
/// `PIMAGE_TLS_CALLBACK`.
pub(super) type ModuleNotice =
    unsafe extern "system" fn(module: *mut c_void, reason: u32, reserved: *mut c_void);

pub(super) const INFINITE: u32 = u32::MAX;
pub(super) const MEM_COMMIT: u32 = 0x1000;
pub(super) const MEM_RESERVE: u32 = 0x2000;
pub(super) const MEM_RELEASE: u32 = 0x8000;
pub(super) const PAGE_NOACCESS: u32 = 0x01;
pub(super) const PAGE_READWRITE: u32 = 0x04;
pub(super) const FLS_OUT_OF_INDEXES: u32 = u32::MAX;
pub(super) const DLL_THREAD_DETACH: u32 = 3;
pub(super) const STACK_SIZE_PARAM_IS_A_RESERVATION: u32 = 0x0001_0000;
pub(super) const THREAD_SET_INFORMATION: u32 = 0x0020;
pub(super) const GET_MODULE_HANDLE_EX_FLAG_PIN: u32 = 1;
pub(super) const GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS: u32 = 4;

#[link(name = "kernel32")]
unsafe extern "system" {
    pub(super) fn VirtualAlloc(at: *mut c_void, bytes: usize, kind: u32, protection: u32) -> *mut c_void;
    pub(super) fn VirtualFree(start: *mut c_void, bytes: usize, kind: u32) -> i32;
    pub(super) fn VirtualProtect(start: *mut c_void, bytes: usize, protection: u32, former: *mut u32) -> i32;
    pub(super) fn FlushProcessWriteBuffers();

    pub(super) fn GetCurrentThreadId() -> u32;
    pub(super) fn SwitchToThread() -> i32;
    pub(super) fn GetLastError() -> u32;
    pub(super) fn SetLastError(error: u32);
    pub(super) fn CreateThread(
        security: *const c_void,
        stack_bytes: usize,
        entry: ThreadEntry,
        parameter: *mut c_void,
        flags: u32,
        id: *mut u32,
    ) -> Handle;
    pub(super) fn OpenThread(access: u32, inherit: i32, id: u32) -> Handle;
    pub(super) fn SetThreadPriority(thread: Handle, level: i32) -> i32;
    pub(super) fn CloseHandle(handle: Handle) -> i32;

    pub(super) fn FlsAlloc(callback: FlsCallback) -> u32;
    pub(super) fn FlsFree(index: u32) -> i32;
    pub(super) fn FlsSetValue(index: u32, value: *const c_void) -> i32;
    pub(super) fn IsThreadAFiber() -> i32;

    pub(super) fn QueryPerformanceCounter(ticks: *mut u64) -> i32;
    pub(super) fn QueryPerformanceFrequency(ticks_per_second: *mut u64) -> i32;

    pub(super) fn GetModuleHandleW(name: *const u16) -> Handle;
    pub(super) fn GetModuleHandleExW(flags: u32, name: *const c_void, module: *mut Handle) -> i32;
    pub(super) fn GetProcAddress(module: Handle, name: *const c_char) -> *const c_void;
}

#[link(name = "ntdll")]
unsafe extern "system" {
    /// True (in one byte) once the process has begun to end.
    pub(super) fn RtlDllShutdownInProgress() -> u8;
}

#[link(name = "synchronization")]
unsafe extern "system" {
    pub(super) fn WaitOnAddress(
        word: *const c_void,
        undesired: *const c_void,
        bytes: usize,
        milliseconds: u32,
    ) -> i32;
    pub(super) fn WakeByAddressAll(word: *const c_void);
}
