//! The runtime's half of a task: what the adapter knows about a thread that runs guests.
//!
//! | reference | held by | from | until |
//! |---|---|---|---|
//! | the runtime's | the thread's list | introduction | `ExitTask` |
//! | the host's | the host's task | `SetCLRTask` | the thread's end, right after `ExitTask` |
//! | others | whoever called AddRef | then | Release |
//!
//! The object holds a reference on the host's task until it is destroyed itself, so that an abort can always alert it. That
//! is no cycle: the host drops its reference when the thread ends.

use std::cell::Cell;
use std::ptr::null;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use tollgate_capi::interfaces::{ICLRTask, ICLRTask2};
use tollgate_capi::{E_OUTOFMEMORY, HRESULT, S_OK};

use crate::clr_task_vtbl::VTBL;
use crate::manager::HostTask;
use crate::runtime::Runtime;

// In rising order of force: requests are combined by taking the greatest.

/// No abort is asked for.
pub(crate) const ABORT_NONE: u32 = 0;
/// `Abort`: ends the innermost guest; host functions may handle that and go on.
pub(crate) const ABORT: u32 = 1;
/// `RudeAbort`: ends every guest of the task, up to the outermost.
pub(crate) const ABORT_RUDE: u32 = 2;

/// One task as the runtime sees it; its address is its `ICLRTask` and `ICLRTask2` pointer.
#[repr(C)]
pub(crate) struct ClrTask {
    face: ICLRTask2,
    references: AtomicU32,
    /// What was asked for by `Abort` or `RudeAbort` and has not happened yet.
    pub(crate) abort: AtomicU32,
    /// `BeginPreventAsyncAbort` calls without their end.
    pub(crate) abort_delays: AtomicU32,
    /// Asked for by `YieldTask`, taken by the guest at its next look.
    pub(crate) yield_asked: AtomicBool,
    /// What `SetTaskIdentifier` gave; an abort names it.
    pub(crate) identifier: AtomicU64,
    /// Bytes of linear memory of the store the task runs.
    pub(crate) memory_bytes: AtomicU64,
    pub(crate) runtime: &'static Runtime,
    pub(crate) host_task: HostTask,
    /// The next of the same thread, for another manager; that thread's alone.
    next: Cell<*const ClrTask>,
}

thread_local! {
    /// The calling thread's tasks, one per manager. Without a destructor: the host ends tasks of dying threads last.
    static FIRST: Cell<*const ClrTask> = const { Cell::new(null()) };
}

impl ClrTask {
    /// Introduces the calling thread to the host, as a runtime does before its first managed code runs there: asks for
    /// its host task and gives that its runtime half. The pointer is borrowed.
    ///
    /// **Errors:** what the host answered; a host without a task for this thread has `E_OUTOFMEMORY` in its place.
    pub(crate) fn introduce(runtime: &'static Runtime) -> Result<*mut ICLRTask, HRESULT> {
        let Some(host_task) = runtime.manager().current_task() else { return Err(E_OUTOFMEMORY) };
        let task = Box::into_raw(Box::new(ClrTask {
            face: ICLRTask2 { lpVtbl: &raw const VTBL },
            references: AtomicU32::new(1),
            abort: AtomicU32::new(ABORT_NONE),
            abort_delays: AtomicU32::new(0),
            yield_asked: AtomicBool::new(false),
            identifier: AtomicU64::new(0),
            memory_bytes: AtomicU64::new(0),
            runtime,
            host_task,
            next: Cell::new(FIRST.get()),
        }));
        // Listed first: from SetCLRTask on, the host may end the task.
        FIRST.set(task);
        // SAFETY: fresh, and the list's reference keeps it.
        let hresult = unsafe { &*task }.host_task.set_runtime_half(task.cast());
        if hresult != S_OK {
            // SAFETY: as above.
            unsafe { &*task }.exit();
            return Err(hresult);
        }
        runtime.manager().switch_to_task();
        Ok(task.cast())
    }

    /// Calls `look` with the calling thread's task for `runtime`, if it has been introduced.
    pub(crate) fn with_current<R>(runtime: &'static Runtime, look: impl FnOnce(&ClrTask) -> R) -> Option<R> {
        let mut next = FIRST.get();
        // SAFETY: null, or a task of this thread's list, which holds a reference; only this thread unlists.
        while let Some(task) = unsafe { next.as_ref() } {
            if std::ptr::eq(task.runtime, runtime) {
                return Some(look(task));
            }
            next = task.next.get();
        }
        None
    }

    /// The task behind an interface pointer.
    ///
    /// # Safety
    /// `this` is such a pointer and a reference is held on it.
    pub(crate) unsafe fn of<'a>(this: *mut ICLRTask2) -> &'a ClrTask {
        // SAFETY: the caller's duty; the face is the first field.
        unsafe { &*this.cast() }
    }

    /// The interface pointer, borrowed.
    pub(crate) fn as_raw(&self) -> *mut ICLRTask {
        std::ptr::from_ref(self).cast_mut().cast()
    }

    /// Whether the calling thread is the task's own, and the task has not exited.
    pub(crate) fn is_own_thread(&self) -> bool {
        ClrTask::with_current(self.runtime, |task| std::ptr::eq(task, self)).unwrap_or(false)
    }

    /// Takes the task off its thread's list and drops the list's reference. On the task's own thread.
    pub(crate) fn exit(&self) {
        let after = self.next.replace(null());
        if std::ptr::eq(FIRST.get(), self) {
            FIRST.set(after);
        } else {
            let mut at = FIRST.get();
            // SAFETY: as in `with_current`.
            while let Some(task) = unsafe { at.as_ref() } {
                if std::ptr::eq(task.next.get(), self) {
                    task.next.set(after);
                }
                at = task.next.get();
            }
        }
        self.release();
    }

    pub(crate) fn add_reference(&self) -> u32 {
        self.references.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Drops a reference; with the last one the task is gone.
    pub(crate) fn release(&self) -> u32 {
        // Ordering: Release, and Acquire for the last one: all uses happen before the end.
        let left = self.references.fetch_sub(1, Ordering::AcqRel) - 1;
        if left == 0 {
            // SAFETY: made by `introduce`; nobody refers to it any more.
            drop(unsafe { Box::from_raw(std::ptr::from_ref(self).cast_mut()) });
        }
        left
    }
}
