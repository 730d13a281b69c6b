//! What tests through the vtables share: calling a method, a runtime's half that counts, waiting for a state.

#![allow(dead_code, reason = "each test program uses its part")]

#[path = "../../../core/tests/common/os.rs"]
pub(crate) mod os;

use std::ffi::c_void;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU32, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

pub(crate) use os::thread_id as os_thread;
use tollgate_capi::interfaces::*;
use tollgate_capi::*;
use tollgate_core::Config;

/// Calls a method of a COM object: `com!(task.Join(0, 0))`.
#[macro_export]
macro_rules! com {
    ($object:ident.$method:ident($($argument:expr),*)) => {{
        let object = $object;
        // SAFETY: an object of its interface, on which the test holds a reference; the arguments suit the method.
        #[allow(clippy::multiple_unsafe_ops_per_block, clippy::macro_metavars_in_unsafe, reason = "one call")]
        unsafe { ((*(*object).lpVtbl).$method)(object $(, $argument)*) }
    }};
}

/// A manager of the test's own.
pub(crate) fn new_manager() -> (&'static HostManager, *mut IHostTaskManager) {
    let manager = HostManager::create(&Config::DEFAULT).expect("a manager");
    (manager, manager.as_raw())
}

/// A task that will run `routine(parameter)`, and its id.
pub(crate) fn create(
    manager: *mut IHostTaskManager,
    routine: unsafe extern "system" fn(*mut c_void) -> u32,
    parameter: *const impl Sized,
) -> *mut IHostTask {
    let mut task = std::ptr::null_mut();
    let parameter = parameter.cast_mut().cast();
    assert_eq!(com!(manager.CreateTask(128 * 1024, Some(routine), parameter, &mut task)), S_OK);
    assert!(!task.is_null());
    task
}

/// The calling thread's task; the caller gets a reference.
pub(crate) fn current(manager: *mut IHostTaskManager) -> *mut IHostTask {
    let mut task = std::ptr::null_mut();
    assert_eq!(com!(manager.GetCurrentTask(&mut task)), S_OK);
    assert!(!task.is_null());
    task
}

/// Waits for `condition`, which must come true however long it takes; gives up where a hang is certain.
pub(crate) fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    let give_up = Instant::now() + Duration::from_secs(120);
    while !condition() {
        assert!(Instant::now() < give_up, "never came true: {what}");
        thread::yield_now();
    }
}

/// The runtime's half of a task: counts what is done to it.
#[repr(C)]
pub(crate) struct CountingTask {
    face: ICLRTask,
    pub(crate) references: AtomicU32,
    pub(crate) exits: AtomicU32,
    /// The thread of the last ExitTask.
    pub(crate) exit_thread: AtomicU64,
    pub(crate) aborts: AtomicU32,
    /// While set, an abort does not return.
    pub(crate) hold: AtomicBool,
    /// Aborts that have not returned.
    pub(crate) inside: AtomicU32,
    pub(crate) rude_aborts: AtomicU32,
    pub(crate) yields: AtomicU32,
    pub(crate) identifier: AtomicU64,
    /// What every method that can fail answers.
    pub(crate) answer: AtomicI32,
}

// SAFETY: the face is a constant's address; the rest is atomic.
unsafe impl Sync for CountingTask {}
// SAFETY: as above.
unsafe impl Send for CountingTask {}

impl CountingTask {
    /// A half with one reference, its owner's.
    pub(crate) const fn new() -> CountingTask {
        CountingTask {
            face: ICLRTask { lpVtbl: &raw const TASK_VTBL },
            references: AtomicU32::new(1),
            exits: AtomicU32::new(0),
            exit_thread: AtomicU64::new(0),
            aborts: AtomicU32::new(0),
            hold: AtomicBool::new(false),
            inside: AtomicU32::new(0),
            rude_aborts: AtomicU32::new(0),
            yields: AtomicU32::new(0),
            identifier: AtomicU64::new(0),
            answer: AtomicI32::new(S_OK),
        }
    }

    pub(crate) fn as_raw(&self) -> *mut ICLRTask {
        (&raw const self.face).cast_mut()
    }

    pub(crate) fn references(&self) -> u32 {
        self.references.load(Ordering::SeqCst)
    }

    pub(crate) fn exits(&self) -> u32 {
        self.exits.load(Ordering::SeqCst)
    }

    fn answer(&self) -> HRESULT {
        self.answer.load(Ordering::SeqCst)
    }
}

/// # Safety
/// `this` is a `CountingTask`'s.
unsafe fn counting<'a>(this: *mut ICLRTask) -> &'a CountingTask {
    // SAFETY: the caller's duty; the face is the first field.
    unsafe { &*this.cast() }
}

/// A method that counts its calls in a field and answers as told.
macro_rules! counted {
    ($name:ident, $field:ident) => {
        unsafe extern "system" fn $name(this: *mut ICLRTask) -> HRESULT {
            // SAFETY: called through the object.
            let this = unsafe { counting(this) };
            this.$field.fetch_add(1, Ordering::SeqCst);
            this.answer()
        }
    };
}
counted!(rude_abort, rude_aborts);
counted!(yield_task, yields);

unsafe extern "system" fn abort(this: *mut ICLRTask) -> HRESULT {
    // SAFETY: called through the object.
    let this = unsafe { counting(this) };
    this.inside.fetch_add(1, Ordering::SeqCst);
    this.aborts.fetch_add(1, Ordering::SeqCst);
    wait_until("the test lets the abort return", || !this.hold.load(Ordering::SeqCst));
    this.inside.fetch_sub(1, Ordering::SeqCst);
    this.answer()
}

static TASK_VTBL: ICLRTaskVtbl = ICLRTaskVtbl {
    QueryInterface: query_nothing,
    AddRef: add_ref,
    Release: release,
    SwitchIn: switch_in,
    SwitchOut: not_implemented,
    GetMemStats: get_mem_stats,
    Reset: reset,
    ExitTask: exit_task,
    Abort: abort,
    RudeAbort: rude_abort,
    NeedsPriorityScheduling: needs_priority,
    YieldTask: yield_task,
    LocksHeld: locks_held,
    SetTaskIdentifier: set_identifier,
};

unsafe extern "system" fn query_nothing(_: *mut ICLRTask, _: *const GUID, out: *mut *mut c_void) -> HRESULT {
    // SAFETY: called with a place for the answer.
    unsafe { *out = std::ptr::null_mut() };
    E_NOINTERFACE
}

unsafe extern "system" fn add_ref(this: *mut ICLRTask) -> u32 {
    // SAFETY: called through the object.
    unsafe { counting(this) }.references.fetch_add(1, Ordering::SeqCst) + 1
}

unsafe extern "system" fn release(this: *mut ICLRTask) -> u32 {
    // SAFETY: called through the object.
    let before = unsafe { counting(this) }.references.fetch_sub(1, Ordering::SeqCst);
    assert!(before > 0, "released too often");
    before - 1
}

unsafe extern "system" fn switch_in(_: *mut ICLRTask, _: *mut c_void) -> HRESULT {
    E_NOTIMPL
}

unsafe extern "system" fn not_implemented(_: *mut ICLRTask) -> HRESULT {
    E_NOTIMPL
}

unsafe extern "system" fn get_mem_stats(this: *mut ICLRTask, out: *mut COR_GC_THREAD_STATS) -> HRESULT {
    // SAFETY: called with a place for the answer; the flags are left alone, as runtimes do.
    unsafe { (*out).PerThreadAllocation = 4096 };
    // SAFETY: called through the object.
    unsafe { counting(this) }.answer()
}

unsafe extern "system" fn reset(_: *mut ICLRTask, _: i32) -> HRESULT {
    E_NOTIMPL
}

unsafe extern "system" fn exit_task(this: *mut ICLRTask) -> HRESULT {
    // SAFETY: called through the object.
    let this = unsafe { counting(this) };
    assert!(this.references() > 0, "ended after its last reference");
    assert_eq!(this.inside.load(Ordering::SeqCst), 0, "ended while somebody uses it");
    this.exit_thread.store(os_thread(), Ordering::SeqCst);
    this.exits.fetch_add(1, Ordering::SeqCst);
    S_OK
}

unsafe extern "system" fn needs_priority(this: *mut ICLRTask, out: *mut i32) -> HRESULT {
    // SAFETY: called with a place for the answer.
    unsafe { *out = 1 };
    // SAFETY: called through the object.
    unsafe { counting(this) }.answer()
}

unsafe extern "system" fn locks_held(this: *mut ICLRTask, out: *mut usize) -> HRESULT {
    // SAFETY: called with a place for the answer.
    unsafe { *out = 3 };
    // SAFETY: called through the object.
    unsafe { counting(this) }.answer()
}

unsafe extern "system" fn set_identifier(this: *mut ICLRTask, asked: u64) -> HRESULT {
    // SAFETY: called through the object.
    let this = unsafe { counting(this) };
    this.identifier.store(asked, Ordering::SeqCst);
    this.answer()
}
