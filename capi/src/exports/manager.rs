//! Managers: the default one, new ones, their availability.

use core::ffi::c_void;
use core::mem::offset_of;

use tollgate_core::{Config, Policy};

use crate::guid::GUID;
use crate::hresult::{E_INVALIDARG, E_POINTER, HRESULT, S_OK, from_result};
use crate::interfaces::IHostTaskManager;
use crate::manager::HostManager;

/// Policy: the documented contract is live, inward calls can be held and refused.
pub const TOLLGATE_POLICY_GOVERN: u32 = 0;
/// Policy: every transition returns S_OK at once, irregularities are counted.
pub const TOLLGATE_POLICY_OBSERVE: u32 = 1;
/// Flag: inward calls are refused until `tollgate_set_available`; govern only.
pub const TOLLGATE_START_UNAVAILABLE: u32 = 1;
/// Flag: leave while outside and reverse_enter while inside are refused; govern only.
pub const TOLLGATE_STRICT: u32 = 2;
/// Flag: full fences in every transition, as on systems without a process-wide barrier.
pub const TOLLGATE_FULL_FENCES: u32 = 4;

/// Flag: other processes of the user can watch the manager's tasks (docs/PAGE.md); Linux from 5.1 on, 64 bits.
pub const TOLLGATE_PAGE: u32 = 8;
/// Flag: transitions are traced from the beginning, as by `tollgate_trace_start`.
pub const TOLLGATE_TRACE: u32 = 16;
/// All flags.
const FLAGS: u32 =
    TOLLGATE_START_UNAVAILABLE | TOLLGATE_STRICT | TOLLGATE_FULL_FENCES | TOLLGATE_PAGE | TOLLGATE_TRACE;

/// Settings for `tollgate_manager_create`; zero means the default everywhere.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
#[allow(non_camel_case_types, reason = "the name that C callers write")]
pub struct tollgate_config {
    /// Bytes of this record that the caller filled in: `sizeof(tollgate_config)`.
    pub struct_size: u32,
    /// `TOLLGATE_POLICY_GOVERN` or `TOLLGATE_POLICY_OBSERVE`.
    pub policy: u32,
    /// `TOLLGATE_START_UNAVAILABLE`, `TOLLGATE_STRICT`, `TOLLGATE_FULL_FENCES`, `TOLLGATE_PAGE`, `TOLLGATE_TRACE`.
    pub flags: u32,
    /// The most tasks at a time; 0 for as many as memory holds.
    pub max_tasks: u32,
    /// How long an inward call is held at a closed gate, in milliseconds; 0 for no limit.
    pub gate_timeout_ms: u32,
    /// Traced events that are kept of each task, rounded up to a power of two, 1,048,576 at most; 0 for 4,096.
    pub trace_records: u32,
    /// Tasks, at a time, whose traced events are kept; 0 for 4,096.
    pub trace_tasks: u32,
}

/// Hands out the process's default manager (policy govern, no limits); the same shape as `IHostControl::GetHostManager`.
///
/// **Thread:** any, any number of times. **Progress:** wait-free after the first call. **Ownership:** the reference
/// need not be released, managers live as long as the process. **Errors:** `E_POINTER`; `E_NOINTERFACE` for an interface
/// that a manager does not have, with NULL written.
///
/// # Safety
/// `riid` is NULL or readable, `out` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tollgate_get_host_manager(riid: *const GUID, out: *mut *mut c_void) -> HRESULT {
    let manager = HostManager::default_manager().as_raw();
    // SAFETY: a manager of this library.
    let vtbl = unsafe { IHostTaskManager::vtbl(manager) };
    // SAFETY: the caller's duty for the pointers.
    unsafe { (vtbl.QueryInterface)(manager, riid, out) }
}

/// Makes a manager, which lives as long as the process. `config` NULL stands for the defaults.
///
/// From the second manager in use on, transitions look up which of the thread's tasks they are for; task handles do not.
///
/// **Thread:** any. **Progress:** system calls. **Errors:** `E_POINTER`; `E_INVALIDARG` for a `struct_size` below 8 or above 4096, an
/// unknown policy or flag, flags that contradict the policy, or a non-zero field that this version does not know;
/// more than 1,048,576 `trace_records`; `E_OUTOFMEMORY`, with `TOLLGATE_PAGE` also without a file descriptor or the address
/// space, or under a limit of file sizes; `E_NOTIMPL` for `TOLLGATE_PAGE` where the system has no memory that can be shared for
/// reading alone, or refuses it. NULL is written then.
///
/// # Safety
/// `config` is NULL or has `struct_size` readable bytes; `out` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tollgate_manager_create(
    config: *const tollgate_config,
    out: *mut *mut IHostTaskManager,
) -> HRESULT {
    // SAFETY: the caller's duty.
    let Some(out) = (unsafe { out.as_mut() }) else { return E_POINTER };
    *out = core::ptr::null_mut();
    let mut known = tollgate_config::default();
    // SAFETY: the caller's duty.
    if !config.is_null() && !unsafe { read(config, &mut known) } {
        return E_INVALIDARG;
    }
    let Some(config) = convert(&known) else { return E_INVALIDARG };
    match HostManager::create(&config) {
        Ok(manager) => {
            *out = manager.as_raw();
            S_OK
        }
        Err(code) => code,
    }
}

/// Copies the fields that both sides know; false if the size is impossible or the caller set one that is unknown here.
///
/// # Safety
/// `config` has `struct_size` readable bytes.
unsafe fn read(config: *const tollgate_config, known: &mut tollgate_config) -> bool {
    // SAFETY: the first field is there in any case.
    let size = unsafe { (*config).struct_size } as usize;
    if !(offset_of!(tollgate_config, flags)..=4096).contains(&size) {
        return false;
    }
    let bytes = config.cast::<u8>();
    let common = size.min(size_of::<tollgate_config>());
    // SAFETY: both have `common` bytes.
    unsafe { core::ptr::copy_nonoverlapping(bytes, core::ptr::from_mut(known).cast::<u8>(), common) };
    // SAFETY: within the caller's `size` bytes.
    let tail = unsafe { bytes.add(common) };
    // SAFETY: as above; the caller does not write meanwhile.
    let tail = unsafe { core::slice::from_raw_parts(tail, size - common) };
    tail.iter().all(|byte| *byte == 0)
}

fn convert(config: &tollgate_config) -> Option<Config> {
    let policy = match config.policy {
        TOLLGATE_POLICY_GOVERN => Policy::Govern,
        TOLLGATE_POLICY_OBSERVE => Policy::Observe,
        _ => return None,
    };
    if config.flags & !FLAGS != 0 {
        return None;
    }
    Some(Config {
        policy,
        start_unavailable: config.flags & TOLLGATE_START_UNAVAILABLE != 0,
        strict: config.flags & TOLLGATE_STRICT != 0,
        full_fences: config.flags & TOLLGATE_FULL_FENCES != 0,
        max_tasks: config.max_tasks,
        gate_timeout_ms: config.gate_timeout_ms,
        page: config.flags & TOLLGATE_PAGE != 0,
        trace: config.flags & TOLLGATE_TRACE != 0,
        trace_records: config.trace_records,
        trace_tasks: config.trace_tasks,
    })
}

/// Makes the manager available (non-zero) or unavailable (0): while it is not, inward calls return
/// `HOST_E_CLRNOTAVAILABLE`. Tasks that are inside stay there.
///
/// **Thread:** any. **Progress:** lock-free, a system call. **Errors:** `E_POINTER`; `HOST_E_INVALIDOPERATION` under
/// observe.
///
/// # Safety
/// `manager` is NULL or a manager of this library.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tollgate_set_available(manager: *mut IHostTaskManager, available: i32) -> HRESULT {
    if manager.is_null() {
        return E_POINTER;
    }
    // SAFETY: the caller's duty.
    from_result(unsafe { HostManager::from_raw(manager) }.core().set_available(available != 0))
}
