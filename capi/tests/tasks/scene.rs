//! What start routines work with, and some of them.

use std::ffi::c_void;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering::SeqCst};

use tollgate_capi::interfaces::*;

use super::FOREVER;
use crate::com;
use crate::com::{current, wait_until};

/// What a start routine of these tests works with.
pub(super) struct Scene {
    manager: *mut IHostTaskManager,
    pub(super) runs: AtomicU32,
    /// The task as its own thread sees it.
    pub(super) seen: AtomicUsize,
    /// What the routine's wait returned.
    pub(super) waited: AtomicU32,
    pub(super) go_on: AtomicBool,
}

impl Scene {
    pub(super) fn new(manager: *mut IHostTaskManager) -> Scene {
        Scene {
            manager,
            runs: AtomicU32::new(0),
            seen: AtomicUsize::new(0),
            waited: AtomicU32::new(0),
            go_on: AtomicBool::new(false),
        }
    }

    /// # Safety
    /// `parameter` is a scene that outlives the task.
    pub(super) unsafe fn of<'a>(parameter: *mut c_void) -> &'a Scene {
        // SAFETY: the caller's duty.
        unsafe { &*parameter.cast() }
    }

    pub(super) fn runs(&self) -> u32 {
        self.runs.load(SeqCst)
    }
}

/// Notes its task and returns.
pub(super) unsafe extern "system" fn note_itself(parameter: *mut c_void) -> u32 {
    // SAFETY: each test hands over a scene that outlives the task.
    let scene = unsafe { Scene::of(parameter) };
    let own = current(scene.manager);
    scene.seen.store(own as usize, SeqCst);
    com!(own.Release());
    scene.runs.fetch_add(1, SeqCst);
    0
}

/// Sleeps alertably without end, once.
pub(super) unsafe extern "system" fn sleep_alertably(parameter: *mut c_void) -> u32 {
    // SAFETY: as above.
    let scene = unsafe { Scene::of(parameter) };
    let manager = scene.manager;
    scene.runs.fetch_add(1, SeqCst);
    scene.waited.store(com!(manager.Sleep(FOREVER, WAIT_ALERTABLE)) as u32, SeqCst);
    0
}

/// Stays until it may go on.
pub(super) unsafe extern "system" fn stay(parameter: *mut c_void) -> u32 {
    // SAFETY: as above.
    let scene = unsafe { Scene::of(parameter) };
    scene.runs.fetch_add(1, SeqCst);
    wait_until("the test lets the task go on", || scene.go_on.load(SeqCst));
    0
}
