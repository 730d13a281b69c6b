//! The runtime's task manager: kept, asked for the current half, told of locales.

use std::ffi::c_void;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::{ptr, thread};

use tollgate_capi::exports::*;
use tollgate_capi::interfaces::*;
use tollgate_capi::*;

use crate::com;
use crate::com::{CountingTask, new_manager};

/// A runtime: one task manager for all threads, which lends what it hands out.
#[repr(C)]
struct Runtime {
    face: ICLRTaskManager,
    references: AtomicU32,
    half: CountingTask,
    locales: [AtomicU32; 2],
}

// SAFETY: the face is a constant's address; the rest is atomic.
unsafe impl Sync for Runtime {}

impl Runtime {
    const fn new() -> Runtime {
        Runtime {
            face: ICLRTaskManager { lpVtbl: &raw const RUNTIME_VTBL },
            references: AtomicU32::new(1),
            half: CountingTask::new(),
            locales: [const { AtomicU32::new(0) }; 2],
        }
    }

    fn as_raw(&self) -> *mut ICLRTaskManager {
        (&raw const self.face).cast_mut()
    }

    fn references(&self) -> u32 {
        self.references.load(SeqCst)
    }
}

static RUNTIME_VTBL: ICLRTaskManagerVtbl = ICLRTaskManagerVtbl {
    QueryInterface: query_nothing,
    AddRef: add_ref,
    Release: release,
    CreateTask: lend_half,
    GetCurrentTask: lend_half,
    SetUILocale: set_ui_locale,
    SetLocale: set_locale,
    GetCurrentTaskType: get_current_task_type,
};

/// # Safety
/// `this` is a `Runtime`'s.
unsafe fn runtime<'a>(this: *mut ICLRTaskManager) -> &'a Runtime {
    // SAFETY: the caller's duty; the face is the first field.
    unsafe { &*this.cast() }
}

unsafe extern "system" fn query_nothing(
    _: *mut ICLRTaskManager,
    _: *const GUID,
    _: *mut *mut c_void,
) -> HRESULT {
    E_NOINTERFACE
}

unsafe extern "system" fn add_ref(this: *mut ICLRTaskManager) -> u32 {
    // SAFETY: called through the object.
    unsafe { runtime(this) }.references.fetch_add(1, SeqCst) + 1
}

unsafe extern "system" fn release(this: *mut ICLRTaskManager) -> u32 {
    // SAFETY: called through the object.
    unsafe { runtime(this) }.references.fetch_sub(1, SeqCst) - 1
}

unsafe extern "system" fn lend_half(this: *mut ICLRTaskManager, out: *mut *mut ICLRTask) -> HRESULT {
    // SAFETY: called through the object, which lives for ever.
    let half = unsafe { runtime(this) }.half.as_raw();
    // SAFETY: called with a place for the answer. No reference is added, against COM's rule.
    unsafe { *out = half };
    S_OK
}

unsafe extern "system" fn set_locale(this: *mut ICLRTaskManager, locale: u32) -> HRESULT {
    // SAFETY: called through the object.
    unsafe { runtime(this) }.locales[0].store(locale, SeqCst);
    S_OK
}

unsafe extern "system" fn set_ui_locale(this: *mut ICLRTaskManager, locale: u32) -> HRESULT {
    // SAFETY: called through the object.
    unsafe { runtime(this) }.locales[1].store(locale, SeqCst);
    HOST_E_INVALIDOPERATION
}

unsafe extern "system" fn get_current_task_type(_: *mut ICLRTaskManager, out: *mut u32) -> HRESULT {
    // SAFETY: called with a place for the answer.
    unsafe { *out = TT_USER };
    S_OK
}

#[test]
fn hosts_reach_the_runtime_and_lend_what_it_lends() {
    let (_, m) = new_manager();
    static RUNTIMES: [Runtime; 2] = [const { Runtime::new() }; 2];
    let [first, second] = &RUNTIMES;
    assert!(com!(m.SwitchToTask(0)) >= S_OK, "before SetCLRTaskManager");
    assert_eq!(com!(m.SetCLRTaskManager(first.as_raw())), S_OK);
    assert_eq!(com!(m.SetCLRTaskManager(second.as_raw())), S_OK, "a second runtime is content");
    assert_eq!([first.references(), second.references()], [2, 1], "but only the first is kept");

    let mut half = ptr::null_mut();
    assert_eq!(c!(tollgate_introduce_thread(m)), S_OK);
    assert_eq!(c!(tollgate_current_runtime_task(m, &mut half)), S_OK);
    assert_eq!(half, first.half.as_raw());
    assert_eq!(first.half.references(), 1, "borrowed: neither added nor dropped");
    let mut kind = 0;
    assert_eq!(c!(tollgate_current_task_type(m, &mut kind)), S_OK);
    assert_eq!(kind, TT_USER);

    let (mut locale, mut ui_locale) = (9, 9);
    assert_eq!(c!(tollgate_locales(m, &mut locale, &mut ui_locale)), S_OK);
    assert_eq!((locale, ui_locale), (0, 0));
    // From the runtime: remembered, not told back.
    assert_eq!(com!(m.SetLocale(1033)), S_OK);
    assert_eq!(com!(m.SetUILocale(1031)), S_OK);
    assert_eq!(c!(tollgate_locales(m, &mut locale, &mut ui_locale)), S_OK);
    assert_eq!((locale, ui_locale), (1033, 1031));
    assert_eq!(first.locales[0].load(SeqCst) + first.locales[1].load(SeqCst), 0);
    // From the host: remembered and told, and the runtime's refusal is the answer.
    assert_eq!(c!(tollgate_set_locale(m, 1036)), S_OK);
    assert_eq!(c!(tollgate_set_ui_locale(m, 1040)), HOST_E_INVALIDOPERATION);
    assert_eq!(c!(tollgate_locales(m, &mut locale, &mut ui_locale)), S_OK);
    assert_eq!((locale, ui_locale), (1036, 1040));
    assert_eq!(first.locales.each_ref().map(|l| l.load(SeqCst)), [1036, 1040]);
    let host = m as usize;
    thread::spawn(move || {
        let (mut locale, mut ui_locale) = (9, 9);
        let m = host as *mut IHostTaskManager;
        assert_eq!(c!(tollgate_locales(m, &mut locale, &mut ui_locale)), S_OK);
        assert_eq!((locale, ui_locale), (0, 0), "each task has its own");
    })
    .join()
    .unwrap();
    assert_eq!(c!(tollgate_locales(m, ptr::null_mut(), ptr::null_mut())), S_OK);
    assert_eq!(c!(tollgate_locales(ptr::null_mut(), &mut locale, ptr::null_mut())), E_POINTER);
    assert_eq!([first.references(), second.references()], [2, 1]);
}
