//! The C functions with arguments that no well-behaved host would give.
//!
//! Pointers are NULL, or lead to as many bytes as the call is told, between guards that must stay as they are. Everything
//! else, sizes, counts, flags, ids, is what the bytes say. An answer must be one of the documented codes, what is handed out
//! must be NULL or zero on failure, and the manager's books must balance afterwards.

use std::ffi::c_void;
use std::ptr::{null, null_mut};
use std::sync::{Mutex, PoisonError};

use arbitrary::{Result, Unstructured};
use tollgate_capi::exports::*;
use tollgate_capi::interfaces::IHostTaskManager;
use tollgate_capi::*;
use tollgate_core::Totals;

/// Every code that a function may answer.
const KNOWN: [HRESULT; 16] = [
    S_OK,
    S_FALSE,
    HOST_E_DEADLOCK,
    HOST_E_INTERRUPTED,
    HOST_E_INVALIDOPERATION,
    HOST_E_CLRNOTAVAILABLE,
    HOST_E_TIMEOUT,
    HOST_E_NOT_OWNER,
    HOST_E_ABANDONED,
    E_NOTIMPL,
    E_NOINTERFACE,
    E_POINTER,
    E_FAIL,
    E_UNEXPECTED,
    E_OUTOFMEMORY,
    E_INVALIDARG,
];

const GUARD: usize = 64;
const UNTOUCHED: u8 = 0xa5;
/// Most bytes of a record or an array.
const ROOM: usize = 1 << 14;
/// Managers are immortal; so many are made in one process.
const MOST_MANAGERS: usize = 64;

/// So many bytes between guards, or NULL.
struct Place {
    bytes: Vec<u64>,
    length: usize,
    is_null: bool,
}

impl Place {
    fn new(length: usize, is_null: bool) -> Place {
        let words = (length + 2 * GUARD).div_ceil(8) + 1;
        Place { bytes: vec![u64::from_ne_bytes([UNTOUCHED; 8]); words], length, is_null }
    }

    fn pointer<T>(&mut self) -> *mut T {
        let start = self.bytes.as_mut_ptr().cast::<u8>();
        if self.is_null { null_mut() } else { start.wrapping_add(GUARD).cast() }
    }

    fn check(&self) {
        // SAFETY: the words are plain data.
        let all =
            // SAFETY: a manager of this library, and pointers as the module says.
            unsafe { std::slice::from_raw_parts(self.bytes.as_ptr().cast::<u8>(), self.bytes.len() * 8) };
        let written = if self.is_null { 0 } else { self.length };
        let outside = all[..GUARD].iter().chain(&all[GUARD + written..]);
        assert!(
            outside.into_iter().all(|byte| *byte == UNTOUCHED),
            "bytes beyond the {written} were written"
        );
    }
}

/// The managers that calls are made on, in this process: addresses.
static MANAGERS: Mutex<Vec<usize>> = Mutex::new(Vec::new());

/// Calls as the bytes say; how many there were. On a thread of its own, whose tasks end with it.
pub fn run(bytes: &[u8]) -> u64 {
    let mut kept = MANAGERS.lock().unwrap_or_else(PoisonError::into_inner);
    while kept.len() < 2 {
        let policy = [TOLLGATE_POLICY_GOVERN, TOLLGATE_POLICY_OBSERVE][kept.len()];
        let size = size_of::<tollgate_config>() as u32;
        let config =
            tollgate_config { struct_size: size, policy, gate_timeout_ms: 1, ..tollgate_config::default() };
        let mut made = null_mut();
        // SAFETY: a record of that size, and a place.
        assert_eq!(unsafe { tollgate_manager_create(&config, &mut made) }, S_OK);
        kept.push(made as usize);
    }
    let (calls, made) = std::thread::scope(|scope| {
        scope
            .spawn(|| on_this_thread(bytes, &kept))
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    });
    *kept = made;
    for manager in kept.iter().map(|manager| *manager as *mut IHostTaskManager) {
        // SAFETY: a manager of this library, here and below.
        while unsafe { tollgate_resume(manager) } == S_OK {}
        let mut totals = Totals::default();
        let size = size_of::<Totals>() as u32;
        // SAFETY: as above; the record has that size.
        assert_eq!(unsafe { tollgate_totals(manager, &mut totals, size) }, S_OK);
        assert!(totals.is_balanced(), "{totals:?}");
        assert_eq!(totals.tasks_live, 0, "the thread's tasks have ended");
    }
    calls
}

/// How many calls there were, and the managers that there are now.
fn on_this_thread(bytes: &[u8], kept: &[usize]) -> (u64, Vec<usize>) {
    let mut bytes = Unstructured::new(bytes);
    let mut managers = vec![null_mut()];
    managers.extend(kept.iter().map(|manager| *manager as *mut IHostTaskManager));
    let mut calls = 0;
    while !bytes.is_empty() {
        match call(&mut bytes, &mut managers) {
            Ok(result) => assert!(KNOWN.contains(&result), "an unknown code: {result:#x}"),
            Err(_) => break,
        }
        calls += 1;
    }
    (calls, managers.iter().skip(1).map(|manager| *manager as usize).collect())
}

fn size(bytes: &mut Unstructured, right: usize) -> Result<u32> {
    Ok(match bytes.int_in_range(0..=3_u8)? {
        0 => right as u32,
        1 => bytes.int_in_range(0..=right as u32 * 2)?,
        2 => bytes.int_in_range(0..=ROOM as u32)?,
        _ => (right as u32).wrapping_add(u32::from(bytes.arbitrary::<u8>()?)),
    })
}

fn call(bytes: &mut Unstructured, managers: &mut Vec<*mut IHostTaskManager>) -> Result<HRESULT> {
    let manager = *bytes.choose(managers)?;
    let is_null = bytes.ratio(1, 5)?;
    let result = match bytes.int_in_range(0..=17_u8)? {
        0 => create(bytes, managers, is_null)?,
        1 => {
            let told = size(bytes, size_of::<tollgate_core::PauseReport>())?;
            let mut report = Place::new(told as usize, is_null);
            // SAFETY: a manager of this library, and pointers as the module says.
            let result = unsafe { tollgate_pause(manager, 0, report.pointer(), told) };
            report.check();
            result
        }
        // SAFETY: a manager of this library, and pointers as the module says.
        2 => unsafe { tollgate_resume(manager) },
        3 => {
            let (entry, capacity) =
                (size(bytes, size_of::<tollgate_core::TaskInfo>())?, bytes.int_in_range(0..=16_u32)?);
            let mut entries = Place::new(entry as usize * capacity as usize, is_null);
            let mut count = 77_u32;
            let result =
                // SAFETY: a manager of this library, and pointers as the module says.
                unsafe { tollgate_snapshot(manager, entries.pointer(), entry, capacity, &mut count) };
            entries.check();
            assert!(result == S_OK || count == 0, "a count with a failure: {count}");
            if bytes.ratio(1, 8)? {
                // SAFETY: a manager of this library, and pointers as the module says.
                unsafe { tollgate_snapshot(manager, entries.pointer(), entry, capacity, null_mut()) }
            } else {
                result
            }
        }
        4 => {
            let told = size(bytes, size_of::<Totals>())?;
            let mut totals = Place::new(told as usize, is_null);
            // SAFETY: a manager of this library, and pointers as the module says.
            let result = unsafe { tollgate_totals(manager, totals.pointer(), told) };
            totals.check();
            result
        }
        5 => {
            let buckets = bytes.int_in_range(0..=600_u32)?;
            let mut durations = Place::new(buckets as usize * 8, is_null);
            let mut waits = Place::new(buckets as usize * 8, bytes.ratio(1, 5)?);
            let mut known = 0;
            let known = if bytes.ratio(1, 5)? { null_mut() } else { &raw mut known };
            // SAFETY: a manager of this library, and pointers as the module says.
            let result = unsafe {
                tollgate_pause_histogram(manager, durations.pointer(), waits.pointer(), buckets, known)
            };
            durations.check();
            waits.check();
            result
        }
        // SAFETY: a manager of this library, and pointers as the module says.
        6 => unsafe { tollgate_set_available(manager, bytes.arbitrary()?) },
        7 => {
            let count = bytes.int_in_range(0..=64_u32)?;
            let targets: Vec<usize> = (0..count).map(|_| bytes.arbitrary()).collect::<Result<_>>()?;
            let targets = if is_null { null() } else { targets.as_ptr() };
            // SAFETY: a manager of this library, and pointers as the module says.
            unsafe { tollgate_set_exempt_targets(manager, targets, count) }
        }
        8 => interface(bytes, manager, is_null)?,
        // SAFETY: a manager of this library, and pointers as the module says.
        9 => unsafe { tollgate_task_abort(manager, bytes.arbitrary()?) },
        // SAFETY: a manager of this library, and pointers as the module says.
        10 => unsafe { tollgate_task_yield(manager, bytes.arbitrary()?) },
        11 => {
            let mut locks = 77_usize;
            let out = if is_null { null_mut() } else { &raw mut locks };
            // SAFETY: a manager of this library, and pointers as the module says.
            let result = unsafe { tollgate_task_locks_held(manager, bytes.arbitrary()?, out) };
            assert!(is_null || result == S_OK || locks == 0, "locks with a failure");
            result
        }
        12 => {
            let mut task = null_mut();
            let out = if is_null { null_mut() } else { &raw mut task };
            // SAFETY: a manager of this library, and pointers as the module says.
            let result = unsafe { tollgate_current_runtime_task(manager, out) };
            assert!(task.is_null(), "there is no runtime");
            result
        }
        // SAFETY: a manager of this library, and pointers as the module says.
        13 => unsafe { tollgate_introduce_thread(manager) },
        // SAFETY: a manager of this library, and pointers as the module says.
        14 => unsafe { tollgate_task_set_identifier(manager, bytes.arbitrary()?, bytes.arbitrary()?) },
        _ => transition(bytes, manager)?,
    };
    Ok(result)
}

/// A manager with any configuration.
fn create(
    bytes: &mut Unstructured,
    managers: &mut Vec<*mut IHostTaskManager>,
    is_null: bool,
) -> Result<HRESULT> {
    let told = size(bytes, size_of::<tollgate_config>())?;
    let mut config = Place::new((told as usize).max(size_of::<u32>()), bytes.ratio(1, 8)?);
    if !config.is_null {
        let start: *mut u8 = config.pointer();
        for i in 0..config.length {
            let byte = if bytes.ratio(7, 8)? { 0 } else { bytes.arbitrary()? };
            // SAFETY: within the place.
            unsafe { start.wrapping_add(i).write(byte) };
        }
        // SAFETY: the place has room for the size at least, and is aligned to words.
        unsafe { start.cast::<u32>().write(told) };
        if told as usize >= size_of::<tollgate_config>() {
            // SAFETY: the record is within the place.
            let config = unsafe { &mut *start.cast::<tollgate_config>() };
            config.gate_timeout_ms = config.gate_timeout_ms % 3 + 1;
        }
    }
    if managers.len() > MOST_MANAGERS {
        return Ok(S_FALSE);
    }
    let mut made = std::ptr::dangling_mut();
    let out = if is_null { null_mut() } else { &raw mut made };
    // SAFETY: NULL, or records as told.
    let result = unsafe { tollgate_manager_create(config.pointer(), out) };
    assert!(is_null || made.is_null() == (result != S_OK), "a manager with success only: {result:#x}");
    // One whose held calls have no limit would hold this thread for ever.
    if !is_null && result == S_OK && !config.is_null && told as usize >= size_of::<tollgate_config>() {
        managers.push(made);
    }
    Ok(result)
}

/// QueryInterface with known and unknown ids.
fn interface(bytes: &mut Unstructured, manager: *mut IHostTaskManager, is_null: bool) -> Result<HRESULT> {
    let mut id =
        *bytes.choose(&[tollgate_IID_IUnknown, tollgate_IID_IHostTaskManager, tollgate_IID_IHostTask])?;
    if bytes.ratio(1, 2)? {
        id.Data1 ^= u32::from(bytes.arbitrary::<u16>()?);
    }
    let mut out: *mut c_void = std::ptr::dangling_mut();
    let id = if bytes.ratio(1, 5)? { null() } else { &raw const id };
    let place = if is_null { null_mut() } else { &raw mut out };
    if manager.is_null() {
        // SAFETY: NULL, or an id and a place.
        return Ok(unsafe { tollgate_get_host_manager(id, place) });
    }
    // SAFETY: a manager of this library.
    let object = unsafe { &*manager };
    // SAFETY: its vtable.
    let vtable = unsafe { &*object.lpVtbl };
    // SAFETY: NULL, or an id and a place.
    let result = unsafe { (vtable.QueryInterface)(manager, id, place) };
    assert!(is_null || out.is_null() == (result != S_OK), "an object with success only");
    Ok(result)
}

fn transition(bytes: &mut Unstructured, manager: *mut IHostTaskManager) -> Result<HRESULT> {
    if manager.is_null() {
        return Ok(S_FALSE); // `this` is trusted, as in COM.
    }
    // SAFETY: a manager of this library.
    let object = unsafe { &*manager };
    // SAFETY: its vtable.
    let vtable = unsafe { &*object.lpVtbl };
    let target = bytes.arbitrary()?;
    // SAFETY: the object's own methods.
    Ok(match bytes.int_in_range(0..=5_u8)? {
        // SAFETY: a manager of this library, and pointers as the module says.
        0 => unsafe { (vtable.LeaveRuntime)(manager, target) },
        // SAFETY: a manager of this library, and pointers as the module says.
        1 => unsafe { (vtable.EnterRuntime)(manager) },
        // SAFETY: a manager of this library, and pointers as the module says.
        2 => unsafe { (vtable.ReverseEnterRuntime)(manager) },
        // SAFETY: a manager of this library, and pointers as the module says.
        3 => unsafe { (vtable.ReverseLeaveRuntime)(manager) },
        // SAFETY: a manager of this library, and pointers as the module says.
        4 => unsafe { (vtable.BeginThreadAffinity)(manager) },
        // SAFETY: a manager of this library, and pointers as the module says.
        _ => unsafe { (vtable.EndThreadAffinity)(manager) },
    })
}
