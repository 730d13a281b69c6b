//! What a C or C++ host that embeds the runtime calls; declared in `include/tollgate_coreclr.h`.

use std::fs::File;
use std::io::Write;
use std::mem::ManuallyDrop;
use std::os::fd::FromRawFd;
use std::sync::atomic::Ordering;

use tollgate_capi::interfaces::IHostTaskManager;
use tollgate_capi::{E_FAIL, E_INVALIDARG, E_POINTER, HRESULT, S_OK};

use crate::errno::PreserveErrno;
use crate::report::Occasion;
use crate::settings::{self, Format};
use crate::watched::ODDITIES;
use crate::{functions, manager, profiler, report, runtime};

/// What [`tollgate_coreclr_status`] writes. Fields are only ever added at the end.
#[repr(C)]
#[derive(Default)]
pub struct Status {
    /// 0 no runtime has loaded the library, 1 loaded, 2 watching, 3 the runtime has announced its end, 4 failed.
    pub state: u32,
    /// The result of the start.
    pub result: HRESULT,
    /// The runtime's version: major.
    pub runtime_major: u32,
    /// Minor.
    pub runtime_minor: u32,
    /// Build.
    pub runtime_build: u32,
    /// 1 if the manager in use is the host's, 0 if it is the library's own or there is none.
    pub attached: u32,
    /// Levels left without a return; their closing calls were supplied.
    pub skipped: u64,
    /// Returns without a call; dropped.
    pub unmatched: u64,
    /// Notices about no function; dropped.
    pub bogus: u64,
    /// Calls that the manager refused; the runtime went on.
    pub refused: u64,
    /// Notices on threads past their end; dropped.
    pub late: u64,
    /// Levels open when their thread ended.
    pub left_open: u64,
}

/// Hands the host's manager to the library; once, before `coreclr_initialize`.
///
/// **Thread:** any. **Ownership:** a reference is kept for ever. **Errors:** `HOST_E_INVALIDOPERATION` if there is a manager
/// already, the library's own included; `E_POINTER`.
///
/// # Safety
/// `manager` is NULL or a manager that lives as long as the process.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tollgate_coreclr_attach(manager: *mut IHostTaskManager) -> HRESULT {
    // SAFETY: the caller's duty.
    unsafe { manager::attach(manager) }
}

/// Sets the environment variables that make the next runtime of this process load this very library.
///
/// Where they name another profiler already, the library asks to run beside it (.NET 6 and later).
/// **Thread:** any, before the process has threads that read the environment, and before `coreclr_initialize`.
/// **Errors:** `E_FAIL` if the library's own path cannot be found.
#[unsafe(no_mangle)]
pub extern "C" fn tollgate_coreclr_enable() -> HRESULT {
    match settings::enable(tollgate_coreclr_enable as *const core::ffi::c_void) {
        true => S_OK,
        false => E_FAIL,
    }
}

/// Writes whether a runtime has loaded the library, whether it watches, and what did not fit; `size` is
/// `sizeof(tollgate_coreclr_status_info)`.
///
/// The runtime goes on without a word when it cannot load a profiler: a host asks here after `coreclr_initialize`.
/// **Thread:** any. **Errors:** `E_POINTER`; `E_INVALIDARG` for a size below 8.
///
/// # Safety
/// `out` is NULL or has `size` writable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tollgate_coreclr_status(out: *mut Status, size: u32) -> HRESULT {
    if out.is_null() {
        return E_POINTER;
    }
    if size < 8 {
        return E_INVALIDARG;
    }
    let (state, result) = profiler::state();
    let [major, minor, build] = runtime::version().map(u32::from);
    let status = Status {
        state,
        result,
        runtime_major: major,
        runtime_minor: minor,
        runtime_build: build,
        attached: u32::from(manager::is_hosts()),
        skipped: ODDITIES.skipped.load(Ordering::Relaxed),
        unmatched: ODDITIES.unmatched.load(Ordering::Relaxed),
        bogus: ODDITIES.bogus.load(Ordering::Relaxed),
        refused: ODDITIES.refused.load(Ordering::Relaxed),
        late: ODDITIES.late.load(Ordering::Relaxed),
        left_open: ODDITIES.left_open.load(Ordering::Relaxed),
    };
    let known = size_of::<Status>().min(size as usize);
    // SAFETY: the caller's duty for `out`; the record is plain data.
    unsafe { core::ptr::copy_nonoverlapping((&raw const status).cast::<u8>(), out.cast(), known) };
    S_OK
}

/// Writes the name of the function that a target of a task stands for, cut to `size` bytes with the final 0, and returns
/// its full length; 0 if the target is not one of this library's.
///
/// **Thread:** any. **Progress:** takes a lock. `buffer` may be NULL with a size of 0.
///
/// # Safety
/// `buffer` has `size` writable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tollgate_coreclr_name(target: u64, buffer: *mut u8, size: u32) -> u32 {
    let _errno = PreserveErrno::new();
    let name =
        functions::by_target(target as usize).map_or_else(String::new, |function| function.full_name());
    if size != 0 && !buffer.is_null() {
        let copied = name.len().min(size as usize - 1);
        // SAFETY: the caller's duty; not more than the name has.
        unsafe { core::ptr::copy_nonoverlapping(name.as_ptr(), buffer, copied) };
        // SAFETY: below the size.
        let end = unsafe { buffer.add(copied) };
        // SAFETY: as above.
        unsafe { end.write(0) };
    }
    name.len() as u32
}

/// Writes a report to the open file `fd`: format 0 for people, 1 as one line of JSON.
///
/// **Thread:** any. **Progress:** takes locks, system calls. **Errors:** `E_INVALIDARG` for another format or a negative
/// `fd`, `E_FAIL` if it cannot be written, wholly or in part.
#[unsafe(no_mangle)]
pub extern "C" fn tollgate_coreclr_report(fd: i32, format: u32) -> HRESULT {
    let _errno = PreserveErrno::new();
    let format = match format {
        0 => Format::Text,
        1 => Format::Json,
        _ => return E_INVALIDARG,
    };
    if fd < 0 {
        return E_INVALIDARG;
    }
    // SAFETY: the caller's file, which is not closed here.
    let mut file = ManuallyDrop::new(unsafe { File::from_raw_fd(fd) });
    match file.write_all(report::render(format, Occasion::Call).as_bytes()) {
        Ok(()) => S_OK,
        Err(_) => E_FAIL,
    }
}

#[cfg(test)]
mod tests {
    use tollgate_capi::HostManager;
    use tollgate_core::Config;

    use super::*;

    fn status() -> Status {
        let mut status = Status::default();
        // SAFETY: the record has the size that is stated.
        assert_eq!(unsafe { tollgate_coreclr_status(&raw mut status, size_of::<Status>() as u32) }, S_OK);
        status
    }

    /// One test, because the manager in use is the process's.
    #[test]
    fn attached_says_that_a_host_has_given_the_manager() {
        assert_eq!(status().attached, 0);
        profiler::fail("a test", E_FAIL);
        let failed = status();
        assert_eq!((failed.state, failed.attached), (4, 0), "a start that failed attaches nothing");

        let manager = HostManager::create(&Config::DEFAULT).expect("there is memory");
        // SAFETY: managers live as long as the process.
        assert_eq!(unsafe { tollgate_coreclr_attach(manager.as_raw()) }, S_OK);
        assert_eq!(status().attached, 1);
    }
}
