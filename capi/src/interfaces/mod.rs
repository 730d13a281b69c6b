//! The COM interfaces of the contract: layout, and what each method means. No code.
//!
//! Every method is `extern "system"`: stdcall on 32-bit Windows, the platform's one convention elsewhere. Every method
//! returns an `HRESULT`, takes the interface pointer first and never unwinds.

#![allow(non_snake_case, reason = "parameter names are COM's own; the header must show them")]

use core::ffi::c_void;

mod clr_task;
mod clr_task_manager;
mod host_control;
mod host_task;
mod host_task_manager;
mod unknown;

pub use clr_task::{ICLRTask, ICLRTask2, ICLRTask2Vtbl, ICLRTaskVtbl};
pub use clr_task_manager::{ICLRTaskManager, ICLRTaskManagerVtbl};
pub use host_control::{AppDomainObserver, IHostControl, IHostControlVtbl};
pub use host_task::{IHostTask, IHostTaskVtbl};
pub use host_task_manager::{IHostTaskManager, IHostTaskManagerVtbl};
pub use unknown::{IUnknown, IUnknownVtbl};

/// A thread's start routine (`LPTHREAD_START_ROUTINE`); NULL is refused where one is needed.
pub type ThreadStart = Option<unsafe extern "system" fn(parameter: *mut c_void) -> u32>;

/// Wait option: pump window messages while blocked; ignored, tasks of this host own no windows.
pub const WAIT_MSGPUMP: u32 = 1;
/// Wait option: `IHostTask::Alert` ends the wait with `HOST_E_INTERRUPTED`.
pub const WAIT_ALERTABLE: u32 = 2;
/// Wait option: the wait must not be broken with `HOST_E_DEADLOCK`.
pub const WAIT_NOTINDEADLOCK: u32 = 4;

/// Task type: debugger helper.
pub const TT_DEBUGGERHELPER: u32 = 0x1;
/// Task type: garbage collector.
pub const TT_GC: u32 = 0x2;
/// Task type: finalizer.
pub const TT_FINALIZER: u32 = 0x4;
/// Task type: thread-pool timer.
pub const TT_THREADPOOL_TIMER: u32 = 0x8;
/// Task type: thread-pool gate.
pub const TT_THREADPOOL_GATE: u32 = 0x10;
/// Task type: thread-pool worker.
pub const TT_THREADPOOL_WORKER: u32 = 0x20;
/// Task type: thread-pool I/O completion.
pub const TT_THREADPOOL_IOCOMPLETION: u32 = 0x40;
/// Task type: application-domain unload worker.
pub const TT_ADUNLOAD: u32 = 0x80;
/// Task type: a user's thread.
pub const TT_USER: u32 = 0x100;
/// Task type: thread-pool wait.
pub const TT_THREADPOOL_WAIT: u32 = 0x200;
/// Task type: not known.
pub const TT_UNKNOWN: u32 = 0x8000_0000;

/// Flag of `COR_GC_THREAD_STATS`: the task has promoted bytes.
pub const COR_GC_THREAD_HAS_PROMOTED_BYTES: u32 = 1;

/// What `ICLRTask::GetMemStats` writes.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
#[allow(non_camel_case_types, reason = "the interface definition's own name")]
pub struct COR_GC_THREAD_STATS {
    /// Bytes the task has allocated.
    pub PerThreadAllocation: u64,
    /// `COR_GC_THREAD_HAS_PROMOTED_BYTES` or 0.
    pub Flags: u32,
}

/// Gives each interface `vtbl`, the one place that reads its first word.
macro_rules! impl_vtbl {
    ($($interface:ident $vtbl:ident)*) => {
        $(impl $interface {
            /// The methods of the object behind `this`.
            ///
            /// # Safety
            /// `this` is an object of this interface.
            #[inline]
            pub unsafe fn vtbl<'a>(this: *mut $interface) -> &'a $vtbl {
                // SAFETY: the caller's duty.
                let vtbl = unsafe { (*this).lpVtbl };
                // SAFETY: an object's methods live at least as long as the object.
                unsafe { &*vtbl }
            }
        })*
    };
}
impl_vtbl!(
    IUnknown IUnknownVtbl
    IHostControl IHostControlVtbl
    IHostTaskManager IHostTaskManagerVtbl
    IHostTask IHostTaskVtbl
    ICLRTaskManager ICLRTaskManagerVtbl
    ICLRTask ICLRTaskVtbl
    ICLRTask2 ICLRTask2Vtbl
);

/// Asserts at compile time that each named method stands in the slot of its place in the list, and that none is left out.
macro_rules! assert_slots {
    ($vtbl:ident: $($method:ident)*) => {
        const _: () = {
            let mut slot = 0;
            $(
                assert!(core::mem::offset_of!($vtbl, $method) == slot * size_of::<usize>());
                slot += 1;
            )*
            assert!(size_of::<$vtbl>() == slot * size_of::<usize>());
        };
    };
}
use assert_slots;
