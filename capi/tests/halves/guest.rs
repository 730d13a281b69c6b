//! A task with a half, which stays as long as its test wants.

use std::ffi::c_void;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};

use tollgate_capi::interfaces::*;
use tollgate_capi::*;

use crate::com;
use crate::com::{CountingTask, create, current, os_thread, wait_until};

/// A task that gives itself a half and stays.
pub(super) struct Guest {
    manager: *mut IHostTaskManager,
    pub(super) half: CountingTask,
    pub(super) thread: AtomicU64,
    id: AtomicU64,
    ready: AtomicBool,
    pub(super) go_on: AtomicBool,
    /// The last thing that its routine does.
    pub(super) left: AtomicBool,
}

// SAFETY: shared by reference between the threads of one test; the pointer is a manager's.
unsafe impl Sync for Guest {}

impl Guest {
    pub(super) fn new(manager: *mut IHostTaskManager) -> Guest {
        Guest {
            manager,
            half: CountingTask::new(),
            thread: AtomicU64::new(0),
            id: AtomicU64::new(0),
            ready: AtomicBool::new(false),
            go_on: AtomicBool::new(false),
            left: AtomicBool::new(false),
        }
    }

    /// Starts a task for this guest and waits until it has its half.
    pub(super) fn enter(&self) -> *mut IHostTask {
        let task = create(self.manager, live, self);
        com!(task.Start());
        wait_until("the guest is ready", || self.ready.load(SeqCst));
        task
    }

    pub(super) fn id(&self) -> u64 {
        self.id.load(SeqCst)
    }
}

/// The id of the calling thread's task.
pub(super) fn own_id(manager: *mut IHostTaskManager) -> u64 {
    // SAFETY: a manager of this library.
    let core = unsafe { HostManager::from_raw(manager) }.core();
    let mut id = 0;
    core.for_each_task(|task| {
        if task.os_thread == os_thread() {
            id = task.id;
        }
    });
    id
}

pub(super) unsafe extern "system" fn live(parameter: *mut c_void) -> u32 {
    // SAFETY: each test hands over a guest that outlives the task.
    let guest: &Guest = unsafe { &*parameter.cast() };
    let manager = guest.manager;
    let own = current(manager);
    assert_eq!(com!(own.SetCLRTask(guest.half.as_raw())), S_OK);
    // What runtimes do right afterwards.
    assert!(com!(manager.SwitchToTask(0)) >= S_OK);
    com!(own.Release());
    guest.thread.store(os_thread(), SeqCst);
    guest.id.store(own_id(manager), SeqCst);
    guest.ready.store(true, SeqCst);
    wait_until("the test lets the guest go on", || guest.go_on.load(SeqCst));
    guest.left.store(true, SeqCst);
    0
}
